#include <churn/risk/risk_list.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_behaviour.hpp"

namespace churn {
namespace {

using support::book_as_of;
using support::CustomerSentence;
using support::day;
using support::error_of;

/// 10.00 USD a month from 2024-01-01.
CustomerSentence paying(const std::string& id) { return support::a_customer(id).on("basic"); }

using Values = std::map<std::string, double>;

/// Of those who are named; the others have none.
Indicator told(const std::string& name, Values values, Direction direction = Direction::raises) {
  Indicator indicator{.column = {name, direction}};
  indicator.value = [values = std::move(values)](const Past& past) -> std::optional<double> {
    const auto found = values.find(past.book().customer_id(past.customer()).text());
    return found == values.end() ? std::nullopt : std::optional{found->second};
  };
  return indicator;
}

/// A value as it is, times a weight.
RiskTerm term(const std::string& name, double weight, double missing = 0,
              Direction direction = Direction::raises) {
  return {.column = {name, direction},
          .transform = {.deviation = 1, .lowest = -1e6, .highest = 1e6},
          .weight = weight,
          .missing_weight = missing};
}

/// A customer who is average in everything leaves one time in two.
RiskModel model_of(std::vector<RiskTerm> terms) {
  RiskModel model;
  model.terms = std::move(terms);
  model.provenance = {.as_of = day("2024-06-01"),
                      .first_day = day("2024-01-01"),
                      .last_day = day("2024-05-01"),
                      .rows = 1000,
                      .customers = 90,
                      .departures = 200,
                      .held_out_auc = 0.831};
  return model;
}

std::vector<std::string> ids_of(const RiskList& list) {
  std::vector<std::string> ids;
  for (const RiskListRow& row : list.rows) ids.push_back(row.customer.text());
  return ids;
}

const RiskListRow& row_of(const RiskList& list, const std::string& id) {
  return *std::find_if(list.rows.begin(), list.rows.end(),
                       [&](const RiskListRow& row) { return row.customer.text() == id; });
}

std::vector<std::string> words_of(const RiskListRow& row) {
  std::vector<std::string> words;
  for (const RiskReason& reason : row.reasons) words.push_back(reason.words);
  return words;
}

using Words = std::vector<std::string>;

Book three_customers() {
  return book_as_of("2024-06-01",
                    {paying("ann").at("10.00"), paying("bob").at("20.00"), paying("cat").at("30.00")});
}

/// What is shown of a column.
std::string cell(const RiskList& list, std::size_t row, const std::string& column, bool exact = false) {
  const Table table = risk_list_table(list, exact);
  const auto at = std::find(table.columns.begin(), table.columns.end(), column);
  return to_text(table.rows.at(row).at(static_cast<std::size_t>(at - table.columns.begin())));
}

TEST(RiskList, the_highest_risk_is_first) {
  const RiskList list = risk_list(three_customers(), model_of({term("x", 1)}),
                                  {told("x", {{"ann", 0}, {"bob", 2}, {"cat", -1}})});
  EXPECT_EQ(ids_of(list), (Words{"bob", "ann", "cat"}));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(list.rows[i].rank, i + 1);
  // 1 / (1 + exp(-2)), and so on; a few roundings of doubles.
  EXPECT_NEAR(list.rows[0].risk, 0.88079707797788244, 1e-14);
  EXPECT_NEAR(list.rows[1].risk, 0.5, 1e-15);
  EXPECT_NEAR(list.rows[2].risk, 0.26894142136999512, 1e-14);
  EXPECT_NEAR(list.expected_departures, 0.88079707797788244 + 0.5 + 0.26894142136999512, 1e-14);
  EXPECT_EQ(list.rows[0].tenure, 152);
  EXPECT_EQ(list.as_of, day("2024-06-01"));
  EXPECT_EQ(list.horizon, 30);
}

TEST(RiskList, of_equal_risks_the_higher_mrr_is_first_and_then_the_id) {
  const Book book = book_as_of("2024-06-01", {paying("dan").at("10.00"), paying("cat").at("10.00"),
                                              paying("bob").at("30.00"), paying("ann").at("5.00")});
  const Values same{{"ann", 1}, {"bob", 1}, {"cat", 1}, {"dan", 1}};
  const RiskList list = risk_list(book, model_of({term("x", 1)}), {told("x", same)});
  EXPECT_EQ(ids_of(list), (Words{"bob", "cat", "dan", "ann"}));
  EXPECT_EQ(list.rows.back().rank, 4U);
}

TEST(RiskList, what_is_expected_to_be_lost_is_mrr_times_risk) {
  const RiskList list = risk_list(three_customers(), model_of({term("x", 1)}),
                                  {told("x", {{"ann", 0}, {"bob", std::log(3.0)}, {"cat", 0}})});
  EXPECT_EQ(row_of(list, "ann").expected->mrr().to_string(), "5.00");
  EXPECT_EQ(row_of(list, "bob").expected->mrr().to_string(), "15.00") << "3 to 1 of 20.00";
  EXPECT_EQ(row_of(list, "cat").expected->mrr().to_string(), "15.00");
  ASSERT_EQ(list.expected_loss.size(), 1U);
  EXPECT_EQ(list.expected_loss[0].mrr().to_string(), "35.00");
}

TEST(RiskList, currencies_are_not_added_up) {
  const Book book =
      book_as_of("2024-06-01", {paying("ann").at("10.00").in("USD"), paying("bob").at("30.00").in("EUR"),
                                paying("cat").at("50.00").in("USD"),
                                paying("dan").at("1.00").in("USD").on("add").at("2.00").in("EUR")});
  const RiskList list = risk_list(book, model_of({}), {});
  ASSERT_EQ(list.expected_loss.size(), 2U);
  EXPECT_EQ(list.expected_loss[0].currency().code(), "EUR");
  EXPECT_EQ(list.expected_loss[0].mrr().to_string(), "15.00");
  EXPECT_EQ(list.expected_loss[1].mrr().to_string(), "30.00");
  EXPECT_FALSE(row_of(list, "dan").run_rate) << "It pays in both.";
  EXPECT_FALSE(row_of(list, "dan").expected);
  EXPECT_EQ(ids_of(list).back(), "dan") << "Of equal risks the one of which no amount is known is last.";
  EXPECT_EQ(cell(list, 3, "mrr"), "");
  EXPECT_EQ(cell(list, 3, "expected_loss"), "");
  EXPECT_NE(
      risk_list_sentence(list).find("Of 4 customers about 2.0 are expected to leave within 30 days, and "
                                    "with them 15.00 EUR and 30.00 USD of MRR."),
      std::string::npos)
      << risk_list_sentence(list);
}

TEST(RiskList, reasons_are_what_raises_the_risk_the_strongest_first) {
  const RiskModel model = model_of(
      {term("a", 0.5), term("b", 2), term("c", -1, 0, Direction::lowers), term("d", 1), term("e", 0.005)});
  Indicator in_words = told("b", {{"ann", 1}});
  in_words.words = [](double value) { return "b is " + std::to_string(static_cast<int>(value)); };
  const RiskList list = risk_list(three_customers(), model,
                                  {told("e", {{"ann", 1}}), told("a", {{"ann", 1}}), in_words,
                                   told("c", {{"ann", -1.5}}, Direction::lowers), told("d", {{"ann", -4}})});
  const RiskListRow& ann = row_of(list, "ann");
  EXPECT_EQ(words_of(ann), (Words{"b is 1", "c -1.5", "a 1"})) << "d lowers the risk, and e hardly raises it";
  EXPECT_DOUBLE_EQ(ann.reasons[0].contribution, 2);
  EXPECT_DOUBLE_EQ(ann.reasons[1].contribution, 1.5);
  EXPECT_EQ(ann.reasons[1].value, std::optional<double>{-1.5});
  EXPECT_TRUE(row_of(list, "bob").reasons.empty()) << "Nothing is known of it, and that says nothing.";
}

TEST(RiskList, as_many_reasons_as_were_asked_for) {
  const RiskModel model = model_of({term("a", 1), term("b", 2), term("c", 3), term("d", 4)});
  const std::vector<Indicator> indicators{told("a", {{"ann", 1}}), told("b", {{"ann", 1}}),
                                          told("c", {{"ann", 1}}), told("d", {{"ann", 1}})};
  const auto table_with = [&](std::size_t reasons) {
    return risk_list_table(risk_list(three_customers(), model, indicators, {.reasons = reasons}));
  };
  for (const std::size_t most : {0U, 1U, 3U}) {
    const Table table = table_with(most);
    EXPECT_EQ(table.columns[7], "expected_loss") << "Three columns, whatever they hold.";
    std::size_t said = 0;
    for (std::size_t i = 4; i < 7; ++i) said += to_text(table.rows[0][i]).empty() ? 0U : 1U;
    EXPECT_EQ(said, most);
  }
  const Table four = table_with(9);
  EXPECT_EQ(four.columns[7], "reason_4");
  EXPECT_EQ(to_text(four.rows[0][7]), "a 1");
}

TEST(RiskList, a_missing_value_is_a_reason_where_it_raises_the_risk) {
  const RiskModel model = model_of({term("a", 1, 0.7), term("b", 1, -0.7)});
  const RiskList list =
      risk_list(three_customers(), model, {told("a", {{"bob", 0}}), told("b", {{"bob", 0}})});
  const RiskListRow& ann = row_of(list, "ann");
  ASSERT_EQ(ann.reasons.size(), 1U);
  EXPECT_EQ(ann.reasons[0].words, "nothing known of a");
  EXPECT_FALSE(ann.reasons[0].value);
  EXPECT_DOUBLE_EQ(ann.reasons[0].contribution, 0.7);
  EXPECT_TRUE(row_of(list, "bob").reasons.empty());
}

// "0 days overdue" raised the risk of those who owe nothing, as arrears told the same.
TEST(RiskList, what_points_the_other_way_than_expected_is_no_reason) {
  const RiskModel model = model_of(
      {term("overdue", -1), term("age", 1, 0, Direction::lowers), term("use", -1, 0, Direction::lowers)});
  const RiskList list =
      risk_list(three_customers(), model,
                {told("overdue", {{"ann", -2}}), told("age", {{"ann", 2}}, Direction::lowers),
                 told("use", {{"ann", -0.5}}, Direction::lowers)});
  EXPECT_EQ(words_of(row_of(list, "ann")), (Words{"use -0.5"}));
  EXPECT_NEAR(row_of(list, "ann").risk, 1 / (1 + std::exp(-4.5)), 1e-14) << "The score is as it was.";
}

TEST(RiskList, an_indicator_that_the_list_has_not_is_an_error_and_one_too_many_is_not) {
  const RiskModel model = model_of({term("x", 1)});
  EXPECT_EQ(error_of([&] { (void)risk_list(three_customers(), model, {told("y", {})}); }),
            ErrorCode::unknown_name);
  EXPECT_EQ(
      risk_list(three_customers(), model, {told("y", {}), told("x", {{"cat", 1}})}).rows[0].customer.text(),
      "cat");
}

TEST(RiskList, reasons_need_a_score_and_a_row_of_the_model) {
  const RiskModel model = model_of({term("x", 1)});
  const RiskScore score = model.score(std::vector<double>{2}, std::vector<std::uint8_t>{0});
  EXPECT_EQ(error_of([&] { (void)risk_reasons(model, score, ObservedRow{}, {}); }), ErrorCode::out_of_range);
  const auto reasons = risk_reasons(model, score, ObservedRow{{2}, {0}}, {});
  ASSERT_EQ(reasons.size(), 1U);
  EXPECT_EQ(reasons[0].words, "x 2") << "Name and number, where no indicator has words.";
}

TEST(RiskList, who_asked_to_leave_is_listed_with_the_day_and_counted) {
  const Book book = book_as_of("2024-06-01", {paying("ann").cancelled_on("2024-05-20").until("2024-07-01"),
                                              paying("bob"), paying("cat").cancelled_on("2024-05-10")});
  const RiskList list = risk_list(book, model_of({}), {});
  EXPECT_EQ(row_of(list, "ann").cancel_requested_on, std::optional{day("2024-05-20")});
  EXPECT_FALSE(row_of(list, "bob").cancel_requested_on);
  EXPECT_EQ(cell(list, 0, "cancel_requested_on"), "2024-05-20");
  EXPECT_NE(risk_list_sentence(list).find(" 2 customers have asked to leave already."), std::string::npos)
      << risk_list_sentence(list);
  const RiskList one =
      risk_list(book_as_of("2024-06-01", {paying("ann").cancelled_on("2024-05-20")}), model_of({}), {});
  EXPECT_NE(risk_list_sentence(one).find(" 1 customer has asked to leave already."), std::string::npos)
      << risk_list_sentence(one);
}

TEST(RiskList, the_departed_come_last_without_a_rank_the_latest_first) {
  const Book book =
      book_as_of("2024-06-01", {paying("ann"), paying("bob").until("2024-05-01").at("8.00"),
                                paying("cat").until("2024-05-20"), paying("dan").until("2024-02-01"),
                                paying("eve").until("2024-05-05").on("pro", "again").from("2024-05-25")});
  const std::vector<Indicator> indicators{told("x", {{"ann", 0}, {"bob", 0}, {"cat", 3}, {"eve", -1}})};
  const RiskModel model = model_of({term("x", 1)});
  const RiskList present = risk_list(book, model, indicators);
  EXPECT_EQ(ids_of(present), (Words{"ann", "eve"}));
  const RiskList list = risk_list(book, model, indicators, {.with_departed = true, .departed_within = 40});
  EXPECT_EQ(ids_of(list), (Words{"ann", "eve", "cat", "bob"})) << "eve came back";
  EXPECT_EQ(list.rows[2].departed_on, std::optional{day("2024-05-20")});
  EXPECT_EQ(list.rows[2].rank, 0U);
  EXPECT_EQ(list.rows[3].run_rate->mrr().to_string(), "8.00") << "What it paid on its last day.";
  EXPECT_EQ(list.rows[3].tenure, 121);
  EXPECT_EQ(cell(list, 3, "rank"), "");
  EXPECT_EQ(cell(list, 3, "departed_on"), "2024-05-01");
  EXPECT_DOUBLE_EQ(list.expected_departures, present.expected_departures) << "Of those who are present.";
  EXPECT_EQ(list.expected_loss, present.expected_loss);
  EXPECT_EQ(ids_of(risk_list(book, model, indicators, {.with_departed = true, .departed_within = 31})).size(),
            4U)
      << "31 days before the first day that is not known";
  EXPECT_EQ(ids_of(risk_list(book, model, indicators, {.with_departed = true, .departed_within = 30})),
            (Words{"ann", "eve", "cat"}));
}

TEST(RiskList, only_what_matches) {
  const Book book = book_as_of("2024-06-01", {paying("ann").with("country", "DE"),
                                              support::a_customer("bob").with("country", "FR").on("pro"),
                                              paying("cat").with("country", "DE").until("2024-05-20")});
  const RiskModel model = model_of({});
  EXPECT_EQ(ids_of(risk_list(book, model, {}, {.with_departed = true, .where = Filter::parse("country=DE")})),
            (Words{"ann", "cat"}));
  EXPECT_EQ(ids_of(risk_list(book, model, {}, {.where = Filter::parse("plan=pro")})), (Words{"bob"}));
}

TEST(RiskList, a_flat_model_tells_nobody_apart_and_says_why) {
  RiskModel model = model_of({});
  model.intercept = std::log(1.0 / 9);
  model.why_flat = "Nobody left within the horizon.";
  const RiskList list = risk_list(three_customers(), model, {});
  EXPECT_TRUE(list.is_known());
  EXPECT_EQ(ids_of(list), (Words{"cat", "bob", "ann"})) << "The highest MRR first.";
  EXPECT_EQ(
      risk_list_sentence(list),
      "Of 3 customers about 0.3 are expected to leave within 30 days, and with them 6.00 USD of MRR. The "
      "model does not tell them apart: Nobody left within the horizon.");
}

// It gave even odds, of which the sentence made half of the customers, and the table half of the money.
TEST(RiskList, a_model_that_has_learnt_from_nothing_has_no_risks_to_tell) {
  const RiskModel model = train_risk_model(observe(three_customers(), {told("x", {{"ann", 1}})}, {}));
  ASSERT_FALSE(model.why_flat.empty());
  const RiskList list = risk_list(three_customers(), model, {told("x", {{"ann", 1}})});
  EXPECT_FALSE(list.is_known());
  EXPECT_EQ(list.rows.size(), 3U);
  EXPECT_EQ(list.expected_departures, 0);
  EXPECT_TRUE(list.expected_loss.empty());
  EXPECT_EQ(cell(list, 0, "risk"), "");
  EXPECT_EQ(cell(list, 0, "expected_loss"), "");
  EXPECT_EQ(cell(list, 0, "mrr"), "30.00");
  EXPECT_EQ(risk_list_sentence(list),
            "How likely 3 customers are to leave is not known. There are no rows to learn from.");
}

TEST(RiskList, nobody_is_there) {
  const RiskList list =
      risk_list(book_as_of("2024-06-01", {paying("ann").until("2024-02-01")}), model_of({}), {});
  EXPECT_TRUE(list.rows.empty());
  EXPECT_EQ(risk_list_sentence(list), "Nobody is a customer on the day before 2024-06-01.");
  EXPECT_EQ(risk_list_table(list).columns.size(), 11U);
}

TEST(RiskList, the_sentence_says_who_is_first_and_how_far_to_trust_it) {
  const std::vector<Indicator> indicators{told("x", {{"ann", 0}, {"bob", 2}, {"cat", -1}})};
  const RiskModel good = model_of({term("x", 1)});
  EXPECT_EQ(risk_list_sentence(risk_list(three_customers(), good, indicators)),
            "Of 3 customers about 1.6 are expected to leave within 30 days, and with them 30.68 USD of MRR. "
            "First: bob (risk 88 %, 20.00 USD): x 2. Trust: of two customers whom it had not seen, the model "
            "ranked the one who left higher 83 % of the time (50 % is chance).");
  const auto trust = [&](const RiskModel& model) {
    const std::string text = risk_list_sentence(risk_list(three_customers(), model, indicators));
    return text.substr(text.find("Trust: ") + 7);
  };
  RiskModel model = good;
  model.provenance.held_out_auc = 0.52;
  EXPECT_NE(trust(model).find("52 % of the time (50 % is chance), so do not go by this order."),
            std::string::npos)
      << trust(model);
  model.provenance.held_out_auc = 0.64;
  EXPECT_NE(trust(model).find("(50 % is chance), so this order is rough."), std::string::npos)
      << trust(model);
  model = good;
  model.provenance.departures = 12;
  EXPECT_NE(trust(model).find("12 rows before a departure to learn from, that may be luck."),
            std::string::npos)
      << trust(model);
  model = good;
  model.provenance.held_out_auc.reset();
  EXPECT_EQ(trust(model), "how well the model tells apart customers whom it had not seen was not measured.");
  model = good;
  model.provenance.as_of = day("2024-06-02");
  EXPECT_NE(trust(model).find("It has learnt what came after 2024-06-01"), std::string::npos) << trust(model);
  model = good;
  model.provenance.last_day = day("2023-11-01");
  EXPECT_NE(trust(model).find("It has learnt nothing after 2023-11-01: train it anew."), std::string::npos)
      << trust(model);
}

TEST(RiskList, ticks_where_they_are_asked_for) {
  const RiskList list = risk_list(three_customers(), model_of({}), {});
  EXPECT_EQ(cell(list, 0, "mrr", true), "12960000") << "30.00 x 100 x 12 x 360";
  EXPECT_EQ(cell(list, 0, "expected_loss", true), "6480000");
}

/// Every standard indicator counts, and that it is missing, each otherwise.
RiskModel model_of_all(const std::vector<Indicator>& indicators) {
  std::vector<RiskTerm> terms;
  for (const Indicator& indicator : indicators) {
    const auto k = static_cast<double>(terms.size() + 1);
    terms.push_back(term(indicator.column.name, 0.001 * k, 0.01 * k, indicator.column.direction));
  }
  return model_of(std::move(terms));
}

/// The score of who has left is that which the list of the day told, made of what was known then.
void departed_are_frozen(const support::ActiveCase& its) {
  const std::vector<Indicator> indicators = standard_indicators({14, 60, 14, 2});
  const RiskModel model = model_of_all(indicators);
  const Book book = support::build(its);
  RiskListOptions options;
  options.with_departed = true;
  options.departed_within = 1000;
  options.kinds = support::host_kinds();
  const RiskList list = risk_list(book, model, indicators, options);
  RC_CLASSIFY(list.rows.size() > 0 && list.rows.back().departed_on, "somebody left");
  std::map<Date, RiskList> of_the_day;
  for (const RiskListRow& row : list.rows) {
    if (!row.departed_on) continue;
    const Date left = *row.departed_on;
    if (!of_the_day.contains(left)) {
      const Book known = support::build(support::known_before(left.days(), its));
      of_the_day.emplace(left, risk_list(known, model, indicators, {.kinds = options.kinds}));
    }
    const RiskList& then = of_the_day.at(left);
    const auto same = std::find_if(then.rows.begin(), then.rows.end(),
                                   [&](const RiskListRow& other) { return other.customer == row.customer; });
    RC_LOG() << row.customer.text() << " left on " << left.to_string() << "\n";
    RC_ASSERT(same != then.rows.end());
    RC_ASSERT(same->risk == row.risk);
    RC_ASSERT(same->run_rate == row.run_rate);
    RC_ASSERT(same->tenure == row.tenure);
    RC_ASSERT(words_of(*same) == words_of(row));
  }
}

RC_GTEST_PROP(RandomRiskLists, the_departed_have_the_score_of_the_day_they_left, ()) {
  support::ActiveCase its = support::draw_active_case();
  support::make_plain(its.random.rules);
  departed_are_frozen(its);
}

RC_GTEST_PROP(RandomRiskLists, the_departed_have_that_score_under_conventions_that_look_ahead, ()) {
  departed_are_frozen(support::draw_active_case());
}

RC_GTEST_PROP(RandomRiskLists, ranks_follow_the_risk_and_sums_are_those_of_rows, ()) {
  const support::ActiveCase its = support::draw_active_case();
  const std::vector<Indicator> indicators = standard_indicators({14, 60, 14, 2});
  const Book book = support::build(its);
  const RiskModel model = model_of_all(indicators);
  const RiskList list = risk_list(book, model, indicators);
  double expected = 0;
  std::map<std::string, std::int64_t> loss;
  for (std::size_t i = 0; i < list.rows.size(); ++i) {
    const RiskListRow& row = list.rows[i];
    RC_ASSERT(row.rank == i + 1);
    if (i > 0) RC_ASSERT(list.rows[i - 1].risk >= row.risk);
    RC_ASSERT(book.balance_on(*book.find(row.customer), book.as_of() - std::chrono::days{1}).present);
    expected += row.risk;
    if (row.expected) loss[std::string(row.expected->currency().code())] += row.expected->ticks();
    for (std::size_t k = 1; k < row.reasons.size(); ++k)
      RC_ASSERT(row.reasons[k - 1].contribution >= row.reasons[k].contribution);
  }
  // Summed in another order: a few roundings.
  RC_ASSERT(std::abs(expected - list.expected_departures) < 1e-12);
  RC_ASSERT(loss.size() == list.expected_loss.size());
  for (const RunRate& sum : list.expected_loss)
    RC_ASSERT(loss.at(std::string(sum.currency().code())) == sum.ticks());
  const RiskList threads = risk_list(book, model, indicators, {.threads = 3});
  RC_ASSERT(to_csv(risk_list_table(threads)) == to_csv(risk_list_table(list)));
  const Book backwards = support::build(its, true);
  RC_ASSERT(to_csv(risk_list_table(risk_list(backwards, model, indicators))) ==
            to_csv(risk_list_table(list)));
}

}  // namespace
}  // namespace churn
