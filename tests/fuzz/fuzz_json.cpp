// A book as JSON: a byte that chooses conventions, and then a document or lines. What was read must also be
// written so that it reads back.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include <churn/core/error.hpp>
#include <churn/io/book_json.hpp>

#include "examine.hpp"

namespace {

using namespace churn;

/// What is written of records; nothing if they hold what JSON can't.
std::optional<std::string> written(const LoadedBook& book, JsonLayout layout) {
  std::ostringstream out;
  try {
    write_book_json(out, book.records, book.conventions, layout);
  } catch (const Error&) {
    return std::nullopt;
  }
  return out.str();
}

void require_round_trip(const LoadedBook& book, JsonLayout layout) {
  const auto text = written(book, layout);
  if (!text) return;
  const LoadedBook again = parse_book_json(*text, "again", layout, {.strict = true});
  fuzz::require(again.records.phase_count() == book.records.phase_count() &&
                    again.records.customer_count() == book.records.customer_count() &&
                    again.records.event_count() == book.records.event_count() &&
                    again.records.invoice_count() == book.records.invoice_count() &&
                    again.records.fx_rate_count() == book.records.fx_rate_count(),
                "what was written reads back to another number of records");
  fuzz::require(written(again, layout) == text, "what was written and read is written differently");
}

/// Read from a stream, which goes its own way, it is the same.
void require_same_stream(std::string_view text, const LoadedBook& book) {
  std::istringstream in{std::string(text)};
  const LoadedBook streamed = read_book_json(in, "book.json");
  fuzz::require(streamed.rejections.entries() == book.rejections.entries() &&
                    streamed.records.phase_count() == book.records.phase_count(),
                "a stream reads otherwise than its text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto layout = static_cast<JsonLayout>(data[0] / 64 % 3);
  std::optional<LoadedBook> book;
  try {
    book = parse_book_json(text, "book.json", layout);
  } catch (const Error&) {
    return 0;  // said in a sentence: all that is asked for
  }
  if (layout == JsonLayout::automatic) require_same_stream(text, *book);
  require_round_trip(*book, data[0] % 2 == 0 ? JsonLayout::document : JsonLayout::lines);
  try {
    fuzz::examine(*book, data[0]);
  } catch (const Error&) {
    // such as a run rate beyond 64 bits
  }
  return 0;
}
