// What a book says about itself (currency, time_zone, records_from, conventions), as JSON. Private to the
// readers of io/.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <churn/io/loaded_book.hpp>

namespace churn::inline v0 {
namespace reading {

/// Applies an object of settings. `source` is what sentences call it, such as `book.json`. Throws
/// Error(unreadable), (bad_conventions) or (unknown_name) for what is not right.
void apply_settings(const nlohmann::json& settings, const std::string& source, LoadedBook& book);

}  // namespace reading
}  // namespace churn::inline v0
