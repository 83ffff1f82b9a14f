// What an export may look like, what in it can't be used, its customers, and its invoices with payments.
#include <churn/io/stripe.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/churn.hpp>
#include <churn/io/book_json.hpp>
#include <churn/io/domain_json.hpp>

#include "book/records_storage.hpp"
#include "core/error_of.hpp"
#include "support/stripe_objects.hpp"

namespace churn {
namespace {

using namespace support;

const json basic = a_price("basic", 2000);
const json pro = a_price("pro", 5000);

/// Everything in the records, as JSON.
json book_of(const LoadedBook& loaded) {
  std::ostringstream out;
  write_book_json(out, loaded.records);
  json book = json::parse(out.str());
  book.erase("book");
  return book;
}

json a_customer(const std::string& id) {
  return {{"id", id}, {"object", "customer"}, {"created", at("2024-01-01")}, {"name", "Name of " + id}};
}
json objects() {
  return {a_customer("cus_sub_1"), a_subscription("sub_1", "2024-01-10", {an_item("si_1", "basic")}), basic};
}

// ---- the forms of an export

TEST(StripeExport, is_the_same_in_arrays_pages_lines_events_and_under_names) {
  const json all = objects();
  const json expected = book_of(read(all));
  EXPECT_EQ(expected.at("subscriptions").size(), 1U);
  EXPECT_EQ(expected.at("customers").size(), 1U);
  std::string lines;
  json named;
  json events = json::array();
  for (std::size_t i = 0; i < all.size(); ++i) {
    lines += all[i].dump() + "\r\n" + (i == 0 ? "\n" : "");
    named["resources"]["thing" + std::to_string(i)] = all[i];
    events.push_back({{"data", {{"object", all[i]}}}});
  }
  const std::string forms[] = {a_list(all).dump(),
                               json::array({a_list({all[0], all[1]}), a_list({all[2]})}).dump(2),
                               lines,
                               named.dump(),
                               named.dump(1),
                               json{{"customers", {all[0]}}, {"others", a_list({all[1], all[2]})}}.dump(),
                               events.dump(),
                               "\xEF\xBB\xBF" + all.dump()};
  for (const std::string& form : forms) {
    const LoadedBook loaded = read_stripe_text(form);
    EXPECT_EQ(book_of(loaded), expected) << form;
    EXPECT_EQ(findings(loaded), "") << form;
  }
}

class StripeFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path{testing::TempDir()} /
              ("churn_stripe_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "more" / "deeper");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream{folder_ / name, std::ios::binary} << text;
  }
  std::filesystem::path folder_;
};

TEST_F(StripeFolder, holds_files_of_any_names_also_one_level_below) {
  const json all = objects();
  write("a.json", json{all[0]}.dump());
  write("b.JSONL", all[1].dump() + "\n");
  write("more/c.ndjson", basic.dump() + "\n" + all[1].dump());
  write("more/deeper/d.json", a_customer("cus_too_deep").dump());
  write("notes.txt", "not an export");
  const LoadedBook loaded = read_stripe(folder_);
  EXPECT_EQ(book_of(loaded), book_of(read(all)));
  ASSERT_EQ(loaded.rejections.entries().size(), 1U);
  const Rejection& found = loaded.rejections.entries().front();
  EXPECT_EQ(found, (Rejection{RejectionCode::duplicate_row, "more/c.ndjson", 2, "id",
                              "Subscription sub_1 is there already, the same; it counts once."}));
  EXPECT_EQ(loaded.records.source(RecordTable::subscriptions),
            folder_.filename().string() + ":subscriptions");
}

TEST_F(StripeFolder, may_be_a_single_file) {
  write("export.json", objects().dump(2));
  EXPECT_EQ(book_of(read_stripe(folder_ / "export.json")), book_of(read(objects())));
}

TEST_F(StripeFolder, that_is_not_there_or_holds_nothing_is_an_error) {
  write("notes.txt", "not an export");
  EXPECT_EQ(core_test::error_of([&] { (void)read_stripe(folder_ / "none"); }), "unreadable");
  EXPECT_EQ(core_test::error_of([&] { (void)read_stripe(folder_); }), "unreadable");
}

TEST(StripeExport, throws_the_first_rejection_if_it_is_strict) {
  EXPECT_EQ(core_test::error_of([] { (void)read_stripe_text("[1]", {.strict = true}); }), "unreadable");
  EXPECT_NO_THROW((void)read_stripe_text(R"({"id": "x", "object": "balance"})", {.strict = true}));
}

// ---- what can't be used

TEST(StripeExport, keeps_what_stands_before_a_text_that_breaks_off) {
  const std::string text = objects().dump();
  const LoadedBook loaded = read_stripe_text(text.substr(0, text.size() - 20));
  EXPECT_EQ(loaded.records.customer_count(), 1U);
  EXPECT_EQ(loaded.rejections.count(RejectionCode::bad_json), 1U);
  EXPECT_EQ(loaded.rejections.count(RejectionCode::no_price), 1U);  // the price was cut off
}

TEST(StripeExport, rejects_texts_that_are_no_json) {
  const auto found = [](const std::string& text) { return findings(read_stripe_text(text)); };
  EXPECT_EQ(found(""), "empty_file 0 : It is empty.\n");
  EXPECT_EQ(found(" \n"), "empty_file 0 : It is empty.\n");
  EXPECT_EQ(found("\xFF\xFE{"), "invalid_utf8 0 : It is UTF-16. Save it as UTF-8.\n");
  EXPECT_EQ(found("{\"id\": 1e400}"), "out_of_range 0 : Line 1, column 12: A number is too large.\n");
  EXPECT_TRUE(found("{\"id\": ").starts_with("bad_json 0 : Line 1, column 8: It ends too early"));
  EXPECT_TRUE(found(std::string("{\"id\": \"a\0b\"}", 13)).starts_with("nul_byte 0 : Line 1, column 10:"));
  EXPECT_TRUE(
      found("{}\n{\"id\": }\n").ends_with("bad_json 2 : Column 8: This is not JSON, from \"}\" on.\n"));
}

TEST(StripeExport, loses_a_broken_line_only) {
  const json all = objects();
  const std::string good = all[0].dump() + "\n" + all[1].dump() + "\n" + all[2].dump() + "\n";
  for (const std::string& text : {"{\"id\": 4,\n" + good, good + "{\"id\": \n"}) {
    const LoadedBook loaded = read_stripe_text(text);
    EXPECT_EQ(book_of(loaded), book_of(read(all)));
    EXPECT_EQ(loaded.rejections.rejected(), 1U);
  }
}

TEST(StripeExport, rejects_what_is_no_object_of_stripes) {
  const auto found = [](const json& value) { return findings(read(value)); };
  EXPECT_EQ(found(json::array({1, "x", nullptr})),
            "bad_json 1 : A number stands where an object of Stripe's belongs.\n"
            "bad_json 2 : A text stands where an object of Stripe's belongs.\n"
            "bad_json 3 : null stands where an object of Stripe's belongs.\n");
  EXPECT_EQ(found(json::object()), "missing_value 1 object: Object without id: There is no type.\n");
  EXPECT_EQ(found({{"id", "x_1"}}), "missing_value 1 object: Object x_1: There is no type.\n");
  EXPECT_EQ(found({{"id", 7}, {"object", "customer"}}),
            "bad_json 1 id: Customer without id: \"7\" stands where a text belongs.\n");
  EXPECT_EQ(found({{"object", "customer"}}), "missing_value 1 id: Customer without id: There is no id.\n");
  EXPECT_EQ(found({{"object", "list"}}), "bad_json 1 data: A list without data.\n");
  EXPECT_EQ(found({{"object", "event"}, {"id", "evt_1"}, {"data", {{"object", 3}}}}),
            "bad_json 1 data.object: Event evt_1: A number stands where an object belongs.\n");
  EXPECT_EQ(found({{"object", "event"}, {"id", "evt_1"}}),
            "missing_value 1 data.object: Event evt_1: The event is about nothing.\n");
}

TEST(StripeExport, counts_objects_of_other_types_once_a_type) {
  const LoadedBook loaded = read({{{"id", "a"}, {"object", "payout"}},
                                  {{"id", "b"}, {"object", "payout"}},
                                  {{"id", "c"}, {"object", "topup"}}});
  EXPECT_EQ(findings(loaded),
            "unused_object 0 : 1 object of type topup is not used.\n"
            "unused_object 0 : 2 objects of type payout are not used.\n");
  EXPECT_EQ(loaded.rejections.rejected(), 0U);
}

TEST(StripeExport, rejects_a_subscription_with_its_id_and_a_sentence) {
  const json good = a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)});
  const auto found = [&](const json& fields) {
    const LoadedBook loaded = read(with(good, fields));
    EXPECT_EQ(loaded.records.phase_count(), 0U) << fields;
    return findings(loaded);
  };
  EXPECT_EQ(found({{"customer", nullptr}}),
            "missing_value 1 customer: Subscription sub_1: There is no customer.\n");
  EXPECT_EQ(found({{"customer", ""}}),
            "missing_value 1 customer: Subscription sub_1: There is no customer.\n");
  EXPECT_EQ(found({{"customer", 5}}),
            "bad_json 1 customer: Subscription sub_1: \"5\" stands where a text belongs.\n");
  EXPECT_EQ(found({{"items", a_list(json::array())}}),
            "no_price 1 items: Subscription sub_1: It has no items, so what it costs is not known.\n");
  EXPECT_EQ(found({{"items", 4}}),
            "bad_json 1 items: Subscription sub_1: \"4\" stands where a list belongs.\n");
  EXPECT_EQ(found({{"items", a_list({3})}}),
            "bad_json 1 items[0].: Subscription sub_1: A number stands where an object belongs.\n");
  EXPECT_EQ(found({{"start_date", -5}}),
            "bad_timestamp 1 start_date: Subscription sub_1: \"-5\" is not a time in seconds after 1970.\n");
  EXPECT_EQ(found({{"start_date", "2024-01-10"}}),
            "bad_timestamp 1 start_date: Subscription sub_1: \"2024-01-10\" is not a time in seconds after "
            "1970.\n");
  EXPECT_EQ(found({{"start_date", 1e18}}).substr(0, 26), "bad_timestamp 1 start_date");
  EXPECT_EQ(found({{"start_date", nullptr}, {"created", nullptr}}),
            "missing_value 1 start_date: Subscription sub_1: There is no start.\n");
  EXPECT_EQ(found({{"status", "sleeping"}}),
            "unknown_status 1 status: Subscription sub_1: \"sleeping\" is not a subscription's status.\n");
  EXPECT_EQ(found({{"status", nullptr}}),
            "unknown_status 1 status: Subscription sub_1: \"\" is not a subscription's status.\n");
  EXPECT_EQ(found({{"currency", "doubloon"}}),
            "unknown_currency 1 currency: Subscription sub_1: \"doubloon\" is not a currency of ISO 4217.\n");
  EXPECT_EQ(found({{"cancel_at_period_end", "yes"}}),
            "bad_flag 1 cancel_at_period_end: Subscription sub_1: \"yes\" is neither true nor false.\n");
  EXPECT_EQ(found({{"status", "trialing"}}),
            "missing_value 1 trial_end: Subscription sub_1: It is in its trial, whose end is not there.\n");
  EXPECT_EQ(found({{"currency", "eur"}}),
            "no_price 1 price: Subscription sub_1: Item si_1: The price basic is in USD, and the "
            "subscription in EUR.\n");
}

TEST(StripeExport, rejects_an_item_and_keeps_the_others) {
  const auto found = [&](const json& item) {
    const LoadedBook loaded = read(a_subscription("sub_1", "2024-01-10", {an_item("si_a", basic), item}));
    EXPECT_EQ(loaded.records.phase_count(), 1U) << item;
    return findings(loaded);
  };
  const json price = a_price("odd", 100);
  EXPECT_EQ(found(an_item("si_b", price, -1)),
            "negative_quantity 1 quantity: Subscription sub_1: Item si_b: The quantity is negative.\n");
  EXPECT_EQ(
      found(with(an_item("si_b", price), {{"quantity", 1.5}})),
      "bad_number 1 items[1].quantity: Subscription sub_1: Item si_b: \"1.5\" is not a whole number.\n");
  EXPECT_EQ(found(an_item("si_b", with(price, {{"unit_amount_decimal", "a lot"}}))),
            "bad_number 1 items[1].price.unit_amount_decimal: Subscription sub_1: Item si_b: \"a lot\" is "
            "not a number.\n");
  EXPECT_EQ(found(an_item("si_b", with(price, {{"unit_amount_decimal", "99999999999999999999"}}))),
            "out_of_range 1 items[1].price.unit_amount_decimal: Subscription sub_1: Item si_b: "
            "\"99999999999999999999\" has more digits than can be kept.\n");
  EXPECT_EQ(found(an_item("si_b", with(price, {{"unit_amount", nullptr}, {"unit_amount_decimal", nullptr}}))),
            "no_price 1 price: Subscription sub_1: Item si_b: The price odd has no unit amount.\n");
  EXPECT_EQ(found(an_item("si_b", with(price, {{"recurring", {{"interval", "fortnight"}}}}))),
            "unknown_interval 1 items[1].price.recurring.interval: Subscription sub_1: Item si_b: "
            "\"fortnight\" is not "
            "day, week, month or year.\n");
  EXPECT_EQ(
      found(an_item("si_b", with(price, {{"recurring", {{"interval", "day"}, {"interval_count", 0}}}}))),
      "bad_interval_count 1 items[1].price.recurring.interval_count: Subscription sub_1: Item si_b: 0 is no "
      "number of intervals.\n");
  EXPECT_EQ(found(an_item("si_b", with(price, {{"recurring", nullptr}}))),
            "no_price 1 price: Subscription sub_1: Item si_b: The price odd recurs at no interval.\n");
  EXPECT_EQ(found(an_item("si_a", pro)),
            "duplicate_id 1 items: Subscription sub_1: Item si_a is there twice; the first counts.\n");
  EXPECT_EQ(found({{"id", "si_b"}}), "no_price 1 price: Subscription sub_1: Item si_b: There is no price.\n");
}

TEST(StripeExport, rejects_an_object_with_a_field_that_is_there_twice) {
  EXPECT_EQ(findings(read_stripe_text(R"({"id": "cus_1", "object": "customer", "name": "a", "name": "b"})")),
            "duplicate_column 1 name: Customer cus_1: The field is there twice.\n");
}

TEST(StripeExport, takes_the_later_of_two_versions_wherever_it_stands) {
  const json early = a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic)});
  const json late = with(early, {{"current_period_start", at("2024-02-10")},
                                 {"current_period_end", at("2024-03-10")},
                                 {"items", a_list({an_item("si_1", pro)})}});
  for (const json& order : {json{early, late}, json{late, early}}) {
    const LoadedBook loaded = read(order);
    EXPECT_EQ(mrr_on(loaded, {"2024-01-31"}), "50.00");
    EXPECT_EQ(loaded.rejections.count(RejectionCode::duplicate_row), 1U);
    EXPECT_NE(findings(loaded).find("Subscription sub_1 is there in a later version, which counts."),
              std::string::npos);
  }
  // Of one moment: always the same one.
  const json other = with(early, {{"items", a_list({an_item("si_1", pro)})}});
  EXPECT_EQ(mrr_on(read({early, other}), {"2024-01-31"}), mrr_on(read({other, early}), {"2024-01-31"}));
}

TEST(StripeExport, keeps_what_is_known_of_deleted_objects) {
  const json stub{{"id", "cus_1"}, {"object", "customer"}, {"deleted", true}};
  for (const json& order : {json{stub, a_customer("cus_1")}, json{a_customer("cus_1"), stub}})
    EXPECT_EQ(book_of(read(order)), book_of(read(a_customer("cus_1"))));
  EXPECT_EQ(book_of(read(stub)).at("customers"), json({{{"customer_id", "cus_1"}}}));
  const json price_stub{{"id", "basic"}, {"object", "price"}, {"deleted", true}};
  EXPECT_EQ(findings(read({objects()[1], basic, price_stub})), "");
}

TEST(StripeExport, survives_ten_thousand_levels) {
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  EXPECT_EQ(findings(read_stripe_text(R"({"id": "cus_1", "object": "customer", "metadata": )" + deep + "}")),
            "bad_json 1 : Customer cus_1: It stands in a text that is nested more than 24 levels deep.\n");
  const LoadedBook loaded =
      read_stripe_text(a_customer("cus_2").dump() + "\n" + deep + "\n" + a_customer("cus_3").dump());
  EXPECT_EQ(loaded.records.customer_count(), 2U);
  EXPECT_EQ(loaded.rejections.rejected(), 1U);
  std::string pages;
  for (int i = 0; i < 10'000; ++i) pages += R"({"data": [)";
  EXPECT_EQ(read_stripe_text(pages).rejections.rejected(), 1U);
}

TEST(StripeExport, takes_items_that_stand_outside_of_their_subscription) {
  json subscription = a_subscription("sub_1", "2024-01-10", {an_item("si_a", basic)});
  subscription["items"]["has_more"] = true;
  const json item = with(an_item("si_b", pro), {{"subscription", "sub_1"}});
  const json lost = with(an_item("si_c", pro), {{"subscription", "sub_2"}});
  const LoadedBook loaded = read({subscription, item, lost});
  EXPECT_EQ(mrr_on(loaded, {"2024-01-31"}), "70.00");  // 20.00 + 50.00
  EXPECT_EQ(
      findings(loaded),
      "incomplete_history 1 items: Subscription sub_1: Its list of items goes on in a page of its own.\n"
      "unknown_subscription 3 subscription: Subscription item si_c: Its subscription sub_2 is not in the "
      "export.\n");
}

// ---- customers

TEST(StripeCustomers, have_their_metadata_country_and_locale_as_attributes) {
  const LoadedBook loaded = read(with(
      a_customer("cus_1"),
      {{"livemode", false},
       {"address", {{"country", "DE"}, {"city", "Berlin"}}},
       {"preferred_locales", {"de", "en"}},
       {"metadata", {{"industry", "retail"}, {"size", "50"}, {"name", "x"}, {"empty", ""}, {"seats", 5}}}}));
  EXPECT_EQ(book_of(loaded).at("customers"), json({{{"customer_id", "cus_1"},
                                                    {"signed_up_on", "2024-01-01"},
                                                    {"name", "Name of cus_1"},
                                                    {"country", "DE"},
                                                    {"locale", "de"},
                                                    {"industry", "retail"},
                                                    {"size", "50"},
                                                    {"seats", "5"},
                                                    {"metadata.name", "x"}}}));
}

TEST(StripeCustomers, have_at_most_so_many_attributes) {
  json customer = a_customer("cus_1");
  for (std::size_t i = 0; i < max_attributes + 5; ++i) customer["metadata"]["m" + std::to_string(i)] = "x";
  const LoadedBook loaded = read(customer);
  EXPECT_EQ(loaded.rejections.count(RejectionCode::too_many_attributes), 5U);
  EXPECT_EQ(book_of(loaded).at("customers").at(0).size(), max_attributes + 3);
}

TEST(StripeCustomers, add_cards_with_their_expiry) {
  const LoadedBook loaded = read({{"id", "pm_1"},
                                  {"object", "payment_method"},
                                  {"customer", "cus_1"},
                                  {"created", at("2024-02-03T04:05")},
                                  {"card", {{"exp_month", 8}, {"exp_year", 2030}}}});
  EXPECT_EQ(book_of(loaded).at("events"), json({{{"customer_id", "cus_1"},
                                                 {"at", "2024-02-03T04:05:00Z"},
                                                 {"kind", "card_added"},
                                                 {"label", "2030-08"}}}));
}

// ---- invoices

/// An invoice of the API before 2025, with a recurring line, a proration and a one-time item.
json old_invoice() {
  const json period{{"start", at("2024-02-01")}, {"end", at("2024-03-01")}};
  return {
      {"id", "in_1"},
      {"object", "invoice"},
      {"customer", "cus_sub_1"},
      {"subscription", "sub_1"},
      {"currency", "usd"},
      {"status", "paid"},
      {"created", at("2024-02-01T00:10")},
      {"due_date", nullptr},
      {"status_transitions", {{"finalized_at", at("2024-02-01T01:10")}, {"paid_at", at("2024-02-04")}}},
      {"charge", "ch_2"},
      {"payment_intent", "pi_1"},
      {"lines", a_list({{{"id", "il_1"},
                         {"object", "line_item"},
                         {"type", "subscription"},
                         {"subscription", "sub_1"},
                         {"subscription_item", "si_1"},
                         {"amount", 6000},
                         {"quantity", 3},
                         {"price", basic},
                         {"period", period},
                         {"proration", false},
                         {"discount_amounts", {{{"amount", 1000}, {"discount", "di_1"}}}},
                         {"tax_amounts",
                          {{{"amount", 300}, {"inclusive", true}}, {{"amount", 200}, {"inclusive", false}}}}},
                        {{"id", "il_2"},
                         {"object", "line_item"},
                         {"type", "invoiceitem"},
                         {"subscription", "sub_1"},
                         {"subscription_item", "si_1"},
                         {"amount", -750},
                         {"quantity", 1},
                         {"price", basic},
                         {"period", {{"start", at("2024-01-20")}, {"end", at("2024-02-01")}}},
                         {"proration", true}},
                        {{"id", "il_3"},
                         {"object", "line_item"},
                         {"type", "invoiceitem"},
                         {"amount", 9900},
                         {"quantity", 1},
                         {"period", {{"start", at("2024-02-01")}, {"end", at("2024-02-01")}}},
                         {"proration", false}}})}};
}

json new_invoice() {
  json invoice = old_invoice();
  invoice.erase("subscription");
  invoice.erase("charge");
  invoice.erase("payment_intent");
  invoice["parent"] = {{"type", "subscription_details"},
                       {"subscription_details", {{"subscription", "sub_1"}}}};
  invoice["payments"] = a_list({{{"object", "invoice_payment"},
                                 {"payment", {{"type", "payment_intent"}, {"payment_intent", "pi_1"}}}}});
  for (json& line : invoice["lines"]["data"]) {
    const bool of_subscription = line["type"] == "subscription";
    const std::string kind = of_subscription ? "subscription_item_details" : "invoice_item_details";
    json details{{"proration", line["proration"]}, {"subscription", line.value("subscription", json())}};
    if (line.contains("subscription_item")) details["subscription_item"] = line["subscription_item"];
    line["parent"] = {{"type", kind}, {kind, details}};
    if (line.contains("price"))
      line["pricing"] = {{"type", "price_details"},
                         {"unit_amount_decimal", "2000"},
                         {"price_details", {{"price", "basic"}, {"product", "prod_basic"}}}};
    if (line.contains("tax_amounts"))
      line["taxes"] = {{{"amount", 300}, {"tax_behavior", "inclusive"}},
                       {{"amount", 200}, {"tax_behavior", "exclusive"}}};
    for (const char* gone :
         {"type", "subscription", "subscription_item", "price", "proration", "tax_amounts"})
      line.erase(gone);
  }
  return invoice;
}

json expected_invoice() {
  return {{"invoice_id", "in_1"},
          {"customer_id", "cus_sub_1"},
          {"issued_on", "2024-02-01"},
          {"paid_on", "2024-02-04"},
          {"currency", "USD"},
          {"status", "paid"},
          {"subscription_id", "sub_1"},
          {"lines",
           {{{"line_id", "il_1"},
             {"subscription_id", "sub_1"},
             {"plan", "basic"},
             {"amount", "47.00"},  // 60.00 - 10.00 of discount - 3.00 of tax inside
             {"tax", "5.00"},
             {"quantity", 3},
             {"unit_amount", "20"},
             {"interval", "month"},
             {"period_start", "2024-02-01"},
             {"period_end", "2024-03-01"}},
            {{"line_id", "il_2"},
             {"subscription_id", "sub_1"},
             {"plan", "basic"},
             {"amount", "-7.50"},
             {"quantity", 1},
             {"unit_amount", "20"},
             {"interval", "month"},
             {"period_start", "2024-01-20"},
             {"period_end", "2024-02-01"},
             {"kind", "proration"}},
            {{"line_id", "il_3"}, {"amount", "99.00"}, {"kind", "one_time"}}}}};
}

TEST(StripeInvoices, of_both_shapes_of_the_api_are_the_same) {
  const LoadedBook old = read({old_invoice(), basic});
  const LoadedBook newer = read({new_invoice(), basic});
  EXPECT_EQ(book_of(old).at("invoices"), json::array({expected_invoice()}));
  EXPECT_EQ(book_of(newer).at("invoices"), json::array({expected_invoice()}));
  EXPECT_EQ(findings(old), "");
  EXPECT_EQ(findings(newer), "");
}

TEST(StripeInvoices, name_the_items_of_subscriptions_with_several) {
  const json both = a_subscription("sub_1", "2024-01-10", {an_item("si_1", basic), an_item("si_2", pro)});
  const json invoice = book_of(read({both, old_invoice()})).at("invoices").at(0);
  EXPECT_FALSE(invoice.contains("subscription_id"));
  EXPECT_EQ(invoice.at("lines").at(0).at("subscription_id"), "sub_1/si_1");
  json without_item = old_invoice();
  for (json& line : without_item["lines"]["data"]) line.erase("subscription_item");
  EXPECT_EQ(book_of(read({both, without_item})).at("invoices").at(0).at("lines").at(1).at("subscription_id"),
            "sub_1/si_1");
}

TEST(StripeInvoices, share_the_discount_of_the_whole_where_lines_tell_none) {
  json invoice = with(old_invoice(), {{"total_discount_amounts", {{{"amount", 159}}}}});
  for (json& line : invoice["lines"]["data"])
    for (const char* gone : {"discount_amounts", "tax_amounts"}) line.erase(gone);
  const json lines = book_of(read({invoice, basic})).at("invoices").at(0).at("lines");
  EXPECT_EQ(lines.at(0).at("amount"), "59.40");  // 60.00 - 1.59 x 60 / 159
  EXPECT_EQ(lines.at(1).at("amount"), "-7.50");
  EXPECT_EQ(lines.at(2).at("amount"), "98.01");  // 99.00 - 1.59 x 99 / 159
}

TEST(StripeInvoices, take_lines_from_pages_of_their_own) {
  json invoice = old_invoice();
  json line = invoice["lines"]["data"][2];
  line["invoice"] = "in_1";
  invoice["lines"]["data"].erase(2);
  invoice["lines"]["has_more"] = true;
  EXPECT_EQ(book_of(read({invoice, line, basic})).at("invoices"), json::array({expected_invoice()}));
  EXPECT_EQ(findings(read({invoice, basic})),
            "incomplete_history 1 lines: Invoice in_1: Its list of lines goes on in a page of its own.\n");
  line["invoice"] = "in_9";
  EXPECT_EQ(findings(read({line})),
            "unknown_invoice 1 invoice: Line item il_3: Its invoice in_9 is not in the export.\n");
}

TEST(StripeInvoices, carry_mrr_where_the_export_has_no_subscriptions) {
  json invoice = old_invoice();
  invoice["lines"]["data"].erase(1);  // the proration, of a month without an invoice
  const LoadedBook loaded = read({invoice, basic});
  // 47.00 of the full 60.00: the rest was discount and tax.
  EXPECT_EQ(mrr_on(loaded, {"2024-01-31", "2024-02-29"}), "0.00 47.00");
}

TEST(StripeInvoices, of_odd_values_are_rejected_with_a_sentence) {
  const auto found = [](const json& fields) { return findings(read({with(old_invoice(), fields), basic})); };
  EXPECT_EQ(found({{"customer", nullptr}}),
            "missing_value 1 customer: Invoice in_1: There is no customer.\n");
  EXPECT_EQ(found({{"currency", "xyz"}}),
            "unknown_currency 1 currency: Invoice in_1: \"xyz\" is not a currency of ISO 4217.\n");
  EXPECT_EQ(found({{"status", "lost"}}),
            "unknown_status 1 status: Invoice in_1: \"lost\" is not an invoice's status.\n");
  EXPECT_EQ(found({{"created", -1}}),
            "bad_timestamp 1 created: Invoice in_1: \"-1\" is not a time in seconds after 1970.\n");
  EXPECT_EQ(found({{"lines", a_list({{{"id", "il_9"}, {"amount", "many"}}})}}),
            "bad_number 1 lines[0].amount: Invoice in_1: Line il_9: \"many\" is not a number.\n");
  EXPECT_EQ(found({{"lines", a_list({{{"id", "il_9"}}})}}),
            "missing_value 1 lines[0].amount: Invoice in_1: Line il_9: There is no amount.\n");
  EXPECT_EQ(found({{"currency", "isk"}, {"lines", a_list({{{"id", "il_9"}, {"amount", 150}}})}}),
            "out_of_range 1 lines: Invoice in_1: Line il_9: Its amount is no amount of ISK.\n");
}

TEST(StripeInvoices, are_as_their_latest_version_has_them) {
  json open = with(old_invoice(), {{"status", "open"}});
  open["status_transitions"] = {{"finalized_at", at("2024-02-01T01:10")}};
  json lost = with(open, {{"status", "uncollectible"}});
  lost["status_transitions"]["marked_uncollectible_at"] = at("2024-03-01");
  const json failed = an_event("evt_1", "invoice.payment_failed", "2024-02-20", open);
  const auto status = [](const json& all) { return book_of(read(all)).at("invoices").at(0).at("status"); };
  EXPECT_EQ(status({open, failed}), "open");
  EXPECT_EQ(status({lost, failed}), "uncollectible");
  EXPECT_EQ(status({open, an_event("evt_2", "invoice.paid", "2024-02-21", old_invoice()), failed}), "paid");
}

// ---- payments

json a_charge(const std::string& id, const std::string& status, std::string_view moment, const json& fields) {
  return with({{"id", id},
               {"object", "charge"},
               {"status", status},
               {"created", at(moment)},
               {"amount", 5200},
               {"currency", "usd"}},
              fields);
}

TEST(StripePayments, are_charges_refunds_and_failed_attempts) {
  json open = old_invoice();
  const json intent{{"id", "pi_9"},
                    {"object", "payment_intent"},
                    {"invoice", "in_1"},
                    {"status", "succeeded"},
                    {"latest_charge", "ch_4"}};
  const LoadedBook loaded =
      read({open,
            basic,
            intent,
            a_charge("ch_1", "failed", "2024-02-01T02:00",
                     {{"invoice", "in_1"}, {"failure_code", "expired_card"}}),
            a_charge("ch_2", "failed", "2024-02-02T02:00",
                     {{"failure_code", "card_declined"}, {"outcome", {{"reason", "insufficient_funds"}}}}),
            a_charge("ch_3", "failed", "2024-02-03T02:00",
                     {{"payment_intent", "pi_1"}, {"failure_code", "card_declined"}}),
            a_charge("ch_4", "succeeded", "2024-02-04T02:00",
                     {{"payment_intent", "pi_9"}, {"amount_refunded", 5200}}),
            {{"id", "re_1"},
             {"object", "refund"},
             {"charge", "ch_4"},
             {"amount", 5200},
             {"currency", "usd"},
             {"status", "succeeded"},
             {"created", at("2024-02-10")}},
            an_event("evt_1", "invoice.payment_failed", "2024-02-03T02:00:05", open),
            an_event("evt_2", "invoice.payment_failed", "2024-02-06", open)});
  EXPECT_EQ(book_of(loaded).at("invoices").at(0).at("payments"),
            json({{{"at", "2024-02-01T02:00:00Z"},
                   {"status", "failed"},
                   {"amount", "52.00"},
                   {"failure_code", "expired_card"}},
                  {{"at", "2024-02-02T02:00:00Z"},
                   {"status", "failed"},
                   {"amount", "52.00"},
                   {"failure_code", "insufficient_funds"}},
                  {{"at", "2024-02-03T02:00:00Z"},
                   {"status", "failed"},
                   {"amount", "52.00"},
                   {"failure_code", "card_declined"}},
                  {{"at", "2024-02-04T02:00:00Z"}, {"status", "succeeded"}, {"amount", "52.00"}},
                  {{"at", "2024-02-06T00:00:00Z"}, {"status", "failed"}},
                  {{"at", "2024-02-10T00:00:00Z"}, {"status", "refunded"}, {"amount", "52.00"}}}));
  EXPECT_EQ(findings(loaded), "");
}

TEST(StripePayments, find_their_invoice_through_invoice_payments) {
  json invoice = old_invoice();
  invoice.erase("payment_intent");
  const json link{{"id", "inpay_1"},
                  {"object", "invoice_payment"},
                  {"invoice", "in_1"},
                  {"payment", {{"type", "payment_intent"}, {"payment_intent", "pi_7"}}}};
  const LoadedBook loaded =
      read({invoice, link, a_charge("ch_1", "succeeded", "2024-02-04", {{"payment_intent", "pi_7"}})});
  EXPECT_EQ(book_of(loaded).at("invoices").at(0).at("payments").size(), 1U);
}

TEST(StripePayments, without_an_invoice_are_left_out_with_a_word) {
  EXPECT_EQ(
      findings(
          read({a_charge("ch_1", "succeeded", "2024-02-04", json::object()),
                a_charge("ch_2", "succeeded", "2024-02-04", {{"invoice", "in_9"}}),
                {{"id", "re_1"}, {"object", "refund"}, {"charge", "ch_9"}, {"created", at("2024-02-05")}},
                a_charge("ch_3", "lost", "2024-02-04", {{"invoice", "in_1"}}),
                with(a_charge("ch_4", "failed", "2024-02-04", json::object()), {{"created", nullptr}}),
                old_invoice()})),
      "unused_object 0 : 1 object of type charge without an invoice is not used.\n"
      "unknown_invoice 2 invoice: Charge ch_2: Its invoice in_9 is not in the export.\n"
      "unknown_invoice 3 charge: Refund re_1: Its charge is not in the export, so its invoice is not known.\n"
      "unknown_status 4 status: Charge ch_3: \"lost\" is not a charge's status.\n"
      "missing_value 5 created: Charge ch_4: There is no created.\n");
}

// ---- Stripe's own examples of every object, with random values

#ifdef CHURN_ORACLES_DIR
json oracle(const std::string& name) {
  std::ifstream in(std::string(CHURN_ORACLES_DIR) + "/stripe_fixtures/" + name);
  return json::parse(in);
}

TEST(StripeFixtures, are_each_taken_rejected_or_counted) {
  const LoadedBook loaded =
      read_stripe(std::filesystem::path(CHURN_ORACLES_DIR) / "stripe_fixtures/stripe_fixtures3_trimmed.json");
  const json expected = oracle("stripe_fixtures_expected.json");
  const json book = book_of(loaded);
  EXPECT_EQ(book.at("customers").at(0).at("customer_id"), expected.at("customer_id"));
  EXPECT_EQ(book.at("customers").at(0).at("signed_up_on"), "2009-02-13");  // 1234567890
  EXPECT_EQ(book.at("invoices").size(), 1U);
  EXPECT_EQ(book.at("invoices").at(0).at("invoice_id"), expected.at("invoice").at("id"));
  EXPECT_EQ(book.at("invoices").at(0).at("status"), expected.at("invoice").at("status"));
  EXPECT_EQ(book.at("invoices").at(0).at("lines").at(0).at("amount"), "10.00");
  // The subscription says that it is active and that it ended the moment it started.
  const std::string found = findings(loaded);
  EXPECT_NE(
      found.find(
          "unknown_status 34 status: Subscription sub_1Pgc6rB7WZ01zgkWNy0Cn5nw: Its status is active, but "
          "it ended on 2009-02-13.\n"),
      std::string::npos)
      << found;
  // Every type is one that is used, or counted.
  const std::set<std::string> used{
      "customer",       "subscription",   "subscription_item", "subscription_schedule",
      "price",          "plan",           "product",           "coupon",
      "discount",       "invoice",        "line_item",         "event",
      "payment_intent", "invoice_payment"};
  for (const json& object : oracle("objects_index.json")) {
    const std::string type = object.at("object");
    EXPECT_TRUE(used.contains(type) || found.find(" of type " + type + " ") != std::string::npos) << type;
  }
}

TEST(StripeFixtures, without_the_random_ends_come_to_the_price_and_not_the_plan) {
  json subscription = oracle("stripe_fixtures3_trimmed.json").at("resources").at("subscription");
  const json expected = oracle("stripe_fixtures_expected.json").at("subscription");
  for (const char* field : {"ended_at", "canceled_at", "cancel_at", "pause_collection", "trial_end"})
    subscription[field] = nullptr;
  subscription["cancel_at_period_end"] = false;
  const LoadedBook loaded = read(subscription);
  const json phase = book_of(loaded).at("subscriptions").at(0);
  EXPECT_EQ(phase.at("subscription_id"), expected.at("id"));
  EXPECT_EQ(phase.at("customer_id"), expected.at("customer"));
  EXPECT_EQ(phase.at("phases").at(0).at("amount"), "20");
  EXPECT_EQ(expected.at("items").at(0).at("mrr_cents_from_price"), 2000);
}

TEST(StripeFixtures, read_by_themselves_in_every_form) {
  const json resources = oracle("stripe_fixtures3_trimmed.json").at("resources");
  for (const auto& [name, object] : resources.items()) {
    const std::string alone = findings(read(object));
    EXPECT_EQ(findings(read(a_list({object}))), alone) << name;
    EXPECT_NO_THROW((void)read(an_event("evt_1", name + ".updated", "2024-01-01", object, object))) << name;
  }
}
#endif

}  // namespace
}  // namespace churn
