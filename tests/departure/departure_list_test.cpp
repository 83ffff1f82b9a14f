#include <churn/departure/departure_list.hpp>

#include <churn/cube/movement_cube.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "departure/departed_book.hpp"
#include "support/random_book.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using departure_test::DepartedBook;
using departure_test::rows_under;
using departure_test::sample_book;
using support::a_customer;
using support::day;
using support::error_of;

std::string list_of(const Book& book, const DepartureListOptions& options = {}) {
  return rows_under(
      "customer_id,departed_on,mrr,tenure_days,type,reason,rule,evidence,recovery_effort,returned_on",
      departures_table(departure_list(book, options)));
}

DepartedBook three_departures() {
  return {a_customer("zoe").on("pro", "S1").at("30.00").until("2024-03-01").because("card_expired"),
          a_customer("ann")
              .with("country", "DE")
              .on("pro", "S2")
              .at("50.00")
              .until("2024-03-01")
              .because("competitor")
              .on("pro", "S3")
              .at("60.00")
              .from("2024-04-01")
              .until("2024-05-01"),
          a_customer("stays").on("pro")};
}

TEST(DepartureList, has_a_row_for_each_end_of_a_stay_in_order_of_day_then_customer) {
  const Book book = three_departures().as_of("2024-07-01");
  EXPECT_EQ(list_of(book),
            "ann,2024-03-01,50.00,60,voluntary,competitor,voluntary_end_reason,subscriptions row 2 (S2: "
            "end_reason competitor),high,2024-04-01\n"
            "zoe,2024-03-01,30.00,60,involuntary,card_expired,payment_end_reason,subscriptions row 1 (S1: "
            "end_reason card_expired),low,\n"
            "ann,2024-05-01,60.00,30,unknown,unknown,,,not known,\n");
  EXPECT_EQ(departures_table(departure_list(book), true).rows[0][2], Cell{std::int64_t{50 * 100 * 4320}});
}

// A rule called "" stood in JSON, and nothing at all in the terminal, where `explain` has null and -.
TEST(DepartureList, no_rule_and_no_evidence_are_empty_cells) {
  const Table table = departures_table(departure_list(three_departures().as_of("2024-07-01")));
  EXPECT_EQ(table.rows[2][6], Cell{});
  EXPECT_EQ(table.rows[2][7], Cell{});
}

TEST(DepartureList, holds_the_days_of_a_half_open_span) {
  const Book book = three_departures().as_of("2024-07-01");
  const auto count = [&](const char* from, const char* to) {
    return departure_list(book, {.within = Period{day(from), day(to)}}).size();
  };
  EXPECT_EQ(count("2024-03-01", "2024-05-01"), 2U);
  EXPECT_EQ(count("2024-03-02", "2024-05-02"), 1U);
  EXPECT_EQ(count("2024-03-02", "2024-05-01"), 0U);
}

TEST(DepartureList, what_lies_on_or_after_as_of_is_no_departure_and_no_return) {
  EXPECT_EQ(list_of(three_departures().as_of("2024-03-01")), "");
  EXPECT_EQ(departure_list(three_departures().as_of("2024-03-02")).size(), 2U);
  EXPECT_EQ(departure_list(three_departures().as_of("2024-04-01"))[0].returned_on, std::nullopt);
  EXPECT_EQ(departure_list(three_departures().as_of("2024-04-02"))[0].returned_on, day("2024-04-01"));
}

TEST(DepartureList, a_filter_on_customers_keeps_whole_departures_and_one_on_plans_their_part) {
  const Book book = DepartedBook{three_departures()}
                        .with(a_customer("two")
                                  .on("pro")
                                  .at("5.00")
                                  .until("2024-06-01")
                                  .on("addon")
                                  .at("7.00")
                                  .until("2024-06-01"))
                        .as_of("2024-07-01");
  EXPECT_EQ(departure_list(book, {.where = attribute("country") == "DE"}).size(), 2U);
  const std::vector<ListedDeparture> pro = departure_list(book, {.where = by::plan == "pro"});
  ASSERT_EQ(pro.size(), 4U);
  EXPECT_EQ(pro.back().run_rate.mrr().to_string(), "5.00");
  const std::vector<ListedDeparture> addon = departure_list(book, {.where = by::plan == "addon"});
  ASSERT_EQ(addon.size(), 1U);
  EXPECT_EQ(addon.front().run_rate.mrr().to_string(), "7.00");
  EXPECT_EQ(departure_list(book, {.where = by::plan == "nobody's"}).size(), 0U);
}

TEST(DepartureList, evidence_names_the_source_and_row_of_each_record) {
  DepartedBook gone{a_customer("ann").on("pro")};
  gone.records().set_source(RecordTable::subscriptions, "subscriptions.csv");
  gone.records().set_source(RecordTable::invoices, "invoices.csv");
  const Book book = gone.as_of("2024-07-01");
  EXPECT_EQ(
      evidence_text(book,
                    std::vector<Evidence>{{RecordTable::subscriptions, 17, "S12: end_reason competitor"},
                                          {RecordTable::invoices, 9, "I12: due 2024-01-05, not paid"},
                                          {RecordTable::events, 3, ""}}),
      "subscriptions.csv row 17 (S12: end_reason competitor); invoices.csv row 9 (I12: due 2024-01-05, not "
      "paid); events row 3");
  EXPECT_EQ(evidence_text(book, {}), "");
}

TEST(DepartureList, of_a_book_without_departures_is_empty_and_of_several_currencies_is_refused) {
  EXPECT_EQ(list_of(DepartedBook{}.as_of("2024-07-01")), "");
  EXPECT_EQ(list_of(DepartedBook{a_customer("stays").on("pro")}.as_of("2024-07-01")), "");
  const Book mixed =
      DepartedBook{a_customer("ann").on("pro"), a_customer("bob").on("pro").in("EUR")}.as_of("2024-07-01");
  EXPECT_EQ(error_of([&] { (void)departure_list(mixed); }), ErrorCode::mixed_currencies);
}

// The customers who left, of the truth of the sample book: who, when. That 55 of the 359 came back by the end of
// 2024 was counted by a program of its own: stays are the union of paid phases (trials, amounts of 0 and excluded
// accounts left out, merged accounts joined), and every end before 2025-01-01 that is followed by another stay is a
// return.
TEST(DepartureList, of_the_sample_book_is_who_left_by_the_truth) {
  const std::vector<ListedDeparture> list = departure_list(sample_book());
  std::vector<std::string> found;
  std::vector<std::string> planted;
  std::size_t returned = 0;
  for (const ListedDeparture& gone : list) {
    found.push_back(gone.departed_on.to_string() + " " + gone.customer.text());
    returned += gone.returned_on ? 1U : 0U;
  }
  for (auto& row : support::read_csv(CHURN_SOURCE_DIR "/examples/sample_book/truth_departures.csv"))
    planted.push_back(row.at("departed_on") + " " + row.at("customer_id"));
  std::sort(planted.begin(), planted.end());
  EXPECT_EQ(found, planted);
  EXPECT_EQ(list.size(), 359U);
  EXPECT_EQ(returned, 55U);
}

struct CountAndTicks {
  std::int64_t customers{0};
  std::int64_t ticks{0};
  friend bool operator==(const CountAndTicks&, const CountAndTicks&) = default;
  friend std::ostream& operator<<(std::ostream& out, const CountAndTicks& value) {
    return out << value.customers << " customers, " << value.ticks << " ticks";
  }
};

// By day each departure is one churn of the MRR bridge; what a filter keeps of it is the row of its label.
RC_GTEST_PROP(DepartureList, adds_up_to_the_churn_of_the_bridge_by_day_whatever_the_filter, ()) {
  const support::RandomCase random = support::draw_case();
  const Book book = support::build(random.book, random.rules).book;
  RateRules rules = book.conventions().rate;
  rules.netting = Netting::by_day;
  rules.history = History::any_day;
  const PeriodGrid grid = months(day("2023-11-01"), day("2025-04-01"));
  std::vector<Segmenter> segmenters{by::plan, by::primary_plan, by::plan * by::tenure};
  for (const std::string& name : book.attribute_names()) segmenters.push_back(by::attribute(name));
  for (const Segmenter& by : segmenters) {
    const MovementCube cube = MovementCube::fold(book, grid, by, {.rules = rules});
    for (std::size_t s = 0; s < cube.segments().size(); ++s) {
      Filter where;
      for (std::size_t f = 0; f < by.factors().size(); ++f)
        where = where && Segmenter{by.factors()[f]} == cube.segments()[s][f];
      std::map<std::size_t, CountAndTicks> counted;
      for (const ListedDeparture& gone : departure_list(book, {.where = where})) {
        CountAndTicks& period = counted[static_cast<std::size_t>(grid.index_of(gone.departed_on))];
        ++period.customers;
        period.ticks += gone.run_rate.ticks();
      }
      for (std::size_t p = 0; p < grid.size(); ++p)
        RC_ASSERT((CountAndTicks{cube.at(s, p).churned_customers, cube.at(s, p).churn}) == counted[p]);
    }
  }
}

RC_GTEST_PROP(DepartureList, nothing_dated_on_or_after_as_of_changes_it, ()) {
  const support::RandomCase random = support::draw_case();
  const Book book = support::build(random.book, random.rules).book;
  Records more = book.records();
  const int phases = support::draw(1, 4);
  for (int i = 0; i < phases; ++i) {
    const Date from = book.as_of() + std::chrono::days{support::draw(0, 60)};
    Records later;
    later.add(Subscription{
        SubscriptionId{"later-" + std::to_string(i)},
        CustomerId{"c" + std::to_string(support::draw(0, 6))},
        {Phase{.plan = "pro", .starts_on = from, .ends_on = {}, .price = {Decimal{10}, Currency{"USD"}}}}});
    later.add(Event{CustomerId{"c" + std::to_string(support::draw(0, 6))},
                    Timestamp::at_midnight(from + std::chrono::days{1}), "exit_survey", Decimal{1},
                    "competitor"});
    more.append(later);
  }
  const Book other = Book::build(more, book.as_of(), book.conventions()).book;
  RC_ASSERT(departure_list(book) == departure_list(other));
}

}  // namespace
}  // namespace churn
