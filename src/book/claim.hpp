// An invoice as a claim: on whom, since when, and whether it was met. Private to the library's sources.
//
// An invoice is a claim on the subscriptions that it or its lines name, or on all of its customer's if it names none;
// not one if its lines add up to nothing. It is due on its due day, without one on that of its issue. It was paid, for
// the status paid, on its paid day, without one when it was due; what is paid on or after as_of is open.
#pragma once

#include <churn/core/date.hpp>
#include <churn/domain/invoice.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace churn::inline v0 {

[[nodiscard]] bool is_claim(const Invoice& invoice);
[[nodiscard]] Date due_on(const Invoice& invoice);
/// Before as_of.
[[nodiscard]] std::optional<Date> paid_on(const Invoice& invoice, Date as_of);
/// The subscriptions that it names, each once, in order of their bytes. Views of the invoice.
[[nodiscard]] std::vector<std::string_view> subscriptions_of(const Invoice& invoice);

}  // namespace churn::inline v0
