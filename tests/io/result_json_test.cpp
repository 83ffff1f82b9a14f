#include <churn/io/result_json.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include <nlohmann/json.hpp>

#include <churn/churn.hpp>
#include <churn/io/conventions_json.hpp>

#include "core/generators.hpp"
#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using core_test::any_int64;
using core_test::between;
using nlohmann::json;
using nlohmann::ordered_json;
using support::a_customer;

TEST(ResultJson, a_table_is_an_array_of_objects) {
  const Table table{{"z", "a"},
                    {{std::int64_t{1}, Money{1250, Currency{"USD"}}}, {{}, Date::of(2024, 1, 1)}}};
  EXPECT_EQ(ordered_json(table).dump(), R"([{"z":1,"a":"12.50"},{"z":null,"a":"2024-01-01"}])");
  EXPECT_EQ(ordered_json(table), ordered_json::parse(to_json(table)));
  EXPECT_EQ(json(table).dump(), R"([{"a":"12.50","z":1},{"a":"2024-01-01","z":null}])");
  EXPECT_EQ(ordered_json(Table{{"a"}, {{std::numeric_limits<double>::infinity()}}}).dump(), R"([{"a":null}])")
      << "null in the tree, not only in its text";
  EXPECT_TRUE(json(Table{{"a"}, {{std::numeric_limits<double>::quiet_NaN()}}})[0]["a"].is_null());
}

TEST(ResultJson, rejections_are_their_table) {
  Rejections rejections;
  rejections.add({RejectionCode::bad_date, "a.csv", 7, "starts_on", "No."});
  EXPECT_EQ(ordered_json(rejections).dump(),
            R"([{"code":"bad_date","source":"a.csv","row":7,"field":"starts_on","reason":"No."}])");
  EXPECT_EQ(json(Rejections{}).dump(), "[]");
}

TEST(ResultJson, a_measurement_is_null_where_it_has_no_part_or_value) {
  EXPECT_EQ(ordered_json(to_measurement(Proportion{1, 4}, 0.95)).dump().substr(0, 56),
            R"({"numerator":1,"denominator":4,"value":0.25,"ci_low":0.0)");
  EXPECT_EQ(ordered_json(to_measurement(Proportion{0, 0}, 0.95)).dump(),
            R"({"numerator":0,"denominator":0,"value":null,"ci_low":null,"ci_high":null,)"
            R"("numerator_unit":"count","denominator_unit":"count","currency":null})");
  EXPECT_EQ(ordered_json(to_measurement(RunRate{4320, Currency{"EUR"}}, 0.95)).dump(),
            R"({"numerator":4320,"denominator":null,"value":0.12,"ci_low":null,"ci_high":null,)"
            R"("numerator_unit":"annual_run_rate","denominator_unit":"none","currency":"EUR"})");
}

/// A book that pays in dollars and yen.
Book two_currencies() {
  return support::book_as_of("2024-03-01",
                             {a_customer("ann").on("pro").from("2024-01-15").at("50"),
                              a_customer("ken").on("pro").from("2024-01-20").at("7000").in("JPY")});
}
PeriodGrid two_months() { return support::months_of("2024-01-01", "2024-03-01"); }

TEST(ResultJson, a_cube_names_what_it_was_counted_by) {
  const Book book =
      support::book_as_of("2024-03-01", {a_customer("ann").on("pro").from("2024-01-15").at("50")});
  const ordered_json tree = MovementCube::fold(book, two_months());
  EXPECT_EQ(tree["format"], "movement_cube");
  EXPECT_EQ(tree["version"], 1);
  EXPECT_EQ(tree["currency"], "USD");
  EXPECT_EQ(tree["as_of"], "2024-03-01");
  EXPECT_EQ(tree["conventions"], ordered_json(Conventions::standard()));
  EXPECT_EQ(tree["grid"].dump(), R"({"kind":"month","from":"2024-01-01","to":"2024-03-01"})");
  EXPECT_EQ(tree["movements"].size(), 2U);
  EXPECT_EQ(tree["movements"][0]["new"], "50.00");
  EXPECT_EQ(tree["counts"].size(), MovementCell::field_count);
  EXPECT_EQ(tree["segments"][0]["cells"][0][1], 50 * 100 * ticks_per_minor_unit_a_month) << "new, in ticks";
  EXPECT_EQ(json(MovementCube::fold(book, two_months())), json(tree));
}

// It threw mixed_currencies: the cube as a whole was asked for its one currency.
TEST(ResultJson, a_cube_by_currency_has_the_amounts_of_each_segment_in_its_own) {
  const Book book = two_currencies();
  const ordered_json tree = MovementCube::fold(book, two_months(), by::currency);
  EXPECT_EQ(tree["currency"], nullptr);
  EXPECT_EQ(tree["segments"][0]["currency"], "JPY");
  EXPECT_EQ(tree["segments"][1]["currency"], "USD");
  EXPECT_EQ(tree["movements"][0]["new"], "7000");
  EXPECT_EQ(tree["movements"][2]["new"], "50.00");
  const auto code = by::custom_lane(
      "paid in", [](const PhaseView& phase) { return std::string(phase.price().currency.code()); });
  const ordered_json by_code = MovementCube::fold(book, two_months(), code);
  EXPECT_EQ(by_code["segments"][0]["currency"], "JPY") << "also where no label is called currency";
  EXPECT_EQ(ordered_json(MovementCube::fold_trailing(book, two_months(), 10, by::currency))["trailing_days"],
            10);
}

// ---- and back

template <class T>
void check_round_trip(const T& answer) {
  const json tree = answer;
  RC_ASSERT(tree.get<T>() == answer);
  RC_ASSERT(from_json<T>(json::parse(tree.dump())) == answer);
  const ordered_json ordered = answer;
  RC_ASSERT(from_json<T>(ordered) == answer);
  RC_ASSERT(ordered_json::parse(ordered.dump()).get<T>() == answer);
}

Currency any_currency() {
  static const std::vector<Currency> all{Currency{"USD"}, Currency{"JPY"}, Currency{"KWD"}};
  return all[static_cast<std::size_t>(*between(0, 3))];
}
RunRate any_run_rate() { return {*any_int64(), any_currency()}; }
Date any_day() { return Date::from_days(*between(Date::min_days, Date::max_days + 1)); }
std::string any_text() { return *rc::gen::element<std::string>("a", "B \"7\"", "é, 漢", "x\ny"); }
Proportion any_proportion() {
  const std::int64_t base = *between<std::int64_t>(0, std::numeric_limits<std::int64_t>::max());
  return {*between<std::int64_t>(0, base + 1), base};
}
CustomerRate any_customer_rate() {
  if (*between(0, 2) == 0) return any_proportion();
  return {Ratio{*any_int64(), *any_int64()}, *between(1, 400)};
}
RunRatePerCustomer any_arpa() { return {any_run_rate(), *any_int64()}; }

RC_GTEST_PROP(ResultJson, every_kind_of_rate_comes_back_as_it_was, ()) {
  check_round_trip(any_proportion());
  check_round_trip(Ratio{*any_int64(), *any_int64()});
  check_round_trip(any_run_rate());
  check_round_trip(RunRateRatio{any_run_rate(), any_run_rate()});
  check_round_trip(any_arpa());
  check_round_trip(MonthlyRevenue{any_run_rate()});
  check_round_trip(any_customer_rate());
  check_round_trip(AnnualisedRate{any_customer_rate(), *between(1, 400)});
  check_round_trip(LifetimeValue{any_arpa(), any_customer_rate(), *between(1, 400)});
  check_round_trip(ExposureRate{*any_int64(), *any_int64()});
  check_round_trip(Count{*any_int64()});
}

RC_GTEST_PROP(ResultJson, measurements_come_back_as_they_were, ()) {
  const IntervalRule rule{0.9, IntervalMethod::wilson};
  const auto some_share = Proportion{*between(0, 50), *between(50, 100)};
  check_round_trip(to_measurement(some_share, rule));
  check_round_trip(to_measurement(any_customer_rate(), rule));
  check_round_trip(to_measurement(Ratio{*any_int64(), *any_int64()}, rule));
  check_round_trip(to_measurement(RunRateRatio{any_run_rate(), any_run_rate()}, rule));
  check_round_trip(to_measurement(any_arpa(), rule));
  check_round_trip(to_measurement(MonthlyRevenue{any_run_rate()}, rule));
  check_round_trip(to_measurement(any_run_rate(), rule));
  check_round_trip(to_measurement(Count{*any_int64()}, rule));
  check_round_trip(to_measurement(ExposureRate{*any_int64(), *any_int64()}, rule));
  check_round_trip(to_measurement(LifetimeValue{any_arpa(), some_share, 30}, rule));
  check_round_trip(to_measurement(AnnualisedRate{some_share, 30}, rule));
}

RC_GTEST_PROP(ResultJson, who_is_behind_a_number_comes_back_as_it_was, ()) {
  check_round_trip(Explanation{CustomerId{any_text()}, static_cast<Movement>(*between(0, 9)), any_run_rate(),
                               any_run_rate(), any_day(), any_run_rate(), any_text()});
  check_round_trip(Explanation{CustomerId{any_text()}, Movement::churn, any_run_rate(), any_run_rate(),
                               any_day(), any_run_rate(), any_text(),
                               ExplainedCause{departure_types.at(static_cast<std::size_t>(*between(0, 4))),
                                              any_text(), any_text(), any_text()}});
  check_round_trip(RosterEntry{CustomerId{any_text()}, any_text(), any_run_rate(), any_day()});
  check_round_trip(ScheduledEnd{CustomerId{any_text()}, SubscriptionId{any_text()}, any_text(),
                                any_run_rate(), any_day()});
  const std::vector<RosterEntry> list(3, {CustomerId{"a"}, "pro", any_run_rate(), any_day()});
  RC_ASSERT(json(list).get<std::vector<RosterEntry>>() == list);
}

RC_GTEST_PROP(ResultJson, rejections_come_back_as_they_were, ()) {
  Rejections rejections;
  for (int n = *between(0, 6); n > 0; --n)
    rejections.add({static_cast<RejectionCode>(*between(0, static_cast<int>(rejection_code_count))),
                    any_text(), *any_int64(), any_text(), any_text()});
  for (const Rejections& same :
       {json(rejections).get<Rejections>(), ordered_json(rejections).get<Rejections>()}) {
    RC_ASSERT(same.entries() == rejections.entries());
    RC_ASSERT(same.rejected() == rejections.rejected());
  }
}

RC_GTEST_PROP(ResultJson, a_table_comes_back_as_one_that_prints_the_same, ()) {
  Table table{{"z", "a", "text, of é"}, {}};
  const auto any_cell = []() -> Cell {
    switch (*between(0, 7)) {
      case 0: return {};
      case 1: return *between(0, 2) == 0;
      case 2: return *any_int64();
      case 3: return static_cast<double>(*any_int64()) / 1024;
      case 4: return any_text();
      case 5: return any_day();
      default: return Money{*any_int64(), any_currency()};
    }
  };
  for (int n = *between(1, 5); n > 0; --n) table.rows.push_back({any_cell(), any_cell(), any_cell()});
  const Table same = ordered_json::parse(to_json(table)).get<Table>();
  RC_ASSERT(to_csv(same) == to_csv(table));
  RC_ASSERT(to_json(same) == to_json(table));
  RC_ASSERT(json(json(table).get<Table>()) == json(table));
}

/// Any segments that a book has; the plan with the most MRR is one of a single currency.
Segmenter any_segments(const Book& book, bool one_currency) {
  Segmenter by;
  for (int n = *between(0, 3); n > 0; --n) switch (*between(0, 6)) {
      case 0: by = by * by::plan; break;
      case 1: by = by * by::interval; break;
      case 2: by = by * (one_currency ? by::primary_plan : by::plan); break;
      case 3: by = by * by::tenure; break;
      case 4: by = by * by::currency; break;
      default:
        by = by * (book.attribute_names().empty() ? by::cohort() : by::attribute(book.attribute_names()[0]));
    }
  return by;
}

TEST(ResultJson, a_comparison_says_conventions_once_and_comes_back_as_it_was) {
  const Book book = support::book_as_of(
      "2024-03-01", {a_customer("ann").on("pro").from("2024-01-15").at("50"),
                     a_customer("bob").on("pro").from("2024-01-15").until("2024-02-10").at("50")});
  const Comparison comparison = compare(book, two_months(), 1);
  const ordered_json tree = comparison;
  EXPECT_EQ(tree["period"].dump(), R"({"first":"2024-02-01","last":"2024-03-01"})");
  ASSERT_EQ(tree["presets"].size(), Conventions::presets().size());
  EXPECT_EQ(tree["presets"][1]["conventions"]["name"], "chartmogul");
  EXPECT_EQ(tree["presets"][0]["currency"], "USD");
  EXPECT_EQ(tree["presets"][0]["metrics"][0]["metric"], "customer_churn_rate");
  EXPECT_EQ(tree["presets"][0]["metrics"][0]["measurement"]["value"], 0.5);
  EXPECT_EQ(tree.get<Comparison>(), comparison);
  EXPECT_EQ(json(comparison).get<Comparison>(), comparison);
  ordered_json bad = tree;
  bad["period"]["last"] = "2024-02-01";
  EXPECT_EQ(support::error_of([&] { (void)bad.get<Comparison>(); }), ErrorCode::unreadable);
  bad = tree;
  bad["presets"][0]["conventions"]["rate"]["base"] = "x";
  EXPECT_EQ(support::error_of([&] { (void)bad.get<Comparison>(); }), ErrorCode::unreadable);
}

TEST(ResultJson, a_subscription_cube_is_refused_where_it_can_not_be_of_any_book) {
  const Book book =
      support::book_as_of("2024-02-16", {a_customer("ann").on("pro").from("2024-01-15").at("50")});
  const ordered_json good =
      fold_subscriptions(book, support::months_of("2024-01-01", "2024-04-01"), by::plan);
  EXPECT_EQ(good["format"], "subscription_cube");
  EXPECT_EQ(good["currencies"].dump(), R"(["USD"])");
  EXPECT_EQ(good["segments"][0]["cells"][1].dump(), "[1,0,1,0,1,1,0,0]");
  EXPECT_TRUE(good["segments"][0]["cells"][2].is_null());
  const auto refused = [&](auto&& change) {
    ordered_json bad = good;
    change(bad);
    return support::error_of([&] { (void)bad.get<SubscriptionCube>(); }) == ErrorCode::unreadable;
  };
  EXPECT_FALSE(refused([](ordered_json&) {}));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["segments"][0]["cells"].erase(0); }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["segments"][0]["cells"][0].push_back(1); }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["currencies"] = {"USD", "EUR"}; }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["counts"][0] = "x"; }));
  EXPECT_TRUE(refused([](ordered_json& tree) { tree["format"] = "movement_cube"; }));
}

TEST(ResultJson, departures_are_entries_of_places_with_their_causes_and_the_fingerprint_of_their_rules) {
  const Book book = support::book_as_of(
      "2024-04-01",
      {a_customer("ann").on("pro").from("2024-01-01").until("2024-03-10").because("price"),
       a_customer("bob").on("pro").from("2024-01-01").until("2024-03-20").because("card_expired"),
       a_customer("cat").on("basic").from("2024-01-01").until("2024-02-20").because("price")});
  DepartureRules none;
  none.append({"a", [](const DepartureFacts&) { return std::optional<Finding>{}; }});
  const PeriodGrid grid = support::months_of("2024-01-01", "2024-04-01");
  const DepartureCube cube = DepartureCube::fold(book, grid, by::plan);
  const ordered_json tree = cube;
  EXPECT_EQ(tree["format"], "departure_cube");
  EXPECT_EQ(tree["version"], 1);
  EXPECT_EQ(tree["as_of"], "2024-04-01");
  EXPECT_EQ(tree["status"].dump(), R"(["complete","complete","complete"])");
  EXPECT_EQ(tree["segment_names"].dump(), R"(["plan"])");
  EXPECT_EQ(
      tree["causes"].dump(),
      R"([{"type":"voluntary","reason":"too_expensive"},{"type":"involuntary","reason":"card_expired"}])");
  EXPECT_EQ(tree["counts"].dump(), R"(["period","cause","customers","ticks"])");
  // 10.00 a month, in ticks.
  EXPECT_EQ(tree["segments"].dump(), R"([{"label":["basic"],"currency":"USD","entries":[[1,0,1,)" +
                                         std::to_string(1000 * ticks_per_minor_unit_a_month) +
                                         R"(]]},{"label":["pro"],"currency":"USD","entries":[[2,0,1,)" +
                                         std::to_string(1000 * ticks_per_minor_unit_a_month) + "],[2,1,1," +
                                         std::to_string(1000 * ticks_per_minor_unit_a_month) + "]]}]");
  const std::string rules = tree["rules"];
  EXPECT_EQ(rules.size(), 16U);
  EXPECT_EQ(std::stoull(rules, nullptr, 16), DepartureRules::standard().fingerprint());
  EXPECT_EQ(tree.get<DepartureCube>(), cube);
  EXPECT_EQ(json(cube).get<DepartureCube>().conventions(), cube.conventions());
  EXPECT_EQ(json(DepartureCube::fold(book, grid, by::plan, none)).get<DepartureCube>().rules(),
            none.fingerprint());
}

TEST(ResultJson, departures_that_no_book_can_have_are_refused_by_field) {
  const Book book = support::book_as_of(
      "2024-03-20",
      {a_customer("ann").on("pro").from("2024-01-01").until("2024-02-10").because("price"),
       a_customer("bob").on("pro").from("2024-01-01").until("2024-02-20").because("card_expired"),
       a_customer("cat").on("basic").from("2024-01-01").until("2024-02-20").because("price")});
  const json good = DepartureCube::fold(book, support::months_of("2024-01-01", "2024-05-01"), by::plan);
  const auto said = [&good](auto&& change) -> std::string {
    json bad = good;
    change(bad);
    try {
      (void)bad.get<DepartureCube>();
    } catch (const Error& error) {
      return error.code() == ErrorCode::unreadable ? error.what() : "another error";
    }
    return "";
  };
  const auto entry = [&said](std::size_t place, const json& value) {
    return said([&](json& tree) { tree["segments"][1]["entries"][0][place] = value; });
  };
  EXPECT_EQ(said([](json&) {}), "");
  for (const auto& item : good.items())
    EXPECT_EQ(said([&](json& tree) { tree.erase(item.key()); }),
              "departure cube, " + item.key() + ": It is missing.");
  EXPECT_EQ(said([](json& tree) { tree["version"] = 2; }),
            "departure cube, version: This library reads version 1, not 2.");
  EXPECT_EQ(said([](json& tree) { tree["format"] = "movement_cube"; }),
            R"(departure cube, format: "movement_cube" is not "departure_cube".)");
  const std::string no_rules =
      "departure cube, rules: Something else stands where 16 hexadecimal digits belong.";
  for (const char* rules : {"", "0", "0123456789ABCDEF", "0123456789abcdeg", "00123456789abcdef"})
    EXPECT_EQ(said([&](json& tree) { tree["rules"] = rules; }), no_rules) << rules;
  EXPECT_EQ(said([](json& tree) { tree["rules"] = 7; }), "departure cube, rules: It must be a text.");
  EXPECT_EQ(said([](json& tree) { tree["causes"][0]["type"] = "sulking"; }),
            "departure cube, causes, type: \"sulking\" is unknown. Known: completed, voluntary, involuntary, "
            "unknown.");
  EXPECT_EQ(said([](json& tree) { tree["causes"][1] = tree["causes"][0]; }),
            "departure cube, causes: They are not in order, or one comes twice.");
  EXPECT_EQ(said([](json& tree) { std::swap(tree["causes"][0], tree["causes"][1]); }),
            "departure cube, causes: They are not in order, or one comes twice.");
  EXPECT_EQ(said([](json& tree) {
              tree["causes"].push_back({{"type", "unknown"}, {"reason", "unknown"}});
            }),
            "departure cube, causes: Nobody left for one of them.");
  const std::string prefix = "departure cube, segments, entries: ";
  EXPECT_EQ(entry(0, 4), prefix + "A period is beyond the cube's.");
  EXPECT_EQ(entry(0, -1), prefix + "A period is beyond the cube's.");
  EXPECT_EQ(entry(0, 0.5), prefix + "It must be a whole number of 64 bits.");
  EXPECT_EQ(entry(1, 2), prefix + "A cause is beyond the cube's.");
  EXPECT_EQ(entry(1, std::int64_t{1} << 32), prefix + "A cause is beyond the cube's.");
  EXPECT_EQ(entry(0, 3), "departure cube, entries: There are departures in a period that is not observable.");
  EXPECT_EQ(entry(0, 2), "departure cube, entries: They are not in order, or one comes twice.");
  EXPECT_EQ(entry(1, 1), "departure cube, entries: They are not in order, or one comes twice.");
  EXPECT_EQ(entry(2, 0), "departure cube, entries: Nobody left, or less than nothing.");
  EXPECT_EQ(entry(2, -1), "departure cube, entries: Nobody left, or less than nothing.");
  EXPECT_EQ(entry(3, -1), "departure cube, entries: Nobody left, or less than nothing.");
  EXPECT_EQ(entry(3, 0), "") << "of someone who paid nothing";
  EXPECT_EQ(entry(2, std::int64_t{1} << 53), "departure cube, entries: More left than there can be.")
      << "with the other of the same cell";
  EXPECT_EQ(entry(2, (std::int64_t{1} << 53) - 1), "");
  EXPECT_EQ(entry(3, std::numeric_limits<std::int64_t>::max()),
            "departure cube, entries: More left than there can be.");
  EXPECT_EQ(said([](json& tree) { tree["segments"][1]["entries"][0].push_back(1); }),
            prefix + "An entry has more or fewer counts than there are.");
  EXPECT_EQ(said([](json& tree) {
              tree["counts"] = {"cause", "period", "customers", "ticks"};
            }),
            "departure cube, counts: These are not the counts that this library keeps.");
  EXPECT_EQ(said([](json& tree) { tree["segments"][1]["currency"] = "XXY"; }).substr(0, 34),
            "departure cube, segments, currency");
  EXPECT_EQ(said([](json& tree) { std::swap(tree["segments"][0], tree["segments"][1]); }),
            "The labels of the cube are not in order, or one comes twice.");
  EXPECT_EQ(said([](json& tree) { tree["segments"][0]["label"] = json::array(); }),
            "A label of the cube has more or fewer parts than there are segment names.");
  EXPECT_EQ(said([](json& tree) { tree["status"].erase(0); }), "The cube has a status too many or too few.");
}

RC_GTEST_PROP(ResultJson, cubes_come_back_equal_and_add_up_as_before, ()) {
  support::RandomCase random = support::draw_case();
  const bool mixed = support::one_in(2);
  if (mixed)
    for (reference::Phase& phase : random.book.phases)
      phase.currency = support::one_of<const char*>({"USD", "EUR", "JPY"});
  const auto [grid, reference_grid] = support::draw_grid();
  const auto [book, rejections] = support::build(random.book, random.rules);
  const Segmenter by = mixed ? any_segments(book, false) * by::currency : any_segments(book, true);
  const bool trailing = grid.size() < 20 && support::one_in(3);
  const MovementCube cube = trailing ? MovementCube::fold_trailing(book, grid, support::draw(1, 60), by)
                                     : MovementCube::fold(book, grid, by);
  check_round_trip(cube);
  const MovementCube same = json(cube).get<MovementCube>();
  RC_ASSERT(same.conventions() == cube.conventions());
  RC_ASSERT(same.as_of() == cube.as_of());
  MovementCube twice = cube;
  MovementCube added = same;
  RC_ASSERT((twice += same) == (added += cube));
  RC_ASSERT((added -= cube) == cube);
  const SubscriptionCube subscriptions = fold_subscriptions(book, grid, by);
  check_round_trip(subscriptions);
  SubscriptionCube doubled = json(subscriptions).get<SubscriptionCube>();
  RC_ASSERT((doubled += subscriptions).conventions() == book.conventions());
  const DepartureCube departures = DepartureCube::fold(book, grid, by);
  check_round_trip(departures);
  DepartureCube departed_twice = departures;
  DepartureCube added_departures = json(departures).get<DepartureCube>();
  departed_twice += added_departures;
  added_departures += departures;
  RC_ASSERT(departed_twice == added_departures);
  RC_ASSERT((added_departures -= departures) == departures);
  RC_ASSERT(added_departures.conventions() == departures.conventions());
  if (mixed || grid.size() > 30) return;
  const CohortCube cohorts = CohortCube::fold(
      book, grid, support::one_in(2) ? CohortBy::first_paid : CohortBy::signed_up, any_segments(book, true));
  check_round_trip(cohorts);
  RC_ASSERT(json(cohorts).get<CohortCube>().conventions() == cohorts.conventions());
  if (cohorts.segments().empty()) return;  // a book of nobody
  const CohortMatrix matrix = logo_retention(cohorts, Retention::unbroken);
  const CohortMatrix back = json(matrix).get<CohortMatrix>();
  RC_ASSERT(back.cohorts == matrix.cohorts);
  RC_ASSERT(back.sizes == matrix.sizes);
  RC_ASSERT(back.numerator == matrix.numerator);
  RC_ASSERT(back.denominator == matrix.denominator);
  RC_ASSERT(back.value == matrix.value);
  RC_ASSERT((back.observed == matrix.observed).all());
}

RC_GTEST_PROP(ResultJson, grids_come_back_with_the_boundaries_they_judge_by, ()) {
  const auto [grid, reference_grid] = support::draw_grid();
  check_round_trip(grid);
  const PeriodGrid window = grid.trailing(0, support::draw(1, 90));
  check_round_trip(window);
  check_round_trip(window.trailing(0, 3));
}

// ---- what is refused

std::string refusal(const json& tree) {
  try {
    (void)from_json<MovementCube>(tree);
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.what();
  }
  return "";
}

TEST(ResultJson, a_cube_of_another_format_or_version_is_refused) {
  const json whole = MovementCube::fold(two_currencies(), two_months(), by::currency);
  EXPECT_EQ(refusal(whole), "");
  json tree = whole;
  tree["version"] = 2;
  EXPECT_EQ(refusal(tree), "unreadable: movement cube, version: This library reads version 1, not 2.");
  tree = whole;
  tree["format"] = "cohort_cube";
  EXPECT_EQ(refusal(tree), R"(unreadable: movement cube, format: "cohort_cube" is not "movement_cube".)");
  tree = whole;
  tree["counts"][0] = "closing";
  EXPECT_EQ(refusal(tree),
            "unreadable: movement cube, counts: These are not the counts that this library keeps.");
}

TEST(ResultJson, a_cube_that_is_damaged_is_refused) {
  const json whole = MovementCube::fold(two_currencies(), two_months(), by::currency);
  const auto refused = [&whole](auto damage) {
    json tree = whole;
    damage(tree);
    return refusal(tree).substr(0, 10) == "unreadable";
  };
  for (const auto& item : whole.items()) {
    const bool is_read =
        item.key() != "movements" && item.key() != "currency" && item.key() != "trailing_days";
    EXPECT_EQ(refused([&](json& tree) { tree.erase(item.key()); }), is_read) << item.key();
    EXPECT_EQ(refused([&](json& tree) { tree[item.key()] = json::array({json::object()}); }),
              is_read || item.key() == "trailing_days")
        << item.key();
  }
  const auto first = [](json& tree) -> json& { return tree["segments"][0]; };
  EXPECT_TRUE(refused([&](json& tree) { first(tree)["cells"][1][1] = 5; })) << "no longer closes";
  EXPECT_TRUE(refused([&](json& tree) { first(tree)["cells"][1] = nullptr; })) << "nor goes on";
  EXPECT_TRUE(refused([&](json& tree) { first(tree)["cells"][0][3] = 0.5; }));
  EXPECT_TRUE(refused([&](json& tree) { first(tree)["cells"][0][3] = std::uint64_t{1} << 63; }));
  EXPECT_TRUE(refused([&](json& tree) { first(tree)["cells"][0].push_back(0); }));
  EXPECT_TRUE(refused([&](json& tree) { first(tree)["cells"].push_back(nullptr); }));
  EXPECT_TRUE(refused([&](json& tree) { first(tree)["currency"] = "XXY"; }));
  EXPECT_TRUE(refused([&](json& tree) { first(tree)["label"] = {"USD"}; })) << "a label twice";
  EXPECT_TRUE(refused([&](json& tree) { first(tree)["label"] = {"ZZZ"}; })) << "out of order";
  EXPECT_TRUE(refused([&](json& tree) { first(tree)["label"] = json::array(); }));
  EXPECT_TRUE(refused([&](json& tree) { tree["status"][0] = "unknown"; })) << "counts of the unknown";
  EXPECT_TRUE(refused([&](json& tree) { tree["status"].push_back("unknown"); }));
  EXPECT_TRUE(refused([&](json& tree) { tree["grid"]["to"] = "2024-04-01"; }));
  EXPECT_TRUE(refused([&](json& tree) { tree["grid"]["kind"] = "cuts"; }));
  EXPECT_TRUE(refused([&](json& tree) { tree["grid"]["window_of"] = {"2024-01-01", "2024-02-01"}; }));
  EXPECT_TRUE(refused([&](json& tree) { tree["trailing_days"] = 0; }));
  EXPECT_TRUE(refused([&](json& tree) { tree["conventions"]["rate"]["netting"] = "by_week"; }));
  EXPECT_TRUE(refused([&](json& tree) { tree["as_of"] = "2024-02-30"; }));
}

TEST(ResultJson, an_answer_without_end_is_refused_and_no_danger) {
  json deep = "x";
  for (int i = 0; i < 10'000; ++i) deep = json::array({std::move(deep)});
  json tree = json::object();
  tree["format"] = std::move(deep);
  EXPECT_EQ(refusal(tree), "unreadable: answer: It is nested more than 24 levels deep.");
}

TEST(ResultJson, what_does_not_read_names_object_and_field) {
  const auto error_of = [](auto read) -> std::string {
    try {
      read();
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " + error.what();
    }
    return "";
  };
  EXPECT_EQ(error_of([] {
              (void)from_json<Proportion>(json{{"numerator", 5}, {"denominator", 4}});
            }),
            "unreadable: proportion, numerator: A proportion needs 0 <= numerator <= denominator.");
  EXPECT_EQ(error_of([] {
              (void)from_json<RunRate>(json{{"ticks", 5}});
            }),
            "unreadable: run rate, currency: It is missing.");
  EXPECT_EQ(error_of([] {
              (void)from_json<RunRate>(json{{"ticks", "5"}, {"currency", "USD"}});
            }),
            "unreadable: run rate, ticks: It must be a whole number of 64 bits.");
  EXPECT_EQ(error_of([] {
              (void)from_json<Rejections>(json::array({{{"code", "bad_luck"}}}));
            }).substr(0, 50),
            "unreadable: rejection, code: \"bad_luck\" is unknown");
  EXPECT_EQ(error_of([] {
              (void)from_json<Table>(json::array({{{"a", 1}}, {{"b", 1}}}));
            }),
            "unreadable: table, b: The rows have different fields.");
}

TEST(ResultJson, an_error_is_its_code_and_sentence) {
  EXPECT_EQ(ordered_json(Error(ErrorCode::bad_date, "There is no such day.")).dump(),
            R"({"code":"bad_date","message":"There is no such day."})");
  EXPECT_EQ(json(Error(ErrorCode::bad_date, "x"))["code"], "bad_date");
}

}  // namespace
}  // namespace churn
