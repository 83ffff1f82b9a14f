#include <churn/io/book_file.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <churn/book/live_book.hpp>
#include <churn/io/conventions_json.hpp>
#include <churn/io/cube_file.hpp>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::day;
using support::draw;
using support::error_of;
using support::months_of;
using support::one_in;
using support::one_of;

std::string sentence_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// ---- the checksum as its definition has it, number by number

std::uint64_t number_at(const std::string& bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 8; i-- > 0;)
    number = number * 256 + (at + i < bytes.size() ? static_cast<std::uint8_t>(bytes[at + i]) : 0U);
  return number;
}
std::uint64_t checksum_of(const std::string& bytes) {  // of a multiple of 64
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

void put_number(std::string& bytes, std::size_t at, std::uint64_t number) {
  for (std::size_t i = 0; i < 8; ++i) bytes[at + i] = static_cast<char>(number >> (8 * i));
}
std::size_t padded(std::size_t size) { return (size + 63) / 64 * 64; }

/// Where the columns begin.
std::size_t head_end(const std::string& bytes) { return 64 + padded(number_at(bytes, 24)); }

/// With checksums that are right for whatever it holds now.
std::string sealed(std::string bytes) {
  put_number(bytes, 40, checksum_of(bytes.substr(head_end(bytes))));
  put_number(bytes, 32, 0);
  put_number(bytes, 32, checksum_of(bytes.substr(0, head_end(bytes))));
  return bytes;
}

// ---- books

BookFile small_file(const Conventions& conventions = {}) {
  Records records = support::records_of(
      {a_customer("ann").with("country", "DE").on("pro").from("2024-01-10").at("50"),
       a_customer("17").with("country", "FR").on("basic").from("2024-01-05").until("2024-03-05").at("7.50"),
       a_customer("eve").on("basic").from("2024-02-01").at("20")});
  records.add(Event{CustomerId{"ann"}, Timestamp::at_midnight(day("2024-02-03")), "login", Decimal{15, 1}});
  auto [book, rejections] = Book::build(records, day("2024-04-01"), conventions);
  Rejections found;
  found.add({RejectionCode::bad_date, "subscriptions.csv", 7, "starts_on", "It is none."});
  return {std::move(book), std::move(rejections), std::move(found)};
}

/// All that makes books hard, from phases or invoices, in one currency or several, with events.
struct RandomBook {
  Records records;
  Conventions conventions;
  Date as_of;
};
RandomBook draw_random_book() {
  support::RandomCase random = support::draw_case();
  if (one_in(3)) random.book = support::draw_invoice_book();
  if (one_in(3)) support::draw_exchange(random);
  RC_LOG() << support::describe(random.book, random.rules);
  Records records = support::to_records(random.book);
  for (int n = draw(0, 12); n > 0; --n)
    records.add(Event{CustomerId{"c" + std::to_string(draw(0, 8))},
                      Timestamp::from_seconds(support::draw_instant(support::draw_day())),
                      one_of<const char*>({"login", "seats", "ticket"}), Decimal{draw(-40, 400), draw(0, 3)},
                      one_of<const char*>({"", "", "late"})},
                draw(0, 40));
  for (int n = draw(0, 3); n > 0; --n)
    records.add(Customer{.id = CustomerId{"name" + std::to_string(n)}, .name = "Name " + std::to_string(n)},
                100 + n);
  return {std::move(records), support::to_conventions(random.rules), Date::from_days(random.book.as_of)};
}

/// All that a book is asked, in words; an error is an answer, too.
std::string answers_of(const Book& book) {
  std::ostringstream out;
  const auto ask = [&out](const std::function<void()>& question) {
    try {
      question();
    } catch (const Error& error) {
      out << error.what() << '\n';
    }
  };
  const auto day_of = [](const std::optional<Date>& date) { return date ? date->to_string() : "none"; };
  out << to_json(book.conventions()) << book.as_of().to_string() << day_of(book.records_from())
      << day_of(book.first_change_on()) << day_of(book.pending_gap_since()) << book.sums_fit()
      << book.excluded_customer_count() << static_cast<int>(book.revenue_source()) << '\n';
  for (const Currency currency : book.currencies()) out << currency.code() << ' ';
  ask([&] {
    for (const AppliedRate& rate : book.exchange_rates())
      out << rate.currency.code() << rate.rate.to_string() << day_of(rate.on);
  });
  for (const CustomerIndex customer : book.customers_by_id())
    out << book.customer_id(customer).text() << '/' << book.customer_name(customer) << '/'
        << day_of(book.signed_up_on(customer)) << '/' << day_of(book.first_present_on(customer)) << '/'
        << (book.find(book.customer_id(customer)) == customer) << '\n';
  const PeriodGrid grid = months_of("2023-11-01", "2025-03-01");
  for (const Segmenter& by : {Segmenter{}, Segmenter{by::plan}, by::currency * by::primary_plan,
                              by::tenure * by::attribute("channel"), Segmenter{by::mrr_band}}) {
    ask([&] { out << to_csv(movements_table(MovementCube::fold(book, grid, by), true)); });
    ask([&] { out << to_csv(measure(book).over(grid).by(by).compute_all(StandardMetrics{}).table(true)); });
    ask([&] {
      const CohortCube cube = CohortCube::fold(book, grid, CohortBy::first_paid, by);
      out << to_csv(cohorts_table(cube, CohortMeasure::revenue, Retention::returning, true));
    });
  }
  for (const SpellUnit unit : {SpellUnit::first_of_customer, SpellUnit::every_subscription})
    ask([&] {
      for_each_spell(book, unit, [&](const Spell& spell) {
        out << book.customer_id(spell.customer).text() << spell.starts_on.to_string() << day_of(spell.ends_on)
            << spell.end_reason << '\n';
      });
    });
  for (std::size_t period = 0; period < grid.size(); ++period)
    ask([&] { out << to_csv(explanations_table(explain(book, grid, {}, {}, period), true)); });
  for (const char* on : {"2024-01-31", "2024-06-30"})
    ask([&] { out << to_csv(roster_table(roster(book, day(on)), true)); });
  ask([&] {
    const EventIndex index = EventIndex::build(book);
    for (const CustomerIndex customer : book.customers_by_id())
      for (const IndexedEvent& event : index.events_of(customer))
        out << event.at.to_string() << index.kinds()[event.kind].name << event.value.to_string() << '\n';
  });
  return out.str();
}

std::optional<BookFile> built(const RandomBook& random) {
  try {
    auto [book, rejections] = Book::build(random.records, random.as_of, random.conventions);
    return BookFile{std::move(book), std::move(rejections), {}};
  } catch (const Error&) {  // an exchange rate that is missing
    return std::nullopt;
  }
}

/// To the bit, what it is built of, and what was rejected.
RC_GTEST_PROP(BookFile, is_the_same_however_many_threads_built_the_book, ()) {
  const RandomBook random = draw_random_book();
  const auto file = built(random);
  RC_PRE(file.has_value());
  const std::string bytes = to_bytes(*file);
  for (const unsigned threads : {2U, 3U, 7U}) {
    auto [book, rejections] =
        Book::build(random.records, random.as_of, random.conventions, {.threads = threads});
    RC_ASSERT(to_bytes({std::move(book), std::move(rejections), {}}) == bytes);
  }
}

RC_GTEST_PROP(BookFile, answers_everything_as_the_book_that_was_written, ()) {
  const RandomBook random = draw_random_book();
  const auto file = built(random);
  RC_PRE(file.has_value());
  const std::string bytes = to_bytes(*file);
  const BookFile again = book_file_from_bytes(bytes);
  RC_ASSERT(again.book.conventions() == random.conventions);
  RC_ASSERT(again.rejections.entries() == file->rejections.entries());
  RC_ASSERT(answers_of(again.book) == answers_of(file->book));
  RC_ASSERT(EventIndex::build(again.book) == EventIndex::build(file->book));
  RC_ASSERT(to_bytes(again) == bytes);
  RC_ASSERT(to_bytes(book_file_from_bytes(bytes, BookFileCheck::head)) == bytes);
}

RC_GTEST_PROP(BookFile, holds_records_that_are_built_again_and_added_to, ()) {
  RandomBook random = draw_random_book();
  const auto file = built(random);
  RC_PRE(file.has_value());
  const std::string bytes = to_bytes(*file);
  const BookFile again = book_file_from_bytes(bytes);
  Records records = again.book.records();
  for (Records* both : {&random.records, &records}) {
    both->add(support::to_subscription({.subscription = "s9",
                                        .customer = "c1",
                                        .plan = "late",
                                        .starts_on = support::first_day,
                                        .amount = "3"}));
    both->add(Event{CustomerId{"new"}, Timestamp::at_midnight(day("2024-01-01")), "login"});
    both->add(Customer{.id = CustomerId{"c2"}, .attributes = {{"channel", "fair"}, {"size", "big"}}});
  }
  random.as_of = Date::from_days(support::draw_day());
  random.conventions.book.pause = PausePolicy::absent;
  const auto expected = built(random);
  random.records = records;
  const auto rebuilt = built(random);
  RC_ASSERT(rebuilt.has_value() == expected.has_value());
  if (rebuilt) RC_ASSERT(answers_of(rebuilt->book) == answers_of(expected->book));
  if (rebuilt) RC_ASSERT(rebuilt->rejections.entries() == expected->rejections.entries());
  RC_ASSERT(to_bytes(again) == bytes);  // what was read is as it was
}

TEST(BookFile, keeps_what_was_rejected_by_whoever_found_it) {
  const BookFile file = small_file();
  const BookFile again = book_file_from_bytes(to_bytes(file));
  EXPECT_EQ(again.found_reading.entries(), file.found_reading.entries());
  EXPECT_EQ(again.found_reading.rejected(), 1U);
  EXPECT_EQ(again.rejections.entries(), file.rejections.entries());
}

TEST(BookFile, keeps_the_later_day_that_a_live_book_has_come_to) {
  LiveBook live{small_file().book};
  (void)live.apply({}, day("2024-05-17"));
  const Book book = live.book();
  ASSERT_EQ(book.as_of(), day("2024-05-17"));
  const Book again = book_file_from_bytes(to_bytes({book})).book;
  EXPECT_EQ(again.as_of(), book.as_of());
  EXPECT_EQ(answers_of(again), answers_of(book));
}

// ---- what is refused

TEST(BookFile, begins_with_what_its_header_says) {
  const std::string bytes = to_bytes(small_file());
  EXPECT_EQ(bytes.substr(0, 8),
            "\x89"
            "BOOK\r\n\x1a");
  EXPECT_EQ(number_at(bytes, 8), 3U) << "version 3, and 0";
  EXPECT_EQ(number_at(bytes, 16), bytes.size());
  EXPECT_EQ(bytes.size() % 64, 0U);
  EXPECT_EQ(number_at(bytes, 48) + number_at(bytes, 56), 0U);
  EXPECT_EQ(sealed(bytes), bytes) << "the checksums are those of the definition";
}

TEST(BookFile, refuses_every_byte_that_was_changed) {
  const std::string bytes = to_bytes(small_file());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const int change : {1, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      ASSERT_EQ(error_of([&] { (void)book_file_from_bytes(damaged); }), ErrorCode::unreadable) << i;
    }
}

TEST(BookFile, refuses_every_file_that_was_cut_off_or_has_something_behind_it) {
  const std::string bytes = to_bytes(small_file());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(error_of([&] { (void)book_file_from_bytes(bytes.substr(0, size)); }), ErrorCode::unreadable)
        << size;
  EXPECT_EQ(sentence_of([&] { (void)book_file_from_bytes(bytes.substr(0, 20)); }),
            "The book ends too early: not even its length is there.");
  EXPECT_EQ(sentence_of([&] { (void)book_file_from_bytes(bytes.substr(0, 100)); }),
            "The book ends too early: 100 of " + std::to_string(bytes.size()) + " bytes are there.");
  EXPECT_EQ(sentence_of([&] { (void)book_file_from_bytes(bytes + "x"); }),
            "Behind the book stand 1 bytes that don't belong to it.");
}

TEST(BookFile, says_what_it_refuses) {
  std::string later = to_bytes(small_file());
  later[8] = 4;
  EXPECT_EQ(sentence_of([&] { (void)book_file_from_bytes(later); }),
            "The book has version 4 of the format; this library reads version 3.");
  const std::string foreign = "This is no book file. Make one with `churn snapshot`, or write_book_file.";
  const std::string cubes =
      to_bytes(CubeFile::fold(small_file().book, {.grid = months_of("2024-01-01", "2024-04-01")}));
  for (const std::string& bytes : {std::string{}, std::string("{}"), std::string(100, '\0'), cubes})
    EXPECT_EQ(sentence_of([&] { (void)book_file_from_bytes(bytes); }), foreign);
  std::string damaged = to_bytes(small_file());
  damaged[70] ^= 1;
  EXPECT_EQ(sentence_of([&] { (void)book_file_from_bytes(damaged); }),
            "The book is damaged: the checksum of its head is another one.");
  damaged = to_bytes(small_file());
  damaged[head_end(damaged)] ^= 1;
  EXPECT_EQ(sentence_of([&] { (void)book_file_from_bytes(damaged); }),
            "The book is damaged: the checksum of its columns is another one.");
}

/// Asked of a book that may be wrong: it may say anything, but only by ways that lead somewhere.
void expect_no_harm(const std::string& bytes) {
  try {
    const BookFile file = book_file_from_bytes(bytes);
    (void)answers_of(file.book);
    (void)Book::build(file.book.records(), file.book.as_of(), file.book.conventions());
    EXPECT_NO_THROW((void)book_file_from_bytes(to_bytes(file)));
  } catch (const Error&) {
  }
}

// Whoever makes up a file can make up its checksums. What is read may then be wrong; with a sanitizer this finds
// what leads out of it.
RC_GTEST_PROP(BookFile, reads_no_memory_but_its_own_whatever_somebody_has_sealed, ()) {
  const auto file = built(draw_random_book());
  RC_PRE(file.has_value());
  const std::string bytes = to_bytes(*file);
  for (int n = 0; n < 15; ++n) {
    std::string made_up = bytes;
    for (int changes = draw(1, 4); changes > 0; --changes) {
      const auto first = one_in(4) ? std::size_t{64} : head_end(bytes);
      const auto at = *rc::gen::inRange(first, bytes.size());
      const int value = one_of({0, 1, 2, 0x7F, 0x80, 0xFF, made_up[at] + 1, made_up[at] - 1, draw(0, 256)});
      made_up[at] = static_cast<char>(value);
      // A whole number of several bytes at once.
      if (one_in(3) && at % 4 == 0 && at + 4 <= bytes.size()) made_up.replace(at, 4, 4, made_up[at]);
    }
    expect_no_harm(sealed(std::move(made_up)));
  }
}

// ---- files

class BookFiles : public testing::Test {
 protected:
  // Tests may run at once, each in a process of its own.
  BookFiles()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("churn_book_files_" +
                 std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    std::filesystem::create_directories(folder_);
  }
  ~BookFiles() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string text_of(const std::filesystem::path& path) const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  std::filesystem::path folder_;
};

TEST_F(BookFiles, are_written_as_a_whole_or_not_at_all) {
  const std::filesystem::path path = folder_ / "today.book";
  const BookFile file = small_file();
  write_book_file(file, path);
  EXPECT_EQ(text_of(path), to_bytes(file));
  EXPECT_TRUE(is_book_file(path));
  const Book opened = read_book_file(path).book;
  write_book_file(
      {support::book_as_of("2024-04-01", {a_customer("zoe").on("pro").from("2024-01-10").at("9")})}, path);
  EXPECT_EQ(answers_of(opened), answers_of(file.book)) << "who has it open keeps the old one";
  EXPECT_EQ(read_book_file(path).book.customer_count(), 1U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1)
      << "nothing is left beside it";

  EXPECT_EQ(sentence_of([&] { write_book_file(file, folder_ / "nowhere" / "x.book"); }),
            (folder_ / "nowhere" / "x.book").string() + " can't be written.");
  std::filesystem::create_directories(folder_ / "full" / "inside");
  EXPECT_EQ(error_of([&] { write_book_file(file, folder_ / "full"); }), ErrorCode::unreadable);
  EXPECT_TRUE(std::filesystem::is_directory(folder_ / "full" / "inside"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "full.new"));
}

TEST_F(BookFiles, that_are_none_are_named) {
  std::ofstream(folder_ / "x.book") << "hello";
  EXPECT_FALSE(is_book_file(folder_ / "x.book"));
  EXPECT_FALSE(is_book_file(folder_ / "nowhere"));
  EXPECT_FALSE(is_book_file(folder_));
  EXPECT_EQ(sentence_of([&] { (void)read_book_file(folder_ / "x.book"); }),
            "x.book: This is no book file. Make one with `churn snapshot`, or write_book_file.");
  EXPECT_EQ(sentence_of([&] { (void)read_book_file(folder_ / "nowhere"); }), "nowhere is not a file.");
}

TEST_F(BookFiles, stay_open_for_as_long_as_anything_that_was_read_lives) {
  const std::filesystem::path path = folder_ / "today.book";
  const BookFile file = small_file();
  write_book_file(file, path);
  std::optional<Book> book = read_book_file(path).book;
  Records records = book->records();
  const Book copy = *book;
  book.reset();
  std::filesystem::remove(path);
  EXPECT_EQ(answers_of(copy), answers_of(file.book));
  records.add(Customer{.id = CustomerId{"zoe"}});
  EXPECT_EQ(records.customer_count(), file.book.records().customer_count() + 1);
}

}  // namespace
}  // namespace churn
