// Who is next, on sample books: what their generator planted must be found, and what it did not plant must not. Nothing of
// the library reads the truth; this test alone does. The bounds are those that held over many more seeds, which take
// longer than a test may: how many, is said beside them.
#ifdef CHURN_SAMPLE_GENERATOR

#include <gtest/gtest.h>

#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>
#include <churn/risk/lead.hpp>
#include <churn/risk/risk_backtest.hpp>
#include <churn/row/observe.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

/// A folder that the generator wrote, for as long as this lives.
class GeneratedFolder {
 public:
  explicit GeneratedFolder(const std::string& options) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path{testing::TempDir()} / (std::string{"churn_risk_"} + test->name());
    std::filesystem::remove_all(path_);
    const std::string command = CHURN_SAMPLE_GENERATOR " '" + path_.string() + "' " + options;
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  }
  ~GeneratedFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  GeneratedFolder(const GeneratedFolder&) = delete;
  GeneratedFolder& operator=(const GeneratedFolder&) = delete;

  [[nodiscard]] Book book() const {
    const LoadedBook loaded = read_book_folder(path_);
    return Book::build(loaded.records, support::day("2025-01-01"), loaded.conventions).book;
  }
  /// By the truth, of those whose use fell: the median of days from that to leaving.
  [[nodiscard]] std::int32_t days_planted() const {
    std::vector<std::int32_t> days;
    for (const auto& row : support::read_csv((path_ / "truth_departures.csv").string()))
      if (!row.at("use_falls_on").empty())
        days.push_back(support::day(row.at("departed_on")).days() -
                       support::day(row.at("use_falls_on")).days());
    std::sort(days.begin(), days.end());
    return days.at(days.size() / 2);
  }

 private:
  std::filesystem::path path_;
};

/// The library's own indicators, and some of what depends on nothing.
std::vector<Indicator> indicators_and_noise() {
  std::vector<Indicator> all = standard_indicators();
  all.push_back(event_indicator("newsletters", "newsletter_opened", Direction::lowers));
  all.push_back(event_indicator("help_pages", "help_page_viewed", Direction::raises));
  for (const char* attribute : {"sales_region", "success_manager", "country", "size"})
    all.push_back(segment_risk(by::attribute(attribute)));
  return all;
}

const std::vector<std::string> noise{"newsletters",
                                     "help_pages",
                                     "segment_risk:sales_region",
                                     "segment_risk:success_manager",
                                     "segment_risk:country",
                                     "segment_risk:size",
                                     "late_payments",
                                     "campaign_engagement",
                                     "time_to_renewal"};

/// Of the rows of a report its place, from 1.
std::size_t place_of(const LeadReport& report, const std::string& name) {
  const auto at = std::find_if(report.rows.begin(), report.rows.end(),
                               [&](const IndicatorLead& lead) { return lead.column.name == name; });
  return static_cast<std::size_t>(at - report.rows.begin()) + 1;
}
const IndicatorLead& lead_of(const LeadReport& report, const std::string& name) {
  return report.rows.at(place_of(report, name) - 1);
}
bool passes(const IndicatorLead& lead) { return lead.p_adjusted && lead.p_adjusted->value < 0.05; }

std::optional<Interval> interval_of(const RiskBacktest& test, const std::string& metric) {
  for (const MeasuredQuality& measure : test.model)
    if (measure.metric == metric) return measure.interval;
  return std::nullopt;
}
double value_of(const RiskBacktest& test, const std::string& metric) {
  for (const MeasuredQuality& measure : test.model)
    if (measure.metric == metric) return measure.value.value();
  return -1;
}

/// Each customer gets what became of another, whole: on each day on which that one was there, too, as that one's last row
/// has it. What customers are like says nothing of it then.
class Swapped {
 public:
  Swapped(const Observations& calendar, std::int32_t step, std::uint64_t seed)
      : calendar_(calendar), step_(step) {
    std::vector<std::string> other = calendar.customers;
    std::mt19937_64 random{seed};
    for (std::size_t i = other.size(); i > 1; --i) std::swap(other[i - 1], other[random() % i]);
    for (std::size_t i = 0; i < other.size(); ++i) other_[calendar.customers[i]] = other[i];
    for (std::size_t row = 0; row < calendar.rows(); ++row)
      row_of_[calendar.customers[calendar.customer[row]]][calendar.day[row].days()] = row;
  }
  [[nodiscard]] Observations operator()(const Observations& observations) const {
    std::vector<std::size_t> kept;
    std::vector<std::int32_t> departs_in;
    for (std::size_t row = 0; row < observations.rows(); ++row) {
      const auto other = other_.find(observations.customers[observations.customer[row]]);
      if (other == other_.end()) continue;
      const auto& days = row_of_.at(other->second);
      const std::int32_t day = observations.day[row].days();
      auto at = days.upper_bound(day);
      if (at == days.begin() || day - (--at)->first >= step_) continue;
      const std::int32_t from_there = calendar_.departs_in[at->second];
      const std::int32_t from_here = from_there < 0 ? -1 : from_there - (day - at->first);
      if (from_there >= 0 && from_here < 0) continue;
      kept.push_back(row);
      departs_in.push_back(from_here);
    }
    Observations result = observations.only(kept);
    result.departs_in = departs_in;
    for (std::size_t i = 0; i < kept.size(); ++i)
      result.departed[i] = departs_in[i] >= 0 && departs_in[i] < observations.horizon ? 1 : 0;
    return result;
  }

 private:
  const Observations& calendar_;
  std::int32_t step_;
  std::map<std::string, std::string> other_;
  std::map<std::string, std::map<std::int32_t, std::size_t>> row_of_;
};

/// What was planted, as it stands in rows.
struct Observed {
  Observations renewals;
  Observations weekly;
  explicit Observed(const Book& book)
      : renewals{observe_at_renewals(book, indicators_and_noise())},
        weekly{observe(book, indicators_and_noise(), observation_days(book))} {}
};

const std::string planted_book = "--seed 101 --customers 500";

TEST(SampleBookRisk, use_that_falls_comes_among_the_first_and_leads_by_the_planted_days) {
  const GeneratedFolder folder{planted_book};
  const Observed observed{folder.book()};
  const LeadReport report = does_it_lead(observed.renewals, observed.weekly);
  // In 20 of 20 books (seeds 101 to 120) it leads and is among the first three, in 15 the first; what came before it in the
  // others is planted, too: an expiring card, a segment, NPS. AUC 0.65 to 0.78, lead 37 to 56 days, planted 43 to 49
  // (median). Its twin, the count of uses, which is a thin sample of them, leads in 11 of 20.
  const IndicatorLead& time = lead_of(report, "time_decline");
  EXPECT_TRUE(time.leads);
  EXPECT_LE(place_of(report, "time_decline"), 3U);
  EXPECT_GT(time.auc.interval.value().low, 0.55);
  ASSERT_TRUE(time.lead_days);
  EXPECT_GE(*time.lead_days, 30);
  EXPECT_LE(*time.lead_days, 60);
  EXPECT_NEAR(*time.lead_days, folder.days_planted(), 12);
  EXPECT_TRUE(lead_of(report, "seat_decline").leads);
  EXPECT_TRUE(lead_of(report, "card_expiring").leads);
}

TEST(SampleBookRisk, noise_does_not_lead_nor_does_a_surge_of_tickets_which_is_over_by_then) {
  const GeneratedFolder folder{planted_book};
  const Observed observed{folder.book()};
  const LeadReport report = does_it_lead(observed.renewals, {});
  // Tickets surge before use falls, 30 to 105 days before leaving, and then stop: five days before a renewal few tickets,
  // not many, are the sign. In no book does a surge lead.
  EXPECT_FALSE(lead_of(report, "ticket_surge").leads);
  EXPECT_LT(lead_of(report, "ticket_surge").auc.value.value(), 0.5);
  // Of these nine one passed in one of 20 books, and pointed the wrong way.
  for (const std::string& name : noise) EXPECT_FALSE(lead_of(report, name).leads) << name;
}

TEST(SampleBookRisk, where_customers_have_swapped_outcomes_nothing_leads) {
  const GeneratedFolder folder{planted_book};
  const Observed observed{folder.book()};
  const Swapped swapped{observed.weekly, 7, 1};
  const LeadReport report = does_it_lead(swapped(observed.renewals), {});
  EXPECT_GT(report.departures, 40U);
  // In none of 12 swaps of four books does any pass.
  for (const IndicatorLead& lead : report.rows) EXPECT_FALSE(passes(lead)) << lead.column.name;
  EXPECT_NEAR(lead_of(report, "time_decline").auc.value.value(), 0.5, 0.15);  // 0.37 to 0.58 in them
  EXPECT_NE(lead_sentence(report).find("no evidence"), std::string::npos);
}

TEST(SampleBookRisk, where_nothing_was_planted_nothing_leads_but_a_card_that_nobody_replaces) {
  const GeneratedFolder folder{"--seed 105 --customers 500 --effect all=off"};
  const Book book = folder.book();
  const auto indicators = indicators_and_noise();
  // Of those who pay by the month. Who pays by the year decides for twelve months at once, which is no effect that could be
  // switched off: what such customers have in common (long stays, and a renewal 4 to 6 days after the last weekly
  // minutes) tells of leaving, and tenure passes in a quarter of books, as it should.
  ObserveOptions monthly;
  monthly.where = by::interval == "month";
  const Observations renewals = observe_at_renewals(book, indicators, monthly);
  EXPECT_GT(renewals.departures(), 80U);
  const LeadReport report = does_it_lead(renewals, {});
  // In 2 of 40 books (seeds 101 to 140) some of these 28 indicators passes at 5 %; more than 7 would be a chance of less than
  // one in 1000. Once it is the card: the generator replaces one in the month before it expires, for the payment to come,
  // and who leaves at the end of that month has none to come. That is known before, and no fault.
  for (const IndicatorLead& lead : report.rows)
    EXPECT_FALSE(passes(lead) && lead.column.name != "card_expiring") << lead.column.name;
  EXPECT_FALSE(lead_of(report, "time_decline").leads);
  EXPECT_EQ(lead_of(report, "time_decline").lead_days, std::nullopt);
  // About 150 departures, of which 80 have minutes: 0.5 +- 4 x 0.032.
  EXPECT_NEAR(lead_of(report, "time_decline").auc.value.value(), 0.5, 0.13);
}

TEST(SampleBookRisk, the_backtest_beats_both_baselines_is_calibrated_and_finds_nothing_in_swapped_outcomes) {
  // Without the price change of June 2024, of which no model trained before can know.
  const GeneratedFolder folder{"--seed 2 --customers 1000 --effect price_change=off"};
  const Book book = folder.book();
  const auto indicators = standard_indicators();
  const Observations rows = observe(book, indicators, observation_days(book, 14));
  // Three cuts, each with one model, because six cuts with disjoint customers take ten times as long: asked by hand, those
  // beat both baselines in 16 of 16 books. By this rule it beats both in 6 of 6 books (seeds 1 to 6), AUC 0.85 to 0.88,
  // and both intervals hold what they should.
  const RiskBacktestRule rule{.cuts = 3, .spacing = 60, .customers = BacktestCustomers::grouped};
  const RiskBacktest test = backtest_risk(rows, rule);
  EXPECT_TRUE(test.beats_base_rate);
  EXPECT_TRUE(test.beats_single);
  EXPECT_GT(interval_of(test, "auc").value().low, 0.7);
  const Interval slope = interval_of(test, "calibration_slope").value();
  EXPECT_LT(slope.low, 1);
  EXPECT_GT(slope.high, 1);
  const Interval in_the_large = interval_of(test, "calibration_in_the_large").value();
  EXPECT_LT(in_the_large.low, 0);
  EXPECT_GT(in_the_large.high, 0);
  EXPECT_LT(value_of(test, "ece"), 0.015);
  EXPECT_GT(value_of(test, "lift_top_decile"), 3);

  // Of 36 such tests with six cuts and disjoint customers (six swaps of each of six books) one beats the base rate, by a
  // skill below 0.0001, as one in forty may by luck, and none the single indicator; AUC 0.43 to 0.56.
  const RiskBacktest shuffled = backtest_risk(Swapped{rows, 14, 2}(rows), rule);
  EXPECT_FALSE(shuffled.beats_base_rate);
  EXPECT_FALSE(shuffled.beats_single);
  EXPECT_NEAR(value_of(shuffled, "auc"), 0.5, 0.12);
}

}  // namespace
}  // namespace churn

#endif
