#include <churn/io/mapping.hpp>

#ifdef INCLUDE_NLOHMANN_JSON_HPP_
#error "Headers reach nlohmann/json.hpp, which a host may not need."
#endif

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <churn/churn.hpp>
#include <churn/io/book_writer.hpp>

#include "io/stored_records.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

const std::filesystem::path exports = std::filesystem::path(CHURN_SOURCE_DIR) / "tests/io/exports";

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class Run>
std::string error_of(Run run) {
  try {
    (void)run();
  } catch (const Error& error) {
    return std::string(error_name(error.code())) + ": " + error.what();
  }
  return "";
}

/// What was found, one a line; without what is only a notice, unless asked for.
std::string findings(const LoadedBook& book, bool notices = false) {
  std::string text;
  for (const Rejection& r : book.rejections.entries())
    if (notices || !is_notice(r.code))
      text += std::string(rejection_name(r.code)) + " " + r.source + " " + std::to_string(r.row) +
              (r.field.empty() ? "" : " " + r.field) + ": " + r.reason + "\n";
  return text;
}

using Files = std::map<std::string, std::string>;
LoadedBook read(const Files& files, const std::string& mapping, const MappedReadOptions& options = {}) {
  BookFiles views;
  for (const auto& [name, text] : files) views.emplace(name, text);
  return read_mapped_files(views, mapping_from_json(mapping), options);
}

std::vector<Customer> customers_of(const LoadedBook& book) {
  std::vector<Customer> all;
  for (std::size_t i = 0; i < book.records.customer_count(); ++i)
    all.push_back(reading::stored_customer(book.records.storage(), i));
  return all;
}
std::vector<Phase> phases_of(const LoadedBook& book) {
  std::vector<Phase> all;
  for (std::size_t i = 0; i < book.records.phase_count(); ++i)
    all.push_back(reading::stored_phase(book.records.storage(), i));
  return all;
}
std::vector<Invoice> invoices_of(const LoadedBook& book) {
  std::vector<Invoice> all;
  for (const auto& [invoice, row] : book.records.storage().invoices) all.push_back(invoice);
  return all;
}
std::string subscription_of(const LoadedBook& book, std::size_t row) {
  const Records::Storage& storage = book.records.storage();
  return storage.subscription_ids.text(storage.phases.subscription[row]);
}

/// `plan 2024-01-01..2024-02-01 3 x 20`, one a line.
std::string lines_of(const std::vector<Phase>& phases) {
  std::string text;
  for (const Phase& phase : phases)
    text += phase.plan + " " + phase.starts_on.to_string() + ".." +
            (phase.ends_on ? phase.ends_on->to_string() : "") + " " + std::to_string(phase.quantity) + " x " +
            phase.price.amount.to_string() + "\n";
  return text;
}

/// Movements of MRR by month, as the command line prints them, and of them the columns with a value.
std::string movements(const LoadedBook& loaded, Date as_of) {
  Book book = Book::build(loaded.records, as_of, loaded.conventions).book;
  const PeriodGrid grid = Analyzer::whole_book(book, PeriodKind::month);
  const Table table = movements_table(MovementCube::fold(book, grid));
  std::string text;
  for (const auto& row : table.rows) {
    text += to_text(row[0]);
    for (std::size_t i = 1; i <= 10; ++i)
      if (const std::string value = to_text(row[i]); value != "0.00")
        text += " " + table.columns[i] + "=" + value;
    text += "\n";
  }
  return text;
}

// ---- one table, rule by rule

/// A mapping of subscriptions in s.csv, with rules of its own beside those that every row needs.
std::string of_subscriptions(const std::string& rules, const std::string& more = "") {
  std::map<std::string, std::string> columns{{"subscription_id", R"("id")"},
                                             {"customer_id", R"("who")"},
                                             {"plan", R"("plan")"},
                                             {"starts_on", R"("from")"},
                                             {"amount", R"("price")"},
                                             {"currency", R"({"constant": "USD"})"},
                                             {"interval", R"({"constant": "month"})"}};
  std::string text = rules;
  for (const auto& [name, rule] : columns)
    if (rules.find("\"" + name + "\"") == std::string::npos)
      text += (text.empty() ? "" : ", ") + ("\"" + name + "\": ") + rule;
  return R"({"tables": {"subscriptions": {"file": "s.csv", "columns": {)" + text + "}" + more + "}}}";
}

/// The phases of rows `id,who,plan,from,price` with further columns.
std::vector<Phase> phases(const std::string& columns, const std::string& values, const std::string& rules,
                          const MappedReadOptions& options = {}) {
  const LoadedBook book =
      read({{"s.csv", "id,who,plan,from,price" + columns + "\ns1,c1,pro,2024-01-01,10" + values + "\n"}},
           of_subscriptions(rules), options);
  EXPECT_EQ(findings(book), "");
  return phases_of(book);
}
Phase phase(const std::string& columns, const std::string& values, const std::string& rules,
            const MappedReadOptions& options = {}) {
  const auto all = phases(columns, values, rules, options);
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? Phase{"", Date::of(1, 1, 1), {}, {Decimal{}, Currency{"USD"}}} : all.front();
}

TEST(Mapping, of_the_shortest_kind_names_a_column_for_each_of_ours) {
  const Phase read = phase("", "", "");
  EXPECT_EQ(read.plan, "pro");
  EXPECT_EQ(read.starts_on, Date::of(2024, 1, 1));
  EXPECT_EQ(read.price, (Price{Decimal{10}, Currency{"USD"}}));
  EXPECT_EQ(read.quantity, 1);
}

TEST(Mapping, takes_the_first_column_that_is_not_empty_then_the_default) {
  const std::string rule = R"("plan": {"column": ["name", "code"], "default": "none"})";
  EXPECT_EQ(phase(",name,code", ",Pro,p1", rule).plan, "Pro");
  EXPECT_EQ(phase(",name,code", ",,p1", rule).plan, "p1");
  EXPECT_EQ(phase(",name,code", ",,", rule).plan, "none");
}

TEST(Mapping, takes_the_first_rule_that_gives_something) {
  const std::string rule =
      R"("discount_percent": [{"column": "off", "when": {"column": "kind", "is": "percent"}}],
         "discount_amount": [{"column": "off", "when": [{"column": "kind", "not": ["percent", ""]}]}])";
  EXPECT_EQ(phase(",off,kind", ",20,PERCENT", rule).discount_percent, Decimal{20});
  EXPECT_EQ(phase(",off,kind", ",20,Percent", rule).discount_amount, Decimal{});
  EXPECT_EQ(phase(",off,kind", ",3.5,fixed", rule).discount_amount, (Decimal{35, 1}));
  EXPECT_EQ(phase(",off,kind", ",3.5,", rule).discount_amount, Decimal{});
}

TEST(Mapping, puts_columns_together_if_none_is_empty) {
  const std::string rule = R"("plan": [{"together": ["name", "tier"], "with": "/"}, {"constant": "plain"}])";
  EXPECT_EQ(phase(",name,tier", ",pro,2", rule).plan, "pro/2");
  EXPECT_EQ(phase(",name,tier", ",pro,", rule).plan, "plain");
}

TEST(Mapping, has_words_of_ours_for_values_and_rejects_others) {
  const std::string rule =
      R"("interval": {"column": "unit", "values": {"Monthly": "month", "annual": "year"})";
  EXPECT_EQ(phase(",unit", ",MONTHLY", rule + "}").cycle.interval, BillingInterval::month);
  EXPECT_EQ(phase(",unit", ",annual", rule + "}").cycle.interval, BillingInterval::year);
  EXPECT_EQ(phase(",unit", ",weekly", rule + R"(, "otherwise": "week"})").cycle.interval,
            BillingInterval::week);
  EXPECT_EQ(phase(",unit", ",quarter", rule + R"(, "keep_others": true})").cycle.interval,
            BillingInterval::quarter);
  const LoadedBook book = read({{"s.csv", "id,who,plan,from,price,unit\ns1,c1,pro,2024-01-01,10,weekly\n"}},
                               of_subscriptions(rule + "}"));
  EXPECT_EQ(findings(book),
            "unknown_value s.csv 2 unit: \"weekly\" is a value that the mapping does not know.\n");
  EXPECT_EQ(book.records.phase_count(), 0U);
}

TEST(Mapping, reads_amounts_of_minor_units_by_the_currency_of_the_row) {
  const std::string rule = R"("amount": {"column": "cents", "units": "minor"}, "currency": "money")";
  EXPECT_EQ(phase(",cents,money", ",2999,usd", rule).price, (Price{Decimal{2999, 2}, Currency{"USD"}}));
  EXPECT_EQ(phase(",cents,money", ",2999,JPY", rule).price, (Price{Decimal{2999}, Currency{"JPY"}}));
  EXPECT_EQ(phase(",cents,money", ",2999,KWD", rule).price, (Price{Decimal{2999, 3}, Currency{"KWD"}}));
  EXPECT_EQ(phase(",cents,money", ",0.45,usd", rule).price.amount, (Decimal{45, 4})) << "a price of less";
}

TEST(Mapping, takes_tax_off_an_amount_that_includes_it) {
  const std::string rule = R"("amount": {"column": "gross", "minus": ["vat", "fee"], "units": "minor"})";
  EXPECT_EQ(phase(",gross,vat,fee", ",11900,1900,0.5", rule).price.amount, (Decimal{99995, 3}))
      << "119.00 - 19.00 - 0.005";
  EXPECT_EQ(phase(",gross,vat,fee", ",11900,,", rule).price.amount, Decimal{119}) << "nothing is 0";
  const LoadedBook book = read({{"s.csv", "id,who,plan,from,gross,vat,fee\ns1,c1,pro,2024-01-01,1,x,0\n"}},
                               of_subscriptions(rule));
  EXPECT_EQ(findings(book), "bad_number s.csv 2 vat: \"x\" is not a number. Write one such as 1234.50.\n");
}

TEST(Mapping, reads_days_in_the_forms_that_it_names) {
  const auto day = [](const std::string& form, const std::string& text) {
    return phase(",day", "," + text, R"("starts_on": {"column": "day", "dates": )" + form + "}").starts_on;
  };
  EXPECT_EQ(day(R"("iso")", "2024-05-06"), Date::of(2024, 5, 6));
  EXPECT_EQ(day(R"("iso")", "2024-05-06 23:30:00"), Date::of(2024, 5, 6));
  EXPECT_EQ(day(R"("iso")", "2024-05-06T23:30:00-04:00"), Date::of(2024, 5, 7)) << "it is the 7th in UTC";
  EXPECT_EQ(day(R"("iso_zone")", "2012-02-19 20:01:33 PST"), Date::of(2012, 2, 20));
  EXPECT_EQ(day(R"("iso_zone")", "2012-02-19 20:01:33 UTC"), Date::of(2012, 2, 19));
  EXPECT_EQ(day(R"("unix")", "1714979289"), Date::of(2024, 5, 6));
  EXPECT_EQ(day(R"("MM/DD/YYYY")", "5/6/2024"), Date::of(2024, 5, 6));
  EXPECT_EQ(day(R"("MM/DD/YYYY")", "05/06/2024 7:08"), Date::of(2024, 5, 6));
  EXPECT_EQ(day(R"("DD-Mon-YYYY")", "06-MAY-2024 23:59"), Date::of(2024, 5, 6));
  EXPECT_EQ(day(R"(["unix", "DD-Mon-YYYY", "iso"])", "6-May-2024"), Date::of(2024, 5, 6));
}

TEST(Mapping, rejects_a_day_in_another_form_by_the_column_of_the_export) {
  const auto found = [](const std::string& text) {
    return findings(
        read({{"s.csv", "id,who,plan,from,price,day\ns1,c1,pro,x,10," + text + "\n"}},
             of_subscriptions(R"("starts_on": {"column": "day", "dates": ["unix", "MM/DD/YYYY"]})")));
  };
  EXPECT_EQ(
      found("13/06/2024"),
      "bad_date s.csv 2 day: \"13/06/2024\" is not a date that the mapping reads, as unix or MM/DD/YYYY.\n");
  for (const char* text :
       {"1714979289x", "99999999999999", "5/6/24", "05/06/2024 25:00", "2024-05-06", "/", "5//2024"})
    EXPECT_TRUE(found(text).starts_with("bad_date s.csv 2 day: ")) << text;
  EXPECT_EQ(found(""), "missing_value s.csv 2 day: day is empty. Every row needs one.\n");
}

TEST(Mapping, a_time_becomes_a_day_in_the_zone_of_the_book) {
  const std::string rule = R"("starts_on": {"column": "day"})";
  const MappedReadOptions new_york{.time_zone = TimeZone{"EST-05EDT,M3.2.0,M11.1.0"}};
  EXPECT_EQ(phase(",day", ",2024-07-01T03:59:59Z", rule, new_york).starts_on, Date::of(2024, 6, 30));
  EXPECT_EQ(phase(",day", ",2024-07-01T04:00:00Z", rule, new_york).starts_on, Date::of(2024, 7, 1));
  EXPECT_EQ(phase(",day", ",2024-07-01 03:00:00", rule, new_york).starts_on, Date::of(2024, 6, 30)) << "UTC";
  EXPECT_EQ(phase(",day", ",2024-07-01", rule, new_york).starts_on, Date::of(2024, 7, 1)) << "a day is a day";
}

TEST(Mapping, local_times_are_those_of_the_zone_and_become_instants_by_it) {
  const std::string mapping = R"({"times": "local", "tables": {
      "events": {"file": "e.csv", "columns": {"customer_id": "who", "at": "at", "kind": {"constant": "login"}}},
      "subscriptions": {"file": "s.csv", "columns": {"subscription_id": "id", "customer_id": "who", "plan": "plan",
        "starts_on": "from", "amount": "price", "currency": {"constant": "USD"}, "interval": {"constant": "month"}}}}})";
  const LoadedBook book = read(
      {{"s.csv", "id,who,plan,from,price\ns1,c1,pro,2024-01-18 23:50:00,10\n"},
       {"e.csv",
        "who,at\nc1,2024-01-18 23:50:00\nc1,2024-07-18 23:50:00\nc1,2024-07-18\nc1,2024-07-18T23:50:00Z\n"}},
      mapping, {.time_zone = TimeZone{"CET+01CEST,M3.5.0,M10.5.0"}});
  EXPECT_EQ(findings(book), "");
  EXPECT_EQ(phases_of(book).at(0).starts_on, Date::of(2024, 1, 18)) << "not the 19th";
  std::vector<std::string> instants;
  for (const std::int64_t at : book.records.storage().events.at)
    instants.push_back(Timestamp::from_seconds(at).to_string());
  EXPECT_EQ(instants, (std::vector<std::string>{"2024-01-18T22:50:00Z", "2024-07-18T21:50:00Z",
                                                "2024-07-17T22:00:00Z", "2024-07-18T23:50:00Z"}));
}

TEST(Mapping, a_last_day_becomes_the_day_after_it) {
  const std::string rule = R"("ends_on": {"column": "last", "add_days": 1})";
  EXPECT_EQ(phase(",last", ",2024-02-29", rule).ends_on, Date::of(2024, 3, 1));
  EXPECT_EQ(phase(",last", ",", rule).ends_on, std::nullopt);
  const LoadedBook book =
      read({{"s.csv", "id,who,plan,from,price,last\ns1,c1,pro,2024-01-01,10,9999-12-31\n"}},
           of_subscriptions(rule));
  EXPECT_EQ(findings(book), "bad_date s.csv 2 last: \"9999-12-31\" lies at the end of the calendar.\n");
}

// ---- files

TEST(Mapping, reads_every_file_that_fits_in_the_order_of_their_names) {
  const std::string header = "id,who,plan,from,price\n";
  const Files files{{"Subs-2024.csv", header + "s2,c,pro,2024-01-01,10\n"},
                    {"subs-2023.CSV", header + "s1,c,pro,2023-01-01,10\ns1b,c,,2023-01-01,10\n"},
                    {"subs.txt", "nothing"}};
  std::string mapping = of_subscriptions("");
  mapping.replace(mapping.find("s.csv"), 5, "subs-*.csv");
  const LoadedBook book = read(files, mapping);
  ASSERT_EQ(book.records.phase_count(), 2U);
  EXPECT_EQ(subscription_of(book, 0), "s2") << "capitals come first in the order of bytes";
  EXPECT_EQ(subscription_of(book, 1), "s1");
  EXPECT_EQ(book.records.source(RecordTable::subscriptions), "Subs-2024.csv, subs-2023.CSV");
  EXPECT_EQ(book.records.storage().phases.source_row(1), 2) << "its place among all of them";
  EXPECT_EQ(findings(book), "missing_value subs-2023.CSV 3 plan: plan is empty. Every row needs one.\n");
}

TEST(Mapping, keeps_file_and_row_where_a_table_is_read_from_one_file) {
  const LoadedBook book =
      read({{"s.csv", "id,who,plan,from,price\nx,c,,,\ns1,c,pro,2024-01-01,10\n"}}, of_subscriptions(""));
  EXPECT_EQ(book.records.source(RecordTable::subscriptions), "s.csv");
  EXPECT_EQ(book.records.storage().phases.source_row(0), 3);
}

TEST(Mapping, a_part_can_stand_back_for_a_better_file) {
  const std::string part = R"("columns": {"subscription_id": "id", "customer_id": "who", "plan": "plan",
      "starts_on": "from", "amount": "price", "currency": {"constant": "USD"}, "interval": {"constant": "month"}}})";
  const std::string mapping = R"({"tables": {"subscriptions": [{"file": "history.csv", )" + part +
                              R"(, {"file": ["now.csv", "today.csv"], "unless_file": "hist*", )" + part +
                              "]}}";
  const std::string header = "id,who,plan,from,price\n";
  const Files both{{"history.csv", header + "h,c,pro,2024-01-01,10\n"},
                   {"now.csv", header + "n,c,pro,2024-01-01,10\n"}};
  EXPECT_EQ(read(both, mapping).records.phase_count(), 1U);
  EXPECT_EQ(subscription_of(read(both, mapping), 0), "h");
  const Files one{{"today.csv", header + "t,c,pro,2024-01-01,10\n"}};
  EXPECT_EQ(subscription_of(read(one, mapping), 0), "t") << "the first name that is there";
}

TEST(Mapping, a_file_without_a_column_that_it_needs_is_left_out_as_a_whole) {
  const std::string good = "id,who,plan,from,price\ns1,c,pro,2024-01-01,10\n";
  std::string mapping = of_subscriptions(R"("quantity": ["seats", "licences"])");
  mapping.replace(mapping.find("s.csv"), 5, "*.csv");
  const LoadedBook book = read(
      {{"a.csv", good}, {"b.csv", "id,who,plan,from,price,licences\ns1,c,pro,2024-01-01,10,3\n"}}, mapping);
  EXPECT_EQ(
      findings(book),
      "missing_column a.csv 0 seats: The columns \"seats\", \"licences\" are missing, which the mapping "
      "reads.\n");
  EXPECT_EQ(phases_of(book).at(0).quantity, 3);
  EXPECT_EQ(
      error_of([&] {
        return read({{"a.csv", good}}, mapping);
      }),
      "unreadable: No file of subscriptions, or of invoices and their lines, can be used. First of what was "
      "rejected: a.csv: The columns \"seats\", \"licences\" are missing, which the mapping reads.");
  EXPECT_EQ(
      error_of([&] {
        return read({{"a.txt", good}}, mapping);
      }),
      "unreadable: What is given holds no export that this mapping reads a book from. It looks for *.csv.");
}

TEST(Mapping, says_that_an_optional_column_is_not_there) {
  const LoadedBook book = read({{"s.csv", "id,who,plan,from,price\ns1,c,pro,2024-01-01,10\n"}},
                               of_subscriptions(R"("quantity": {"column": "seats", "optional": true})"));
  EXPECT_EQ(
      findings(book, true),
      "absent_column s.csv 1 seats: The column \"seats\" is not there. The mapping reads it where it is.\n");
  EXPECT_EQ(book.records.phase_count(), 1U);
}

TEST(Mapping, minds_two_columns_of_a_name_only_where_it_reads_them) {
  const std::string row = "\ns1,c,pro,2024-01-01,10,a,b\n";
  EXPECT_EQ(
      read({{"s.csv", "id,who,plan,from,price,note,note" + row}}, of_subscriptions("")).records.phase_count(),
      1U);
  EXPECT_EQ(
      error_of([&] {
        return read({{"s.csv", "id,who,plan,from,price,x,price" + row}}, of_subscriptions(""));
      }),
      "unreadable: No file of subscriptions, or of invoices and their lines, can be used. First of what was "
      "rejected: s.csv: The column \"price\" is there twice.");
}

TEST(Mapping, reads_the_rows_that_it_asks_for) {
  const std::string mapping = of_subscriptions(
      "", R"(, "where": [{"column": "state", "not": ["draft", ""]}, {"column": "live", "is": "yes"},
                                          {"column": "none", "not": "x", "optional": true}])");
  const LoadedBook book =
      read({{"s.csv",
             "id,who,plan,from,price,state,live\na,c,p,2024-01-01,1,Draft,yes\n"
             "b,c,p,2024-01-01,1,,yes\nc,c,p,2024-01-01,1,on,no\nd,c,p,2024-01-01,1,on,YES\n"
             "e,c,p,nonsense,1,draft,yes\n"}},
           mapping);
  EXPECT_EQ(findings(book), "");
  ASSERT_EQ(book.records.phase_count(), 1U);
  EXPECT_EQ(subscription_of(book, 0), "d");
}

TEST(Mapping, names_file_row_and_column_of_what_it_rejects) {
  const LoadedBook book = read(
      {{"s.csv", "id,who,plan,from,price\ns1,c,p,2024-01-01,ten\ns2,,p,2024-01-01,1\ns3,c,p,2024-01-01\n"}},
      of_subscriptions(""));
  EXPECT_EQ(findings(book),
            "bad_number s.csv 2 price: \"ten\" is not a number. Write one such as 1234.50.\n"
            "missing_value s.csv 3 who: who is empty. Every row needs one.\n"
            "wrong_field_count s.csv 4: The row has 4 fields, the header has 5.\n");
  EXPECT_EQ(error_of([] {
              return read({{"s.csv", "id,who,plan,from,price\ns1,c,p,2024-01-01,ten\n"}},
                          of_subscriptions(""), {.strict = true});
            }),
            "unreadable: s.csv, row 2, price: \"ten\" is not a number. Write one such as 1234.50.");
}

// ---- joined files

const std::string joined_rules =
    R"("amount": "plan:price", "interval": "plan:unit", "quantity": {"column": "plan:seats", "optional": true})";

TEST(Mapping, joins_a_second_file_by_a_key) {
  const std::string mapping = of_subscriptions(
      joined_rules, R"(, "join": {"file": "p.csv", "as": "plan", "key": "code", "on": "plan"})");
  const LoadedBook book = read({{"s.csv", "id,who,plan,from\ns1,c,pro,2024-01-01\ns2,c,old,2024-01-01\n"},
                                {"p.csv", "code,unit,price\npro,year,120.00\nteam,month,5\n"}},
                               mapping);
  EXPECT_EQ(phases_of(book).at(0).price.amount, Decimal{120});
  EXPECT_EQ(
      findings(book, true),
      "absent_column s.csv 1 plan:seats: The column \"plan:seats\" is not there. The mapping reads it where "
      "it is.\n"
      "missing_value s.csv 3 plan:price: plan:price is empty. Every row needs one.\n");
}

TEST(Mapping, a_joined_file_that_is_not_there_costs_the_file_unless_it_is_optional) {
  const Files files{{"s.csv", "id,who,plan,from\ns1,c,pro,2024-01-01\n"}};
  const std::string join = R"(, "join": {"file": "p.csv", "as": "plan", "key": "code", "on": "plan")";
  EXPECT_EQ(
      error_of([&] { return read(files, of_subscriptions(joined_rules, join + "}")); }),
      "unreadable: No file of subscriptions, or of invoices and their lines, can be used. First of what was "
      "rejected: p.csv: There is no such file, and the mapping joins it as \"plan\".");
  const LoadedBook book =
      read(files, of_subscriptions(R"("amount": {"column": "plan:price", "default": "7"})",
                                   join + R"(, "optional": true})"));
  EXPECT_EQ(phases_of(book).at(0).price.amount, Decimal{7});
  EXPECT_EQ(findings(book, true),
            "absent_column p.csv 0: There is no such file, so nothing is joined as \"plan\".\n");
}

TEST(Mapping, of_several_rows_of_a_key_the_first_is_joined_and_others_are_reported) {
  const std::string mapping =
      of_subscriptions(R"("amount": "plan:price")",
                       R"(, "join": {"file": "p.csv", "as": "plan", "key": ["sku", "code"], "on": "plan",
                                     "where": {"column": "live", "is": "1"}})");
  const LoadedBook book =
      read({{"s.csv", "id,who,plan,from\ns1,c,pro,2024-01-01\n"},
            {"p.csv", "code,live,price,note\npro,0,1,a\npro,1,2,b\npro,1,2,c\npro,1,3,d\n"}},
           mapping);
  EXPECT_EQ(phases_of(book).at(0).price.amount, Decimal{2});
  EXPECT_EQ(findings(book),
            "duplicate_id p.csv 5 code: \"pro\" is in row 3 already, with other values. The first one is "
            "joined.\n");
}

TEST(Mapping, or_the_latest_of_them_if_it_says_by_what_date) {
  const std::string mapping = of_subscriptions(
      R"("amount": "plan:price")",
      R"(, "join": {"file": "p.csv", "as": "plan", "key": "code", "on": "plan", "latest": {"column": "on", "dates": "MM/DD/YYYY"}})");
  const LoadedBook book =
      read({{"s.csv", "id,who,plan,from\ns1,c,pro,2024-01-01\ns2,c,team,2024-01-01\n"},
            {"p.csv",
             "code,price,on\npro,1,1/5/2024\npro,2,3/5/2024\npro,3,2/5/2024\nteam,4,\nteam,5,1/1/2024\n"}},
           mapping);
  EXPECT_EQ(findings(book), "");
  EXPECT_EQ(phases_of(book).at(0).price.amount, Decimal{2});
  EXPECT_EQ(phases_of(book).at(1).price.amount, Decimal{5}) << "no date is before any";
}

TEST(Mapping, joins_a_third_file_by_a_column_of_the_second) {
  const LoadedBook book =
      read({{"s.csv", "id,who,from,item\ns1,c,2024-01-01,i1\n"},
            {"i.csv", "id,price\ni1,p1\n"},
            {"p.csv", "id,amount,name\np1,9.50,Pro\n"}},
           of_subscriptions(R"("plan": "price:name", "amount": "price:amount")",
                            R"(, "join": [{"file": "i.csv", "as": "item", "key": "id", "on": "item"},
                                          {"file": "p.csv", "as": "price", "key": "id", "on": "item:price"}])"));
  EXPECT_EQ(lines_of(phases_of(book)), "Pro 2024-01-01.. 1 x 9.5\n");
}

// ---- the other tables

TEST(Mapping, reads_customers_with_the_attributes_that_it_names) {
  const auto read_customers = [](const std::string& attributes) {
    const std::string mapping =
        R"({"tables": {"customers": {"file": "c.csv", "columns": {"customer_id": "id", "excluded": "test"}, )"
        R"("attributes": )" +
        attributes + "}, " + of_subscriptions("").substr(std::string(R"({"tables": {)").size());
    return read({{"c.csv", "id,test,country,size,name,size\nc1,TRUE,DE,5,Ann,6\nc2,false,,7,Bo,8\n"},
                 {"s.csv", "id,who,plan,from,price\n"}},
                mapping);
  };
  using Attributes = std::map<std::string, std::string>;
  const LoadedBook all = read_customers(R"("*")");
  EXPECT_EQ(customers_of(all).at(0).attributes, (Attributes{{"country", "DE"}, {"size", "5"}}));
  EXPECT_TRUE(customers_of(all).at(0).excluded);
  EXPECT_FALSE(customers_of(all).at(1).excluded);
  EXPECT_EQ(findings(all, true),
            "unknown_column c.csv 1 name: The column \"name\" is not used, as it is called like a column of "
            "customers.\n"
            "duplicate_column c.csv 1 size: The column \"size\" is there twice; the first one counts.\n");
  EXPECT_EQ(customers_of(read_customers(R"(["country"])")).at(0).attributes, (Attributes{{"country", "DE"}}));
  EXPECT_EQ(customers_of(read_customers(R"({"land": {"column": "country", "values": {"de": "Germany"}}})"))
                .at(0)
                .attributes,
            (Attributes{{"land", "Germany"}}));
}

TEST(Mapping, keeps_a_thousand_attributes_of_all_files_together) {
  std::string a = "id";
  std::string b = "id";
  for (int i = 0; i < 600; ++i) a += ",a" + std::to_string(i), b += ",b" + std::to_string(i);
  std::string ones = "c";
  for (int i = 0; i < 600; ++i) ones += ",1";
  const LoadedBook book = read(
      {{"c1.csv", a + "\n" + ones + "\n"},
       {"c2.csv", b + "\n" + ones + "\n"},
       {"s.csv", "id,who,plan,from,price\n"}},
      R"({"tables": {"customers": {"file": "c*.csv", "columns": {"customer_id": "id"}, "attributes": "*"}, )" +
          of_subscriptions("").substr(std::string(R"({"tables": {)").size()));
  EXPECT_EQ(book.rejections.count(RejectionCode::too_many_attributes), 200U);
  EXPECT_EQ(book.records.storage().customers.attributes.size(), max_attributes);
}

const std::string of_invoices = R"({"tables": {
  "invoices": {"file": "i.csv", "columns": {"invoice_id": "no", "customer_id": "who", "issued_on": "on",
     "currency": "money", "status": "state"}},
  "invoice_lines": {"file": "l.csv", "columns": {"invoice_id": "no", "amount": {"column": "cents", "minus": "tax",
     "units": "minor"}, "tax": {"column": "tax", "units": "minor"}, "unit_amount": {"column": "each", "units": "minor"}}},
  "payments": {"file": "p.csv", "columns": {"invoice_id": "no", "at": "at", "status": {"constant": "succeeded"},
     "amount": {"column": "cents", "units": "minor"}}}}})";

TEST(Mapping, reads_lines_and_payments_in_the_currency_of_their_invoice) {
  const LoadedBook book =
      read({{"i.csv", "no,who,on,money,state\n1,c,2024-01-01,usd,paid\n2,c,2024-01-01,jpy,open\n"},
            {"l.csv", "no,cents,tax,each\n1,1190,190,0.5\n2,1190,190,7\n3,1,,\n"},
            {"p.csv", "no,cents,at\n1,1190,2024-01-02T03:04:05Z\n2,,2024-01-02\n3,1,2024-01-02\n"}},
           of_invoices);
  const auto invoices = invoices_of(book);
  ASSERT_EQ(invoices.size(), 2U);
  EXPECT_EQ(invoices[0].lines.at(0).amount, (Money{1000, Currency{"USD"}}));
  EXPECT_EQ(invoices[0].lines.at(0).tax, (Money{190, Currency{"USD"}}));
  EXPECT_EQ(invoices[0].lines.at(0).unit_price, (Price{Decimal{5, 3}, Currency{"USD"}}));
  EXPECT_EQ(invoices[0].payments.at(0).amount, (Money{1190, Currency{"USD"}}));
  EXPECT_EQ(invoices[1].lines.at(0).amount, (Money{1000, Currency{"JPY"}}));
  EXPECT_EQ(invoices[1].payments.at(0).amount, std::nullopt);
  EXPECT_EQ(findings(book),
            "unknown_invoice l.csv 4 no: i.csv has no invoice \"3\", or its row was rejected.\n"
            "unknown_invoice p.csv 4 no: i.csv has no invoice \"3\", or its row was rejected.\n");
}

TEST(Mapping, reads_events_and_rates) {
  const std::string mapping = R"({"book": {"currency": "USD", "records_from": "2023-01-01"}, "tables": {
      "events": {"file": "e.csv", "columns": {"customer_id": "who", "at": {"column": "when", "dates": "unix"},
        "kind": {"column": "what", "values": {"sign-in": "login"}, "keep_others": true}, "label": "note"}},
      "fx_rates": {"file": "r.csv", "columns": {"on": "day", "currency": "from", "rate": "rate"}}, )" +
                              of_subscriptions("").substr(std::string(R"({"tables": {)").size());
  const LoadedBook book =
      read({{"s.csv", "id,who,plan,from,price\n"},
            {"e.csv", "who,when,what,note\nc1,1714979289,Sign-In,\nc1,1714979290,nps,x\n"},
            {"r.csv", "day,from,rate\n2024-01-01,eur,1.0956\n"}},
           mapping);
  EXPECT_EQ(findings(book), "");
  EXPECT_EQ(reading::stored_event(book.records.storage(), 0),
            (Event{CustomerId{"c1"}, Timestamp::from_seconds(1714979289), "login"}));
  EXPECT_EQ(reading::stored_event(book.records.storage(), 1),
            (Event{CustomerId{"c1"}, Timestamp::from_seconds(1714979290), "nps", Decimal{1}, "x"}));
  EXPECT_EQ(book.records.storage().fx_rates.at(0).rate,
            (FxRate{Date::of(2024, 1, 1), Currency{"EUR"}, Decimal{10956, 4}}));
  EXPECT_EQ(book.conventions.book.currency, Currency{"USD"});
  EXPECT_EQ(book.records.records_from(), Date::of(2023, 1, 1));
}

// ---- history

const std::string history_rule =
    R"(, "history": {"as_of": "seen", "then_by": "version", "in_force": {"column": "state", "is": "on"}})";

/// The phases of versions `seen,version,state,plan,price,end`.
std::string history(const std::string& rows, const std::string& rules = R"("ends_on": "end")") {
  std::string text = "id,who,seen,version,state,plan,price,end\n";
  std::istringstream lines(rows);
  for (std::string line; std::getline(lines, line, '\n');) text += "s1,c1," + line + "\n";
  std::string mapping = of_subscriptions(rules, history_rule);
  const std::string start = R"(, "starts_on": "from")";
  mapping.erase(mapping.find(start), start.size());  // a version begins on its date
  const LoadedBook book = read({{"s.csv", text}}, mapping);
  return findings(book) + lines_of(phases_of(book));
}

TEST(MappedHistory, each_version_is_in_force_until_the_next_one) {
  EXPECT_EQ(
      history("2024-03-01,2,on,pro,20,\n2024-01-01,1,on,basic,10,\n2024-05-10,3,on,team,50,\n"),
      "basic 2024-01-01..2024-03-01 1 x 10\npro 2024-03-01..2024-05-10 1 x 20\nteam 2024-05-10.. 1 x 50\n");
}

TEST(MappedHistory, versions_that_say_the_same_are_one_phase) {
  EXPECT_EQ(history("2024-01-01,1,on,basic,10,\n2024-02-01,2,on,basic,10,\n2024-03-01,3,on,basic,10.00,\n"),
            "basic 2024-01-01.. 1 x 10\n");
  EXPECT_EQ(history("2024-01-01,1,on,a,10,\n2024-02-01,2,on,b,10,\n2024-03-01,3,on,a,10,\n"),
            "a 2024-01-01..2024-02-01 1 x 10\nb 2024-02-01..2024-03-01 1 x 10\na 2024-03-01.. 1 x 10\n");
}

TEST(MappedHistory, the_end_of_the_latest_version_ends_it) {
  EXPECT_EQ(history("2024-01-01,1,on,basic,10,\n2024-02-01,2,on,basic,10,2024-06-01\n"),
            "basic 2024-01-01..2024-06-01 1 x 10\n");
  EXPECT_EQ(history("2024-01-01,1,on,basic,10,2024-06-01\n2024-02-01,2,on,basic,10,\n"),
            "basic 2024-01-01.. 1 x 10\n")
      << "an end that was planned and undone";
}

TEST(MappedHistory, a_version_that_is_not_in_force_ends_what_was_before_it) {
  EXPECT_EQ(history("2024-01-01,1,on,basic,10,\n2024-02-01,2,off,,,\n"),
            "basic 2024-01-01..2024-02-01 1 x 10\n");
  EXPECT_EQ(history("2024-01-01,1,on,basic,10,\n2024-02-01,2,off,,,\n2024-04-01,3,on,basic,10,\n"),
            "basic 2024-01-01..2024-02-01 1 x 10\nbasic 2024-04-01.. 1 x 10\n")
      << "and back";
  EXPECT_EQ(history("2024-01-01,1,off,,,\n"), "");
}

TEST(MappedHistory, of_versions_of_one_instant_the_greater_then_by_is_later_else_the_last_in_the_file) {
  EXPECT_EQ(history("2024-01-01,10,on,ten,1,\n2024-01-01,9,on,nine,1,\n"), "ten 2024-01-01.. 1 x 1\n")
      << "10 is more than 9";
  EXPECT_EQ(history("2024-01-01,v1,on,one,1,\n2024-01-01,v0,on,zero,1,\n"), "one 2024-01-01.. 1 x 1\n");
  EXPECT_EQ(history("2024-01-01,1,on,first,1,\n2024-01-01,1,on,last,1,\n"), "last 2024-01-01.. 1 x 1\n");
}

TEST(MappedHistory, of_versions_of_one_day_the_last_one_counts) {
  EXPECT_EQ(
      history(
          "2024-01-01 10:00:00,1,on,a,1,\n2024-01-02 18:00:00,2,on,c,1,\n2024-01-02 09:00:00,3,on,b,1,\n"),
      "a 2024-01-01..2024-01-02 1 x 1\nc 2024-01-02.. 1 x 1\n");
}

TEST(MappedHistory, a_version_that_is_rejected_counts_as_if_it_were_not_there) {
  EXPECT_EQ(history("2024-01-01,1,on,a,1,\n2024-02-01,2,on,b,x,\nsoon,3,on,c,1,\n,4,on,d,1,\n"),
            "bad_number s.csv 3 price: \"x\" is not a number. Write one such as 1234.50.\n"
            "bad_date s.csv 4 seen: \"soon\" is not a date that the mapping reads, as iso.\n"
            "missing_value s.csv 5 seen: seen is empty. Every row of a history needs one.\n"
            "a 2024-01-01.. 1 x 1\n");
}

TEST(MappedHistory, the_first_version_begins_on_the_start_of_the_subscription) {
  const auto with_start = [](const std::string& rows) {
    const LoadedBook book = read({{"s.csv", "id,who,plan,price,seen,version,state,from\n" + rows}},
                                 of_subscriptions("", history_rule));
    return findings(book) + lines_of(phases_of(book));
  };
  EXPECT_EQ(with_start("s1,c1,a,1,2024-02-01,1,on,2023-06-01\ns1,c1,b,1,2024-03-01,2,on,2023-06-01\n"),
            "a 2023-06-01..2024-03-01 1 x 1\nb 2024-03-01.. 1 x 1\n")
      << "it began before its history did";
  EXPECT_EQ(with_start("s1,c1,a,1,2024-01-01,1,on,2024-02-01\ns1,c1,b,1,2024-01-10,2,on,2024-02-01\n"),
            "b 2024-02-01.. 1 x 1\n")
      << "it was changed before it began";
}

TEST(MappedHistory, says_by_what_id_rows_are_versions_of_one_thing) {
  const std::string text =
      "id,who,plan,price,seen,version,state,item\ns1,c1,a,1,2024-01-01,1,on,i1\ns1,c1,b,1,2024-02-01,1,on,"
      "i2\n"
      ",,,,2024-03-01,2,off,i1\n,,,,2024-03-01,2,off,\n";
  std::string mapping =
      of_subscriptions(R"("subscription_id": {"together": ["id", "item"], "with": "/"})", history_rule);
  mapping.insert(mapping.find(R"("as_of")"), R"("id": "item", )");
  const std::string start = R"(, "starts_on": "from")";
  mapping.erase(mapping.find(start), start.size());
  const LoadedBook book = read({{"s.csv", text}}, mapping);
  EXPECT_EQ(findings(book), "missing_value s.csv 5 item: item is empty. Every row needs one.\n");
  EXPECT_EQ(lines_of(phases_of(book)), "a 2024-01-01..2024-03-01 1 x 1\nb 2024-02-01.. 1 x 1\n");
  EXPECT_EQ(subscription_of(book, 0), "s1/i1");
}

TEST(MappedHistory, customers_and_invoices_have_the_values_of_their_latest_version) {
  const LoadedBook book = read({{"c.csv",
                                 "id,seen,name,state\nc1,2024-02-01,new,on\nc1,2024-01-01,old,on\nc2,2024-01-"
                                 "01,gone,on\nc2,2024-03-01,,off\n"},
                                {"i.csv",
                                 "no,who,on,money,state,seen\n1,c1,2024-01-01,USD,paid,2024-01-09\n1,c1,2024-"
                                 "01-01,USD,open,2024-01-01\n"},
                                {"l.csv", "no,amount\n1,5.00\n"}},
                               R"({"tables": {
        "customers": {"file": "c.csv", "columns": {"customer_id": "id", "name": "name"},
                      "history": {"as_of": "seen", "in_force": {"column": "state", "is": "on"}}},
        "invoices": {"file": "i.csv", "columns": {"invoice_id": "no", "customer_id": "who", "issued_on": "on",
                     "currency": "money", "status": "state"}, "history": {"as_of": "seen"}},
        "invoice_lines": {"file": "l.csv", "columns": {"invoice_id": "no", "amount": "amount"}}}})");
  EXPECT_EQ(findings(book), "");
  ASSERT_EQ(customers_of(book).size(), 1U) << "what is not in force is not there";
  EXPECT_EQ(customers_of(book)[0].name, "new");
  ASSERT_EQ(invoices_of(book).size(), 1U);
  EXPECT_EQ(invoices_of(book)[0].status, InvoiceStatus::paid);
  EXPECT_EQ(invoices_of(book)[0].lines.size(), 1U);
}

// ---- what is no mapping

std::string mapping_error(const std::string& text) {
  return error_of([&] { return mapping_from_json(text); });
}

TEST(Mapping, that_is_not_right_is_an_error_with_its_place) {
  EXPECT_EQ(mapping_error("{"),
            "unreadable: Line 1, column 2: It ends too early: a value, a bracket or a quote is missing.");
  EXPECT_EQ(mapping_error("[]"), "unreadable: The mapping: This must be an object.");
  EXPECT_EQ(mapping_error(R"({"table": {}})"),
            "unreadable: The mapping: The field \"table\" is unknown. Known here: name, source, "
            "undocumented, notes, "
            "book, dates, times, tables.");
  EXPECT_EQ(
      mapping_error(R"({"tables": {"events": {"file": "x", "columns": {}}}})"),
      "unreadable: tables.events.columns: The column \"customer_id\" is missing, and every row needs one.");
  EXPECT_EQ(mapping_error(R"({"tables": {}})"),
            "unreadable: tables: A book needs subscriptions, or invoices and invoice_lines.");
  EXPECT_EQ(mapping_error(R"({"times": "here", "tables": {}})"),
            "unreadable: times: Write \"utc\" or \"local\".");
  const auto rule_error = [](const std::string& rule) { return mapping_error(of_subscriptions(rule)); };
  const std::string place = "unreadable: tables.subscriptions.columns.";
  EXPECT_EQ(rule_error(R"("quantiy": "x")").substr(0, 76),
            "unreadable: tables.subscriptions.columns: The column \"quantiy\" is unknown. K");
  EXPECT_EQ(
      rule_error(R"("plan": {"colum": "x"})"),
      place +
          "plan: The field \"colum\" is unknown. Known here: column, together, with, constant, default, "
          "values, otherwise, keep_others, minus, units, dates, add_days, optional, when.");
  EXPECT_EQ(rule_error(R"("plan": {})"), place + "plan: There must be one of column, together and constant.");
  EXPECT_EQ(rule_error(R"("plan": {"column": "x", "constant": "y"})"),
            place + "plan: There must be one of column, together and constant.");
  EXPECT_EQ(rule_error(R"("plan": {"column": []})"), place + "plan.column: The list is empty.");
  EXPECT_EQ(rule_error(R"("plan": {"column": 7})"), place + "plan.column: This must be a text in quotes.");
  EXPECT_EQ(rule_error(R"("plan": {"column": "x", "units": "minor"})"),
            place + "plan.units: This goes with columns of amounts only.");
  EXPECT_EQ(rule_error(R"("amount": {"column": "x", "units": "cents"})"),
            place + "amount.units: Write \"major\" or \"minor\".");
  EXPECT_EQ(rule_error(R"("amount": {"column": "x", "dates": "iso"})"),
            place + "amount.dates: This goes with columns of days and points in time only.");
  EXPECT_EQ(rule_error(R"("ends_on": {"column": "x", "dates": "DD/MM"})"),
            place +
                "ends_on.dates: \"DD/MM\" is no form of dates. Known: iso, iso_zone, unix, MM/DD/YYYY, "
                "DD-Mon-YYYY.");
  EXPECT_EQ(rule_error(R"("ends_on": {"column": "x", "add_days": 0.5})"),
            place + "ends_on.add_days: This must be a whole number from -36500 to 36500.");
  EXPECT_EQ(rule_error(R"("plan": {"column": "x", "otherwise": "y"})"),
            place + "plan: \"otherwise\" and \"keep_others\" need \"values\" beside them.");
  EXPECT_EQ(rule_error(R"("plan": {"column": "x", "values": {"a": "1", "A": "2"}})"),
            place + "plan.values: The value \"a\" is there twice; capitals make no difference.");
  EXPECT_EQ(rule_error(R"("plan": {"column": "x", "when": {"column": "y", "is": "1", "not": "2"}})"),
            place + "plan.when: There must be one of is and not.");
  EXPECT_EQ(mapping_error(of_subscriptions("", R"(, "join": [{"file": "a", "as": "x", "key": "k", "on": "o"},
                                                            {"file": "b", "as": "x", "key": "k", "on": "o"}])")),
            "unreadable: tables.subscriptions.join[1].as: Another file is joined as \"x\" already.");
  EXPECT_EQ(mapping_error(of_subscriptions("", R"(, "attributes": "*")")),
            "unreadable: tables.subscriptions.attributes: Only customers have attributes.");
  EXPECT_EQ(mapping_error(R"({"name": "a", "name": "b"})"), "unreadable: The field \"name\" is there twice.");
  EXPECT_EQ(error_of([] { return mapping_named("paddle"); }),
            "unknown_name: There is no mapping named \"paddle\". Known: chargebee, chartmogul, recurly.");
}

TEST(Mapping, with_wrong_settings_of_the_book_is_an_error_when_it_is_used) {
  std::string mapping = of_subscriptions("");
  mapping.insert(1, R"("book": {"curency": "USD"}, )");
  EXPECT_EQ(error_of([&] {
              return read({{"s.csv", ""}}, mapping);
            }),
            "unreadable: The mapping's book has an unknown field \"curency\". Known: currency, time_zone, "
            "records_from, conventions.");
}

TEST(Mapping, of_a_folder_that_is_not_there_is_an_error) {
  const std::filesystem::path nowhere = std::filesystem::path(testing::TempDir()) / "churn_no_such_folder";
  EXPECT_EQ(error_of([&] { return read_mapped(nowhere, mapping_named("recurly")); }),
            "unreadable: There is no folder \"" + nowhere.string() +
                "\". Name the folder that holds the export's CSV files.");
}

// ---- those that are shipped

TEST(ShippedMappings, are_their_files_to_the_byte) {
  EXPECT_EQ(mapping_names(), (std::vector<std::string>{"chargebee", "chartmogul", "recurly"}));
  const std::filesystem::path folder = std::filesystem::path(CHURN_SOURCE_DIR) / "examples/mappings";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    ++files;
    EXPECT_EQ(mapping_json(entry.path().stem().string()), text_of(entry.path()));
  }
  EXPECT_EQ(files, mapping_names().size());
}

TEST(ShippedMappings, say_what_they_were_modelled_on_and_what_could_not_be_verified) {
  for (const std::string& name : mapping_names()) {
    const Mapping mapping = mapping_named(name);
    EXPECT_EQ(mapping.name(), name);
    EXPECT_FALSE(mapping.source().empty());
    EXPECT_FALSE(mapping.undocumented().empty());
  }
}

TEST(ShippedMappings, what_they_read_is_the_same_once_it_was_written_and_read_again) {
  for (const std::string& name : mapping_names()) {
    const LoadedBook book = read_mapped(exports / name, mapping_named(name));
    const auto files = write_book_files(book);
    BookFiles views;
    for (const auto& [file, text] : files) views.emplace(file, text);
    const LoadedBook again = read_book_files(views, {.strict = true});
    EXPECT_EQ(write_book_files(again), files) << name;
  }
}

// Two subscriptions of cb_2, one of cb_1 with an add-on; days are as written, in Berlin.
//   sub_a           2 x 720.00 a year = 120.00 a month, from 1 Jan; its add-on 120.00 a year = 10.00
//   sub_b           30.00, trial until 18 Jan 23:50 (the day is the 18th, not the 19th), ended 10 Apr for want of payment
//   sub_c           30.00, from 1 Mar, cancelled on 20 May for 1 Jul
// January: new 130 + 30. March: + 30. April: - 30. July: cb_2 leaves with 30.
TEST(ShippedMappings, chargebee_gives_the_figures_of_its_example) {
  const LoadedBook book = read_mapped(exports / "chargebee", mapping_named("chargebee"),
                                      {.time_zone = TimeZone{"CET+01CEST,M3.5.0,M10.5.0"}});
  EXPECT_EQ(findings(book), "");
  EXPECT_EQ(movements(book, Date::of(2024, 8, 1)),
            "2024-01-01 new=160.00 closing=160.00\n"
            "2024-02-01 opening=160.00 closing=160.00\n"
            "2024-03-01 opening=160.00 expansion=30.00 closing=190.00\n"
            "2024-04-01 opening=190.00 contraction=30.00 closing=160.00\n"
            "2024-05-01 opening=160.00 closing=160.00\n"
            "2024-06-01 opening=160.00 closing=160.00\n"
            "2024-07-01 opening=160.00 churn=30.00 closing=130.00\n");
  const auto phases = phases_of(book);
  ASSERT_EQ(phases.size(), 4U);
  EXPECT_EQ(phases[1].trial_ends_on, Date::of(2024, 1, 18));
  EXPECT_EQ(phases[1].end_reason, "other_payment") << "Chargebee counts not_paid as involuntary";
  EXPECT_EQ(phases[2].cancel_requested_on, Date::of(2024, 5, 20));
  EXPECT_EQ(subscription_of(book, 3), "sub_a/support");
  const auto customers = customers_of(book);
  EXPECT_EQ(customers.at(0).name, "Lo AG");
  EXPECT_EQ(customers.at(1).name, "Ben Ko");
  EXPECT_EQ(customers.at(1).signed_up_on, Date::of(2024, 1, 3));
  EXPECT_EQ(customers.at(1).attributes,
            (std::map<std::string, std::string>{{"channel", "web"}, {"country", "FR"}}));
  const auto invoices = invoices_of(book);
  EXPECT_EQ(invoices.at(0).paid_on, Date::of(2024, 1, 9));
  EXPECT_EQ(invoices.at(1).status, InvoiceStatus::uncollectible);
  ASSERT_EQ(invoices.at(1).payments.size(), 1U) << "a voided transaction is no attempt";
  EXPECT_EQ(invoices.at(1).payments[0],
            (Payment{Timestamp::parse("2024-01-18T22:51:00Z").value(), PaymentStatus::failed,
                     Money{3000, Currency{"EUR"}}, "card_expired"}));
}

// s1, 20.00 a seat and month: 3 seats from 1 Jan (two versions that say the same), 5 seats from 10 Mar, cancelled on
// 5 May for 1 Jun, expired then. So 60.00, from March on 100.00, gone in June. s2 is 480.00 EUR in 12 months; s3 has a
// plan that plans.csv lacks. The export of the present state (5 seats since January) is not read beside the history.
TEST(ShippedMappings, recurly_makes_phases_of_the_history_of_subscriptions) {
  LoadedBook book = read_mapped(exports / "recurly", mapping_named("recurly"),
                                {.time_zone = TimeZone{"PST-08PDT,M3.2.0,M11.1.0"}});
  EXPECT_EQ(
      findings(book),
      "missing_value subscriptions_history.csv 8 plan:interval_unit: plan:interval_unit is empty. Every row "
      "needs one.\n");
  EXPECT_EQ(lines_of(phases_of(book)),
            "basic 2024-01-01..2024-03-10 3 x 20\n"
            "basic 2024-03-10..2024-05-05 5 x 20\n"
            "basic 2024-05-05..2024-06-01 5 x 20\n"
            "gold 2024-02-15.. 1 x 480\n");
  EXPECT_EQ(phases_of(book).at(2).cancel_requested_on, Date::of(2024, 5, 5));
  EXPECT_EQ(phases_of(book).at(3).cycle, (BillingCycle{BillingInterval::month, 12}));
  EXPECT_EQ(customers_of(book).at(0).signed_up_on, Date::of(2023, 12, 31)) << "22:00 in California";
  EXPECT_EQ(customers_of(book).at(0).name, "Acme Inc");
  EXPECT_EQ(customers_of(book).at(1).name, "Bob Roe");
  book.conventions.book.currency = Currency{"USD"};
  EXPECT_EQ(movements(book, Date::of(2024, 7, 1)),
            "2024-01-01 new=60.00 closing=60.00\n"
            "2024-02-01 opening=60.00 closing=60.00\n"
            "2024-03-01 opening=60.00 expansion=40.00 closing=100.00\n"
            "2024-04-01 opening=100.00 closing=100.00\n"
            "2024-05-01 opening=100.00 closing=100.00\n"
            "2024-06-01 opening=100.00 churn=100.00\n");
}

// Adjustment ad1 is 66.00 with 6.00 of tax, so 60.00; a set-up fee is no recurring line; what is pending is on no
// invoice yet.
TEST(ShippedMappings, recurly_reads_invoices_adjustments_and_transactions) {
  const LoadedBook book = read_mapped(exports / "recurly", mapping_named("recurly"));
  const auto invoices = invoices_of(book);
  ASSERT_EQ(invoices.size(), 2U);
  const Currency usd{"USD"};
  EXPECT_EQ(invoices[0].paid_on, Date::of(2024, 1, 3));
  EXPECT_EQ(invoices[1].status, InvoiceStatus::uncollectible);
  EXPECT_EQ(invoices[1].paid_on, std::nullopt) << "closed, but not paid";
  EXPECT_EQ(invoices[0].lines, (std::vector<InvoiceLine>{{.id = "ad1",
                                                          .subscription = SubscriptionId{"s1"},
                                                          .plan = "basic",
                                                          .amount = Money{6000, usd},
                                                          .tax = Money{600, usd},
                                                          .quantity = 3,
                                                          .period_start = Date::of(2024, 1, 1),
                                                          .period_end = Date::of(2024, 2, 1),
                                                          .kind = LineKind::recurring},
                                                         {.id = "ad2",
                                                          .amount = Money{9900, usd},
                                                          .tax = Money{0, usd},
                                                          .quantity = 1,
                                                          .kind = LineKind::one_time}}));
  EXPECT_EQ(
      invoices[0].payments,
      (std::vector<Payment>{
          {Timestamp::parse("2024-01-01T08:00:10Z").value(), PaymentStatus::failed, Money{16500, usd},
           "Insufficient funds"},
          {Timestamp::parse("2024-01-03T20:00:00Z").value(), PaymentStatus::succeeded, Money{16500, usd}},
          {Timestamp::parse("2024-01-20T20:00:00Z").value(), PaymentStatus::refunded, Money{6600, usd}}}));
}

TEST(ShippedMappings, recurly_reads_the_present_state_where_there_is_no_history) {
  Files texts;
  for (const char* file : {"subscriptions.csv", "plans.csv"})
    texts[file] = text_of(exports / "recurly" / file);
  const LoadedBook book = read(texts, std::string(mapping_json("recurly")));
  EXPECT_EQ(findings(book), "");
  EXPECT_EQ(lines_of(phases_of(book)), "basic 2024-01-01..2024-06-01 5 x 20\n");
}

// INV1: 1440.00 with 240.00 of tax for a year, so 1200.00 (100.00 a month), paid in two parts, the last on 12 Jan.
// INV2: 35.00 with 5.00 of tax for a month, so 30.00, and a set-up fee; its payment failed, so it is open.
// INV3: half a month of a second seat, prorated.
TEST(ShippedMappings, chartmogul_gives_the_invoices_of_its_example) {
  const LoadedBook book = read_mapped(exports / "chartmogul", mapping_named("chartmogul"));
  EXPECT_EQ(findings(book),
            "unknown_invoice 04_Invoice_line_items.csv 6 Invoice external ID: 03_Invoices.csv has no invoice "
            "\"INV9\", or its row was rejected.\n"
            "unknown_value 04_Invoice_line_items.csv 7 Type: \"gift\" is a value that the mapping does not "
            "know.\n");
  const Currency gbp{"GBP"};
  const Currency usd{"USD"};
  const auto invoices = invoices_of(book);
  ASSERT_EQ(invoices.size(), 3U);
  EXPECT_EQ(invoices[0].status, InvoiceStatus::paid);
  EXPECT_EQ(invoices[0].paid_on, Date::of(2024, 1, 12));
  EXPECT_EQ(invoices[0].due_on, Date::of(2024, 1, 15));
  EXPECT_EQ(invoices[0].lines, (std::vector<InvoiceLine>{{.id = "li_1",
                                                          .subscription = SubscriptionId{"sub_1"},
                                                          .plan = "gold_y",
                                                          .amount = Money{120000, gbp},
                                                          .tax = Money{24000, gbp},
                                                          .quantity = 1,
                                                          .cycle = BillingCycle{BillingInterval::year, 1},
                                                          .period_start = Date::of(2024, 1, 1),
                                                          .period_end = Date::of(2025, 1, 1)}}));
  std::vector<PaymentStatus> statuses;
  for (const Payment& payment : invoices[0].payments) statuses.push_back(payment.status);
  EXPECT_EQ(statuses, (std::vector<PaymentStatus>{PaymentStatus::failed, PaymentStatus::succeeded,
                                                  PaymentStatus::succeeded, PaymentStatus::refunded}))
      << "a refund that failed is none";
  EXPECT_EQ(invoices[1].status, InvoiceStatus::open);
  ASSERT_EQ(invoices[1].lines.size(), 2U);
  EXPECT_EQ(invoices[1].lines[0].amount, (Money{3000, usd}));
  EXPECT_EQ(invoices[1].lines[1].kind, LineKind::one_time);
  EXPECT_EQ(invoices[1].lines[1].cycle, std::nullopt);
  ASSERT_EQ(invoices[2].lines.size(), 1U);
  EXPECT_EQ(invoices[2].lines[0].kind, LineKind::proration);
  EXPECT_EQ(customers_of(book).at(0).name, "Lee Ltd");
  EXPECT_EQ(customers_of(book).at(0).signed_up_on, Date::of(2023, 12, 20)) << "the trial, not the lead";
  EXPECT_EQ(customers_of(book).at(1).name, "Bo Ray");
  EXPECT_EQ(customers_of(book).at(1).signed_up_on, Date::of(2024, 1, 2));
}

// ---- Stripe's tables as Fivetran writes them

#ifdef CHURN_ORACLES_DIR
const std::filesystem::path seeds = std::filesystem::path(CHURN_ORACLES_DIR) / "dbt_stripe_seeds";

Mapping fivetran() { return mapping_from_json(text_of(exports / "fivetran_stripe/mapping.json")); }

/// MRR at the close of a month by plan; every item of the seeds has a plan of its own.
std::map<std::pair<std::string, std::string>, std::string> mrr_by_plan(const LoadedBook& loaded) {
  const Book book = Book::build(loaded.records, Date::of(2024, 12, 15), loaded.conventions).book;
  const PeriodGrid grid = months(Date::of(2024, 7, 1), Date::of(2025, 1, 1));
  const Table table = movements_table(MovementCube::fold(book, grid, by::plan));
  const auto column = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(table.columns.begin(), table.columns.end(), name) -
                                    table.columns.begin());
  };
  std::map<std::pair<std::string, std::string>, std::string> closing;
  for (const auto& row : table.rows)
    closing[{to_text(row[column("plan")]), to_text(row[column("period")]).substr(0, 7)}] =
        to_text(row[column("closing")]);
  return closing;
}

// The package counts an item from the month of its creation until before the month of current_period_end. With a period
// that ends on a day of the next month, that is: it counts at the end of the month of creation, and no longer at the
// end of the next, which is our rule for [created, current_period_end) at the close of a month. What differs:
//   - Items 13 and 14 are of one subscription, and the package's joins give each of them twice a month: 178000 + 178000
//     in July for item 13. An item is one here, so its 2 x 890.00 count once.
//   - The plan of item 14 is not in plan_data. The package has the item at 0 for as long as its period runs (to 9999);
//     a phase without a price is rejected here.
//   - The package goes on for three months after the end with rows of 0; here they are months at 0 as any others.
//   - Discounts and invoice lines of the seeds join to none of the items, so contract and billed MRR are the same.
TEST(FivetranStripe, gives_the_mrr_that_the_package_computes_by_item_and_month) {
  const LoadedBook book = read_mapped(seeds, fivetran());
  EXPECT_EQ(findings(book),
            "missing_value subscription_item_data.csv 15 plan:amount: plan:amount is empty. Every row needs "
            "one.\n");
  EXPECT_EQ(book.records.phase_count(), 13U);
  const auto ours = mrr_by_plan(book);
  std::map<std::pair<std::string, std::string>, int> times;
  std::int64_t total_in_july = 0;
  std::size_t compared = 0;
  for (const auto& row : support::read_csv((seeds / "expected_item_mrr_by_month.csv").string())) {
    const std::string plan = row.at("price_plan_id");
    const std::string month = row.at("month");
    const Money theirs{std::stoll(row.at("month_contract_mrr")), Currency{"USD"}};
    EXPECT_TRUE(row.at("month_discount_applied").empty() || row.at("month_discount_applied") == "0");
    if (plan.empty()) {  // item 14
      EXPECT_EQ(theirs.minor_units(), 0);
      continue;
    }
    EXPECT_EQ(ours.at({plan, month}), theirs.to_string()) << plan << " " << month;
    if (month == "2024-07") total_in_july += theirs.minor_units();
    ++times[{plan, month}];
    ++compared;
  }
  EXPECT_EQ(compared, 56U) << "of 66 rows, ten are of item 14";
  for (const auto& [key, count] : times) EXPECT_EQ(count, key.first == "634mfh" ? 2 : 1) << key.first;
  // Theirs for July, less what is there twice, is our total.
  const Book built = Book::build(book.records, Date::of(2024, 12, 15), book.conventions).book;
  const MovementCube total = MovementCube::fold(built, months(Date::of(2024, 7, 1), Date::of(2024, 9, 1)));
  const Table table = movements_table(total);
  const std::string july = Money{total_in_july - 178000, Currency{"USD"}}.to_string();
  EXPECT_EQ(to_text(table.rows.at(0).at(2)), july) << "all of it new in July, as the package's types say";
  EXPECT_EQ(to_text(table.rows.at(1).at(8)), july) << "and churned in August";
}

// By the package a plan that is paid by the day has an MRR of 0 (its CASE knows no `day`). Here it is the price times
// 365/12: 1500.00 a day are 45625.00 a month.
TEST(FivetranStripe, a_plan_paid_by_the_day_is_no_plan_for_nothing) {
  Files texts;
  for (const char* file : {"subscription_item_data.csv", "plan_data.csv", "subscription_data.csv"})
    texts[file] = text_of(seeds / file);
  std::string& plans = texts["plan_data.csv"];
  const std::string monthly = "usd,month,1,";
  plans.replace(plans.find(monthly, plans.find("\nzb1,")), monthly.size(), "usd,day,1,");
  BookFiles views;
  for (const auto& [name, text] : texts) views.emplace(name, text);
  EXPECT_EQ(mrr_by_plan(read_mapped_files(views, fivetran())).at({"zb1", "2024-07"}), "45625.00");
}
#endif

}  // namespace
}  // namespace churn
