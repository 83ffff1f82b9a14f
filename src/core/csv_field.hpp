// One field of CSV, in quotes only where RFC 4180 needs them. Private to the library's sources.
#pragma once

#include <string>
#include <string_view>

namespace churn::inline v0 {

inline void append_csv_field(std::string& out, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace churn::inline v0
