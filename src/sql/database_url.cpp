#include <churn/sql/database_url.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <churn/core/printable.hpp>

#include "io/findings.hpp"

namespace churn::inline v0 {

namespace {

using reading::fail;

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Empty for a `%` without two digits behind it, and for a byte 0.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    decoded += c;
  }
  return decoded;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~')
      encoded += c;
    else
      encoded.append({'%', digits[byte >> 4U], digits[byte & 15U]});
  }
  return encoded;
}

/// A part of the URL, decoded. `part` is what the sentence calls it.
std::string decoded_part(std::string_view text, const std::string& part) {
  auto decoded = percent_decoded(text);
  if (!decoded)
    fail("The " + part + " in the database URL holds a % that is no %XX. Write a % itself as %25.");
  return *std::move(decoded);
}

/// HOST, HOST:PORT, [ADDRESS]:PORT, or several of them with commas between.
bool is_host_list(std::string_view text) {
  std::string_view port;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = (std::min)(text.find(',', begin), text.size());
    std::string_view one = text.substr(begin, end - begin);
    begin = end + 1;
    if (const std::size_t close = one.rfind(']'); !one.empty() && one.front() == '[') {
      if (close == std::string_view::npos) return false;
      if (one.find_first_not_of("0123456789abcdefABCDEF:.%", 1) != close) return false;
      port = one.substr(close + 1);
    } else {
      const std::size_t colon = (std::min)(one.find(':'), one.size());
      if (!std::all_of(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
            return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || c == '%';
          }))
        return false;
      port = one.substr(colon);
    }
    if (port.empty()) continue;
    if (port.front() != ':' || port.size() > 6 ||
        port.find_first_not_of("0123456789", 1) != std::string_view::npos)
      return false;
  }
  return true;
}

/// What libpq is told where the URL says nothing.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> defaults{
    {{"connect_timeout", "10"},
     {"keepalives_idle", "30"},
     {"keepalives_interval", "10"},
     {"keepalives_count", "3"},
     {"application_name", "libchurn"},
     {"client_encoding", "UTF8"}}};

constexpr std::string_view how =
    "Write sqlite://FILE or postgresql://USER:PASSWORD@HOST:PORT/DATABASE, and what is not plain in a part "
    "with %, "
    "such as %2F for a / and %40 for an @.";

}  // namespace

DatabaseUrl::DatabaseUrl(std::string_view text) {
  const std::size_t colon = text.find("://");
  const std::string_view scheme = text.substr(0, colon);
  if (colon == std::string_view::npos) fail("This is no database URL. " + std::string(how));
  if (scheme == "postgresql" || scheme == "postgres") {
    kind_ = DatabaseKind::postgresql;
    read_postgresql(text.substr(colon + 3));
    return;
  }
  if (scheme != "sqlite") {
    // Only a word: whatever else stands there may be anything.
    const bool is_word = scheme.size() <= 20 && std::all_of(scheme.begin(), scheme.end(), is_letter_or_digit);
    fail("There is no reader for databases of " + (is_word ? std::string(scheme) + "://. " : "this kind. ") +
         std::string(how));
  }
  file_ = decoded_part(text.substr(colon + 3), "file");
  if (file_.empty() || file_ == ":memory:")
    fail("The database URL names no file. Write sqlite:///absolute/path or sqlite://relative/path.");
  if (file_.find('"') != std::string::npos)
    fail(
        "The file in the database URL has a quote in its name, which is not supported. Rename it, or link to "
        "it.");
  shown_ = "sqlite://" + printable(file_);
}

void DatabaseUrl::read_postgresql(std::string_view rest) {
  const std::size_t end = (std::min)(rest.find_first_of("/?"), rest.size());
  std::string_view hosts = rest.substr(0, end);
  rest.remove_prefix(end);
  std::string user;
  connection_ = "postgresql://";
  shown_ = connection_;
  // A password may hold an @ that nobody wrote as %40; a host never does.
  if (const std::size_t at = hosts.rfind('@'); at != std::string_view::npos) {
    const std::string_view credentials = hosts.substr(0, at);
    hosts.remove_prefix(at + 1);
    const std::size_t colon = credentials.find(':');
    user = decoded_part(credentials.substr(0, colon), "user");
    connection_ += percent_encoded(user);
    if (colon != std::string_view::npos) {
      std::string password = decoded_part(credentials.substr(colon + 1), "password");
      connection_ += ":" + percent_encoded(password);
      add_secret(std::string(credentials.substr(colon + 1)));
      add_secret(percent_encoded(password));
      add_secret(std::move(password));
    }
    connection_ += "@";
    shown_ += printable(user) + "@";
  }
  if (!is_host_list(hosts)) fail("The host or port in the database URL does not read. " + std::string(how));
  connection_ += hosts;
  shown_ += hosts;

  const std::size_t question = (std::min)(rest.find('?'), rest.size());
  if (question > 0) {
    const std::string database = decoded_part(rest.substr(1, question - 1), "database");
    // More likely the rest of a password with a / in it, which is not to be shown.
    if (database.find_first_of("@/") != std::string::npos)
      fail("The database in the URL has an @ or a / in its name. " + std::string(how));
    connection_ += "/" + percent_encoded(database);
    shown_ += "/" + printable(database);
  }
  read_parameters(rest.substr((std::min)(question + 1, rest.size())));
}

void DatabaseUrl::read_parameters(std::string_view text) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, const std::string& value) {
    connection_ += (names.empty() ? "?" : "&") + name + "=" + percent_encoded(value);
    names.push_back(name);
  };
  while (!text.empty()) {
    const std::size_t end = (std::min)(text.find('&'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix((std::min)(end + 1, text.size()));
    const std::size_t equals = one.find('=');
    const std::string name(one.substr(0, equals));
    if (equals == std::string_view::npos || name.empty() ||
        !std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || c == '_'; }))
      fail("A parameter in the database URL is no NAME=VALUE. " + std::string(how));
    const std::string value = decoded_part(one.substr(equals + 1), "value of " + name);
    if (name.find("password") != std::string::npos) {
      add_secret(std::string(one.substr(equals + 1)));
      add_secret(percent_encoded(value));
      add_secret(value);
    }
    add(name, value);
  }
  for (const auto& [name, value] : defaults)
    if (std::find(names.begin(), names.end(), name) == names.end())
      add(std::string(name), std::string(value));
}

void DatabaseUrl::add_secret(std::string secret) {
  if (secret.empty()) return;
  secrets_.push_back(std::move(secret));
  // Longer ones first, so that none leaves a part of another behind.
  std::stable_sort(secrets_.begin(), secrets_.end(),
                   [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string DatabaseUrl::without_secrets(std::string sentence) const {
  constexpr std::size_t shortest = 4;
  for (const std::string& secret : secrets_) {
    for (std::size_t at = 0; (at = sentence.find(secret, at)) != std::string::npos; at += 3) {
      if (secret.size() < shortest) return {};
      sentence.replace(at, secret.size(), "***");
    }
  }
  return sentence;
}

bool is_database_url(std::string_view text) noexcept {
  const std::size_t colon = text.find("://");
  return colon != std::string_view::npos && colon > 0 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; });
}

}  // namespace churn::inline v0
