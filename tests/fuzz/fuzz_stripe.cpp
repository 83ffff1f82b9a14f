// An export of Stripe's objects: a byte that chooses conventions, and then a text. Whatever it holds, it comes to
// a book and findings, and the same ones whichever way its lines are turned round.
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/io/book_json.hpp>
#include <churn/io/stripe.hpp>

#include "examine.hpp"

namespace {

using namespace churn;

std::string written(const LoadedBook& book) {
  std::ostringstream out;
  try {
    write_book_json(out, book.records, book.conventions);
  } catch (const Error& error) {
    return error.what();
  }
  return out.str();
}

/// The order of lines changes nothing in the book.
void require_any_order(std::string_view text, const LoadedBook& book) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (lines.size() < 2) return;
  std::string backwards;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) backwards.append(*line).append("\n");
  const LoadedBook again = read_stripe_text(backwards);
  // Whether a text holds lines is told by its first ones, if they are not broken.
  for (const auto code : {RejectionCode::bad_json, RejectionCode::invalid_utf8, RejectionCode::nul_byte,
                          RejectionCode::out_of_range})
    if (again.rejections.count(code) != 0 || book.rejections.count(code) != 0) return;
  fuzz::require(written(again) == written(book), "the order of lines matters");
  fuzz::require(again.rejections.rejected() == book.rejections.rejected(),
                "rejections depend on the order of lines");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  StripeOptions options;
  if (data[0] % 8 == 7) options.time_zone = TimeZone{"EST-05EDT,M3.2.0,M11.1.0"};
  const LoadedBook book = read_stripe_text(text, options);  // throws nothing, whatever the text is
  if (data[0] % 8 != 7) require_any_order(text, book);
  try {
    fuzz::examine(book, data[0]);
  } catch (const Error&) {
    // such as a run rate beyond 64 bits
  }
  return 0;
}
