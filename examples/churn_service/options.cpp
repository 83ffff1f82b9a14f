#include "options.hpp"

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace churn_service {

namespace {

int number_of(const std::string& option, std::string_view text, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0 || number > most)
    throw std::invalid_argument(option + " takes a number from 0 to " + std::to_string(most) + ".");
  return number;
}

}  // namespace

Options options_of(int argc, const char* const* argv) {
  Options options;
  if (const char* url = std::getenv("CHURN_DATABASE")) options.database = url;
  for (int i = 1; i < argc; i += 2) {
    const std::string option = argv[i];
    if (i + 1 == argc) throw std::invalid_argument(option + " takes a value.");
    const std::string value = argv[i + 1];
    if (option == "--database") {
      options.database = value;
    } else if (option == "--listen") {
      options.listen = value;
    } else if (option == "--port") {
      options.port = number_of(option, value, 65535);
    } else if (option == "--poll") {
      options.poll = std::chrono::seconds{number_of(option, value, 86400)};
    } else if (option == "--overlap") {
      options.overlap = std::chrono::seconds{number_of(option, value, 86400)};
    } else if (option == "--as-of") {
      options.as_of = churn::Date::parse(value);
      if (!options.as_of) throw std::invalid_argument("--as-of takes a day, YYYY-MM-DD.");
    } else if (option == "--model") {
      options.model = value;
    } else {
      throw std::invalid_argument("There is no option " + option + ".");
    }
  }
  if (options.database.empty()) throw std::invalid_argument("Say which database: --database URL.");
  return options;
}

}  // namespace churn_service
