#include <churn/io/cube_file.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>

#include <nlohmann/json.hpp>

#include <churn/io/result_json.hpp>

#include "io/packed_bytes.hpp"
#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using support::a_customer;
using support::error_of;
using support::months_of;

std::string sentence_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Book north(const Conventions& conventions = {}) {
  return support::book_as_of(
      "2024-04-01",
      {a_customer("ann").with("country", "DE").on("pro").from("2024-01-10").at("50"),
       a_customer("bob").with("country", "FR").on("basic").from("2024-01-05").until("2024-03-05").at("7.50")},
      conventions);
}
Book south(const Conventions& conventions = {}) {
  return support::book_as_of(
      "2024-04-01",
      {a_customer("eve").with("country", "DE").on("basic").from("2024-02-01").at("20"),
       a_customer("ken").with("country", "US").on("team").from("2024-01-01").until("2024-02-10").at("300")},
      conventions);
}
CubeQuestion by_plan() { return {.grid = months_of("2024-01-01", "2024-04-01"), .by = by::plan}; }

// ---- CRC-32C as its definition has it, bit by bit

std::uint32_t crc_32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return crc ^ 0xFFFFFFFF;
}

constexpr std::size_t prefix = 24;

std::string little_endian(std::uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}
/// What is behind the prefix, with a prefix that says it is whole.
std::string sealed(const std::string& rest, std::uint64_t version = 2) {
  return "\x89"
         "CHURN\r\n" +
         little_endian(version, 4) + little_endian(rest.size(), 8) + little_endian(crc_32c(rest), 4) + rest;
}

TEST(CubeFile, begins_with_magic_version_length_and_crc_32c) {
  EXPECT_EQ(crc_32c("123456789"), 0xE3069283U) << "the check value of the published definition";
  const std::string bytes = to_bytes(CubeFile::fold(north(), by_plan()));
  EXPECT_EQ(bytes, sealed(bytes.substr(prefix)));
  EXPECT_EQ(to_bytes(cube_file_from_bytes(bytes)), bytes);
}

// ---- packed numbers

TEST(PackedBytes, are_those_that_the_header_shows) {
  PackedWriter out;
  out.varint(300);
  out.text("ab");
  out.column({0, 0, 0, 10, std::uint64_t(0) - 15, 0});
  // 300 = 0b10'0101100; a text of 2; divisor 5; three times nothing; 2 and -3; once nothing
  EXPECT_EQ(out.bytes(), std::string("\xAC\x02\x02"
                                     "ab\x05\x00\x02\x03\x06\x00\x00",
                                     12));
}

RC_GTEST_PROP(PackedBytes, columns_of_any_numbers_come_back, ()) {
  auto numbers = *rc::gen::container<std::vector<std::uint64_t>>(
      rc::gen::oneOf(rc::gen::just(std::uint64_t{0}), rc::gen::arbitrary<std::uint64_t>(),
                     rc::gen::element<std::uint64_t>(1, std::uint64_t{1} << 63, (std::uint64_t{1} << 63) + 1,
                                                     ~std::uint64_t{0}, 0x7FFFFFFFFFFFFFFF)));
  numbers.insert(numbers.end(), static_cast<std::size_t>(support::draw(0, 300)), 0);
  PackedWriter out;
  out.column(numbers);
  PackedReader in{out.bytes()};
  RC_ASSERT(in.column(numbers.size()) == numbers);
  RC_ASSERT(in.rest() == 0U);
}

TEST(PackedBytes, numbers_beyond_64_bits_and_runs_beyond_the_column_are_refused) {
  using namespace std::literals;
  PackedReader long_number{"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"sv};
  EXPECT_EQ(error_of([&] { (void)long_number.varint(); }), ErrorCode::unreadable);
  PackedReader largest{"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"sv};
  EXPECT_EQ(largest.varint(), ~std::uint64_t{0});
  PackedReader run{"\x01\x00\x02"sv};
  EXPECT_EQ(error_of([&] { (void)run.column(2); }), ErrorCode::unreadable);
  PackedReader longest{std::string_view("\x01\x00\x80\x01\x01\x01", 6)};
  EXPECT_EQ(error_of([&] { (void)longest.column(200); }), ErrorCode::unreadable);
  PackedReader text{
      "\x05"
      "ab"sv};
  EXPECT_EQ(error_of([&] { (void)text.text(); }), ErrorCode::unreadable);
}

TEST(PackedBytes, room_is_made_only_for_what_so_many_bytes_can_hold) {
  PackedReader in{std::string_view("\x01\x00\x7F", 3)};
  EXPECT_EQ(error_of([&] { (void)in.column(1'000'000'000'000); }), ErrorCode::unreadable);
  EXPECT_EQ(error_of([&] { in.require_room_for(193, 1); }), ErrorCode::unreadable);
  EXPECT_EQ(error_of([&] { in.require_room_for(192, 1); }), std::nullopt);
  EXPECT_EQ(in.column(128), std::vector<std::uint64_t>(128, 0));
}

// ---- adding

TEST(CubeFile, parts_add_up_to_the_whole) {
  const Book whole = support::book_as_of(
      "2024-04-01",
      {a_customer("ann").with("country", "DE").on("pro").from("2024-01-10").at("50"),
       a_customer("bob").with("country", "FR").on("basic").from("2024-01-05").until("2024-03-05").at("7.50"),
       a_customer("eve").with("country", "DE").on("basic").from("2024-02-01").at("20"),
       a_customer("ken").with("country", "US").on("team").from("2024-01-01").until("2024-02-10").at("300")});
  CubeFile sum = CubeFile::fold(north(), by_plan());
  sum += CubeFile::fold(south(), by_plan());
  EXPECT_EQ(sum, CubeFile::fold(whole, by_plan()));
  // Worked by hand: of basic, February opens with bob's 7.50 and eve's 20 are new; bob is gone in March.
  const MovementCube& cube = sum.movements();
  const std::size_t basic = cube.segment({"basic"});
  EXPECT_EQ(support::shown(cube.at(basic, 1).opening), "7.50");
  EXPECT_EQ(support::shown(cube.at(basic, 1).new_), "20.00");
  EXPECT_EQ(support::shown(cube.at(basic, 2).churn), "7.50");
  EXPECT_EQ(cube.at(cube.segment({"team"}), 1).lost_customers, 1);
  EXPECT_EQ(sum.cohorts(CohortBy::first_paid).size(basic, 0), 1);
  EXPECT_EQ(error_of([&] { (void)sum.cohorts(CohortBy::signed_up); }), ErrorCode::unknown_name);
}

// ---- departures

/// Three leave the same plan in March, for two reasons.
Book leavers(const Conventions& conventions = {}) {
  return support::book_as_of(
      "2024-04-01",
      {a_customer("ann").on("pro").from("2024-01-01").until("2024-03-10").at("50").because("price"),
       a_customer("bob").on("pro").from("2024-01-01").until("2024-03-20").at("30").because("card_expired"),
       a_customer("cat").on("pro").from("2024-01-01").until("2024-03-21").at("20").because("too expensive"),
       a_customer("dan").on("basic").from("2024-01-01").until("2024-02-10").because("project_finished"),
       a_customer("eve").on("basic").from("2024-01-01")},
      conventions);
}

TEST(CubeFile, departures_say_why_those_left_who_churned_in_its_movements) {
  const CubeFile file = CubeFile::fold(leavers(), by_plan());
  const DepartureCube& cube = file.departures();
  EXPECT_EQ(cube.causes(), (std::vector<Cause>{{DepartureType::completed, "project_finished"},
                                               {DepartureType::voluntary, "too_expensive"},
                                               {DepartureType::involuntary, "card_expired"}}));
  const std::size_t pro = cube.segment({"pro"});
  EXPECT_EQ(cube.at(pro, 2, 1).customers, 2);
  EXPECT_EQ(support::shown(cube.at(pro, 2, 1).ticks), "70.00");
  EXPECT_EQ(support::shown(cube.of_type(pro, 2, DepartureType::involuntary).ticks), "30.00");
  EXPECT_EQ(cube.total(pro, 2).ticks, file.movements().at(pro, 2).churn);
  EXPECT_EQ(cube, DepartureCube::fold(leavers(), by_plan().grid, by::plan));
  EXPECT_EQ(file.departure_rules(), DepartureRules::standard().fingerprint());
  EXPECT_EQ(cube_file_from_bytes(to_bytes(file)).departures(), cube);
  EXPECT_EQ(json(file).get<CubeFile>().departures(), cube);
}

TEST(CubeFile, departures_follow_the_netting_of_the_movements) {
  Conventions by_day;
  by_day.rate.netting = Netting::by_day;
  const CubeFile file = CubeFile::fold(leavers(by_day), by_plan());
  EXPECT_EQ(cube_file_from_bytes(to_bytes(file)), file);
  EXPECT_EQ(file.departures().total(1, 2).customers, 3);
}

TEST(CubeFile, departures_that_were_not_asked_for_are_not_there) {
  CubeQuestion question = by_plan();
  question.departures = false;
  CubeFile without = CubeFile::fold(leavers(), question);
  EXPECT_EQ(error_of([&] { (void)without.departures(); }), ErrorCode::unknown_name);
  EXPECT_EQ(without.departure_rules(), std::nullopt);
  EXPECT_EQ(cube_file_from_bytes(to_bytes(without)), without);
  EXPECT_EQ(json(without).get<CubeFile>(), without);
  EXPECT_EQ(error_of([&] { without += without; }), std::nullopt);
  CubeFile with = CubeFile::fold(leavers(), by_plan());
  EXPECT_FALSE(with == without);
  EXPECT_EQ(error_of([&] { with += without; }), ErrorCode::mismatched_cubes);
}

TEST(CubeFile, departures_by_other_rules_are_refused_with_both_fingerprints) {
  CubeQuestion question = by_plan();
  question.rules.remove("term_ran_out");
  CubeFile sum = CubeFile::fold(north(), by_plan());
  const CubeFile before = sum;
  const CubeFile other = CubeFile::fold(south(), question);
  EXPECT_EQ(error_of([&] { sum += other; }), ErrorCode::mismatched_cubes);
  EXPECT_EQ(sum, before);
  const std::vector<RuleDifference> found = differences(sum, other);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].field, "departures");
  EXPECT_EQ(found[0].first, "by rules " + std::string(json(sum)["departure_rules"]));
  EXPECT_EQ(found[0].second, "by rules " + std::string(json(other)["departure_rules"]));
  EXPECT_NE(found[0].first, found[0].second);
  EXPECT_EQ(std::string(json(sum)["departure_rules"]).size(), 16U);
  question.departures = false;
  EXPECT_EQ(differences(CubeFile::fold(south(), question), sum).at(0).first, "none");
}

TEST(CubeFile, a_segment_that_nobody_left_has_the_currency_of_its_movements) {
  const auto fold = [](const char* customer, const char* currency, bool pays) {
    auto sentence = a_customer(customer).on("pro").from("2024-01-01").in(currency);
    if (!pays) sentence.at("0");
    return CubeFile::fold(support::book_as_of("2024-04-01", {sentence}), [] {
      CubeQuestion question = by_plan();
      question.cohorts.clear();
      return question;
    }());
  };
  for (const bool in_order : {true, false}) {
    CubeFile sum = fold("ann", "USD", true);
    CubeFile other = fold("bob", "EUR", false);
    if (!in_order) std::swap(sum, other);
    sum += other;
    EXPECT_EQ(sum.departures().currency(0), Currency{"USD"});
    EXPECT_EQ(cube_file_from_bytes(to_bytes(sum)), sum);
  }
}

// What libchurn wrote before it counted departures: the north by plan.
TEST(CubeFile, of_version_1_is_read_and_has_no_departures) {
  CubeQuestion question = by_plan();
  question.departures = false;
  const CubeFile expected = CubeFile::fold(north(), question);
  for (const char* name : {"version_1", "version_1_json"}) {
    std::ifstream in(std::string(CHURN_SOURCE_DIR "/tests/fuzz/corpus/cubes/") + name, std::ios::binary);
    ASSERT_EQ(in.get(), 0) << "for the fuzzer: what follows is a whole file";
    const CubeFile file = cube_file_from_bytes(std::string{std::istreambuf_iterator<char>(in), {}});
    EXPECT_EQ(file, expected) << name;
    EXPECT_EQ(error_of([&] { (void)file.departures(); }), ErrorCode::unknown_name);
    EXPECT_EQ(to_bytes(file), to_bytes(expected)) << "it is written as what it is now";
  }
}

// Behind everything else stand the causes of the one who left: one cause, type 3, its reason; one entry, a step of -1
// from before the first; and two columns of nothing.
TEST(CubeFile, departures_that_contradict_the_movements_are_refused_with_a_reason) {
  using namespace std::literals;
  const std::string bytes = to_bytes(CubeFile::fold(north(), by_plan())).substr(prefix);
  const std::string tail = "\x01\x03\x07unknown\x01\x01\x02\x01\x01"s;
  ASSERT_EQ(bytes.substr(bytes.size() - tail.size()), tail);
  const auto said = [&](const std::string& other) {
    const std::string rest = bytes.substr(0, bytes.size() - tail.size()) + other;
    EXPECT_EQ(error_of([&] { (void)cube_file_from_bytes(sealed(rest)); }), ErrorCode::unreadable);
    return sentence_of([&] { (void)cube_file_from_bytes(sealed(rest)); });
  };
  EXPECT_EQ(said(""), "The bytes end too early.");
  EXPECT_EQ(said("\x01\x03\x07unknown"s), "The bytes end too early.");
  EXPECT_EQ(said("\x01\x04\x07unknown\x01\x01\x02\x01\x01"s), "A type of departures is none.");
  EXPECT_EQ(said("\x01\x03\x07unknown\x01\x01\x04\x01\x01"s),
            "A cause of departures is beyond those that there are.");
  EXPECT_EQ(said("\x01\x03\x07unknown\x01\x01\x00\x00\x01\x02\x01\x02"s),
            "A cause of departures is beyond those that there are.");
  EXPECT_EQ(said("\x01\x03\x07unknown\x00\x01\x01\x01"s), "Some who left have no cause.");
  EXPECT_EQ(said("\x01\x03\x07unknown\x02\x01\x02\x02\x01\x01"s),
            "There are causes of departures that nobody left for.");
  EXPECT_EQ(said("\x02\x03\x07unknown\x03\x07unknown\x01\x01\x02\x01\x01"s),
            "departure cube, causes: They are not in order, or one comes twice.");
  EXPECT_EQ(said("\x02\x02\x07unknown\x03\x07unknown\x01\x01\x02\x01\x01"s),
            "departure cube, causes: Nobody left for one of them.");
  // Two causes of one who left: one has all, so nobody is left for the other.
  EXPECT_EQ(said("\x02\x02\x07unknown\x03\x07unknown\x02\x01\x01\x02\x01\x00\x00\x01\x00\x00"s),
            "departure cube, entries: Nobody left, or less than nothing.");
  // Two of the first cause, where one left.
  EXPECT_EQ(said("\x02\x02\x07unknown\x03\x07unknown\x02\x01\x01\x02\x01\x01\x01\x00\x00"s),
            "departure cube, entries: Nobody left, or less than nothing.");
}

TEST(CubeFile, departures_in_json_must_agree_with_the_file_and_its_movements) {
  const ordered_json good = CubeFile::fold(leavers(), by_plan());
  const auto said = [&](auto&& change) {
    ordered_json bad = good;
    change(bad);
    return sentence_of([&] { (void)bad.get<CubeFile>(); });
  };
  EXPECT_EQ(said([](ordered_json&) {}), "");
  const std::string not_the_churn =
      "cube file, departures: In some segment and period they don't add up to the churn of the movements.";
  EXPECT_EQ(said([](ordered_json& tree) { tree["departures"]["segments"][1]["entries"][0][2] = 3; }),
            not_the_churn);
  EXPECT_EQ(said([](ordered_json& tree) { tree["departures"]["segments"][1]["entries"][0][3] = 3; }),
            not_the_churn);
  EXPECT_EQ(said([](ordered_json& tree) { tree["departures"]["segments"][1]["entries"][0][0] = 1; }),
            not_the_churn);
  const std::string unlike =
      "cube file, departures: Segments, currencies or states are not those of the movements.";
  EXPECT_EQ(said([](ordered_json& tree) { tree["departures"]["segments"][1]["currency"] = "EUR"; }), unlike);
  EXPECT_EQ(said([](ordered_json& tree) { tree["departures"]["segments"][1]["label"] = {"quo"}; }), unlike);
  EXPECT_EQ(said([](ordered_json& tree) { tree["departures"]["status"][2] = "observable"; }), unlike);
  const std::string unruled =
      "cube file, departures: There must be a cube of them where the file says by which rules, and only "
      "there.";
  EXPECT_EQ(said([](ordered_json& tree) { tree["departures"] = nullptr; }), unruled);
  EXPECT_EQ(said([](ordered_json& tree) { tree.erase("departures"); }), unruled);
  EXPECT_EQ(said([](ordered_json& tree) { tree["departure_rules"] = nullptr; }), unruled);
  EXPECT_EQ(said([](ordered_json& tree) { tree.erase("departure_rules"); }),
            "cube file, departure_rules: It is missing.");
  EXPECT_EQ(said([](ordered_json& tree) { tree["departure_rules"] = "0123456789abcdef"; }),
            "cube file, departures: Their rules are not those that the file says.");
  EXPECT_EQ(said([](ordered_json& tree) { tree["departure_rules"] = "rules"; }),
            "cube file, departure_rules: Something else stands where 16 hexadecimal digits belong.");
  EXPECT_EQ(said([](ordered_json& tree) { tree["departures"]["as_of"] = "2024-04-02"; }),
            "cube file: A cube was counted by something else than the file says.");
  EXPECT_EQ(said([](ordered_json& tree) { tree["version"] = 1; }), "")
      << "what another version has besides is not read";
}

// ---- counted otherwise

/// Adds the south, counted otherwise, to the north, and gives what is said of it.
std::string refusal(const CubeQuestion& question, const Conventions& conventions = {}) {
  CubeFile sum = CubeFile::fold(north(), by_plan());
  const CubeFile before = sum;
  const CubeFile other = CubeFile::fold(south(conventions), question);
  EXPECT_EQ(error_of([&] { sum += other; }), ErrorCode::mismatched_cubes);
  EXPECT_EQ(sum, before);
  return sentence_of([&] { sum += other; });
}

TEST(CubeFile, what_was_counted_otherwise_is_refused_with_field_and_both_values) {
  const auto expect = [](const std::string& sentence, const std::string& part) {
    EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
  };
  CubeQuestion question = by_plan();
  question.grid = months_of("2024-01-01", "2024-03-01");
  expect(refusal(question),
         "periods: month from 2024-01-01 to 2024-04-01, and month from 2024-01-01 to 2024-03-01.");
  question = by_plan();
  question.by = by::attribute("country");
  expect(refusal(question), "segments: plan (lane), and country (fixed).");
  question = by_plan();
  question.where = attribute("country") == "DE";
  expect(refusal(question), "condition: none, and country = DE, asking country (fixed).");
  question = by_plan();
  question.cohorts = {CohortBy::signed_up, CohortBy::first_paid};
  expect(refusal(question), "cohorts: first_paid, and first_paid, signed_up.");
  Conventions rules;
  rules.rate.base = ChurnBase::mean;
  expect(refusal(by_plan(), rules), "rate.base: opening, and mean.");
  rules = {};
  rules.book.gap_allowance_days = 7;
  rules.rate.trailing_days = 30;
  expect(refusal(by_plan(), rules), "book.gap_allowance_days: 0, and 7; rate.trailing_days: null, and 30.");
  rules = {};
  rules.name = "ours";
  expect(refusal(by_plan(), rules), "conventions: standard, version 1, and ours, version 1.");
  rules = {};
  rules.undocumented.emplace_back("Something.");
  expect(refusal(by_plan(), rules), "conventions: ");
}

TEST(CubeFile, another_day_and_other_given_cuts_are_refused) {
  const auto customers = {a_customer("ann").on("pro").from("2024-01-10").at("50")};
  const CubeQuestion question = by_plan();
  const CubeFile one = CubeFile::fold(support::book_as_of("2024-04-01", customers), question);
  CubeFile other = CubeFile::fold(support::book_as_of("2024-04-02", customers), question);
  EXPECT_NE(sentence_of([&] { other += one; }).find("as_of: 2024-04-02, and 2024-04-01."), std::string::npos);
  other = CubeFile::fold(support::book_from_until("2024-01-05", "2024-04-01", customers), question);
  EXPECT_NE(sentence_of([&] { other += one; }).find("records_from: 2024-01-05, and none."),
            std::string::npos);
  const auto cut_at = [&](std::string_view day) {
    return CubeFile::fold(
        support::book_as_of("2024-04-01", customers),
        {.grid = periods_at({support::day("2024-01-01"), support::day(day), support::day("2024-04-01")})});
  };
  other = cut_at("2024-02-01");
  EXPECT_NE(sentence_of([&] {
              other += cut_at("2024-02-02");
            }).find("periods: a cut at 2024-02-01, and one at 2024-02-02."),
            std::string::npos);
}

TEST(CubeFile, versions_of_a_rule_are_never_added_up) {
  const auto size = [](const Book&, CustomerIndex) { return std::string("small"); };
  const auto counted_by = [](const Segmenter& by) {
    return CubeFile::fold(north(), {.grid = months_of("2024-01-01", "2024-04-01"), .by = by});
  };
  CubeFile first = counted_by(by::custom("size", size, "1"));
  EXPECT_EQ(error_of([&] { first += counted_by(by::custom("size", size, "2")); }),
            ErrorCode::mismatched_cubes);
  EXPECT_EQ(error_of([&] { first += counted_by(by::custom("size", size, "1")); }), std::nullopt);
  CubeFile bands = counted_by(by::tenure);
  EXPECT_NE(sentence_of([&] {
              bands += counted_by(by::tenure_bands({30, 90}));
            }).find("segments: tenure (state, 30,90,180,365,730), and tenure (state, 30,90)."),
            std::string::npos);
  CubeFile monthly = counted_by(by::cohort());
  EXPECT_EQ(error_of([&] { monthly += counted_by(by::cohort(PeriodKind::year)); }),
            ErrorCode::mismatched_cubes);
}

TEST(CubeFile, currencies_meet_only_where_they_may_in_one_book) {
  const auto fold = [](const char* plan, const char* currency, const Segmenter& by,
                       std::vector<CohortBy> cohorts = {}) {
    return CubeFile::fold(
        support::book_as_of("2024-04-01", {a_customer(currency).on(plan).at("50").in(currency)}),
        {.grid = months_of("2024-01-01", "2024-04-01"), .by = by, .cohorts = std::move(cohorts)});
  };
  CubeFile sum = fold("pro", "USD", by::plan * by::currency);
  sum += fold("pro", "EUR", by::plan * by::currency);
  EXPECT_EQ(sum.currencies(), (std::vector<Currency>{Currency{"EUR"}, Currency{"USD"}}));
  EXPECT_EQ(sum.movements().segments().size(), 2U);
  sum = fold("pro", "USD", by::plan);
  EXPECT_NE(
      sentence_of([&] { sum += fold("pro", "EUR", by::plan); }).find("currency of \"pro\": USD, and EUR."),
      std::string::npos);
  EXPECT_EQ(error_of([&] { sum += fold("basic", "EUR", by::plan); }), std::nullopt)
      << "as in a book whose plans have a currency each";
  sum = fold("pro", "USD", by::cohort());
  EXPECT_EQ(error_of([&] { sum += fold("pro", "EUR", by::cohort(PeriodKind::month)); }),
            ErrorCode::mismatched_cubes);
  sum = fold("pro", "USD", by::primary_plan);
  EXPECT_EQ(error_of([&] { sum += fold("basic", "EUR", by::primary_plan); }), ErrorCode::mixed_currencies)
      << "as one book refuses it";
  sum = fold("pro", "USD", by::plan, {CohortBy::first_paid});
  EXPECT_EQ(error_of([&] { sum += fold("basic", "EUR", by::plan, {CohortBy::first_paid}); }),
            ErrorCode::mixed_currencies);
}

TEST(CubeFile, rejected_rows_are_counted_and_notices_are_not) {
  Rejections rejections;
  rejections.add({RejectionCode::bad_date, "a.csv", 7, "starts_on", "No."});
  rejections.add({RejectionCode::duplicate_row, "a.csv", 8, "", "Twice."});
  CubeFile sum = CubeFile::fold(north(), by_plan(), rejections);
  rejections.add({RejectionCode::bad_number, "b.csv", 7, "amount", "No."});
  sum += CubeFile::fold(south(), by_plan(), rejections);
  EXPECT_EQ(sum.rejected(), 3);
  EXPECT_EQ(sum.rejected(RejectionCode::bad_date), 2);
  EXPECT_EQ(sum.rejected(RejectionCode::bad_number), 1);
  EXPECT_EQ(sum.rejected(RejectionCode::duplicate_row), 0);
  EXPECT_EQ(cube_file_from_bytes(to_bytes(sum)), sum);
  EXPECT_EQ(json(sum).get<CubeFile>(), sum);
}

TEST(CubeFile, parts_that_read_mrr_from_different_records_are_refused) {
  const auto fold = [](const Records& records) {
    return CubeFile::fold(Book::build(records, support::day("2024-04-01")).book,
                          {.grid = months_of("2024-01-01", "2024-04-01")});
  };
  Records invoices;
  Invoice invoice{.id = InvoiceId{"i"},
                  .customer = CustomerId{"ann"},
                  .issued_on = support::day("2024-01-01"),
                  .due_on = {},
                  .paid_on = {},
                  .currency = Currency{"USD"},
                  .status = InvoiceStatus::paid};
  InvoiceLine line{.id = "l", .amount = Money{1000, Currency{"USD"}}};
  line.plan = "pro";
  line.period_start = support::day("2024-01-01");
  line.period_end = support::day("2024-02-01");
  line.kind = LineKind::recurring;
  invoice.lines.push_back(line);
  invoices.add(invoice);
  CubeFile sum = fold(support::records_of({a_customer("bob").on("pro")}));
  EXPECT_NE(sentence_of([&] { sum += fold(invoices); }).find("source of MRR: subscriptions, and invoices."),
            std::string::npos);
  EXPECT_EQ(error_of([&] { sum += fold(Records{}); }), std::nullopt) << "of nothing";
}

struct ExpansionRate {
  static constexpr std::string_view name = "expansion_rate";
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{cell.gained, at.currency}, {cell.opening, at.currency}};
  }
};

TEST(CubeFile, a_metric_of_a_hosts_own_is_computed_from_cubes_too) {
  const CubeQuestion question = by_plan();
  const auto of_book = measure(north()).over(question.grid).by(question.by).compute(ExpansionRate{});
  EXPECT_EQ(to_csv(CubeFile::fold(north(), question).metrics_table(std::tuple{ExpansionRate{}})),
            to_csv(of_book.table()));
}

// ---- files

TEST(CubeFile, is_written_as_its_file_is_called_and_read_by_its_first_bytes) {
  const std::filesystem::path folder = std::filesystem::path{testing::TempDir()} / "churn_cube_file";
  std::filesystem::create_directories(folder);
  const CubeFile file = CubeFile::fold(north(), by_plan());
  for (const char* name : {"a.cubes", "a.json", "a.JSON", "a"}) {
    write_cube_file(file, folder / name);
    EXPECT_EQ(read_cube_file(folder / name), file) << name;
  }
  const auto first_byte = [&](const char* name) { return std::ifstream{folder / name}.get(); };
  EXPECT_EQ(first_byte("a.json"), '{');
  EXPECT_EQ(first_byte("a.JSON"), '{');
  EXPECT_EQ(first_byte("a.cubes"), 0x89);
  std::filesystem::rename(folder / "a.json", folder / "b.cubes");
  EXPECT_EQ(read_cube_file(folder / "b.cubes"), file);
  EXPECT_EQ(error_of([&] { (void)read_cube_file(folder / "none"); }), ErrorCode::unreadable);
  EXPECT_EQ(error_of([&] { write_cube_file(file, folder / "no" / "folder"); }), ErrorCode::unreadable);
  std::filesystem::remove_all(folder);
}

TEST(CubeFile, every_byte_that_is_missing_or_another_is_noticed) {
  const std::string bytes = to_bytes(CubeFile::fold(north(), by_plan()));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(error_of([&] { (void)cube_file_from_bytes(bytes.substr(0, size)); }), ErrorCode::unreadable)
        << size;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const int bit : {0, 3, 7}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      ASSERT_EQ(error_of([&] { (void)cube_file_from_bytes(damaged); }), ErrorCode::unreadable) << i;
    }
  EXPECT_EQ(error_of([&] { (void)cube_file_from_bytes(bytes + '\0'); }), ErrorCode::unreadable);
}

TEST(CubeFile, what_is_wrong_with_a_file_is_said) {
  const std::string bytes = to_bytes(CubeFile::fold(north(), by_plan()));
  const auto said = [](const std::string& text) {
    return sentence_of([&] { (void)cube_file_from_bytes(text); });
  };
  EXPECT_EQ(said(bytes.substr(0, 100)),
            "The cubes end too early: 76 of " + std::to_string(bytes.size() - prefix) + " bytes are there.");
  EXPECT_EQ(said(sealed(bytes.substr(prefix), 3)),
            "The cubes have version 3 of the format; this library reads versions 1 and 2.");
  EXPECT_EQ(said(sealed(bytes.substr(prefix), 0)),
            "The cubes have version 0 of the format; this library reads versions 1 and 2.");
  EXPECT_EQ(said(sealed(bytes.substr(prefix), 1)),
            "The cubes have version 1 of the format, and say that they have 2.");
  EXPECT_EQ(said(bytes + "x"), "Behind the cubes stand 1 bytes that don't belong to them.");
  std::string damaged = bytes;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  EXPECT_EQ(said(damaged), "The cubes are damaged: their checksum is another one.");
  EXPECT_EQ(said("customer_id\n").substr(0, 28), "This is no file of cubes. Ma");
  EXPECT_EQ(said(sealed(bytes.substr(prefix) + "x")), "Behind the last of the cubes stands something else.");
  EXPECT_EQ(said("{").substr(0, 43), "The cubes are no JSON, or end too early: [j");
  ordered_json tree = CubeFile::fold(north(), by_plan());
  tree["version"] = 3;
  EXPECT_EQ(said(tree.dump()), "cube file, version: This library reads versions 1 and 2, not 3.");
}

TEST(CubeFile, json_that_can_not_be_of_one_book_is_refused) {
  const ordered_json good = CubeFile::fold(north(), by_plan());
  EXPECT_EQ(good["format"], "cube_file");
  EXPECT_EQ(good["segments"].dump(), R"([{"name":"plan","kind":"lane","version":""}])");
  const auto refused = [&](auto&& change) {
    ordered_json bad = good;
    change(bad);
    return error_of([&] { (void)bad.get<CubeFile>(); }) == ErrorCode::unreadable;
  };
  EXPECT_FALSE(refused([](ordered_json&) {}));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree.erase("subscriptions"); }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["as_of"] = "2024-04-02"; }))
      << "the cubes are of another";
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["grid"]["to"] = "2024-05-01"; }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["segments"][0]["name"] = "x"; }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["rates"] = tree["movements"]; })) << "there is no need";
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["conventions"]["rate"]["netting"] = "by_day"; }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["cohorts"].push_back(tree["cohorts"][0]); }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["rejected"]["bad_date"] = -1; }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["rejected"]["duplicate_row"] = 1; })) << "a notice";
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["currencies"] = {"USD", "EUR"}; })) << "not in order";
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["subscriptions"]["currencies"] = {"EUR"}; }));
  EXPECT_TRUE(refused([](ordered_json& tree) {
    tree["exchange_rates"] = {{{"currency", "EUR"}, {"rate", "-1"}, {"over", "1"}, {"on", nullptr}}};
  }));
  EXPECT_FALSE(refused([](ordered_json& tree) {
    tree["exchange_rates"] = {{{"currency", "EUR"}, {"rate", "1.08"}, {"over", "1"}, {"on", "2024-01-01"}}};
  }));
  // Counts: of basic in February one subscription pays at opening.
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["subscriptions"]["segments"][0]["cells"][1][1] = 2; }))
      << "more lost than there were";
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["subscriptions"]["segments"][0]["cells"][1][2] = -1; }));
  EXPECT_TRUE(refused([](ordered_json& tree) {
    tree["movements"]["segments"][0]["cells"][1][27] = (std::int64_t{1} << 53) + 1;
  })) << "more customer-days than there can be";
  EXPECT_FALSE(refused(
      [](ordered_json& tree) { tree["movements"]["segments"][0]["cells"][1][27] = std::int64_t{1} << 53; }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["movements"]["segments"][0]["cells"][1][21] = 2; }))
      << "more lost than there were";
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["cohorts"][0]["segments"][0]["sizes"][0] = -1; }));
  CubeQuestion beyond = by_plan();
  beyond.grid = months_of("2024-01-01", "2024-06-01");
  ordered_json later = CubeFile::fold(north(), beyond);
  auto& cells = later["subscriptions"]["segments"][0]["cells"];
  cells[4] = cells[1];
  EXPECT_EQ(error_of([&] { (void)later.get<CubeFile>(); }), ErrorCode::unreadable)
      << "of May, which is not known";
}

TEST(CubeFile, a_label_that_is_not_utf8_travels_in_bytes_only) {
  const CubeFile file =
      CubeFile::fold(support::book_as_of("2024-04-01", {a_customer("ann").on("\xFF")}), by_plan());
  EXPECT_EQ(cube_file_from_bytes(to_bytes(file)), file);
  EXPECT_EQ(error_of([&] { write_cube_file(file, "never.json"); }), ErrorCode::unreadable);
}

// ---- for any book

/// A book parted by customer, those that are merged into each other together, with every part's attributes.
std::vector<reference::Book> parts_of(const reference::Book& book, int count) {
  std::map<std::string, std::string> parent;
  const std::function<std::string(const std::string&)> root = [&](const std::string& id) {
    const auto at = parent.try_emplace(id, id).first;
    return at->second == id ? id : root(at->second);
  };
  for (const auto& customer : book.customers)
    if (customer.merged_into) parent[root(customer.id)] = root(*customer.merged_into);
  std::map<std::string, std::size_t> part;
  const auto part_of = [&](const std::string& id) {
    const auto [at, is_new] = part.try_emplace(root(id), 0);
    if (is_new) at->second = static_cast<std::size_t>(support::draw(0, count));
    return at->second;
  };
  std::vector<reference::Book> parts(static_cast<std::size_t>(count), book);
  for (reference::Book& empty : parts) empty.customers.clear(), empty.phases.clear(), empty.invoices.clear();
  for (const auto& customer : book.customers) parts[part_of(customer.id)].customers.push_back(customer);
  for (const auto& phase : book.phases) parts[part_of(phase.customer)].phases.push_back(phase);
  for (const auto& invoice : book.invoices) parts[part_of(invoice.customer)].invoices.push_back(invoice);
  return parts;
}

RC_GTEST_PROP(CubeFile, parts_of_any_book_add_up_to_it_in_any_order, ()) {
  support::RandomCase random = support::draw_case();
  random.rules.source = reference::Source::subscriptions;
  const bool mixed = support::one_in(4);
  if (mixed) {  // where only those are who pay nothing, a segment's currency is not known
    random.rules.free = reference::Free::absent;
    random.rules.pause = reference::Pause::absent;
  }
  if (mixed)
    for (reference::Phase& phase : random.book.phases)
      phase.currency = support::one_of<const char*>({"USD", "EUR", "JPY"});
  else if (support::one_in(3))
    support::draw_exchange(random);
  // Rates go to every part, and those that contradict each other would be rejected in each.
  auto& rates = random.book.fx_rates;
  for (auto rate = rates.begin(); rate != rates.end();) {
    const bool comes_before = std::any_of(rates.begin(), rate, [&](const reference::FxRate& other) {
      return other.on == rate->on && other.currency == rate->currency;
    });
    rate = comes_before ? rates.erase(rate) : rate + 1;
  }
  Conventions conventions = support::to_conventions(random.rules);
  if (!mixed && support::one_in(3)) conventions.rate.trailing_days = support::draw(1, 60);
  conventions.rate.base = support::one_of(
      {ChurnBase::opening, ChurnBase::mean, ChurnBase::exposure, ChurnBase::opening_and_joined});
  const auto [any_grid, reference_grid] = support::draw_grid();
  const PeriodGrid grid = any_grid.size() < 20 ? any_grid : months(any_grid.from(), any_grid.to());
  // What some say of why they left, as of any day.
  std::map<std::string, std::vector<Event>> answers;
  for (const reference::Customer& customer : random.book.customers)
    for (int n = support::draw(0, 3); n > 0; --n)
      answers[customer.id].push_back(
          {.customer = CustomerId{customer.id},
           .at = Timestamp::from_seconds(support::draw_instant(support::draw_day())),
           .kind = "exit_survey",
           .label = support::one_of<const char*>({"price", "project_finished", "card_expired", "?"})});
  // A customer that is left out and has every attribute, so that each part knows their names.
  const auto build = [&](const reference::Book& part) {
    RC_LOG() << support::describe(part, random.rules);
    Records records = support::to_records(part);
    Customer tester{.id = CustomerId{"tester"}};
    tester.excluded = true;
    tester.attributes = {{"channel", "ads"}, {"country", "DE"}};
    records.add(tester);
    for (const reference::Customer& customer : part.customers)
      for (const Event& answer : answers[customer.id]) records.add(answer);
    return Book::build(records, Date::from_days(part.as_of), conventions);
  };
  CubeQuestion question{.grid = grid};
  for (int n = support::draw(0, 3); n > 0; --n) switch (support::draw(0, 7)) {
      case 0: question.by = question.by * by::plan; break;
      case 1: question.by = question.by * by::interval; break;
      case 2: question.by = question.by * by::tenure; break;
      case 3: question.by = question.by * (mixed ? by::plan : by::primary_plan); break;
      case 4: question.by = question.by * (mixed ? by::tenure : by::mrr_band); break;
      case 5: question.by = question.by * by::cohort(); break;
      default: question.by = question.by * by::attribute("channel");
    }
  if (mixed) question.by = question.by * by::currency;
  if (support::one_in(3)) question.where = attribute("country") == "DE";
  if (support::one_in(3)) question.where = question.where && by::plan != "pro";
  question.departures = !support::one_in(6);
  if (support::one_in(4)) question.rules.remove("completed_survey");
  if (mixed) question.cohorts.clear();
  if (!mixed && support::one_in(2)) question.cohorts = {CohortBy::signed_up, CohortBy::first_paid};

  const auto [book, rejections] = build(random.book);
  const CubeFile whole = CubeFile::fold(book, question, rejections);
  std::vector<CubeFile> files;
  for (const reference::Book& part : parts_of(random.book, support::draw(1, 5))) {
    const auto [part_book, part_rejections] = build(part);
    const CubeFile file = CubeFile::fold(part_book, question, part_rejections);
    const std::string bytes = to_bytes(file);
    RC_ASSERT(cube_file_from_bytes(bytes) == file);
    RC_ASSERT(to_bytes(cube_file_from_bytes(bytes)) == bytes);
    RC_ASSERT(cube_file_from_bytes(ordered_json(file).dump()) == file);
    files.push_back(cube_file_from_bytes(bytes));
  }
  CubeFile in_order = files.front();
  for (std::size_t i = 1; i < files.size(); ++i) in_order += files[i];
  // Two neighbours at a time: every order, and every way to set brackets.
  while (files.size() > 1) {
    const auto a = static_cast<std::size_t>(support::draw(0, static_cast<int>(files.size())));
    CubeFile part = files[a];
    files.erase(files.begin() + static_cast<std::ptrdiff_t>(a));
    files[static_cast<std::size_t>(support::draw(0, static_cast<int>(files.size())))] += part;
  }
  RC_ASSERT(files.front() == in_order);
  // Of several currencies, which of them a segment without anything has is not the same for a part.
  if (!mixed) {
    RC_ASSERT(files.front() == whole);
    RC_ASSERT(to_bytes(files.front()) == to_bytes(whole));
  }

  const CubeFile& sum = files.front();
  RC_ASSERT(
      to_csv(sum.movements_table(true)) ==
      to_csv(movements_table(MovementCube::fold(book, grid, question.by, {question.where, {}, 1}), true)));
  RC_ASSERT(to_csv(sum.rates_table(mixed)) == to_csv(measure(book)
                                                         .over(grid)
                                                         .by(question.by)
                                                         .where(question.where)
                                                         .compute_all(StandardMetrics{})
                                                         .table(mixed)));
  if (question.departures) {
    const DepartureCube departures =
        DepartureCube::fold(book, grid, question.by, question.rules, {question.where, {}, 1});
    RC_ASSERT(std::ranges::equal(sum.departures().entries(), departures.entries()));
    RC_ASSERT(sum.departures().causes() == departures.causes());
    RC_ASSERT(sum.departures().segments() == departures.segments());
  }
  for (const CohortBy cohort_by : question.cohorts)
    RC_ASSERT(
        to_csv(cohorts_table(sum.cohorts(cohort_by), CohortMeasure::revenue, Retention::returning)) ==
        to_csv(cohorts_table(CohortCube::fold(book, grid, cohort_by, question.by, {question.where, {}, 1}),
                             CohortMeasure::revenue, Retention::returning)));
}

/// Bytes that say of themselves that they are whole, but are not what was written.
RC_GTEST_PROP(CubeFile, changed_bytes_are_refused_or_make_cubes_that_can_be_kept, ()) {
  static const std::string of_north = to_bytes(CubeFile::fold(north(), by_plan())).substr(prefix);
  static const std::string of_leavers = to_bytes(CubeFile::fold(leavers(), by_plan())).substr(prefix);
  const bool by_causes = support::one_in(2);
  std::string bytes = by_causes ? of_leavers : of_north;
  // Causes of departures are the last few bytes, which are hardly ever changed by chance.
  const int first = by_causes && support::one_in(2) ? static_cast<int>(bytes.size()) - 100 : 0;
  for (int n = support::draw(1, 4); n > 0; --n) {
    const auto at = static_cast<std::size_t>(*rc::gen::inRange<int>(first, static_cast<int>(bytes.size())));
    if (support::one_in(4))
      bytes.erase(at, static_cast<std::size_t>(support::draw(1, 5)));
    else
      bytes[at] = static_cast<char>(*rc::gen::inRange(0, 256));
  }
  std::optional<CubeFile> file;
  try {
    file = cube_file_from_bytes(sealed(bytes));
  } catch (const Error& error) {
    RC_ASSERT(error.code() == ErrorCode::unreadable);
    return;
  }
  RC_ASSERT(cube_file_from_bytes(to_bytes(*file)) == *file);
  (void)error_of([&] { *file += *file; });
  (void)error_of([&] { (void)file->rates_table(); });
  if (file->departure_rules()) (void)error_of([&] { (void)file->departures().total(0, 0); });
}

}  // namespace
}  // namespace churn
