// The readers of many rows at once, against those of one row.
#include <churn/core/date.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/day_text.hpp"
#include "io/block_reader.hpp"
#include "io/book_rows.hpp"
#include "io/customer_rows.hpp"
#include "io/phase_rows.hpp"
#include "support/contents.hpp"

namespace churn {
namespace {

using namespace reading;

TEST(DayReader, ReadsEachDayOfFourHundredYearsAndNothingElse) {
  DayReader day_of;
  for (std::int32_t day = Date::of(1799, 12, 1).days(); day < Date::of(2200, 2, 1).days(); ++day)
    ASSERT_EQ(day_of(Date::from_days(day).to_string()), day);
  for (const std::int32_t day : {Date::min_days, Date::max_days})
    EXPECT_EQ(day_of(Date::from_days(day).to_string()), day);
}

TEST(DayReaderProperty, ReadsWhateverOrderADateDoes) {
  std::mt19937 random(5);
  DayReader day_of;
  for (int round = 0; round < 300000; ++round) {
    std::string text = Date::from_days(static_cast<std::int32_t>(random() % 30000)).to_string();
    for (std::size_t changes = random() % 3; changes > 0; --changes)
      text[random() % text.size()] = "0123456789-/: \0\xFF"[random() % 16];
    if (random() % 20 == 0) text.resize(random() % 12, '1');
    const auto date = Date::parse(text);
    ASSERT_EQ(day_of(text), date ? date->days() : not_a_day) << text;
  }
}

/// What is read of a table, row by row or many at a time.
struct ReadTable {
  std::string records;
  std::vector<Rejection> rejections;
};

template <class ReadRows>
ReadTable read_table(const std::string& text, std::span<const Column> columns, ReadRows read_rows) {
  Rejections rejections;
  Findings findings(rejections, false);
  Records records;
  TableReader table(text, "a.csv", columns, Importance::optional, findings);
  read_rows(table, records);
  const auto& entries = rejections.entries();
  return {support::contents(records), {entries.begin(), entries.end()}};
}

void read_phases_one_by_one(TableReader& table, Records& records) {
  while (table.next())
    if (const auto phase = phase_of(table)) records.add(*phase);
}

void read_customers_one_by_one(TableReader& table, Records& records) {
  while (table.next()) {
    auto customer = customer_record_of(table);
    if (!customer) continue;
    std::vector<std::pair<std::string_view, std::string_view>> attributes;
    for (const auto& [index, name] : table.others()) attributes.emplace_back(name, table.field(index));
    customer->attributes = attributes;
    records.add(*customer);
  }
}

/// Texts of all kinds, some of which read; a few columns stay empty for long, or are not there at all.
class RandomTable {
 public:
  explicit RandomTable(unsigned seed) : random_(seed) {}

  std::string text(std::span<const Column> columns, const std::vector<std::string>& others) {
    std::vector<std::string> names = others;
    for (const Column& column : columns)
      if (column.need != Need::nothing || below(2) == 0) names.emplace_back(column.name);
    std::shuffle(names.begin(), names.end(), random_);
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
    odd_ = below(3) == 0 ? 20 : 2000;
    const std::size_t filled_from = below(2) * below(200);
    for (std::size_t rows = below(300), row = 0; row < rows; ++row) {
      text += '\n';
      for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : ",") + field(names[i], row >= filled_from);
    }
    return text + '\n';
  }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  std::string one_of(std::initializer_list<const char*> texts) { return texts.begin()[below(texts.size())]; }

  std::string day() { return Date::from_days(static_cast<std::int32_t>(19000 + below(900))).to_string(); }

  std::string field(const std::string& name, bool filled) {
    if (below(odd_) == 0)
      return one_of({"", "0", "x", "2023-02-29", "2024-1-1", "-1", "1.5", "99999999999999999999", "1e3",
                     "\"a,b\"", "\"a\"\"b\"", "caf\xC3\xA9", "\xFF", "a,b", "+5", "-0.50", "123456.7890",
                     "007"});
    if (name.ends_with("_id")) return (below(4) == 0 ? "" : "s") + std::to_string(below(60));
    if (name == "plan") return one_of({"pro", "basic", "a plan with a long name", "a plan with a long nose"});
    if (name == "starts_on") return day();
    if (name == "currency") return one_of({"USD", "USD", "USD", "EUR", "JPY"});
    if (name == "interval") return one_of({"month", "month", "year"});
    if (name == "amount") return one_of({"9.00", "49.90", "12.34", "0", "100", "1234567.89", "0.000001"});
    if (!filled || below(3) == 0) return "";
    if (name.starts_with("interval_") || name == "quantity") return one_of({"1", "2", "3"});
    if (name.starts_with("discount_") && !name.ends_with("_on")) return one_of({"10", "12.5", "0.00"});
    if (name == "excluded") return one_of({"0", "1"});
    if (name == "merged_into") return "s" + std::to_string(below(60));
    if (name.ends_with("_on") || name.starts_with("paused_")) return day();
    return one_of({"retail", "software", "1-10", "11-50", "42"});
  }

  std::mt19937 random_;
  std::size_t odd_{1};
};

TEST(RowBlocksProperty, PhasesReadAColumnAtATimeAreThoseReadRowByRow) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const std::string text = RandomTable(seed).text(phase_column::all, {"note"});
    const ReadTable expected = read_table(text, phase_column::all, read_phases_one_by_one);
    const ReadTable read = read_table(text, phase_column::all, read_phases);
    ASSERT_EQ(read.records, expected.records) << text;
    ASSERT_EQ(read.rejections, expected.rejections) << text;
  }
}

TEST(RowBlocksProperty, CustomersReadAColumnAtATimeAreThoseReadRowByRow) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const std::string text = RandomTable(seed).text(customer_column::all, {"size", "industry", "channel"});
    const ReadTable expected = read_table(text, customer_column::all, read_customers_one_by_one);
    const ReadTable read = read_table(text, customer_column::all, read_customers);
    ASSERT_EQ(read.records, expected.records) << text;
    ASSERT_EQ(read.rejections, expected.rejections) << text;
  }
}

// An attribute is known from the first customer on that has one, and their order is that of those customers.
TEST(RowBlocks, AttributesAreKnownInTheOrderInWhichCustomersHaveThem) {
  const std::string text = "customer_id,a,b,c,d\n1,,,x,\n2,y,z,,\n";
  const ReadTable expected = read_table(text, customer_column::all, read_customers_one_by_one);
  EXPECT_EQ(read_table(text, customer_column::all, read_customers).records, expected.records);
  EXPECT_NE(expected.records.find("0=c\n1=a\n2=b\n--"), std::string::npos) << expected.records;
}

}  // namespace
}  // namespace churn
