// `churn indicators`, `score` and `backtest` as other programs rely on them.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <churn/core/date.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace {

using churn::Date;
using support::lines_of;
using support::text_of;

std::string on(int days) { return Date::from_days(Date::of(2024, 1, 1).days() + days).to_string(); }

/// By column, the cells of a CSV file without quotes.
std::map<std::string, std::vector<std::string>> columns_of(const std::string& csv) {
  std::vector<std::string> names;
  std::map<std::string, std::vector<std::string>> columns;
  for (const std::string& line : lines_of(csv)) {
    std::vector<std::string> cells{""};
    bool quoted = false;
    for (const char c : line) {
      if (c == '"')
        quoted = !quoted;
      else if (c == ',' && !quoted)
        cells.emplace_back();
      else
        cells.back() += c;
    }
    if (names.empty()) {
      names = cells;
      for (const std::string& name : names) columns[name] = {};
      continue;
    }
    EXPECT_EQ(cells.size(), names.size()) << line;
    for (std::size_t i = 0; i < std::min(cells.size(), names.size()); ++i)
      columns[names[i]].push_back(cells[i]);
  }
  return columns;
}

constexpr const char* phases_header =
    "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,cancel_requested_on\n";

/// Sixty customers from 2024-01-01 to 2025-02-28; every third leaves after some months, and stops logging in three weeks
/// before.
class RiskCommand : public support::CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    std::string customers = "customer_id,country\n";
    std::string phases = phases_header;
    std::string events = "customer_id,at,kind,value,label\n";
    constexpr int as_of = 425;
    for (int i = 0; i < 60; ++i) {
      const std::string id = "c" + std::to_string(10 + i);
      const int from = i * 5 % 120;
      const int until = i % 3 == 0 ? from + 120 + i * 7 % 180 : as_of + 60;
      const bool has_left = until < as_of;
      customers += id + (i % 4 == 0 ? ",DE\n" : ",FR\n");
      phases += "s" + id + "," + id + (i % 2 == 0 ? ",pro," : ",basic,") + on(from) + "," +
                (has_left ? on(until) : "") + "," + std::to_string(10 + i) + ".00,USD,month," +
                (i == 1 ? on(as_of - 3) : "") + "\n";
      // Two who stop now, and have not left yet.
      const int stops = i == 7 || i == 8 ? as_of - 15 : std::min(until - 21, as_of);
      for (int day = from; day < stops; day += 2 + i % 3)
        events += id + "," + on(day) + "T10:00:00Z,login,,\n";
    }
    write("book/customers.csv", customers);
    write("book/subscriptions.csv", phases);
    write("book/events.csv", events);
  }
  [[nodiscard]] Outcome answer(const std::string& command, const std::string& options = "",
                               const std::string& book = "book") const {
    return run(command + " '" + file(book) + "' --as-of 2025-03-01 --format csv " + options);
  }
  [[nodiscard]] std::size_t rows(const std::string& command, const std::string& options = "") const {
    const Outcome outcome = answer(command, options);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return lines_of(outcome.out).size() - 1;
  }
  /// Done, and nothing undefined is shown as a number.
  void expect_answer(const Outcome& outcome) const {
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    for (const char* none : {"nan", "inf", "-nan"})
      for (const char* around : {",", "\n"})
        EXPECT_EQ(outcome.out.find("," + std::string(none) + around), std::string::npos) << outcome.out;
    EXPECT_FALSE(lines_of(outcome.out).empty());
  }
  [[nodiscard]] std::string playbook() const {
    return write("playbook.json",
                 R"({"rules": [{"name": "silence", "indicator": "days_since_last_event", "bands": [
                      {"level": "green", "points": 0}, {"from": 7, "level": "yellow", "points": 0.5},
                      {"from": 14, "level": "red", "points": 1}]}]})");
  }
};

TEST_F(RiskCommand, columns_are_those_that_others_read_with_what_is_new_behind) {
  EXPECT_EQ(
      lines_of(answer("indicators").out).front(),
      "indicator,coverage,auc,auc_low,auc_high,lift_top_decile,hazard_ratio,ci_low,ci_high,lead_days,"
      "p_adjusted,leads,direction,rows,departures,lift_low,lift_high,adjusted_hazard_ratio,adjusted_low,"
      "adjusted_high,turned,trend_p,same_way,stretches,note");
  EXPECT_EQ(lines_of(answer("score").out).front(),
            "customer_id,risk,rank,mrr,reason_1,reason_2,reason_3,expected_loss,tenure,cancel_requested_on,"
            "departed_on");
  const Outcome backtest = answer("backtest", "--cuts 2");
  EXPECT_EQ(lines_of(backtest.out).front(), "metric,value,ci_low,ci_high,base_rate,single_indicator");
  const std::vector<std::string> metrics = columns_of(backtest.out).at("metric");
  const std::vector<std::string> promised{"auc",
                                          "brier",
                                          "brier_skill",
                                          "ece",
                                          "lift_top_decile",
                                          "calibration_slope",
                                          "calibration_intercept",
                                          "log_loss"};
  ASSERT_GE(metrics.size(), promised.size()) << backtest.err;
  EXPECT_TRUE(std::equal(promised.begin(), promised.end(), metrics.begin())) << backtest.out;
}

TEST_F(RiskCommand, every_part_has_its_columns) {
  const std::map<std::string, std::string> parts{
      {"indicators --show deciles", "indicator,decile,lowest,highest,mean,departed,rows,rate,ci_low,ci_high"},
      {"indicators --show stability", "indicator,from,to,rows,departures,auc,auc_low,auc_high"},
      {"indicators --show list", "indicator,direction,about"},
      {"backtest --cuts 2 --show reliability", "bin,rows,departed,mean_risk,rate,ci_low,ci_high"},
      {"backtest --cuts 2 --show lift", "part,rows,departed,lowest_risk,precision,gain,lift"},
      {"backtest --cuts 2 --show costs", "share,contacted,departures,saved,net"},
      {"backtest --cuts 2 --show cuts",
       "cut,training_rows,training_departures,test_rows,test_departures,auc,brier_skill,single_indicator"}};
  for (const auto& [asked, header] : parts) {
    const std::size_t space = asked.find(' ');
    const Outcome outcome = answer(asked.substr(0, space), asked.substr(space));
    expect_answer(outcome);
    EXPECT_EQ(lines_of(outcome.out).front(), header) << asked;
    EXPECT_GT(lines_of(outcome.out).size(), 1U) << asked << outcome.err;
  }
}

TEST_F(RiskCommand, says_who_is_next_by_what_told_before) {
  const Outcome leads = answer("indicators");
  const auto indicators = columns_of(leads.out);
  EXPECT_EQ(indicators.at("indicator").size(), 22U);
  const auto silence = std::find(indicators.at("indicator").begin(), indicators.at("indicator").end(),
                                 "days_since_last_event") -
                       indicators.at("indicator").begin();
  EXPECT_EQ(indicators.at("leads").at(static_cast<std::size_t>(silence)), "1") << leads.out;
  EXPECT_NE(leads.err.find("lead, among "), std::string::npos) << leads.err;

  const Outcome score = answer("score");
  const auto list = columns_of(score.out);
  ASSERT_EQ(list.at("customer_id").size(), 40U) << "Those who are there.";
  const std::vector<std::string> first{list.at("customer_id")[0], list.at("customer_id")[1]};
  EXPECT_EQ(std::count(first.begin(), first.end(), "c17") + std::count(first.begin(), first.end(), "c18"), 2)
      << "Who has stopped logging in: " << score.out;
  for (std::size_t i = 0; i < list.at("rank").size(); ++i) {
    EXPECT_EQ(list.at("rank")[i], std::to_string(i + 1));
    EXPECT_LE(std::stod(list.at("risk")[i]), std::stod(list.at("risk")[i == 0 ? 0 : i - 1]));
  }
  EXPECT_NE(score.err.find("Of 40 customers about "), std::string::npos) << score.err;
  EXPECT_NE(score.err.find("Trust: of two customers whom it had not seen"), std::string::npos) << score.err;
  EXPECT_NE(score.err.find("1 customer has asked to leave already."), std::string::npos) << score.err;
  EXPECT_NE(score.err.find("What such scores have been worth: churn backtest\n"), std::string::npos)
      << score.err;

  EXPECT_NE(answer("backtest", "--cuts 2").err.find("the model ranked leavers above stayers "),
            std::string::npos);
}

TEST_F(RiskCommand, the_same_question_has_the_same_bytes_in_every_format) {
  for (const std::string format : {"table", "csv", "json"}) {
    for (const std::string command : {"indicators", "score", "backtest --cuts 2"}) {
      const std::string asked = command + " '" + file("book") + "' --as-of 2025-03-01 --format " + format;
      const Outcome one = run(asked);
      const Outcome three = run(asked + " --threads 3");
      EXPECT_EQ(one.status, 0) << one.err;
      EXPECT_EQ(one.out, three.out) << asked;
      EXPECT_EQ(one.err, three.err) << asked;
      EXPECT_EQ(one.out.find("-nan"), std::string::npos) << asked;
    }
  }
  const Outcome json = run("score '" + file("book") + "' --as-of 2025-03-01 --format json");
  std::size_t count = 0;
  for (std::size_t at = 0; (at = json.out.find("\"customer_id\"", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, 40U) << json.out.substr(0, 400);
}

TEST_F(RiskCommand, a_model_of_a_file_scores_as_it_did) {
  const std::string model = file("model.json");
  for (const std::string options : {"", "--kind hazard", "--calibration isotonic",
                                    "--indicators tenure,days_since_last_event --horizon 14"}) {
    const Outcome trained = answer("score", options + " -o '" + model + "'");
    ASSERT_EQ(trained.status, 0) << trained.err;
    const std::string written = text_of(model);
    const Outcome read = answer("score", "--model '" + model + "'");
    EXPECT_EQ(read.status, 0) << read.err;
    EXPECT_EQ(read.out, trained.out) << options;
    EXPECT_EQ(answer("score", options + " --output '" + model + "' --threads 3").out, trained.out);
    EXPECT_EQ(text_of(model), written) << options;
  }
}

TEST_F(RiskCommand, a_model_that_knows_what_came_later_is_no_forecast) {
  const std::string model = file("model.json");
  ASSERT_EQ(answer("score", "-o '" + model + "'").status, 0);
  const Outcome before = run("score '" + file("book") + "' --as-of 2024-10-01 --model '" + model + "'");
  EXPECT_EQ(before.status, 0) << before.err;
  EXPECT_NE(before.err.find("It has learnt what came after 2024-10-01"), std::string::npos) << before.err;
  const Outcome long_after = run("score '" + file("book") + "' --as-of 2025-12-01 --model '" + model + "'");
  EXPECT_NE(long_after.err.find("train it anew"), std::string::npos) << long_after.err;
}

TEST_F(RiskCommand, an_earlier_day_is_scored_as_it_would_have_been_then) {
  const std::string options = "--as-of 2024-10-01 --format csv";
  const Outcome later = ask("score", options);
  EXPECT_EQ(later.status, 0) << later.err;
  // Rows of later days are of no use: without them the answer is the same.
  std::string events;
  for (const std::string& line : lines_of(text_of(file("book/events.csv"))))
    if (events.empty() || line.substr(4, 10) < "2024-10-01") events += line + "\n";
  ASSERT_LT(events.size(), text_of(file("book/events.csv")).size());
  write("book/events.csv", events);
  const Outcome then = ask("score", options);
  EXPECT_EQ(then.out, later.out);
}

TEST_F(RiskCommand, only_what_matches_is_shown_and_everybody_teaches) {
  const auto all = columns_of(answer("score").out);
  for (const char* where : {"country=DE", "plan=pro", "'country=DE and plan!=basic'"}) {
    const auto some = columns_of(answer("score", std::string("--where ") + where).out);
    const std::size_t count = some.at("customer_id").size();
    EXPECT_GT(count, 0U) << where;
    EXPECT_LT(count, 40U) << where;
    for (std::size_t i = 0; i < count; ++i) {
      const auto found =
          std::find(all.at("customer_id").begin(), all.at("customer_id").end(), some.at("customer_id")[i]);
      ASSERT_NE(found, all.at("customer_id").end());
      const auto at = static_cast<std::size_t>(found - all.at("customer_id").begin());
      EXPECT_EQ(some.at("risk")[i], all.at("risk")[at]) << where;
    }
  }
  const Outcome nobody = answer("score", "--where country=IT");
  EXPECT_EQ(nobody.status, 0);
  EXPECT_EQ(lines_of(nobody.out).size(), 1U);
  EXPECT_NE(nobody.err.find("no country is called \"IT\""), std::string::npos) << nobody.err;
  EXPECT_NE(nobody.err.find("Nobody who matches --where is a customer on the day before 2025-03-01."),
            std::string::npos)
      << nobody.err;
  EXPECT_NE(answer("indicators", "--where plan=pro").out, answer("indicators").out);
  EXPECT_NE(answer("indicators", "--from 2024-09-01").out, answer("indicators").out);
  EXPECT_NE(answer("backtest", "--cuts 2 --to 2024-12-01").out, answer("backtest", "--cuts 2").out);
}

TEST_F(RiskCommand, who_left_lately_is_listed_with_the_score_of_that_day) {
  const auto all = columns_of(answer("score", "--departed 90").out);
  std::size_t departed = 0;
  for (std::size_t i = 0; i < all.at("rank").size(); ++i) {
    EXPECT_EQ(all.at("rank")[i].empty(), !all.at("departed_on")[i].empty());
    if (all.at("departed_on")[i].empty()) continue;
    ++departed;
    EXPECT_GE(all.at("departed_on")[i], "2024-12-01");
    EXPECT_LT(all.at("departed_on")[i], "2025-03-01");
  }
  EXPECT_GT(departed, 0U);
  EXPECT_EQ(all.at("rank").size(), 40 + departed);
}

TEST_F(RiskCommand, thresholds_of_a_team_are_tested_as_a_whole_and_by_band) {
  const std::string of_it = "--playbook '" + playbook() + "' ";
  for (const std::string command : {"indicators", "backtest --cuts 2"}) {
    const std::size_t space = std::min(command.find(' '), command.size());
    const auto ask_for = [&](const std::string& show) {
      return answer(command.substr(0, space), command.substr(space) + " --show " + show + " " + of_it);
    };
    const Outcome rules = ask_for("playbook");
    EXPECT_EQ(rules.status, 0) << rules.err;
    EXPECT_EQ(lines_of(rules.out).front(),
              "rule,coverage,auc,auc_low,auc_high,flagged,departed,precision,recall,lift,p_adjusted,works");
    EXPECT_EQ(columns_of(rules.out).at("rule"), (std::vector<std::string>{"silence", "playbook"}));
    const Outcome bands = ask_for("bands");
    EXPECT_EQ(lines_of(bands.out).front(), "rule,level,points,departed,rows,rate,ci_low,ci_high");
    EXPECT_EQ(columns_of(bands.out).at("level"), (std::vector<std::string>{"green", "yellow", "red"}))
        << bands.err;
    EXPECT_NE(bands.err.find("The playbook ranks those who leave"), std::string::npos) << bands.err;
  }
}

TEST_F(RiskCommand, what_each_indicator_is_needs_no_book) {
  const Outcome list = run("indicators --show list --format csv");
  EXPECT_EQ(list.status, 0) << list.err;
  EXPECT_EQ(list.err, "");
  EXPECT_EQ(lines_of(list.out).size(), 23U);
  EXPECT_EQ(list.out, answer("indicators", "--show list").out);
  EXPECT_EQ(lines_of(run("indicators --show list --format csv --indicators nps,tenure").out).size(), 3U);
  expect_refused("indicators --show list --where plan=pro", "takes no --where");
  expect_refused("indicators --show list --horizon 10", "takes no --horizon");
  expect_refused("indicators --show list --format xml", "--format \"xml\" is unknown");
  expect_refused("indicators", "book is required");
}

TEST_F(RiskCommand, a_book_without_events_or_invoices_says_which_files_to_add) {
  EXPECT_EQ(answer("score").err.find("events.csv"), std::string::npos);
  EXPECT_NE(answer("score").err.find("Add invoices.csv, invoice_lines.csv and payments.csv\n"),
            std::string::npos);
  std::filesystem::remove(file("book/events.csv"));
  for (const char* command : {"indicators", "score", "backtest"}) {
    const Outcome outcome = answer(command, std::string(command) == "backtest" ? "--cuts 1" : "");
    expect_answer(outcome);
    EXPECT_NE(outcome.err.find("churn: the book has no events, so half of the indicators are missing: "),
              std::string::npos)
        << outcome.err;
    EXPECT_NE(outcome.err.find("Add events.csv (customer_id, at, kind, value, label)\n"), std::string::npos);
  }
  EXPECT_EQ(answer("score", "--indicators tenure").err.find("Add "), std::string::npos)
      << "Whoever names them knows.";
}

TEST_F(RiskCommand, without_events_there_are_no_stages_or_features_and_it_says_what_they_are) {
  write("plain/subscriptions.csv", std::string(phases_header) + "s1,ann,pro,2024-01-01,,10.00,USD,month,\n");
  const Outcome funnel = answer("indicators", "--show funnel", "plain");
  expect_answer(funnel);
  EXPECT_NE(funnel.err.find("Add events of the kind stage_reached to events.csv "), std::string::npos)
      << funnel.err;
  const Outcome features = answer("indicators", "--show features", "plain");
  expect_answer(features);
  EXPECT_NE(features.err.find("Add events of the kind feature_used to events.csv "), std::string::npos)
      << features.err;
}

TEST_F(RiskCommand, days_outside_of_the_book_are_refused) {
  for (const char* command : {"indicators", "indicators --at weekly", "backtest"}) {
    const std::string asked = command;
    const std::size_t space = std::min(asked.find(' '), asked.size());
    const auto refusal = [&](const std::string& options) {
      const Outcome outcome = answer(asked.substr(0, space), asked.substr(space) + " " + options);
      EXPECT_EQ(outcome.status, 2) << asked;
      EXPECT_EQ(outcome.out, "");
      return outcome.err;
    };
    EXPECT_NE(refusal("--from 2025-03-01")
                  .find("--from 2025-03-01 is not before 2025-03-01, where the book ends.\n"),
              std::string::npos);
    EXPECT_NE(refusal("--to 2024-01-01").find("where the book begins.\n"), std::string::npos);
    EXPECT_NE(refusal("--from 2024-05-01 --to 2024-05-01").find("must be after --from"), std::string::npos);
  }
}

TEST_F(RiskCommand, rows_that_are_not_known_yet_are_told_of_where_they_were_asked_for) {
  for (const char* at : {"--at weekly", "--at renewals"}) {
    EXPECT_NE(answer("indicators", at).err.find(" of the last 30 days are left out: "), std::string::npos)
        << at;
    EXPECT_EQ(answer("indicators", std::string(at) + " --to 2025-01-01").err.find("left out"),
              std::string::npos)
        << at;
  }
  EXPECT_EQ(answer("backtest", "--cuts 1 --to 2025-01-01").err.find("left out"), std::string::npos);
}

TEST_F(RiskCommand, nobody_has_left_yet) {
  write("young/subscriptions.csv", std::string(phases_header) +
                                       "s1,ann,pro,2024-01-01,,10.00,USD,month,\n"
                                       "s2,bob,pro,2024-02-01,,20.00,USD,month,\n");
  const Outcome score = answer("score", "", "young");
  expect_answer(score);
  const auto list = columns_of(score.out);
  EXPECT_EQ(list.at("customer_id"), (std::vector<std::string>{"bob", "ann"}));
  EXPECT_EQ(list.at("risk")[0], list.at("risk")[1]);
  EXPECT_EQ(list.at("reason_1"), (std::vector<std::string>{"", ""}));
  EXPECT_NE(score.err.find("The model does not tell them apart: Nobody left"), std::string::npos)
      << score.err;
  const Outcome indicators = answer("indicators", "", "young");
  expect_answer(indicators);
  EXPECT_NE(indicators.err.find("no evidence that any leads"), std::string::npos) << indicators.err;
  const Outcome backtest = answer("backtest", "", "young");
  expect_answer(backtest);
  EXPECT_EQ(lines_of(backtest.out).size(), 1U);
  EXPECT_NE(backtest.err.find("Nobody left in "), std::string::npos) << backtest.err;
}

TEST_F(RiskCommand, one_customer_of_whom_nothing_is_known_has_no_risk) {
  write("one/subscriptions.csv", std::string(phases_header) + "s1,ann,pro,2025-02-25,,10.00,USD,month,\n");
  const Outcome score = answer("score", "", "one");
  EXPECT_EQ(score.out,
            "customer_id,risk,rank,mrr,reason_1,reason_2,reason_3,expected_loss,tenure,cancel_requested_on,"
            "departed_on\nann,,1,10.00,,,,,4,,\n");
  EXPECT_NE(score.err.find("How likely 1 customer is to leave is not known."), std::string::npos)
      << score.err;
  for (const char* command : {"indicators", "backtest"}) expect_answer(answer(command, "", "one"));
  EXPECT_NE(answer("backtest", "", "one").err.find("churn: 1 row of the last 30 days is left out: "),
            std::string::npos)
      << answer("backtest", "", "one").err;
}

TEST_F(RiskCommand, nobody_is_left_to_be_scored) {
  write("gone/subscriptions.csv",
        std::string(phases_header) + "s1,ann,pro,2024-01-01,2024-05-01,10.00,USD,month,\n");
  const Outcome score = answer("score", "", "gone");
  EXPECT_EQ(score.status, 0) << score.err;
  EXPECT_EQ(lines_of(score.out).size(), 1U);
  EXPECT_NE(score.err.find("Nobody is a customer on the day before 2025-03-01."), std::string::npos)
      << score.err;
}

TEST_F(RiskCommand, currencies_are_listed_and_not_added_up) {
  std::string phases;
  for (const std::string& line : lines_of(text_of(file("book/subscriptions.csv")))) {
    const std::size_t at = line.find(",basic,") == std::string::npos ? std::string::npos : line.find(",USD,");
    phases += (at == std::string::npos ? line : line.substr(0, at) + ",EUR," + line.substr(at + 5)) + "\n";
  }
  write("book/subscriptions.csv", phases);
  const Outcome score = answer("score");
  expect_answer(score);
  EXPECT_EQ(columns_of(score.out).at("customer_id").size(), 40U);
  EXPECT_NE(score.err.find(" EUR and "), std::string::npos) << score.err;
  EXPECT_NE(score.err.find(" USD of MRR"), std::string::npos) << score.err;
  expect_answer(answer("indicators"));
  expect_answer(answer("backtest", "--cuts 1"));
  const Outcome band = answer("score", "--where mrr_band=10-100");
  EXPECT_EQ(band.status, 2);
  EXPECT_EQ(band.out, "");
  EXPECT_NE(band.err.find("Use --currency CODE.\n"), std::string::npos) << band.err;
}

TEST_F(RiskCommand, invoices_alone_are_enough) {
  std::string invoices = "invoice_id,customer_id,issued_on,due_on,paid_on,currency,status\n";
  std::string lines = "invoice_id,line_id,plan,amount,period_start,period_end,kind\n";
  for (int i = 0; i < 12; ++i)
    for (int month = 0; month < (i % 3 == 0 ? 3 + i / 2 : 10); ++month) {
      const std::string id = "i" + std::to_string(i) + "-" + std::to_string(month);
      const std::string from = Date::of(2024, 1 + static_cast<unsigned>(month), 1).to_string();
      invoices += id + ",c" + std::to_string(i) + "," + from + "," + from + "," + from + ",USD,paid\n";
      lines += id + ",1,pro,10.00," + from + "," +
               Date::of(2024, 2 + static_cast<unsigned>(month), 1).to_string() + ",recurring\n";
    }
  write("bills/invoices.csv", invoices);
  write("bills/invoice_lines.csv", lines);
  const auto ask_bills = [&](const std::string& command) {
    return run(command + " '" + file("bills") + "' --as-of 2024-10-15 --format csv");
  };
  for (const char* command : {"indicators", "score --departed 60", "backtest --cuts 2"}) {
    const std::string asked = command;
    const std::size_t space = std::min(asked.find(' '), asked.size());
    const Outcome outcome = run(asked.substr(0, space) + " '" + file("bills") +
                                "' --as-of 2024-10-15 --format csv" + asked.substr(space));
    expect_answer(outcome);
    EXPECT_NE(outcome.err.find("MRR is read from the service periods of the invoices"), std::string::npos);
  }
  EXPECT_EQ(columns_of(ask_bills("score").out).at("mrr").front(), "10.00");
}

TEST_F(RiskCommand, other_conventions_are_taken) {
  for (const char* conventions : {"recurly", "chartmogul", "stripe"}) {
    const std::string options = std::string("--conventions ") + conventions;
    const Outcome score = answer("score", options + " --departed 60");
    expect_answer(score);
    EXPECT_NE(score.err.find(std::string("conventions ") + conventions), std::string::npos) << score.err;
    expect_answer(answer("indicators", options));
    expect_answer(answer("backtest", options + " --cuts 1"));
  }
}

TEST_F(RiskCommand, refuses_what_it_cannot_answer_before_anything_is_read) {
  const std::string book = " '" + file("nowhere") + "' ";
  const std::string known = "There are: usage_decline, time_decline, ";
  expect_refused("score" + book + "--indicators luck", "there is none called \"luck\". " + known);
  expect_refused("score" + book + "--indicators tenure,", "there is none called \"\". " + known);
  expect_refused("score" + book + "--indicators tenure,nps,tenure", "--indicators names tenure twice.");
  expect_refused("score" + book + "--kind magic", "There are: logistic, hazard.");
  expect_refused("backtest" + book + "--calibration magic", "There are: none, platt, isotonic.");
  expect_refused("backtest" + book + "--customers some", "There are: disjoint, grouped.");
  expect_refused("indicators" + book + "--at noon", "There are: renewals, weekly.");
  expect_refused("indicators" + book + "--show all", "There are: leads, deciles, stability, ");
  expect_refused("backtest" + book + "--show all", "There are: metrics, reliability, ");
  for (const char* horizon : {"0", "-3", "3651"})
    expect_refused("score" + book + "--horizon " + horizon, "--horizon takes 1 to 3650 days.");
  expect_refused("score" + book + "--horizon soon", "--horizon");
  expect_refused("score" + book + "--departed -1", "--departed takes 0 to 36500 days.");
  expect_refused("indicators" + book + "--lead 366", "--lead takes 0 to 365 days.");
  expect_refused("backtest" + book + "--cuts 0", "--cuts takes 1 to 1000.");
  expect_refused("backtest" + book + "--spacing 0", "--spacing takes 1 to 3650 days.");
  expect_refused("backtest" + book + "--show costs --save-rate 1.5", "--save-rate takes 0 to 1");
  expect_refused("backtest" + book + "--show costs --save-value nan", "take numbers.");
  expect_refused("score" + book + "--threads 0", "--threads must be at least 1.");
  for (const char* show : {"playbook", "bands"}) {
    expect_refused("indicators" + book + "--show " + show,
                   std::string("indicators --show ") + show + " needs --playbook FILE");
    expect_refused("backtest" + book + "--show " + show,
                   std::string("backtest --show ") + show + " needs --playbook FILE");
  }
  expect_refused("indicators" + book + "--show playbook --playbook '" + file("none.json") + "'",
                 "none.json is not a file.");
  expect_refused("score '" + file("book") + "' --as-of 2025-03-01 --by plan", "score takes no --by");
}

TEST_F(RiskCommand, refuses_an_option_that_would_change_nothing) {
  const std::string book = " '" + file("nowhere") + "' ";
  const std::string model = " --model '" + file("model.json") + "'";
  const std::string of_rules = " --playbook '" + playbook() + "'";
  for (const auto& [asked, refused] : std::map<std::string, std::string>{
           {"indicators --period week", "--period"},
           {"indicators --exact", "--exact"},
           {"indicators --show list --where plan=pro", "--where"},
           {"indicators --show list --horizon 10", "--horizon"},
           {"indicators --show list --from 2024-01-01", "--from"},
           {"indicators --show funnel --at weekly", "--at"},
           {"indicators --show funnel --indicators tenure", "--indicators"},
           {"indicators --show features --to 2024-01-01", "--to"},
           {"indicators --show features --lead 3", "--lead"},
           {"indicators --at weekly --lead 3", "--lead"},
           {"indicators" + of_rules, "--playbook"},
           {"score --period week", "--period"},
           {"score --from 2024-01-01", "--from or --to"},
           {"score --to 2024-01-01", "--from or --to"},
           {"score --horizon 30" + model, "--horizon"},
           {"score --kind hazard" + model, "--kind"},
           {"score --calibration none" + model, "--calibration"},
           {"score --indicators tenure" + model, "--indicators"},
           {"score -o x.json" + model, "--output"},
           {"backtest --period week", "--period"},
           {"backtest --exact", "--exact"},
           {"backtest --contact-cost 3", "--contact-cost, --save-value or --save-rate"},
           {"backtest --show lift --save-rate 0.5", "--contact-cost, --save-value or --save-rate"},
           {"backtest --show costs" + of_rules, "--playbook"}}) {
    const std::size_t space = asked.find(' ');
    expect_refused(asked.substr(0, space) + book + asked.substr(space), " takes no " + refused + ". ");
  }
}

TEST_F(RiskCommand, a_file_that_is_no_model_or_cannot_be_written_is_said) {
  const std::string other = write("other.json", "{}");
  for (const auto& [options, sentence] : std::map<std::string, std::string>{
           {"--model '" + file("none.json") + "'", "none.json is not a file."},
           {"--model '" + other + "'", "That is no risk model"},
           {"-o '" + file("no/folder/model.json") + "'", "could not be written"}}) {
    const Outcome outcome = answer("score", options);
    EXPECT_EQ(outcome.status, 2) << options;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(sentence), std::string::npos) << outcome.err;
  }
}

TEST_F(RiskCommand, kinds_of_events_may_have_names_of_their_own) {
  std::string events = text_of(file("book/events.csv"));
  for (std::size_t at = 0; (at = events.find(",login,", at)) != std::string::npos; at += 1)
    events.replace(at, 7, ",clicked_help,");
  write("renamed/customers.csv", text_of(file("book/customers.csv")));
  write("renamed/subscriptions.csv", text_of(file("book/subscriptions.csv")));
  write("renamed/events.csv", events);
  const std::string only = "--indicators ticket_surge ";
  EXPECT_EQ(columns_of(answer("indicators", only, "renamed").out).at("coverage"),
            std::vector<std::string>{"0"});
  EXPECT_NE(columns_of(answer("indicators", only + "--event-kinds clicked_help=ticket_opened", "renamed").out)
                .at("coverage"),
            std::vector<std::string>{"0"});
  for (const char* bad : {"clicked_help", "=login", "clicked_help=", "a=login,a=nps"}) {
    const Outcome outcome = answer("indicators", std::string("--event-kinds ") + bad);
    EXPECT_EQ(outcome.status, 2) << bad;
    EXPECT_NE(outcome.err.find("--event-kinds"), std::string::npos) << outcome.err;
  }
}

TEST_F(RiskCommand, amounts_may_be_exact) {
  const auto rounded = columns_of(answer("score").out);
  const auto exact = columns_of(answer("score", "--exact").out);
  EXPECT_EQ(rounded.at("risk"), exact.at("risk"));
  for (std::size_t i = 0; i < rounded.at("mrr").size(); ++i)
    EXPECT_EQ(std::stod(exact.at("mrr")[i]), std::stod(rounded.at("mrr")[i]) * 100 * 12 * 360);
}

}  // namespace

#endif  // CHURN_COMMAND
