// The rows of Records as objects of the domain again. Private to io/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "book/records_storage.hpp"

namespace churn::inline v0 {
namespace reading {

[[nodiscard]] Customer stored_customer(const Records::Storage& storage, std::size_t row);
[[nodiscard]] Phase stored_phase(const Records::Storage& storage, std::size_t row);
[[nodiscard]] Event stored_event(const Records::Storage& storage, std::size_t row);

/// A phase with texts of its own, and back again; the ids of its subscription and customer are not part of it.
[[nodiscard]] Phase phase_in(const PhaseRecord& record);
[[nodiscard]] Event event_in(const EventRecord& record);
[[nodiscard]] PhaseRecord record_of(std::string_view subscription, std::string_view customer,
                                    const Phase& phase, std::int64_t row);

}  // namespace reading
}  // namespace churn::inline v0
