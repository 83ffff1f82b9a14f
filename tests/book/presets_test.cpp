// The presets: values with a version and a source, each also a file to change (examples/conventions).
#include <churn/book/conventions.hpp>

#include <churn/io/conventions_json.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "support/build_book.hpp"
#include "support/build_invoice.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::day;
using support::life_of;
using support::mrr_on;

const std::filesystem::path folder = CHURN_SOURCE_DIR "/examples/conventions";

TEST(Presets, are_valid_and_have_a_version) {
  for (const Conventions& preset : Conventions::presets()) {
    EXPECT_FALSE(support::error_of([&] { preset.validate(); })) << preset.name;
    EXPECT_FALSE(preset.version.empty()) << preset.name;
  }
}

TEST(Presets, say_where_they_were_read_and_what_is_left_open_there_in_sentences) {
  for (const Conventions& preset : Conventions::presets()) {
    SCOPED_TRACE(preset.name);
    EXPECT_EQ(preset.source.empty(), preset.name == "standard") << "The standard is our own.";
    EXPECT_EQ(preset.undocumented.empty(), preset.name == "standard");
    for (const std::string& sentence : preset.undocumented) {
      ASSERT_FALSE(sentence.empty());
      EXPECT_EQ(sentence.back(), '.') << sentence;
    }
  }
}

TEST(Presets, have_names_of_their_own_by_which_they_are_found) {
  std::set<std::string> names;
  for (const Conventions& preset : Conventions::presets()) {
    EXPECT_TRUE(names.insert(preset.name).second) << preset.name;
    EXPECT_EQ(conventions_named(preset.name), preset);
  }
}

TEST(Presets, are_read_back_from_their_json) {
  for (const Conventions& preset : Conventions::presets())
    EXPECT_EQ(conventions_from_json(to_json(preset)), preset) << preset.name;
}

TEST(Presets, have_a_file_each) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.insert(entry.path().filename().string());
  for (const Conventions& preset : Conventions::presets()) {
    const std::string name = preset.name + ".json";
    EXPECT_EQ(files.erase(name), 1U) << name;
    std::ifstream file{folder / name, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_EQ(text, rules_to_json(preset) + "\n")
        << "Write it anew: churn conventions " << preset.name << " > examples/conventions/" << name;
  }
  EXPECT_TRUE(files.empty()) << *files.begin() << " is of no preset.";
}

TEST(Presets, have_no_opinion_on_facts_of_a_book) {
  for (const Conventions& preset : Conventions::presets())
    EXPECT_EQ(preset.with_facts_of(BookRules{}), preset) << preset.name;
}

// ---- What differs in MRR, one book each

// Of 10 a week: 10 x 52 / 12 = 43.33; Paddle takes 4.33 weeks a month: 43.30. Of 10 a day: 10 x 365 / 12 = 304.17;
// Recurly and Paddle take 30 days: 300.
TEST(Presets, take_so_many_weeks_and_days_for_a_month) {
  for (const Conventions& preset : Conventions::presets()) {
    const Book book = book_as_of(
        "2024-07-01", {a_customer("week").on("a").weekly(), a_customer("day").on("a").daily()}, preset);
    EXPECT_EQ(mrr_on(book, "week", "2024-06-30"), preset.name == "profitwell" ? "43.30" : "43.33")
        << preset.name;
    const bool of_30_days = preset.name == "profitwell" || preset.name == "recurly";
    EXPECT_EQ(mrr_on(book, "day", "2024-06-30"), of_30_days ? "300.00" : "304.17") << preset.name;
  }
}

// ProfitWell takes a paused customer out, Maxio counts on; all others keep it at 0.
TEST(Presets, keep_or_take_away_or_count_who_pauses) {
  for (const Conventions& preset : Conventions::presets()) {
    const std::string paused = preset.name == "profitwell" ? "absent" : preset.name == "maxio" ? "" : "0.00";
    EXPECT_EQ(
        life_of(book_as_of("2024-07-01",
                           {a_customer("ann").on("a").paused_from("2024-03-01").paused_until("2024-05-01")},
                           preset)),
        paused.empty() ? "2024-01-01 10.00" : "2024-01-01 10.00, 2024-03-01 " + paused + ", 2024-05-01 10.00")
        << preset.name;
  }
}

// ChartMogul keeps who goes to a free plan as a customer; for all others that is churn.
TEST(Presets, call_a_free_plan_churn_or_a_customer) {
  for (const Conventions& preset : Conventions::presets())
    EXPECT_EQ(
        life_of(book_as_of(
            "2024-07-01",
            {a_customer("ann").on("a").until("2024-03-01").then_on("free").from("2024-03-01").at("0")},
            preset)),
        std::string("2024-01-01 10.00, 2024-03-01 ") + (preset.name == "chartmogul" ? "0.00" : "absent"))
        << preset.name;
}

// An invoice of 1 February: Baremetrics drops its subscription 30 days later, Stripe and ProfitWell once collecting
// was given up, with the attempt of 10 April; all others count it until it is cancelled.
TEST(Presets, drop_what_is_past_due_after_30_days_or_when_collecting_is_given_up_or_never) {
  const std::map<std::string, std::string> dropped{
      {"baremetrics", "2024-03-02"}, {"stripe", "2024-04-10"}, {"profitwell", "2024-04-10"}};
  Records records = support::records_of({a_customer("ann").on("a", "s1")});
  Invoice lost = support::an_invoice("i1", "2024-02-01", {}, InvoiceStatus::uncollectible);
  lost.payments = {{Timestamp::parse("2024-04-10T12:00:00Z").value(), PaymentStatus::failed}};
  records.add(lost);
  for (const Conventions& preset : Conventions::presets()) {
    const auto on = dropped.find(preset.name);
    EXPECT_EQ(life_of(Book::build(records, day("2024-07-01"), preset).book),
              "2024-01-01 10.00" + (on == dropped.end() ? "" : ", " + on->second + " absent"))
        << preset.name;
  }
}

}  // namespace
}  // namespace churn
