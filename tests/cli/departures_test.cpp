// `churn causes`, `dunning`, `survey` and `winback` as other programs rely on them.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <string>
#include <vector>

namespace {

using support::lines_of;

/// Six customers: ann, bob and cat left, for the price, for a card and for something that nobody else knows; dan was done
/// and came back, eve owes, fay pays.
class DeparturesCommand : public support::CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    write("book/subscriptions.csv",
          "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,cancel_requested_on,"
          "end_reason\n"
          "s1,ann,pro,2024-01-01,2024-03-10,10.00,USD,month,2024-03-01,Too expensive\n"
          "s2,bob,pro,2024-01-01,2024-03-15,20.00,USD,month,,\n"
          "s3,cat,pro,2024-01-01,2024-04-10,30.00,USD,month,,competiter\n"
          "s4,dan,basic,2024-01-01,2024-02-10,40.00,USD,month,,project_finished\n"
          "s5,dan,basic,2024-03-01,,40.00,USD,month,,\n"
          "s6,eve,basic,2024-01-01,,50.00,USD,month,,\n"
          "s7,fay,basic,2024-01-01,,60.00,USD,month,,\n");
    write("book/invoices.csv",
          "invoice_id,customer_id,issued_on,due_on,paid_on,currency,status,subscription_id\n"
          "i1,bob,2024-03-01,2024-03-01,,USD,open,s2\n"
          "i2,eve,2024-05-01,2024-05-01,,USD,open,s6\n"
          "i3,fay,2024-04-01,2024-04-01,2024-04-04,USD,paid,s7\n");
    write("book/invoice_lines.csv",
          "invoice_id,line_id,subscription_id,plan,amount,period_start,period_end,kind\n"
          "i1,1,s2,pro,20.00,2024-03-01,2024-04-01,recurring\n"
          "i2,1,s6,basic,50.00,2024-05-01,2024-06-01,recurring\n"
          "i3,1,s7,basic,60.00,2024-04-01,2024-05-01,recurring\n");
    write("book/payments.csv",
          "invoice_id,at,status,amount,failure_code\n"
          "i1,2024-03-01T10:00:00Z,failed,20.00,expired_card\n"
          "i2,2024-05-01T10:00:00Z,failed,50.00,insufficient_funds\n"
          "i3,2024-04-01T10:00:00Z,failed,60.00,insufficient_funds\n"
          "i3,2024-04-04T10:00:00Z,succeeded,60.00,\n");
    write("book/events.csv",
          "customer_id,at,kind,value,label\n"
          "ann,2024-03-11T10:00:00Z,exit_survey_sent,,\n"
          "bob,2024-03-16T10:00:00Z,exit_survey_sent,,\n"
          "ann,2024-03-12T10:00:00Z,exit_survey,,competitor\n"
          "fay,2024-01-01T10:00:00Z,card_added,,2024-06\n");
  }
  [[nodiscard]] Outcome answer(const std::string& command, const std::string& options = "") const {
    return ask(command, "--as-of 2024-06-01 --format csv " + options);
  }
};

TEST_F(DeparturesCommand, causes_has_the_documented_columns_and_a_row_for_each_period_and_cause) {
  const Outcome outcome = answer("causes", "--from 2024-02-01 --to 2024-05-01");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "period,type,reason,customers,mrr,departures,share,ci_low,ci_high,complete\n"
            "2024-02-01,completed,project_finished,1,40.00,1,1,0.20654931437723745,1,1\n"
            "2024-02-01,voluntary,too_expensive,0,0.00,1,0,0,0.7934506856227626,1\n"
            "2024-02-01,involuntary,card_expired,0,0.00,1,0,0,0.7934506856227626,1\n"
            "2024-02-01,unknown,unknown,0,0.00,1,0,0,0.7934506856227626,1\n"
            "2024-03-01,completed,project_finished,0,0.00,2,0,0,0.6576197724933468,1\n"
            "2024-03-01,voluntary,too_expensive,1,10.00,2,0.5,0.09453120573423074,0.9054687942657693,1\n"
            "2024-03-01,involuntary,card_expired,1,20.00,2,0.5,0.09453120573423074,0.9054687942657693,1\n"
            "2024-03-01,unknown,unknown,0,0.00,2,0,0,0.6576197724933468,1\n"
            "2024-04-01,completed,project_finished,0,0.00,1,0,0,0.7934506856227626,1\n"
            "2024-04-01,voluntary,too_expensive,0,0.00,1,0,0,0.7934506856227626,1\n"
            "2024-04-01,involuntary,card_expired,0,0.00,1,0,0,0.7934506856227626,1\n"
            "2024-04-01,unknown,unknown,1,30.00,1,1,0.20654931437723745,1,1\n");
  EXPECT_NE(outcome.err.find("churn: Of 4 departures 25 % were done"), std::string::npos) << outcome.err;
}

TEST_F(DeparturesCommand, causes_says_which_words_it_does_not_know_and_takes_a_file_that_names_them) {
  EXPECT_NE(
      answer("causes").err.find("\"competiter\" (did you mean competitor?). Name it in a file for --reasons. "
                                "To see all: causes --show words."),
      std::string::npos);
  const std::string house =
      write("house.json", R"({"stated": {"competiter": {"type": "voluntary", "reason": "competitor"}}})");
  const Outcome named = answer("causes", "--show reasons --reasons '" + house + "'");
  EXPECT_EQ(named.status, 0) << named.err;
  EXPECT_EQ(named.err.find("competiter"), std::string::npos) << named.err;
  EXPECT_NE(named.out.find("voluntary,competitor,1,30.00,4,"), std::string::npos) << named.out;
}

TEST_F(DeparturesCommand, causes_lists_each_departure_with_the_records_that_decided) {
  const Outcome outcome = answer("causes", "--show departures");
  EXPECT_EQ(outcome.out,
            "customer_id,departed_on,mrr,tenure_days,type,reason,rule,evidence,recovery_effort,returned_on\n"
            "dan,2024-02-10,40.00,40,completed,project_finished,completed_end_reason,"
            "subscriptions.csv row 5 (s4: end_reason project_finished),low to medium,2024-03-01\n"
            "ann,2024-03-10,10.00,69,voluntary,too_expensive,voluntary_end_reason,"
            "subscriptions.csv row 2 (s1: end_reason Too expensive),high,\n"
            "bob,2024-03-15,20.00,74,involuntary,card_expired,invoice_overdue,"
            "\"invoices.csv row 2 (i1: due 2024-03-01 and not paid, payment failed (expired_card))\",low,\n"
            "cat,2024-04-10,30.00,100,unknown,unknown,,,not known,\n");
}

TEST_F(DeparturesCommand, explain_says_why_each_customer_left) {
  const Outcome outcome = answer("explain", "--period-of 2024-03-05");
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 3U) << outcome.out;
  EXPECT_EQ(lines[0], "customer_id,from_mrr,to_mrr,day,record,amount,type,reason,rule,evidence");
  EXPECT_NE(lines[1].find(",voluntary,too_expensive,voluntary_end_reason,"), std::string::npos) << lines[1];
  const Outcome growth = answer("explain", "--period-of 2024-03-05 --movement reactivation");
  EXPECT_EQ(lines_of(growth.out).front(), "customer_id,from_mrr,to_mrr,day,record,amount");
}

TEST_F(DeparturesCommand, dunning_tells_what_was_recovered_and_who_owes) {
  const Outcome totals = answer("dunning", "--show totals");
  EXPECT_EQ(totals.status, 0) << totals.err;
  EXPECT_NE(totals.out.find("payment,failed,recovered,recovered_late,lost,at_risk,"), std::string::npos)
      << totals.out;
  EXPECT_NE(totals.out.find("\nall,3,1,0,"), std::string::npos) << totals.out;
  EXPECT_NE(answer("dunning", "--show arrears").out.find("eve,1,0,0,USD,50.00,2024-05-01,31,1,50.00,USD,"),
            std::string::npos)
      << answer("dunning", "--show arrears").out;
  EXPECT_NE(answer("dunning", "--show cards").out.find("fay,2024-06,2024-06-30,29,0,2024-01-01,60.00,USD"),
            std::string::npos)
      << answer("dunning", "--show cards").out;
  EXPECT_EQ(lines_of(answer("dunning", "--show cards --within 28").out).size(), 1U);
}

TEST_F(DeparturesCommand, dunning_shows_only_what_is_asked_about) {
  const auto rows = [&](const std::string& options) {
    return lines_of(answer("dunning", options).out).size() - 1;
  };
  EXPECT_EQ(rows("--show invoices"), 3U);
  EXPECT_EQ(rows("--show invoices --where plan=basic"), 2U);
  EXPECT_EQ(rows("--show invoices --from 2024-04-01 --to 2024-05-01"), 1U);
  EXPECT_EQ(rows("--show arrears"), 2U);
  EXPECT_EQ(rows("--show arrears --where plan=basic"), 1U);
  EXPECT_EQ(rows("--show cards"), 1U);
  EXPECT_EQ(rows("--show cards --where plan=pro"), 0U);
  for (const char* show : {"totals", "reasons", "attempts", "days", "invoices", "arrears", "cards"})
    expect_refused("dunning '" + file("book") + "' --as-of 2024-06-01 --by plan --show " + show,
                   "dunning --show " + std::string(show) + " takes no --by.");
}

TEST_F(DeparturesCommand, a_page_of_some_customers_tells_of_the_debts_and_cards_of_these) {
  const Outcome all = ask("report", "--as-of 2024-06-01");
  EXPECT_NE(all.out.find("2 customers owe 70.00 USD"), std::string::npos) << all.err;
  EXPECT_NE(all.out.find("Of 1 known card"), std::string::npos);
  const Outcome basic = ask("report", "--as-of 2024-06-01 --where plan=basic");
  EXPECT_NE(basic.out.find("1 customer owes 50.00 USD"), std::string::npos) << basic.err;
  const Outcome pro = ask("report", "--as-of 2024-06-01 --where plan=pro");
  EXPECT_EQ(pro.out.find("Of 1 known card"), std::string::npos) << pro.err;
}

TEST_F(DeparturesCommand, an_invoice_in_another_currency_than_the_subscriptions_stops_no_page) {
  write("book/invoices.csv",
        "invoice_id,customer_id,issued_on,due_on,paid_on,currency,status,subscription_id\n"
        "i1,bob,2024-03-01,2024-03-01,,EUR,open,s2\n"
        "i2,eve,2024-05-01,2024-05-01,,USD,open,s6\n");
  write("book/invoice_lines.csv",
        "invoice_id,line_id,subscription_id,plan,amount,period_start,period_end,kind\n"
        "i1,1,s2,pro,20.00,2024-03-01,2024-04-01,recurring\n"
        "i2,1,s6,basic,50.00,2024-05-01,2024-06-01,recurring\n");
  write("book/payments.csv",
        "invoice_id,at,status,amount,failure_code\n"
        "i1,2024-03-01T10:00:00Z,failed,20.00,expired_card\n"
        "i2,2024-05-01T10:00:00Z,failed,50.00,insufficient_funds\n");
  const Outcome mixed = answer("dunning", "--show totals");
  EXPECT_EQ(mixed.status, 2);
  EXPECT_NE(mixed.err.find("EUR, USD"), std::string::npos) << mixed.err;
  const Outcome dollars = answer("dunning", "--show totals --currency USD");
  EXPECT_EQ(dollars.status, 0) << dollars.err;
  EXPECT_NE(dollars.out.find("\nall,1,0,0,"), std::string::npos) << dollars.out;
  const Outcome page = ask("report", "--as-of 2024-06-01");
  EXPECT_EQ(page.status, 0) << page.err;
  EXPECT_NE(page.out.find("20.00 EUR and 50.00 USD"), std::string::npos) << "Who owes what is told of each.";
}

TEST_F(DeparturesCommand, survey_sets_what_was_said_against_what_is_on_record) {
  const Outcome outcome = answer("survey", "--show disagreement");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "said_type,said_reason,evidence_type,evidence_reason,agreement,customers,mrr\n"
            "voluntary,competitor,voluntary,too_expensive,same type,1,10.00\n");
  EXPECT_NE(outcome.err.find("2 of 4 departures were followed by an exit survey"), std::string::npos)
      << outcome.err;
}

TEST_F(DeparturesCommand, winback_puts_least_effort_first_where_too_few_have_left_to_know_rates) {
  const Outcome outcome = answer("winback");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 4U) << outcome.out;
  EXPECT_EQ(
      lines[1].rfind("1,bob,20.00,,involuntary,card_expired,remind and update the payment method,low,", 0),
      0U)
      << lines[1];
  EXPECT_EQ(lines[2].rfind("2,ann,", 0), 0U) << lines[2];
  EXPECT_EQ(lines[3].rfind("3,cat,", 0), 0U) << lines[3];
}

TEST_F(DeparturesCommand, survival_takes_the_types_of_departures_as_exits) {
  const Outcome outcome = answer("survival", "--exits types --show incidence");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const char* type : {"completed", "involuntary", "unknown", "voluntary"})
    EXPECT_NE(outcome.out.find(type), std::string::npos) << outcome.out;
  expect_refused("survival '" + file("book") + "' --exits types --unit every_subscription",
                 "--exits types are those of customers");
}

TEST_F(DeparturesCommand, refuses_what_it_cannot_answer_before_anything_is_read) {
  const std::string book = "'" + file("nowhere") + "' ";
  expect_refused("causes " + book + "--show reason", "--show");
  expect_refused("causes " + book + "--rank money", "--rank");
  expect_refused("dunning " + book + "--window 0", "--window takes 1 to 3650 days.");
  for (const char* show : {"arrears", "cards"})
    expect_refused("dunning " + book + "--to 2024-05-01 --show " + show, "takes no --to.");
  expect_refused("winback " + book + "--within 0", "--within takes 1 to 36500 days.");
  expect_refused("winback " + book + "--from 2024-01-01", "--within");
  expect_refused("causes " + book + "--reasons '" + write("bad.json", R"({"statd": {}})") + "'", "statd");
  expect_refused("winback '" + file("book") + "' --as-of 2024-06-01 --by plan", "winback takes no --by");
  expect_refused("causes " + book + "--show season --type done", "There is no type of departure \"done\".");
}

// All of these were taken, and the answer was that without them.
TEST_F(DeparturesCommand, refuses_an_option_that_would_change_nothing) {
  const std::string book = " '" + file("nowhere") + "' ";
  for (const std::string asked :
       {"causes --show words --where plan=pro", "causes --show words --by plan",
        "causes --show words --from 2024-01-01", "causes --show season --to 2024-02-01",
        "causes --show season --period day", "causes --show season --by plan",
        "causes --show departures --by plan", "causes --rank customers", "causes --type completed",
        "causes --window 30", "dunning --show arrears --by plan", "dunning --show cards --from 2024-01-01",
        "dunning --show cards --window 10", "dunning --within 10", "survey --show words --by plan",
        "survey --show disagreement --by plan", "winback --period day",
        "explain --movement new --reasons x.json", "survival --reasons x.json"}) {
    const std::size_t space = asked.find(' ');
    const std::size_t option = asked.rfind("--");
    const std::string refused = asked.substr(option, asked.find(' ', option) - option);
    const bool has_part = asked.find("--show") != std::string::npos;
    const std::string part = asked.substr(0, has_part ? option - 1 : space);
    expect_refused(asked.substr(0, space) + book + asked.substr(space + 1), part + " takes no " + refused);
  }
  EXPECT_EQ(answer("dunning", "--show invoices --window 10").status, 0);
  EXPECT_EQ(answer("causes", "--show season --where plan=pro --type completed").status, 0);
}

// They were empty, and nothing said why.
TEST_F(DeparturesCommand, says_why_there_are_no_rates_by_type_where_days_are_netted) {
  const Outcome outcome = answer("causes", "--show rates --netting day");
  EXPECT_NE(outcome.err.find("so there are no rates; for them use --netting period\n"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(answer("causes", "--show rates").err.find("no rates"), std::string::npos);
}

// The way out was --by currency, which the list of departures refuses.
TEST_F(DeparturesCommand, of_several_currencies_says_what_can_be_done) {
  write("book/subscriptions.csv",
        "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval\n"
        "s1,ann,pro,2024-01-01,2024-03-10,10.00,USD,month\n"
        "s2,bob,pro,2024-01-01,2024-03-15,20.00,EUR,month\n");
  EXPECT_NE(answer("causes").err.find("Use --by currency, or --currency CODE."), std::string::npos);
  for (const char* show : {"--show departures", "--show season"}) {
    const std::string err = answer("causes", show).err;
    EXPECT_EQ(err.find("--by"), std::string::npos) << err;
    EXPECT_NE(err.find("Use --currency CODE."), std::string::npos) << err;
  }
}

}  // namespace

#endif  // CHURN_COMMAND
