// The command line over an export of Stripe's objects.
#include "support/command_line.hpp"

#ifdef CHURN_COMMAND

#include <string>

#include "support/stripe_objects.hpp"

namespace {

using namespace support;

class StripeBook : public support::CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    // Ann goes from 20.00 to 50.00 in March; Bob pays 1200.00 a year, and leaves in April.
    const json basic = a_price("basic", 2000);
    const json pro = a_price("pro", 5000);
    const json before = a_subscription("ann", "2024-01-10", {an_item("si_1", basic)});
    const json after = a_subscription("ann", "2024-01-10", {an_item("si_1", pro)});
    const json bob =
        canceled(a_subscription("bob", "2023-04-15", {an_item("si_2", a_price("year", 120000, "year"))}),
                 "2024-04-15", "2024-02-01");
    const json event = an_event("evt_1", "customer.subscription.updated", "2024-03-16", after,
                                {{"items", a_list({an_item("si_1", basic)})}});
    write("export/subscriptions.json", a_list({after, bob}).dump());
    write("export/page/events.ndjson", event.dump() + "\n" + R"({"id": "po_1", "object": "payout"})" + "\n");
    write("export/page/customers.jsonl",
          json{{"id", "cus_ann"}, {"object", "customer"}, {"metadata", {{"industry", "retail"}}}}.dump() +
              "\n" + json{{"id", "cus_bob"}, {"object", "customer"}}.dump());
  }
  [[nodiscard]] Outcome run(const std::string& command, const std::string& arguments,
                            const std::string& book = "export") const {
    return CommandTest::run(command + " '" + file(book) + "' --stripe " + arguments);
  }
};

TEST_F(StripeBook, shows_how_mrr_moved) {
  const Outcome outcome =
      run("movements", "--from 2024-03-01 --to 2024-05-01 --as-of 2024-05-01 --format csv");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(
      outcome.out,
      "period,opening,new,reactivation,expansion,transfer_in,fx,contraction,churn,transfer_out,closing,"
      "opening_customers,new_customers,reactivated_customers,churned_customers,closing_customers,complete,"
      "transferred_in_customers,transferred_out_customers\n"
      // 20.00 + 1200.00 / 12 at first; Ann's 30.00 more; Bob's 100.00 less.
      "2024-03-01,120.00,0.00,0.00,30.00,0.00,0.00,0.00,0.00,0.00,150.00,2,0,0,0,2,1,0,0\n"
      "2024-04-01,150.00,0.00,0.00,0.00,0.00,0.00,0.00,100.00,0.00,50.00,2,0,0,1,1,1,0,0\n");
}

TEST_F(StripeBook, is_as_of_the_day_after_the_last_thing_that_it_tells) {
  const Outcome outcome = run("check", "");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.err.find("as of 2024-04-16"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("1 object of type payout is not used."), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("phases read                                  3"), std::string::npos)
      << outcome.out;
}

TEST_F(StripeBook, takes_metadata_as_segments) {
  const Outcome outcome = run("roster", "--on 2024-03-31 --where industry=retail --format csv");
  EXPECT_EQ(outcome.out, "customer_id,plan,mrr,since\ncus_ann,pro,50.00,2024-01-10\n") << outcome.err;
}

TEST_F(StripeBook, may_come_on_standard_input_and_in_a_zone) {
  write("zone.json", R"({"book": {"time_zone": "EST-05EDT,M3.2.0,M11.1.0"}})");
  write("one.json",
        a_subscription("ann", "2024-03-01T02:00", {an_item("si_1", a_price("basic", 2000))}).dump());
  const std::string out = (folder_ / "out").string();
  const int status =
      std::system((CHURN_COMMAND " roster - --stripe --on 2024-02-29 --format csv --conventions '" +
                   (folder_ / "zone.json").string() + "' <'" + (folder_ / "one.json").string() + "' >'" +
                   out + "' 2>/dev/null")
                      .c_str());
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(text_of(out), "customer_id,plan,mrr,since\ncus_ann,basic,20.00,2024-02-29\n");
}

TEST_F(StripeBook, that_is_not_there_is_said_in_one_line) {
  const Outcome outcome = run("check", "", "nowhere");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("is not there."), std::string::npos) << outcome.err;
  write("broken.json", "{\"id\": ");
  const Outcome broken = run("check", "", "broken.json");
  EXPECT_EQ(broken.status, 2);
  EXPECT_NE(broken.err.find("no records"), std::string::npos) << broken.err;
}

}  // namespace

#endif
