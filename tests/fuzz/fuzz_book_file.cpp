// Book files. An even first byte: what follows is the file. An odd one: what follows is a file whose magic, version,
// length and checksums are put right first; so most of what a fuzzer tries gets past them. What was read must be
// written so that it reads back; what is asked of it may only throw churn::Error.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <churn/churn.hpp>
#include <churn/io/book_file.hpp>

#include "examine.hpp"

namespace {

using namespace churn;

std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 8; i-- > 0;) number = number << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return number;
}
void put_number(std::string& bytes, std::size_t at, std::uint64_t number) {
  for (std::size_t i = 0; i < 8; ++i) bytes[at + i] = static_cast<char>(number >> (8 * i));
}

/// As src/io/checksum.hpp has it, of a multiple of 64 bytes.
std::uint64_t checksum_of(std::string_view bytes) {
  std::array<std::uint64_t, 8> lanes{0, 1, 2, 3, 4, 5, 6, 7};
  const auto step = [](std::uint64_t lane, std::uint64_t number) {
    const std::uint64_t mixed = lane ^ number;
    return (mixed << 29 | mixed >> 35) * 0x9E3779B97F4A7C15U;
  };
  for (std::size_t i = 0; i < bytes.size() / 8; ++i)
    lanes[i % 8] = step(lanes[i % 8], number_at(bytes, 8 * i));
  std::uint64_t sum = 0;
  for (const std::uint64_t lane : lanes) sum = step(sum, lane);
  sum = step(sum, bytes.size() / 8);
  return sum ^ sum >> 32;
}

std::string sealed(std::string bytes) {
  bytes.resize(std::max<std::size_t>(128, (bytes.size() + 63) / 64 * 64), '\0');
  bytes.replace(0, 8,
                "\x89"
                "BOOK\r\n\x1a");
  put_number(bytes, 8, 3);
  put_number(bytes, 16, bytes.size());
  const std::uint64_t head_size = std::min<std::uint64_t>(number_at(bytes, 24), bytes.size() - 64);
  put_number(bytes, 24, head_size);
  const auto head_end = static_cast<std::size_t>(64 + (head_size + 63) / 64 * 64);
  put_number(bytes, 32, 0);
  put_number(bytes, 40, checksum_of(std::string_view(bytes).substr(head_end)));
  put_number(bytes, 48, 0);
  put_number(bytes, 56, 0);
  put_number(bytes, 32, checksum_of(std::string_view(bytes).substr(0, head_end)));
  return bytes;
}

void ask(const Book& book) {
  const auto allowed = [](const auto& question) {
    try {
      question();
    } catch (const Error&) {
      // such as a total over several currencies
    }
  };
  std::optional<PeriodGrid> grid;
  allowed([&] { grid = months(book.as_of() - std::chrono::days{800}, book.as_of()); });
  if (!grid) return;
  for (const Segmenter& by :
       {Segmenter{}, by::plan * by::currency, by::primary_plan * by::tenure, Segmenter{by::cohort()}}) {
    allowed([&] { (void)MovementCube::fold(book, *grid, by); });
    allowed([&] { (void)fold_subscriptions(book, *grid, by); });
    allowed([&] { (void)CohortCube::fold(book, *grid, CohortBy::first_paid, by); });
    allowed([&] { (void)LifeTable::fold(book, by); });
  }
  for (const std::string& name : book.attribute_names())
    allowed([&] { (void)MovementCube::fold(book, *grid, by::attribute(name)); });
  for (const SpellUnit unit : {SpellUnit::every_of_customer, SpellUnit::first_subscription})
    allowed([&] { for_each_spell(book, unit, [](const Spell&) {}); });
  allowed([&] { (void)explain(book, *grid, {}, {}, grid->size() - 1); });
  allowed([&] { (void)roster(book, book.as_of() - std::chrono::days{1}); });
  allowed([&] { (void)EventIndex::build(book); });
  allowed([&] { (void)book.customers_by_id(); });
  allowed([&] { (void)Book::build(book.records(), book.as_of(), book.conventions()); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::optional<BookFile> file;
  try {
    file = book_file_from_bytes(data[0] % 2 == 0 ? rest : sealed(rest));
  } catch (const Error& error) {
    fuzz::require(error.code() == ErrorCode::unreadable, "bytes are refused for another reason");
    return 0;
  }
  const std::string bytes = to_bytes(*file);
  fuzz::require(to_bytes(book_file_from_bytes(bytes)) == bytes,
                "a book that was read is written differently");
  ask(file->book);
  return 0;
}
