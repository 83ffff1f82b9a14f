#include <churn/io/stripe.hpp>

#ifdef INCLUDE_NLOHMANN_JSON_HPP_
#error "The header reaches nlohmann/json.hpp."
#endif

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/churn.hpp>

#include "book/records_storage.hpp"
#include "support/stripe_objects.hpp"

namespace churn {
namespace {

using namespace support;

/// The phases, one a line: `subscription plan start..end amount x quantity / interval` and what else they say.
std::string phases(const LoadedBook& loaded) {
  const Records::Storage& storage = loaded.records.storage();
  const PhaseTable& table = storage.phases;
  const auto day = [](std::int32_t d) {
    return d == no_day ? std::string() : Date::from_days(d).to_string();
  };
  std::string text;
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    text += storage.subscription_ids.text(table.subscription[row]) + " " +
            storage.plans.text(table.plan[row]) + " " + day(table.starts_on[row]) + ".." +
            day(table.ends_on[row]) + " " + table.price(row).amount.to_string() + "x" +
            std::to_string(table.quantity[row]) + "/" + std::to_string(table.cycle(row).count) +
            std::string(billing_interval_name(table.cycle(row).interval));
    const Discount discount = table.discount(row);
    if (!discount.is_none())
      text += " -" + discount.percent.to_string() + "%-" + discount.amount.to_string() + ".." +
              day(table.discount_ends_on[row]);
    if (table.trial_ends_on[row] != no_day) text += " trial.." + day(table.trial_ends_on[row]);
    if (table.paused_from[row] != no_day)
      text += " paused " + day(table.paused_from[row]) + ".." + day(table.paused_until[row]);
    if (table.cancel_requested_on[row] != no_day) text += " asked " + day(table.cancel_requested_on[row]);
    if (table.end_reason[row] != no_index && !storage.texts.text(table.end_reason[row]).empty())
      text += " because " + storage.texts.text(table.end_reason[row]);
    if (table.term_ends_on[row] != no_day) text += " term.." + day(table.term_ends_on[row]);
    text += "\n";
  }
  return text;
}

const json basic = a_price("basic", 2000);  // 20.00 a month
const json pro = a_price("pro", 5000);      // 50.00 a month

// ---- the object by itself

TEST(ReadStripe, takes_a_subscription_as_a_phase_of_its_price) {
  const LoadedBook loaded = read(a_subscription("sub_1", "2024-01-10T08:00", {an_item("si_1", basic, 3)}));
  EXPECT_EQ(phases(loaded), "sub_1 basic 2024-01-10.. 20x3/1month\n");
  EXPECT_EQ(findings(loaded), "");
  EXPECT_EQ(mrr_on(loaded, {"2024-01-09", "2024-01-10"}), "0.00 60.00");  // 3 x 20.00
}

TEST(ReadStripe, reads_an_old_subscription_as_a_new_one) {
  // Before 2016 a subscription had one plan itself, and its start under another name.
  const json old{{"id", "sub_1"},
                 {"object", "subscription"},
                 {"customer", "cus_1"},
                 {"status", "active"},
                 {"start", at("2024-01-10")},
                 {"quantity", 3},
                 {"plan",
                  {{"id", "basic"},
                   {"object", "plan"},
                   {"amount", 2000},
                   {"currency", "usd"},
                   {"interval", "month"},
                   {"interval_count", 1}}}};
  EXPECT_EQ(phases(read(old)), "sub_1 basic 2024-01-10.. 20x3/1month\n");
}

TEST(ReadStripe, takes_the_price_where_the_plan_of_an_item_disagrees) {
  json item = an_item("si_1", basic);
  item["plan"] = {{"id", "obj_123"},        {"object", "plan"},    {"amount", nullptr},
                  {"currency", "currency"}, {"interval", "month"}, {"interval_count", 797691627}};
  EXPECT_EQ(phases(read(a_subscription("sub_1", "2024-01-01", {item}))),
            "sub_1 basic 2024-01-01.. 20x1/1month\n");
}

TEST(ReadStripe, looks_prices_and_plans_up_by_their_ids) {
  const json plan{{"id", "gold"},      {"object", "plan"},   {"amount", 9900},
                  {"currency", "eur"}, {"interval", "year"}, {"interval_count", 1}};
  json in_euro = a_subscription("sub_2", "2024-01-01", {an_item("si_2", "gold")});
  in_euro["currency"] = "eur";
  const LoadedBook loaded =
      read({a_subscription("sub_1", "2024-01-01", {an_item("si_1", "basic")}), in_euro, basic, plan,
            a_subscription("sub_3", "2024-01-01", {an_item("si_3", "price_lost")})});
  EXPECT_EQ(phases(loaded), "sub_1 basic 2024-01-01.. 20x1/1month\nsub_2 gold 2024-01-01.. 99x1/1year\n");
  EXPECT_EQ(findings(loaded),
            "no_price 5 price: Subscription sub_3: Item si_3: The price price_lost is not in the export.\n");
}

TEST(ReadStripe, names_plans_by_nickname_or_product_or_lookup_key) {
  const json named = with(basic, {{"nickname", "Basic monthly"}});
  const json keyed = with(a_price("p_3", 100), {{"product", nullptr}, {"lookup_key", "starter"}});
  const LoadedBook loaded = read({a_subscription("sub_1", "2024-01-01", {an_item("si_1", named)}),
                                  a_subscription("sub_2", "2024-01-01", {an_item("si_2", pro)}),
                                  a_subscription("sub_3", "2024-01-01", {an_item("si_3", keyed)}),
                                  {{"id", "prod_pro"}, {"object", "product"}, {"name", "Professional"}}});
  EXPECT_EQ(phases(loaded),
            "sub_1 Basic monthly 2024-01-01.. 20x1/1month\n"
            "sub_2 Professional 2024-01-01.. 50x1/1month\n"
            "sub_3 starter 2024-01-01.. 1x1/1month\n");
}

TEST(ReadStripe, makes_each_item_of_several_a_subscription) {
  const LoadedBook loaded =
      read(a_subscription("sub_1", "2024-01-01", {an_item("si_a", basic), an_item("si_b", pro, 2)}));
  EXPECT_EQ(phases(loaded),
            "sub_1/si_a basic 2024-01-01.. 20x1/1month\n"
            "sub_1/si_b pro 2024-01-01.. 50x2/1month\n");
  EXPECT_EQ(mrr_on(loaded, {"2024-01-31"}), "120.00");  // 20.00 + 2 x 50.00
}

TEST(ReadStripe, normalises_intervals) {
  const auto mrr = [](std::int64_t amount, const std::string& interval, int count) {
    return mrr_on(
        read(a_subscription("sub_1", "2024-01-01", {an_item("si_1", a_price("p", amount, interval, count))})),
        {"2024-01-31"});
  };
  EXPECT_EQ(mrr(120000, "year", 1), "100.00");  // 1200.00 / 12
  EXPECT_EQ(mrr(9000, "month", 3), "30.00");    // 90.00 / 3
  EXPECT_EQ(mrr(1000, "week", 1), "43.33");     // 10.00 x 52 / 12
  EXPECT_EQ(mrr(1000, "day", 1), "304.17");     // 10.00 x 365 / 12
}

TEST(ReadStripe, counts_minor_units_as_stripe_does) {
  const auto mrr = [](std::int64_t amount, const std::string& currency) {
    return mrr_on(read(a_subscription("sub_1", "2024-01-01",
                                      {an_item("si_1", a_price("p", amount, "month", 1, currency))})),
                  {"2024-01-31"});
  };
  EXPECT_EQ(mrr(1000, "jpy"), "1000");   // no decimals
  EXPECT_EQ(mrr(1000, "kwd"), "1.000");  // three
  EXPECT_EQ(mrr(50000, "isk"), "500");   // none, but two at Stripe
  EXPECT_EQ(mrr(50000, "ugx"), "500");
  EXPECT_EQ(mrr(500, "mga"), "500.00");  // two, but none at Stripe
  EXPECT_EQ(mrr(1000, "huf"), "10.00");  // two in charges; none in payouts only
  EXPECT_EQ(mrr(1000, "twd"), "10.00");
}

TEST(ReadStripe, reads_fractions_of_minor_units_exactly) {
  json call = a_price("call", 0);
  call["unit_amount"] = nullptr;
  call["unit_amount_decimal"] = "0.45";  // cents: 0.0045 a seat
  EXPECT_EQ(phases(read(a_subscription("sub_1", "2024-01-01", {an_item("si_1", call, 10000)}))),
            "sub_1 call 2024-01-01.. 0.0045x10000/1month\n");
}

TEST(ReadStripe, counts_packages_of_units) {
  const auto seats = [](const char* round) {
    const json price = with(basic, {{"transform_quantity", {{"divide_by", 5}, {"round", round}}}});
    return phases(read(a_subscription("sub_1", "2024-01-01", {an_item("si_1", price, 12)})));
  };
  EXPECT_EQ(seats("up"), "sub_1 basic 2024-01-01.. 20x3/1month\n");  // 12 / 5 = 2.4
  EXPECT_EQ(seats("down"), "sub_1 basic 2024-01-01.. 20x2/1month\n");
}

TEST(ReadStripe, gives_metered_items_a_price_of_nothing) {
  json metered = a_price("api", 100);
  metered["recurring"]["usage_type"] = "metered";
  json item = an_item("si_b", metered);
  item.erase("quantity");
  EXPECT_EQ(phases(read(a_subscription("sub_1", "2024-01-01", {an_item("si_a", basic), item}))),
            "sub_1/si_a basic 2024-01-01.. 20x1/1month\n"
            "sub_1/si_b api 2024-01-01.. 0x1/1month\n");
}

TEST(ReadStripe, rejects_tiers_without_a_unit_amount) {
  const json tiered =
      with(basic, {{"billing_scheme", "tiered"}, {"unit_amount", nullptr}, {"unit_amount_decimal", nullptr}});
  const LoadedBook loaded = read(a_subscription("sub_1", "2024-01-01", {an_item("si_1", tiered)}));
  EXPECT_EQ(phases(loaded), "");
  EXPECT_EQ(findings(loaded),
            "no_price 1 price: Subscription sub_1: Item si_1: The price basic has tiers and no unit amount, "
            "so what "
            "it comes to is not known.\n");
}

TEST(ReadStripe, knows_that_incomplete_subscriptions_were_never_paid) {
  json first =
      with(a_subscription("sub_1", "2024-01-01", {an_item("si_1", basic)}), {{"status", "incomplete"}});
  json second = with(a_subscription("sub_2", "2024-01-01", {an_item("si_2", basic)}),
                     {{"status", "incomplete_expired"}});
  const LoadedBook loaded = read({first, second});
  EXPECT_EQ(phases(loaded), "");
  EXPECT_EQ(findings(loaded),
            "unused_object 0 : 2 objects of subscriptions that were never paid (incomplete) are not used.\n");
}

TEST(ReadStripe, lets_past_due_and_unpaid_subscriptions_go_on) {
  for (const char* status : {"past_due", "unpaid"})
    EXPECT_EQ(phases(read(with(a_subscription("sub_1", "2024-01-01", {an_item("si_1", basic)}),
                               {{"status", status}}))),
              "sub_1 basic 2024-01-01.. 20x1/1month\n");
}

// ---- history

/// Basic in January, Pro from the middle of March, two seats from the first of May.
json upgraded() { return a_subscription("sub_1", "2024-01-10", {an_item("si_1", pro, 2)}); }
json upgrade_events() {
  const json first = a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)});
  const json second = a_subscription("sub_1", "2024-01-10", {an_item("si_1", pro)});
  return {an_event("evt_1", "customer.subscription.created", "2024-01-10", first),
          an_event("evt_2", "customer.subscription.updated", "2024-03-16T10:00", second,
                   {{"items", a_list({an_item("si_1", basic)})}}),
          an_event("evt_3", "customer.subscription.updated", "2024-05-01T00:30", upgraded(),
                   {{"items", a_list({an_item("si_1", pro)})}})};
}

TEST(ReadStripeHistory, goes_from_one_event_to_the_next) {
  json all = upgrade_events();
  all.push_back(upgraded());
  const LoadedBook loaded = read(all);
  EXPECT_EQ(phases(loaded),
            "sub_1 basic 2024-01-10..2024-03-16 20x1/1month\n"
            "sub_1 pro 2024-03-16..2024-05-01 50x1/1month\n"
            "sub_1 pro 2024-05-01.. 50x2/1month\n");
  // January and February 20.00, March and April 50.00, from May on 2 x 50.00.
  EXPECT_EQ(mrr_on(loaded, ends_of({1, 2, 3, 4, 5})), "20.00 20.00 50.00 50.00 100.00");
  EXPECT_EQ(findings(loaded), "");
}

TEST(ReadStripeHistory, is_the_same_whatever_the_order_of_lines) {
  json all = upgrade_events();
  all.push_back(upgraded());
  const std::string expected = phases(read(all));
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    json shuffled = json::array();
    for (const std::size_t i : order) shuffled.push_back(all[i]);
    EXPECT_EQ(phases(read(shuffled)), expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ReadStripeHistory, knows_what_was_before_the_first_event_from_previous_attributes) {
  json all = upgrade_events();
  all.erase(0);  // the export begins in March
  EXPECT_EQ(mrr_on(read(all), ends_of({1, 2, 3, 4, 5})), "20.00 20.00 50.00 50.00 100.00");
}

TEST(ReadStripeHistory, walks_back_from_the_object_where_events_tell_only_what_changed) {
  const json stub{{"id", "sub_1"}, {"object", "subscription"}};
  const json all{upgraded(),
                 an_event("evt_2", "customer.subscription.updated", "2024-03-16", stub,
                          {{"plan", {{"id", "basic"}, {"amount", 2000}}}}),
                 an_event("evt_3", "customer.subscription.updated", "2024-05-01", stub, {{"quantity", 1}}),
                 basic};
  EXPECT_EQ(mrr_on(read(all), ends_of({1, 2, 3, 4, 5})), "20.00 20.00 50.00 50.00 100.00");
}

TEST(ReadStripeHistory, counts_an_event_once_however_often_it_is_there) {
  json all = upgrade_events();
  for (const json& event : upgrade_events()) all.push_back(event);
  const LoadedBook loaded = read(all);
  EXPECT_EQ(mrr_on(loaded, ends_of({1, 2, 3, 4, 5})), "20.00 20.00 50.00 50.00 100.00");
  EXPECT_EQ(loaded.records.phase_count(), 3U);
}

TEST(ReadStripeHistory, takes_the_last_state_of_a_day) {
  const json first = a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)});
  const json tried = a_subscription("sub_1", "2024-01-10", {an_item("si_1", pro)});
  EXPECT_EQ(phases(read({an_event("evt_1", "customer.subscription.created", "2024-01-10T09:00", first),
                         an_event("evt_2", "customer.subscription.updated", "2024-02-10T09:00", tried),
                         an_event("evt_3", "customer.subscription.updated", "2024-02-10T10:00", first)})),
            "sub_1 basic 2024-01-10.. 20x1/1month\n");
}

TEST(ReadStripeHistory, ends_an_item_that_is_taken_off) {
  const json both = a_subscription("sub_1", "2024-01-01", {an_item("si_a", basic), an_item("si_b", pro)});
  const json one = a_subscription("sub_1", "2024-01-01", {an_item("si_a", basic)});
  EXPECT_EQ(phases(read({an_event("evt_1", "customer.subscription.created", "2024-01-01", both),
                         an_event("evt_2", "customer.subscription.updated", "2024-04-05", one)})),
            "sub_1/si_a basic 2024-01-01.. 20x1/1month\n"
            "sub_1/si_b pro 2024-01-01..2024-04-05 50x1/1month\n");
}

TEST(ReadStripeHistory, turns_instants_into_days_of_the_zone) {
  const json subscription = a_subscription("sub_1", "2024-03-01T04:30", {an_item("si_1", basic)});
  EXPECT_EQ(phases(read(subscription)), "sub_1 basic 2024-03-01.. 20x1/1month\n");
  const LoadedBook there = read(subscription, {.time_zone = TimeZone{"EST-05EDT,M3.2.0,M11.1.0"}});
  EXPECT_EQ(phases(there), "sub_1 basic 2024-02-29.. 20x1/1month\n");
  EXPECT_EQ(there.conventions.book.time_zone.name(), "EST-05EDT,M3.2.0,M11.1.0");
  EXPECT_EQ(there.as_of, Date::of(2024, 3, 1));
}

// ---- ends

TEST(ReadStripeEnds, closes_a_deleted_subscription) {
  const json ended =
      canceled(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}), "2024-04-10", "2024-03-20");
  const LoadedBook loaded =
      read(an_event("evt_1", "customer.subscription.deleted", "2024-04-10",
                    with(ended, {{"cancellation_details",
                                  {{"reason", "cancellation_requested"}, {"feedback", "too_expensive"}}}})));
  EXPECT_EQ(phases(loaded),
            "sub_1 basic 2024-01-10..2024-04-10 20x1/1month asked 2024-03-20 because too_expensive\n");
  EXPECT_EQ(mrr_on(loaded, {"2024-04-09", "2024-04-10"}), "20.00 0.00");  // gone on the first inactive day
}

TEST(ReadStripeEnds, takes_a_failed_payment_for_no_request) {
  const json ended = with(
      canceled(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}), "2024-04-20", "2024-04-20"),
      {{"cancellation_details", {{"reason", "payment_failed"}, {"feedback", nullptr}}}});
  EXPECT_EQ(phases(read(ended)), "sub_1 basic 2024-01-10..2024-04-20 20x1/1month because payment_failed\n");
}

TEST(ReadStripeEnds, knows_an_end_that_is_to_come) {
  json old = with(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}),
                  {{"cancel_at_period_end", true},
                   {"canceled_at", at("2024-02-20")},
                   {"current_period_start", at("2024-02-10")},
                   {"current_period_end", at("2024-03-10")}});
  json item = with(an_item("si_1", basic),
                   {{"current_period_start", at("2024-02-10")}, {"current_period_end", at("2024-03-10")}});
  json newer = with(a_subscription("sub_1", "2024-01-10", {item}),
                    {{"cancel_at_period_end", true}, {"canceled_at", at("2024-02-20")}});
  const std::string expected = "sub_1 basic 2024-01-10..2024-03-10 20x1/1month asked 2024-02-20\n";
  EXPECT_EQ(phases(read(old)), expected);
  EXPECT_EQ(phases(read(newer)), expected);
  const json at_a_day = with(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}),
                             {{"cancel_at", at("2024-12-31")}, {"canceled_at", at("2024-02-20")}});
  EXPECT_EQ(phases(read(at_a_day)), "sub_1 basic 2024-01-10..2024-12-31 20x1/1month asked 2024-02-20\n");
}

TEST(ReadStripeEnds, forgets_a_request_that_was_undone) {
  const json before = with(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}),
                           {{"current_period_end", at("2024-03-10")}});
  const json asked = with(before, {{"cancel_at_period_end", true}, {"canceled_at", at("2024-02-20")}});
  const LoadedBook loaded =
      read({an_event("evt_1", "customer.subscription.created", "2024-01-10", before),
            an_event("evt_2", "customer.subscription.updated", "2024-02-20", asked,
                     {{"cancel_at_period_end", false}, {"canceled_at", nullptr}}),
            an_event("evt_3", "customer.subscription.updated", "2024-02-25", before,
                     {{"cancel_at_period_end", true}, {"canceled_at", at("2024-02-20")}})});
  EXPECT_EQ(phases(loaded), "sub_1 basic 2024-01-10.. 20x1/1month\n");
  Conventions at_the_click = Conventions::standard();
  at_the_click.book.recognition = Recognition::cancel_request;
  EXPECT_EQ(mrr_on(loaded, ends_of({1, 2, 3}), at_the_click),
            "20.00 20.00 20.00");  // no churn by either rule
}

TEST(ReadStripeEnds, dates_a_request_by_its_event_where_the_object_does_not) {
  const json before = a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)});
  const json asked = with(before, {{"cancel_at_period_end", true}, {"current_period_end", at("2024-03-10")}});
  EXPECT_EQ(phases(read({an_event("evt_1", "customer.subscription.created", "2024-01-10", before),
                         an_event("evt_2", "customer.subscription.updated", "2024-02-20", asked)})),
            "sub_1 basic 2024-01-10..2024-03-10 20x1/1month asked 2024-02-20\n");
}

TEST(ReadStripeEnds, knows_an_end_that_was_agreed_at_the_beginning_as_a_term) {
  const json agreed = with(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}),
                           {{"cancel_at", at("2024-07-10")}});
  const std::string expected = "sub_1 basic 2024-01-10..2024-07-10 20x1/1month term..2024-07-10\n";
  EXPECT_EQ(phases(read(agreed)), expected);
  EXPECT_EQ(phases(read(with(agreed, {{"canceled_at", at("2024-01-10")}}))), expected);
  EXPECT_EQ(phases(read(with(agreed, {{"status", "canceled"}, {"ended_at", at("2024-07-10")}}))), expected);
  EXPECT_EQ(phases(read(with(canceled(agreed, "2024-05-02", "2024-05-02"), {{"cancel_at", nullptr}}))),
            "sub_1 basic 2024-01-10..2024-05-02 20x1/1month asked 2024-05-02\n");
}

TEST(ReadStripeEnds, rejects_what_ends_before_it_starts_or_runs_though_it_ended) {
  const json good = a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)});
  EXPECT_EQ(findings(read(canceled(good, "2023-12-31", "2023-12-31"))),
            "ends_before_start 1 ended_at: Subscription sub_1: It ends on 2023-12-31, not after its start on "
            "2024-01-10.\n");
  EXPECT_EQ(
      findings(read(with(good, {{"ended_at", at("2024-02-01")}}))),
      "unknown_status 1 status: Subscription sub_1: Its status is active, but it ended on 2024-02-01.\n");
  EXPECT_EQ(findings(read(with(good, {{"status", "canceled"}}))),
            "missing_value 1 ended_at: Subscription sub_1: It is canceled, but its end is not there.\n");
}

// ---- discounts

json a_discount(const json& coupon, std::string_view start) {
  return {{"id", "di_1"}, {"object", "discount"}, {"coupon", coupon}, {"start", at(start)}, {"end", nullptr}};
}
json a_coupon(const std::string& duration, const json& off) {
  return with({{"id", "co_1"}, {"object", "coupon"}, {"duration", duration}}, off);
}

TEST(ReadStripeDiscounts, of_a_percentage_forever_hold_as_long_as_the_phase) {
  const json coupon = a_coupon("forever", {{"percent_off", 25.5}});
  json old = with(a_subscription("sub_1", "2024-01-01", {an_item("si_1", basic)}),
                  {{"discount", a_discount(coupon, "2024-01-01")}});
  old.erase("discounts");
  const std::string expected = "sub_1 basic 2024-01-01.. 20x1/1month -25.5%-0..\n";
  EXPECT_EQ(phases(read(old)), expected);
  // Since 2025 a list, with the coupon in `source`, here by its id.
  const json listed{{"id", "di_1"},
                    {"object", "discount"},
                    {"start", at("2024-01-01")},
                    {"source", {{"type", "coupon"}, {"coupon", "co_1"}}}};
  const json newer =
      with(a_subscription("sub_1", "2024-01-01", {an_item("si_1", basic)}), {{"discounts", {listed}}});
  EXPECT_EQ(phases(read({newer, coupon})), expected);
  // And by its own id.
  const json by_id = with(newer, {{"discounts", {"di_1"}}});
  EXPECT_EQ(phases(read({by_id, listed, coupon})), expected);
  EXPECT_EQ(mrr_on(read({by_id, listed, coupon}), {"2024-01-31"}), "14.90");  // 20.00 x 74.5 %
}

TEST(ReadStripeDiscounts, once_end_after_one_cycle) {
  const json coupon = a_coupon("once", {{"percent_off", 50}});
  const LoadedBook loaded =
      read(with(a_subscription("sub_1", "2024-01-31", {an_item("si_1", basic)}),
                {{"discount", a_discount(coupon, "2024-01-31")}, {"discounts", json::array()}}));
  EXPECT_EQ(phases(loaded),
            "sub_1 basic 2024-01-31.. 20x1/1month -50%-0..2024-02-29\n");  // a month from the 31st
  EXPECT_EQ(mrr_on(loaded, ends_of({1, 2, 3})), "10.00 20.00 20.00");
  const json yearly = a_subscription("sub_1", "2024-01-31", {an_item("si_1", a_price("y", 120000, "year"))});
  EXPECT_EQ(phases(read(with(yearly, {{"discounts", {a_discount(coupon, "2024-01-31")}}}))),
            "sub_1 y 2024-01-31.. 1200x1/1year -50%-0..2025-01-31\n");
}

TEST(ReadStripeDiscounts, once_wait_for_the_trial_to_end) {
  const json coupon = a_coupon("once", {{"amount_off", 500}, {"currency", "usd"}});
  EXPECT_EQ(phases(read(with(a_subscription("sub_1", "2024-01-01", {an_item("si_1", basic)}),
                             {{"discounts", {a_discount(coupon, "2024-01-01")}},
                              {"trial_start", at("2024-01-01")},
                              {"trial_end", at("2024-01-15")}}))),
            "sub_1 basic 2024-01-01.. 20x1/1month -0%-5..2024-02-15 trial..2024-01-15\n");
}

TEST(ReadStripeDiscounts, that_repeat_end_after_their_months) {
  const json coupon =
      a_coupon("repeating", {{"amount_off", 500}, {"currency", "usd"}, {"duration_in_months", 3}});
  const LoadedBook loaded = read(with(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}),
                                      {{"discounts", {a_discount(coupon, "2024-02-10")}}}));
  // Given a month after the start: before it the full price.
  EXPECT_EQ(phases(loaded),
            "sub_1 basic 2024-01-10..2024-02-10 20x1/1month\n"
            "sub_1 basic 2024-02-10.. 20x1/1month -0%-5..2024-05-10\n");
  EXPECT_EQ(mrr_on(loaded, ends_of({1, 2, 3, 4, 5})), "20.00 15.00 15.00 15.00 20.00");
}

TEST(ReadStripeDiscounts, one_on_the_other_are_one) {
  const json half = a_discount(a_coupon("forever", {{"percent_off", 50}}), "2024-01-01");
  json off = a_discount(
      with(a_coupon("forever", {{"amount_off", 400}, {"currency", "usd"}}), {{"id", "co_2"}}), "2024-01-01");
  off["id"] = "di_2";
  const auto mrr = [](const json& discounts) {
    return mrr_on(read(with(a_subscription("sub_1", "2024-01-01", {an_item("si_1", basic)}),
                            {{"discounts", discounts}})),
                  {"2024-01-31"});
  };
  EXPECT_EQ(mrr({half, off}), "6.00");  // 20.00 x 50 % - 4.00
  EXPECT_EQ(mrr({off, half}), "8.00");  // (20.00 - 4.00) x 50 %
}

TEST(ReadStripeDiscounts, with_different_ends_are_cut_where_the_first_ends) {
  json short_one =
      a_discount(a_coupon("repeating", {{"percent_off", 50}, {"duration_in_months", 1}}), "2024-01-01");
  json long_one = a_discount(a_coupon("forever", {{"amount_off", 400}, {"currency", "usd"}}), "2024-01-01");
  long_one["id"] = "di_2";
  const LoadedBook loaded = read(with(a_subscription("sub_1", "2024-01-01", {an_item("si_1", basic)}),
                                      {{"discounts", {short_one, long_one}}}));
  EXPECT_EQ(phases(loaded),
            "sub_1 basic 2024-01-01..2024-02-01 20x1/1month -50%-4..2024-02-01\n"
            "sub_1 basic 2024-02-01.. 20x1/1month -0%-4..\n");
  EXPECT_EQ(mrr_on(loaded, ends_of({1, 2})), "6.00 16.00");  // 20.00 x 50 % - 4.00; 20.00 - 4.00
}

TEST(ReadStripeDiscounts, of_an_amount_are_shared_by_the_items_that_they_are_for) {
  const json coupon = a_coupon("forever", {{"amount_off", 700}, {"currency", "usd"}});
  const json both = a_subscription("sub_1", "2024-01-01", {an_item("si_a", basic), an_item("si_b", pro)});
  // 7.00 over 20.00 and 50.00: 2.00 and 5.00
  EXPECT_EQ(phases(read(with(both, {{"discounts", {a_discount(coupon, "2024-01-01")}}}))),
            "sub_1/si_a basic 2024-01-01.. 20x1/1month -0%-2..\n"
            "sub_1/si_b pro 2024-01-01.. 50x1/1month -0%-5..\n");
  const json for_pro = with(coupon, {{"applies_to", {{"products", {"prod_pro"}}}}});
  EXPECT_EQ(phases(read(with(both, {{"discounts", {a_discount(for_pro, "2024-01-01")}}}))),
            "sub_1/si_a basic 2024-01-01.. 20x1/1month\n"
            "sub_1/si_b pro 2024-01-01.. 50x1/1month -0%-7..\n");
}

TEST(ReadStripeDiscounts, of_the_customer_hold_where_the_subscription_has_none) {
  const json customer{{"id", "cus_sub_1"},
                      {"object", "customer"},
                      {"created", at("2024-01-01")},
                      {"discount", a_discount(a_coupon("forever", {{"percent_off", 10}}), "2024-01-01")}};
  EXPECT_EQ(phases(read({customer, a_subscription("sub_1", "2024-01-01", {an_item("si_1", basic)})})),
            "sub_1 basic 2024-01-01.. 20x1/1month -10%-0..\n");
}

TEST(ReadStripeDiscounts, come_and_go_with_events) {
  const json coupon = a_coupon("forever", {{"percent_off", 50}});
  const json full = a_subscription("sub_1", "2024-01-01", {an_item("si_1", basic)});
  const json less = with(full, {{"discounts", {a_discount(coupon, "2024-02-01")}}});
  const LoadedBook loaded = read(
      {an_event("evt_1", "customer.subscription.updated", "2024-02-01", less, {{"discounts", json::array()}}),
       an_event("evt_2", "customer.subscription.updated", "2024-04-01", full,
                {{"discounts", {a_discount(coupon, "2024-02-01")}}})});
  EXPECT_EQ(mrr_on(loaded, ends_of({1, 2, 3, 4})), "20.00 10.00 10.00 20.00");
}

TEST(ReadStripeDiscounts, that_can_not_be_cost_themselves_only) {
  const auto found = [](const json& coupon) {
    const LoadedBook loaded = read(with(a_subscription("sub_1", "2024-01-01", {an_item("si_1", basic)}),
                                        {{"discounts", {a_discount(coupon, "2024-01-01")}}}));
    EXPECT_EQ(phases(loaded), "sub_1 basic 2024-01-01.. 20x1/1month\n");
    return findings(loaded);
  };
  const std::string start = "bad_discount 1 discounts: Subscription sub_1: The discount di_1 ";
  EXPECT_EQ(found(a_coupon("forever", {{"percent_off", 101}})),
            start + "takes off no percentage from 0 to 100.\n");
  EXPECT_EQ(found(a_coupon("forever", {{"percent_off", -1}})),
            start + "takes off no percentage from 0 to 100.\n");
  EXPECT_EQ(found(a_coupon("forever", {{"amount_off", -1}, {"currency", "usd"}})),
            start + "takes off no amount of 0 or more.\n");
  EXPECT_EQ(found(a_coupon("forever", {{"amount_off", 1}, {"currency", "eur"}})),
            start + "is in another currency.\n");
  EXPECT_EQ(found(a_coupon("forever", json::object())), start + "takes nothing off.\n");
  EXPECT_EQ(
      found(nullptr),
      "incomplete_history 1 discounts: Subscription sub_1: The discount di_1 is not in the export with its "
      "coupon, so the full price counts.\n");
}

// ---- trials and pauses

TEST(ReadStripeTrials, end_on_the_first_paid_day) {
  const json trial{
      {"status", "trialing"}, {"trial_start", at("2024-01-10")}, {"trial_end", at("2024-02-09T10:00")}};
  const LoadedBook loaded =
      read(with(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}), trial));
  EXPECT_EQ(phases(loaded), "sub_1 basic 2024-01-10.. 20x1/1month trial..2024-02-09\n");
  EXPECT_EQ(mrr_on(loaded, {"2024-01-31", "2024-02-08", "2024-02-09"}), "0.00 0.00 20.00");
}

TEST(ReadStripeTrials, go_on_where_they_are_made_longer_and_end_where_they_are_made_shorter) {
  const auto until = [](std::string_view end) {
    return with(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}),
                {{"trial_start", at("2024-01-10")}, {"trial_end", at(end)}});
  };
  const auto changed = [&](std::string_view end) {
    return phases(read({an_event("evt_1", "customer.subscription.created", "2024-01-10", until("2024-01-24")),
                        an_event("evt_2", "customer.subscription.updated", "2024-01-20", until(end),
                                 {{"trial_end", at("2024-01-24")}})}));
  };
  EXPECT_EQ(changed("2024-02-10"), "sub_1 basic 2024-01-10.. 20x1/1month trial..2024-02-10\n");
  EXPECT_EQ(changed("2024-01-20"), "sub_1 basic 2024-01-10.. 20x1/1month trial..2024-01-20\n");
}

TEST(ReadStripeTrials, in_the_middle_leave_what_was_paid_before) {
  const LoadedBook loaded = read(with(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}),
                                      {{"trial_start", at("2024-03-01")}, {"trial_end", at("2024-04-01")}}));
  EXPECT_EQ(mrr_on(loaded, ends_of({1, 2, 3, 4})), "20.00 20.00 0.00 20.00");
}

TEST(ReadStripePauses, begin_and_end_with_events) {
  const json running = a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)});
  const json paused = with(running, {{"pause_collection", {{"behavior", "void"}, {"resumes_at", nullptr}}}});
  const LoadedBook loaded =
      read({an_event("evt_1", "customer.subscription.updated", "2024-03-05", paused,
                     {{"pause_collection", nullptr}}),
            an_event("evt_2", "customer.subscription.updated", "2024-05-05", running,
                     {{"pause_collection", {{"behavior", "void"}, {"resumes_at", nullptr}}}})});
  EXPECT_EQ(phases(loaded), "sub_1 basic 2024-01-10.. 20x1/1month paused 2024-03-05..2024-05-05\n");
  EXPECT_EQ(mrr_on(loaded, ends_of({1, 2, 3, 4, 5})), "20.00 20.00 0.00 0.00 20.00");
  EXPECT_EQ(findings(loaded), "");
}

TEST(ReadStripePauses, end_where_they_say) {
  const json running = a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)});
  const json paused =
      with(running, {{"pause_collection", {{"behavior", "void"}, {"resumes_at", at("2024-04-01")}}}});
  EXPECT_EQ(phases(read(an_event("evt_1", "customer.subscription.updated", "2024-03-05", paused,
                                 {{"pause_collection", nullptr}}))),
            "sub_1 basic 2024-01-10.. 20x1/1month paused 2024-03-05..2024-04-01\n");
}

TEST(ReadStripePauses, of_two_cut_the_phase) {
  const json running = a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)});
  const json paused = with(running, {{"pause_collection", {{"behavior", "void"}}}});
  const LoadedBook loaded = read({an_event("evt_1", "customer.subscription.created", "2024-01-10", running),
                                  an_event("evt_2", "customer.subscription.updated", "2024-02-05", paused),
                                  an_event("evt_3", "customer.subscription.updated", "2024-03-05", running),
                                  an_event("evt_4", "customer.subscription.updated", "2024-04-05", paused),
                                  an_event("evt_5", "customer.subscription.updated", "2024-05-05", running)});
  EXPECT_EQ(phases(loaded),
            "sub_1 basic 2024-01-10..2024-04-05 20x1/1month paused 2024-02-05..2024-03-05\n"
            "sub_1 basic 2024-04-05.. 20x1/1month paused 2024-04-05..2024-05-05\n");
  EXPECT_EQ(mrr_on(loaded, ends_of({1, 2, 3, 4, 5})), "20.00 0.00 20.00 0.00 20.00");
}

TEST(ReadStripePauses, without_a_known_beginning_are_said_to_be) {
  const json paused = with(a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)}),
                           {{"pause_collection", {{"behavior", "void"}, {"resumes_at", nullptr}}},
                            {"current_period_start", at("2024-03-10")},
                            {"current_period_end", at("2024-04-10")}});
  const LoadedBook loaded = read(paused);
  EXPECT_EQ(phases(loaded), "sub_1 basic 2024-01-10.. 20x1/1month paused 2024-03-10..\n");
  EXPECT_EQ(findings(loaded),
            "incomplete_history 1 pause_collection: Subscription sub_1: It is paused; since when is not in "
            "the export, "
            "so from the start of its period on.\n");
}

// ---- schedules

json a_phase(std::string_view start, std::string_view end, const json& price, int quantity = 1) {
  return {{"start_date", at(start)},
          {"end_date", at(end)},
          {"items", {{{"price", price.at("id")}, {"quantity", quantity}, {"discounts", json::array()}}}}};
}

TEST(ReadStripeSchedules, tell_phases_before_and_after_the_known_state) {
  const json schedule{{"id", "sub_sched_1"},
                      {"object", "subscription_schedule"},
                      {"subscription", "sub_1"},
                      {"customer", "cus_sub_1"},
                      {"status", "active"},
                      {"end_behavior", "cancel"},
                      {"created", at("2024-01-01")},
                      {"phases",
                       {a_phase("2024-01-01", "2024-03-01", basic), a_phase("2024-03-01", "2024-06-01", pro),
                        a_phase("2024-06-01", "2024-09-01", pro, 3)}}};
  const json now =
      with(a_subscription("sub_1", "2024-01-01", {an_item("si_1", pro)}),
           {{"current_period_start", at("2024-04-01")}, {"current_period_end", at("2024-05-01")}});
  const LoadedBook loaded = read({schedule, now, basic, pro});
  EXPECT_EQ(phases(loaded),
            "sub_1 basic 2024-01-01..2024-03-01 20x1/1month\n"
            "sub_1 pro 2024-03-01..2024-06-01 50x1/1month\n"
            "sub_1 pro 2024-06-01..2024-09-01 50x3/1month term..2024-09-01\n");
  EXPECT_EQ(loaded.as_of, Date::of(2024, 4, 2));  // what is to come does not move it
  EXPECT_EQ(findings(loaded), "");
}

TEST(ReadStripeSchedules, that_did_not_start_are_subscriptions_to_come) {
  const json schedule{{"id", "sub_sched_1"},
                      {"object", "subscription_schedule"},
                      {"customer", "cus_1"},
                      {"subscription", nullptr},
                      {"status", "not_started"},
                      {"end_behavior", "release"},
                      {"phases", {a_phase("2024-08-01", "2025-08-01", basic)}}};
  EXPECT_EQ(phases(read({schedule, basic})), "sub_sched_1 basic 2024-08-01.. 20x1/1month\n");
}

}  // namespace
}  // namespace churn
