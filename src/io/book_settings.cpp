#include "io/book_settings.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include <churn/io/conventions_json.hpp>

#include "io/findings.hpp"

namespace churn::inline v0 {
namespace reading {

namespace {

Conventions read_conventions(const nlohmann::json& value, const std::string& source) {
  try {
    if (value.is_string()) return conventions_named(value.get<std::string>());
    return conventions_from_json(value.dump());
  } catch (const Error& error) {
    throw Error(error.code(), source + ", conventions: " + std::string(error.what()));
  }
}

/// The text of a field; none if it is missing or null.
std::optional<std::string> text_of(const nlohmann::json& settings, const char* field,
                                   const std::string& source) {
  const auto found = settings.find(field);
  if (found == settings.end() || found->is_null()) return std::nullopt;
  if (!found->is_string()) fail(source + ", " + field + ": This must be a text in quotes.");
  return found->get<std::string>();
}

}  // namespace

void apply_settings(const nlohmann::json& settings, const std::string& source, LoadedBook& book) {
  if (!settings.is_object()) fail(source + " is not a JSON object.");
  constexpr std::array<std::string_view, 4> known{"currency", "time_zone", "records_from", "conventions"};
  for (const auto& field : settings.items())
    if (std::find(known.begin(), known.end(), field.key()) == known.end())
      fail(source + " has an unknown field " + in_quotes(field.key()) +
           ". Known: currency, time_zone, records_from, conventions.");
  if (const auto found = settings.find("conventions"); found != settings.end() && !found->is_null())
    book.conventions = read_conventions(*found, source);

  const auto code = text_of(settings, "currency", source);
  const auto zone = text_of(settings, "time_zone", source);
  try {
    if (code) {
      book.conventions.book.currency = Currency(*code);
      book.records.set_rates_currency(book.conventions.book.currency);
    }
    if (zone) book.conventions.book.time_zone = TimeZone(*zone);
  } catch (const Error& error) {
    fail(source + ": " + std::string(error.what()));
  }
  const auto from = text_of(settings, "records_from", source);
  if (!from) return;
  const auto day = Date::parse(*from);
  if (!day) fail(source + ", records_from: " + in_quotes(*from) + " is not a date. Write YYYY-MM-DD.");
  book.records.set_records_from(day);
}

}  // namespace reading
}  // namespace churn::inline v0
