#include <churn/core/error.hpp>

namespace churn::inline v0 {

std::string_view error_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::bad_date: return "bad_date";
    case ErrorCode::bad_period: return "bad_period";
    case ErrorCode::bad_currency: return "bad_currency";
    case ErrorCode::bad_number: return "bad_number";
    case ErrorCode::bad_id: return "bad_id";
    case ErrorCode::bad_time_zone: return "bad_time_zone";
    case ErrorCode::currency_mismatch: return "currency_mismatch";
    case ErrorCode::missing_rate: return "missing_rate";
    case ErrorCode::mixed_currencies: return "mixed_currencies";
    case ErrorCode::overflow: return "overflow";
    case ErrorCode::unknown_attribute: return "unknown_attribute";
    case ErrorCode::unknown_name: return "unknown_name";
    case ErrorCode::bad_filter: return "bad_filter";
    case ErrorCode::bad_conventions: return "bad_conventions";
    case ErrorCode::out_of_range: return "out_of_range";
    case ErrorCode::mismatched_cubes: return "mismatched_cubes";
    case ErrorCode::unreadable: return "unreadable";
    case ErrorCode::cancelled: return "cancelled";
  }
  return "unknown";
}

}  // namespace churn::inline v0
