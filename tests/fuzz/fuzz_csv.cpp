// A folder of CSV files in one input: a byte that chooses conventions, and then the files, each behind a line
// that names it:
//
//   a
//   === subscriptions.csv
//   subscription_id,customer_id,…
//   === customers.csv
//   customer_id,…
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <churn/core/error.hpp>
#include <churn/io/book_folder.hpp>

#include "examine.hpp"

namespace {

/// The files of an input. What stands before the first name is not looked at.
churn::BookFiles files_of(std::string_view text) {
  constexpr std::string_view marker = "=== ";
  churn::BookFiles files;
  std::string name;
  std::size_t begin = 0;
  const auto finish = [&](std::size_t end) {
    if (!name.empty()) files[name] = text.substr(begin, end - begin);
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t line_end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, line_end - at);
    if (line.starts_with(marker)) {
      finish(at);
      name = line.substr(marker.size());
      begin = std::min(line_end + 1, text.size());
    }
    at = line_end + 1;
  }
  finish(text.size());
  return files;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    const churn::BookFiles files = files_of(text);
    const churn::LoadedBook book = churn::read_book_files(files);
    const churn::LoadedBook in_blocks = churn::read_book_files(files, {.threads = 2, .block_bytes = 64});
    fuzz::require(book.rejections.entries() == in_blocks.rejections.entries() &&
                      book.records.customer_count() == in_blocks.records.customer_count() &&
                      book.records.phase_count() == in_blocks.records.phase_count() &&
                      book.records.event_count() == in_blocks.records.event_count(),
                  "two threads read something else than one");
    fuzz::examine(book, data[0]);
  } catch (const churn::Error&) {
    // Said in a sentence: all that is asked for.
  }
  return 0;
}
