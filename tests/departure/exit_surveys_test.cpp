#include <churn/departure/exit_surveys.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "departure/departed_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using departure_test::DepartedBook;
using departure_test::rows_under;
using departure_test::sample_book;
using support::a_customer;
using support::day;
using support::error_of;
using ::testing::HasSubstr;
using ::testing::Not;

support::CustomerSentence gone(const char* id, const char* on = "2024-05-01", const char* because = "",
                               const char* mrr = "10.00") {
  return a_customer(id).on("pro").from("2023-01-01").at(mrr).until(on).because(because);
}

/// `asked, responded, answered: type reason` of the departures in their order, each in a line.
std::vector<std::string> told(const ExitSurveys& surveys) {
  std::vector<std::string> lines;
  for (const SurveyedDeparture& departure : surveys.departures) {
    std::string line = departure.customer.text();
    if (departure.sent) line += " asked";
    if (departure.responded) line += " responded";
    if (departure.answered)
      line += " says " + std::string(departure_type_name(departure.said_type)) + " " + departure.said_reason;
    lines.push_back(line);
  }
  return lines;
}
using Lines = std::vector<std::string>;

std::vector<std::string> told(const DepartedBook& book, const char* as_of = "2024-07-01") {
  return told(exit_surveys(book.as_of(as_of)));
}

TEST(ExitSurveys, belong_to_a_departure_from_ninety_days_before_it_on) {
  EXPECT_EQ(told(DepartedBook{gone("ann")}
                     .asked("ann", "2024-02-01")
                     .answered("ann", "2024-02-01T13:00", "quality")),
            (Lines{"ann asked responded says voluntary quality"}))
      << "2024-02-01 is 90 days before 2024-05-01.";
  const DepartedBook early =
      DepartedBook{gone("ann")}.asked("ann", "2024-01-31").answered("ann", "2024-01-31", "quality");
  EXPECT_EQ(told(early), (Lines{"ann"}));
  const ExitSurveys surveys = exit_surveys(early.as_of("2024-07-01"));
  EXPECT_EQ(surveys.sendings, (SurveyEvents{.of_none = 1}));
  EXPECT_EQ(surveys.answers, (SurveyEvents{.of_none = 1})) << "Counted apart, not lost.";
}

TEST(ExitSurveys, of_another_stay_belong_to_its_own_departure) {
  const DepartedBook twice =
      DepartedBook{gone("ann", "2024-04-01").on("pro").from("2024-05-01").until("2024-06-01")}
          .asked("ann", "2024-04-02")
          .answered("ann", "2024-04-30T23:00", "quality")
          .answered("ann", "2024-05-01T00:00", "competitor");
  EXPECT_EQ(told(twice),
            (Lines{"ann asked responded says voluntary quality", "ann says voluntary competitor"}));
  EXPECT_EQ(exit_surveys(twice.as_of("2024-07-01")).answers.of_departures, 2);
}

TEST(ExitSurveys, of_who_stays_and_of_who_came_back_for_good_belong_to_none) {
  const DepartedBook book =
      DepartedBook{a_customer("stays").on("pro"), gone("back", "2024-04-01").on("pro").from("2024-05-01")}
          .asked("stays", "2024-05-01")
          .answered("back", "2024-05-02", "quality");
  EXPECT_EQ(told(book), (Lines{"back"}));
  const ExitSurveys surveys = exit_surveys(book.as_of("2024-07-01"));
  EXPECT_EQ(surveys.sendings, (SurveyEvents{.of_none = 1}));
  EXPECT_EQ(surveys.answers, (SurveyEvents{.of_none = 1}));
}

TEST(ExitSurveys, an_answer_on_or_after_as_of_is_not_known) {
  const DepartedBook book =
      DepartedBook{gone("ann")}.asked("ann", "2024-05-02").answered("ann", "2024-06-30T23:59", "quality");
  EXPECT_EQ(told(book), (Lines{"ann asked responded says voluntary quality"}));
  EXPECT_EQ(told(book, "2024-06-30"), (Lines{"ann asked"}));
  EXPECT_EQ(exit_surveys(book.as_of("2024-06-30")).answers, (SurveyEvents{.later = 1}));
}

TEST(ExitSurveys, days_are_those_of_the_books_time_zone) {
  Conventions new_york;
  new_york.book.time_zone = TimeZone{"EST-05"};
  const DepartedBook book = DepartedBook{gone("ann")}.answered("ann", "2024-07-01T04:59", "quality");
  EXPECT_EQ(told(exit_surveys(book.as_of("2024-07-01", new_york))), (Lines{"ann says voluntary quality"}));
  EXPECT_EQ(told(book), (Lines{"ann"}));
}

TEST(ExitSurveys, an_answer_without_a_sending_before_it_counts_as_an_answer_but_not_as_a_response) {
  const ExitSurveys surveys = exit_surveys(DepartedBook{gone("ann"), gone("bob"), gone("cid")}
                                               .answered("ann", "2024-05-03", "quality")
                                               .answered("bob", "2024-05-03T11:59", "quality")
                                               .asked("bob", "2024-05-03")
                                               .asked("cid", "2024-05-03")
                                               .answered("cid", "2024-05-03", "quality")
                                               .as_of("2024-07-01"));
  EXPECT_EQ(told(surveys), (Lines{"ann says voluntary quality", "bob asked says voluntary quality",
                                  "cid asked responded says voluntary quality"}));
  const SurveyCounts counts = response_rates(surveys).at(0).counts;
  EXPECT_EQ(counts.response_rate(), Proportion(1, 2));
  EXPECT_EQ(counts.coverage(), Proportion(3, 3));
  EXPECT_EQ(counts.unasked(), 2);
}

TEST(ExitSurveys, of_several_answers_the_latest_that_names_a_type_counts) {
  const auto says = [](std::initializer_list<std::pair<const char*, const char*>> answers) {
    DepartedBook book{gone("ann")};
    for (const auto& [at, label] : answers) book.answered("ann", at, label);
    return told(book).front();
  };
  EXPECT_EQ(says({{"2024-05-02", "quality"}, {"2024-05-03", "competitor"}}), "ann says voluntary competitor");
  EXPECT_EQ(says({{"2024-05-03", "competitor"}, {"2024-05-02", "quality"}}), "ann says voluntary competitor");
  EXPECT_EQ(says({{"2024-05-02", "quality"}, {"2024-05-03", "the dog ate it"}}),
            "ann says voluntary quality");
  EXPECT_EQ(says({{"2024-05-02", "quality"}, {"2024-05-03", ""}}), "ann says voluntary quality");
  EXPECT_EQ(says({{"2024-05-02", "quality"}, {"2024-05-02", "competitor"}}), "ann says voluntary competitor")
      << "At one instant the first by its bytes.";
  EXPECT_EQ(says({{"2024-05-02", "the dog ate it"}, {"2024-05-03", ""}}), "ann says unknown (free text)");
  EXPECT_EQ(says({{"2024-05-02", ""}}), "ann says unknown (none)");
}

TEST(ExitSurveys, free_text_is_counted_and_shown_only_if_asked_for) {
  const Book book = DepartedBook{gone("ann"), gone("bob")}
                        .answered("ann", "2024-05-03", "Dr. Bell said so")
                        .answered("bob", "2024-05-03", "quality")
                        .answered("bob", "2024-05-02", "my phone is 555-0101")
                        .as_of("2024-07-01");
  const ExitSurveys silent = exit_surveys(book);
  EXPECT_TRUE(silent.free_answers.empty());
  std::string everything = survey_sentence(silent);
  for (const Table& table : {survey_table(silent), survey_reasons_table(silent),
                             survey_disagreement_table(silent), free_answers_table(silent)})
    everything += to_csv(table);
  EXPECT_THAT(everything, Not(HasSubstr("Bell")));
  EXPECT_THAT(everything, Not(HasSubstr("555")));
  EXPECT_THAT(everything, HasSubstr("(free text)"));
  EXPECT_EQ(rows_under("customer_id,departed_on,at,text",
                       free_answers_table(exit_surveys(book, {.with_free_text = true}))),
            "ann,2024-05-01,2024-05-03T12:00:00Z,Dr. Bell said so\n"
            "bob,2024-05-01,2024-05-02T12:00:00Z,my phone is 555-0101\n");
}

TEST(ExitSurveys, kinds_of_a_host_are_mapped) {
  const Book book = DepartedBook{gone("ann")}
                        .event("ann", "2024-05-02", "goodbye_mail")
                        .event("ann", "2024-05-03", "goodbye_form", "quality")
                        .event("ann", "2024-05-04", "exit_survey", "competitor")
                        .as_of("2024-07-01");
  SurveyOptions options;
  options.rules.tables.event_kinds = {
      {"goodbye_mail", "exit_survey_sent"}, {"goodbye_form", "exit_survey"}, {"exit_survey", "other"}};
  EXPECT_EQ(told(exit_surveys(book, options)), (Lines{"ann asked responded says voluntary quality"}));
  EXPECT_EQ(told(exit_surveys(book)), (Lines{"ann says voluntary competitor"}));
}

TEST(ExitSurveys, test_accounts_are_counted_apart_and_merged_ones_joined) {
  const ExitSurveys surveys = exit_surveys(
      DepartedBook{gone("ann"), gone("test").who_is_a_test_account(), a_customer("ann2").merged_into("ann")}
          .answered("test", "2024-05-02", "quality")
          .asked("ann2", "2024-05-02")
          .as_of("2024-07-01"));
  EXPECT_EQ(told(surveys), (Lines{"ann asked"}));
  EXPECT_EQ(surveys.answers, (SurveyEvents{.excluded = 1}));
  EXPECT_EQ(surveys.sendings, (SurveyEvents{.of_departures = 1}));
}

DepartedBook answers_and_evidence() {
  return DepartedBook{gone("a", "2024-03-05", "card_expired", "10.00").with("country", "DE"),
                      gone("b", "2024-03-05", "card_expired", "20.00").with("country", "DE"),
                      gone("c", "2024-04-01", "competitor", "40.00").with("country", "FR"),
                      gone("d", "2024-04-01", "quality", "80.00"),
                      gone("e", "2024-04-30", "", "160.00"),
                      gone("f", "2024-04-30", "project_finished", "320.00"),
                      gone("g", "2024-04-30", "competitor", "640.00").cancelled_on("2024-04-01")}
      .asked("a", "2024-03-06")
      .answered("a", "2024-03-07", "too_expensive")
      .asked("b", "2024-03-06")
      .answered("b", "2024-03-07", "too_expensive")
      .asked("c", "2024-04-02")
      .answered("c", "2024-04-03", "competitor")
      .asked("d", "2024-04-02")
      .answered("d", "2024-04-03", "service")
      .asked("e", "2024-05-01")
      .answered("e", "2024-05-02", "too_expensive")
      .asked("f", "2024-05-01")
      .answered("f", "2024-05-02", "it was fun")
      .asked("g", "2024-05-01");
}

TEST(ExitSurveys, the_table_of_responses_is_by_segment_period_and_type_found_without_the_survey) {
  const ExitSurveys surveys = exit_surveys(answers_and_evidence().as_of("2024-07-01"));
  const Table table = survey_table(surveys, {.periods = support::months_of("2024-03-01", "2024-06-01")});
  EXPECT_EQ(table.columns,
            (std::vector<std::string>{"period", "departures", "sent", "responded", "value", "ci_low",
                                      "ci_high", "answered", "unasked", "mrr", "mrr_answered"}));
  const auto row = [&](std::size_t i) {
    std::string text;
    for (const std::size_t column : std::array<std::size_t, 9>{0, 1, 2, 3, 4, 7, 8, 9, 10})
      text += to_text(table.rows.at(i)[column]) + " ";
    return text;
  };
  EXPECT_EQ(row(0), "2024-03-01 2 2 2 1 2 0 30.00 30.00 ");
  EXPECT_EQ(row(1), "2024-04-01 5 5 4 0.8 4 0 1240.00 600.00 ");
  EXPECT_EQ(row(2), "2024-05-01 0 0 0  0 0 0.00 0.00 ");
  // Wilson's, of all that were asked: n / (n + z^2), with z^2 = 3.841459; exact up to the rounding of z.
  EXPECT_NEAR(std::get<double>(table.rows[0][5]), 2 / (2 + 3.841459), 1e-7);
  EXPECT_EQ(table.rows[2][5], Cell{});
  const std::vector<ResponseRow> types = response_rates(surveys, {.by_type = true});
  ASSERT_EQ(types.size(), 4U);
  EXPECT_EQ(types[0].counts.response_rate(), Proportion(1, 1));  // f
  EXPECT_EQ(types[1].counts.response_rate(), Proportion(2, 3));  // c, d, g
  EXPECT_EQ(types[2].counts.response_rate(), Proportion(2, 2));  // a, b
  EXPECT_EQ(types[3].counts.response_rate(), Proportion(1, 1)) << "e has a type by its answer alone.";
  const ExitSurveys countries =
      exit_surveys(answers_and_evidence().as_of("2024-07-01"), {.by = by::attribute("country")});
  EXPECT_EQ(countries.segments, (std::vector<Label>{{"(none)"}, {"DE"}, {"FR"}}));
  EXPECT_EQ(response_rates(countries)[1].counts.sent, 2);
  EXPECT_EQ(survey_table(countries, {}, true).rows[2][8 + 1], Cell{std::int64_t{4000 * 4320}});
}

TEST(ExitSurveys, reasons_are_counted_by_customers_and_by_mrr) {
  const ExitSurveys surveys = exit_surveys(answers_and_evidence().as_of("2024-07-01"));
  // Of six answers three say price; Wilson's interval of 3 of 6 is 0.1876 to 0.8124, of 1 of 6 0.0301 to 0.5635.
  const Table table = survey_reasons_table(surveys);
  ASSERT_EQ(table.rows.size(), 4U);
  EXPECT_EQ(table.rows[0][1], Cell{std::string("too_expensive")});
  EXPECT_EQ(table.rows[0][2], Cell{std::int64_t{3}});
  EXPECT_EQ(table.rows[0][3], Cell{std::int64_t{6}});
  EXPECT_NEAR(std::get<double>(table.rows[0][5]), 0.1876, 5e-5);
  EXPECT_NEAR(std::get<double>(table.rows[0][6]), 0.8124, 5e-5);
  EXPECT_EQ(to_text(table.rows[0][7]), "190.00");
  EXPECT_EQ(to_text(table.rows[0][8]), "630.00");
  EXPECT_NEAR(std::get<double>(table.rows[0][9]), 190.0 / 630, 1e-15);
  EXPECT_EQ(table.rows[1][1], Cell{std::string("(free text)")}) << "Of one customer each: by MRR.";
  EXPECT_EQ(table.rows[2][1], Cell{std::string("service")});
  EXPECT_EQ(table.rows[3][1], Cell{std::string("competitor")});
}

TEST(ExitSurveys, what_is_said_is_held_against_what_the_records_say_without_it) {
  const ExitSurveys surveys = exit_surveys(answers_and_evidence().as_of("2024-07-01"));
  EXPECT_EQ(rows_under("said_type,said_reason,evidence_type,evidence_reason,agreement,customers,mrr",
                       survey_disagreement_table(surveys)),
            "voluntary,too_expensive,involuntary,card_expired,contradict,2,30.00\n"
            "unknown,(free text),completed,project_finished,not said,1,320.00\n"
            "voluntary,too_expensive,unknown,unknown,not said,1,160.00\n"
            "voluntary,service,voluntary,quality,same type,1,80.00\n"
            "voluntary,competitor,voluntary,competitor,agree,1,40.00\n");
  const SurveyDisagreement disagreement = survey_disagreement(surveys);
  EXPECT_EQ(disagreement.types, Proportion(2, 4));
  EXPECT_EQ(disagreement.reasons, Proportion(1, 4));
  EXPECT_EQ(disagreement.types_revenue.value(), 120.0 / 150);
  EXPECT_EQ(disagreement.answered, 6);
  EXPECT_EQ(
      survey_sentence(surveys),
      "7 of 7 departures were followed by an exit survey, and 85.7 % (6 of 7; 95 %: 48.7 to 97.4) of these "
      "answered. Said most: too_expensive, 50 % (3 of 6; 95 %: 18.8 to 81.2); by MRR (free text), 50.8 %. "
      "Where both the answer and the records without it say why, they agree on the type in 50 % (2 of 4; 95 "
      "%: "
      "15 to 85). Most often against each other: the customer says too_expensive, the records say "
      "card_expired "
      "(2).");
}

TEST(ExitSurveys, a_cancel_request_names_a_type_without_a_reason_and_does_not_contradict_one) {
  const ExitSurveys surveys = exit_surveys(DepartedBook{gone("ann").cancelled_on("2024-04-20")}
                                               .answered("ann", "2024-05-02", "quality")
                                               .as_of("2024-07-01"));
  const SurveyDisagreement disagreement = survey_disagreement(surveys);
  EXPECT_EQ(disagreement.types, Proportion(1, 1));
  EXPECT_EQ(disagreement.reasons, Proportion(0, 0));
  EXPECT_EQ(disagreement.pairs.at(0).agreement, SurveyAgreement::same_type);
}

TEST(ExitSurveys, two_that_name_no_reason_do_not_agree_on_one) {
  const ExitSurveys surveys = exit_surveys(DepartedBook{gone("ann").cancelled_on("2024-04-20")}
                                               .answered("ann", "2024-05-02", "cancellation_requested")
                                               .as_of("2024-07-01"));
  EXPECT_EQ(told(surveys), (Lines{"ann says voluntary unknown"}));
  const SurveyDisagreement disagreement = survey_disagreement(surveys);
  EXPECT_EQ(disagreement.types, Proportion(1, 1));
  EXPECT_EQ(disagreement.reasons, Proportion(0, 0));
  EXPECT_EQ(disagreement.pairs.at(0).agreement, SurveyAgreement::same_type);
}

TEST(ExitSurveys, a_rule_of_a_hosts_own_does_not_see_answers_either) {
  SurveyOptions options;
  options.rules.before("completed_end_reason",
                       {"any_answer", [](const DepartureFacts& facts) -> std::optional<Finding> {
                          if (facts.answers.empty()) return {};
                          return Finding{DepartureType::completed, "asked", {}};
                        }});
  const Book book = DepartedBook{gone("ann")}.answered("ann", "2024-05-02", "quality").as_of("2024-07-01");
  EXPECT_EQ(exit_surveys(book, options).departures.at(0).evidence_type, DepartureType::unknown);
}

TEST(ExitSurveys, by_lanes_a_departure_is_in_each_that_it_left) {
  const Book book = DepartedBook{a_customer("ann")
                                     .on("pro")
                                     .at("5.00")
                                     .until("2024-05-01")
                                     .on("addon")
                                     .at("7.00")
                                     .until("2024-05-01")}
                        .asked("ann", "2024-05-02")
                        .as_of("2024-07-01");
  const ExitSurveys plans = exit_surveys(book, {.by = by::plan});
  EXPECT_EQ(
      rows_under("plan,departures,sent,responded,value,ci_low,ci_high,answered,unasked,mrr,mrr_answered",
                 survey_table(plans)),
      "addon,1,1,0,0,0,0.7934506856227626,0,0,7.00,0.00\n"
      "pro,1,1,0,0,0,0.7934506856227626,0,0,5.00,0.00\n");
  const ExitSurveys addon = exit_surveys(book, {.where = by::plan == "addon"});
  EXPECT_EQ(addon.departures.at(0).ticks(), 700 * 4320);
  EXPECT_TRUE(exit_surveys(book, {.where = by::plan == "basic"}).departures.empty());
  // Both lanes are kept in the one segment that is asked for: one departure with the MRR of both.
  const ExitSurveys either = exit_surveys(book, {.where = by::plan != "basic"});
  EXPECT_EQ(response_rates(either).at(0).counts.departures, 1);
  EXPECT_EQ(response_rates(either).at(0).counts.ticks, 1200 * 4320);
}

TEST(ExitSurveys, only_departures_within_the_days_asked_for_are_told_of) {
  const Book book = answers_and_evidence().as_of("2024-07-01");
  const ExitSurveys march = exit_surveys(book, {.within = Period{day("2024-03-01"), day("2024-04-01")}});
  EXPECT_EQ(march.departures.size(), 2U);
  EXPECT_EQ(march.sendings.of_departures, 7) << "What departures own does not depend on who is asked about.";
}

// The sentence said that the records tell nothing, where it was the answer that told nothing.
TEST(ExitSurveys, an_answer_in_own_words_does_not_make_the_records_silent) {
  const std::string sentence = survey_sentence(exit_surveys(DepartedBook{gone("ann", "2024-05-01", "price")}
                                                                .answered("ann", "2024-05-02", "so it goes")
                                                                .as_of("2024-07-01")));
  EXPECT_TRUE(sentence.ends_with(" Of none of them do both the answer and the records without it say why."))
      << sentence;
}

// A month that has not begun had 0 departures.
TEST(ExitSurveys, of_a_period_that_is_to_come_nothing_is_known) {
  const ExitSurveys surveys = exit_surveys(DepartedBook{gone("ann")}.as_of("2024-06-01"));
  const Table table = survey_table(surveys, {.periods = support::months_of("2024-05-01", "2024-07-01")});
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0][1], Cell{std::int64_t{1}});
  EXPECT_EQ(table.rows[1].size(), table.columns.size());
  for (std::size_t i = 1; i < table.columns.size(); ++i) EXPECT_EQ(table.rows[1][i], Cell{}) << i;
}

// It also said "Nobody has left" where somebody did, on days or of a plan that were not asked about.
TEST(ExitSurveys, whom_the_filter_leaves_out_may_have_left) {
  const Book book = DepartedBook{gone("ann")}.as_of("2024-07-01");
  const std::string nobody = "No departure is among those asked about, so nobody could be asked why.";
  EXPECT_EQ(survey_sentence(exit_surveys(book, {.where = by::plan == "basic"})), nobody);
  EXPECT_EQ(survey_sentence(exit_surveys(book, {.within = Period{day("2024-01-01"), day("2024-02-01")}})),
            nobody);
}

// 90 days before the departure there were no dates yet, which was an error.
TEST(ExitSurveys, the_first_days_of_the_calendar_are_days_like_others) {
  const ExitSurveys surveys =
      exit_surveys(DepartedBook{a_customer("ann").on("pro").from("0001-01-02").until("0001-01-20")}
                       .answered("ann", "0001-01-21", "quality")
                       .as_of("0001-02-01"));
  ASSERT_EQ(surveys.departures.size(), 1U);
  EXPECT_EQ(surveys.departures[0].said_reason, "quality");
}

TEST(ExitSurveys, without_departures_or_surveys_nothing_is_defined) {
  for (const Book& book :
       {DepartedBook{}.as_of("2024-07-01"),
        DepartedBook{a_customer("stays").on("pro")}.asked("stays", "2024-05-01").as_of("2024-07-01")}) {
    const ExitSurveys surveys = exit_surveys(book);
    EXPECT_EQ(survey_sentence(surveys),
              "No departure is among those asked about, so nobody could be asked why.");
    ASSERT_EQ(survey_table(surveys).rows.size(), 1U);
    EXPECT_EQ(response_rates(surveys)[0].counts.response_rate().value(), std::nullopt);
    EXPECT_TRUE(survey_reasons(surveys).empty());
    EXPECT_TRUE(survey_disagreement(surveys).pairs.empty());
  }
  EXPECT_EQ(survey_sentence(exit_surveys(DepartedBook{gone("ann")}.as_of("2024-07-01"))),
            "0 of 1 departure was followed by an exit survey. Nobody has said why.");
  EXPECT_EQ(
      survey_sentence(exit_surveys(
          DepartedBook{gone("ann")}.answered("ann", "2024-05-02", "quality").as_of("2024-07-01"))),
      "0 of 1 departure was followed by an exit survey. 1 answered without a sending on record. Said most: "
      "quality, 100 % (1 of 1; 95 %: 20.7 to 100); also by MRR, 100 %. Of none of them do both the answer "
      "and "
      "the records without it say why.");
  const Book mixed =
      DepartedBook{a_customer("ann").on("pro"), a_customer("bob").on("pro").in("EUR")}.as_of("2024-07-01");
  EXPECT_EQ(error_of([&] { (void)exit_surveys(mixed); }), ErrorCode::mixed_currencies);
}

// ---- properties

Book with_random_surveys(const support::RandomCase& random, bool also_later = false) {
  Records records = support::to_records(random.book);
  const Date as_of = Date::from_days(random.book.as_of);
  const int events = support::draw(0, 25);
  for (int i = 0; i < events; ++i) {
    const auto at = Timestamp::from_seconds(support::draw_instant(support::draw_day()));
    records.add(Event{CustomerId{"c" + std::to_string(support::draw(0, 7))}, at,
                      support::one_of<const char*>({"exit_survey", "exit_survey", "exit_survey_sent"}),
                      Decimal{1},
                      support::one_of<const char*>({"quality", "competitor", "project_finished",
                                                    "card_expired", "other", "huh", ""})});
  }
  if (also_later)
    for (int i = 0; i < 4; ++i)
      records.add(Event{CustomerId{"c" + std::to_string(support::draw(0, 6))},
                        Timestamp::at_midnight(as_of + std::chrono::days{support::draw(1, 40)}),
                        support::one_of<const char*>({"exit_survey", "exit_survey_sent"}), Decimal{1},
                        "quality"});
  return Book::build(records, as_of, support::to_conventions(random.rules)).book;
}

// The rule by which a survey belongs to a departure is told twice in the library: here, and where the rules' facts
// are gathered. What is said is what a rule would decide that sees the answers only.
RC_GTEST_PROP(ExitSurveys, answers_are_those_that_the_rules_see, ()) {
  const Book book = with_random_surveys(support::draw_case());
  DepartureRules survey_only = DepartureRules::standard();
  survey_only.append({"any_payment_answer", [](const DepartureFacts& facts) -> std::optional<Finding> {
                        for (const SurveyAnswer& answer : facts.answers) {
                          const StatedReason* stated = facts.tables.stated.find(answer.reason);
                          if (stated == nullptr || stated->type == DepartureType::unknown) continue;
                          return Finding{stated->type, stated->reason, {}};
                        }
                        return {};
                      }});
  survey_only.first({"completed_survey", "voluntary_survey", "any_payment_answer"});
  std::map<std::pair<Date, std::string>, std::string> by_rules;
  for_each_departure(book, survey_only, [&](const Departure& departure) {
    const bool by_survey = departure.rule == "completed_survey" || departure.rule == "voluntary_survey" ||
                           departure.rule == "any_payment_answer";
    by_rules[{departure.departed_on, book.customer_id(departure.customer).text()}] =
        by_survey ? std::string(departure_type_name(departure.type)) + " " + std::string(departure.reason)
                  : "nothing";
  });
  const ExitSurveys surveys = exit_surveys(book);
  RC_ASSERT(surveys.departures.size() == by_rules.size());
  for (const SurveyedDeparture& departure : surveys.departures) {
    const std::string said =
        departure.said_type == DepartureType::unknown
            ? "nothing"
            : std::string(departure_type_name(departure.said_type)) + " " + departure.said_reason;
    RC_ASSERT(by_rules.at({departure.departed_on, departure.customer.text()}) == said);
  }
}

RC_GTEST_PROP(ExitSurveys, evidence_is_what_the_rules_say_without_those_of_the_survey, ()) {
  const Book book = with_random_surveys(support::draw_case());
  DepartureRules rules = DepartureRules::standard();
  rules.remove("completed_survey").remove("voluntary_survey");
  std::map<std::pair<Date, std::string>, std::string> without;
  for_each_departure(book, rules, [&](const Departure& departure) {
    without[{departure.departed_on, book.customer_id(departure.customer).text()}] =
        std::string(departure.rule) + " " + std::string(departure.reason);
  });
  for (const SurveyedDeparture& departure : exit_surveys(book).departures)
    RC_ASSERT(without.at({departure.departed_on, departure.customer.text()}) ==
              departure.evidence_rule + " " + departure.evidence_reason);
}

RC_GTEST_PROP(ExitSurveys, every_event_is_counted_once_and_segments_add_up, ()) {
  const Book book = with_random_surveys(support::draw_case(), true);
  const ExitSurveys surveys = exit_surveys(book);
  RC_ASSERT(surveys.sendings.total() + surveys.answers.total() ==
            static_cast<std::int64_t>(book.records().event_count()));
  std::int64_t owned = 0;
  for (const SurveyedDeparture& departure : surveys.departures) {
    RC_ASSERT(!departure.responded || (departure.sent && departure.answered));
    owned += departure.answered ? 1 : 0;
  }
  RC_ASSERT(owned <= surveys.answers.of_departures);
  const SurveyCounts total = response_rates(surveys).at(0).counts;
  RC_ASSERT(total.departures == static_cast<std::int64_t>(surveys.departures.size()));
  std::vector<Segmenter> segmenters{by::primary_plan, by::tenure, by::plan};
  for (const std::string& name : book.attribute_names()) segmenters.push_back(by::attribute(name));
  for (const Segmenter& by : segmenters) {
    SurveyCounts sum;
    for (const ResponseRow& row : response_rates(exit_surveys(book, {.by = by}), {.by_type = true})) {
      sum.departures += row.counts.departures;
      sum.sent += row.counts.sent;
      sum.responded += row.counts.responded;
      sum.answered += row.counts.answered;
      sum.ticks += row.counts.ticks;
      sum.answered_ticks += row.counts.answered_ticks;
    }
    if (by.names().front() == "plan") {  // a customer may be in several
      RC_ASSERT(sum.ticks == total.ticks);
      RC_ASSERT(sum.answered_ticks == total.answered_ticks);
    } else {
      RC_ASSERT(sum == total);
    }
  }
}

RC_GTEST_PROP(ExitSurveys, nothing_dated_on_or_after_as_of_changes_what_was_said, ()) {
  const support::RandomCase random = support::draw_case();
  const Book book = with_random_surveys(random);
  Records more = book.records();
  for (int i = 0; i < 5; ++i)
    more.add(Event{CustomerId{"c" + std::to_string(support::draw(0, 6))},
                   Timestamp::at_midnight(book.as_of() + std::chrono::days{support::draw(1, 40)}),
                   support::one_of<const char*>({"exit_survey", "exit_survey_sent"}), Decimal{1},
                   "competitor"});
  const ExitSurveys one = exit_surveys(book);
  const ExitSurveys other = exit_surveys(Book::build(more, book.as_of(), book.conventions()).book);
  RC_ASSERT(one.departures == other.departures);
  RC_ASSERT(one.answers.of_departures == other.answers.of_departures);
  RC_ASSERT(one.answers.later + one.sendings.later + 5 ==
            other.answers.later + other.sendings.later + (other.answers.excluded - one.answers.excluded) +
                (other.sendings.excluded - one.sendings.excluded));
}

// Counted from the CSV files by the program of departure_list_test.cpp: a departure owns the events on the days from
// the later of its stay's start and 90 days before it on, up to the return or 2025-01-01. 239 departures were asked,
// 87 answered at or after the first sending, 91 answered; the last answer of each says what is below. Of the events
// 4 are of excluded accounts: `awk -F, '$3 ~ /^exit_survey/' events.csv`, joined with customers.csv by hand.
TEST(ExitSurveys, of_the_sample_book_are_those_that_a_program_of_its_own_counts) {
  const ExitSurveys surveys = exit_surveys(sample_book());
  EXPECT_EQ(surveys.sendings, (SurveyEvents{.excluded = 3, .of_departures = 239, .of_none = 10}));
  EXPECT_EQ(surveys.answers, (SurveyEvents{.excluded = 1, .of_departures = 91, .of_none = 2}));
  const SurveyCounts counts = response_rates(surveys).at(0).counts;
  EXPECT_EQ(counts.departures, 359);
  EXPECT_EQ(counts.response_rate(), Proportion(87, 239));
  EXPECT_EQ(counts.answered, 91);
  std::map<std::string, std::int64_t> said;
  for (const SurveyReason& reason : survey_reasons(surveys))
    said[reason.reason] = reason.customers.numerator();
  EXPECT_EQ(said, (std::map<std::string, std::int64_t>{{"project_finished", 25},
                                                       {"wrong_fit", 13},
                                                       {"too_expensive", 11},
                                                       {"competitor", 10},
                                                       {"quality", 10},
                                                       {"missing_feature", 7},
                                                       {"too_complex", 6},
                                                       {"business_changed", 4},
                                                       {"no_new_card", 2},
                                                       {"outdated_details", 1},
                                                       {"card_expired", 1},
                                                       {"credit_limit", 1}}));
}

}  // namespace
}  // namespace churn
