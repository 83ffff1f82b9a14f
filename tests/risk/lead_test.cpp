#include <churn/risk/lead.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <churn/segment/customer_groups.hpp>
#include <churn/stats/jackknife.hpp>
#include <churn/stats/lift.hpp>

#include "core/error_of.hpp"

#ifdef CHURN_ORACLES_DIR
#include "support/read_csv.hpp"
#endif

namespace churn {
namespace {

using core_test::error_of;

constexpr std::int32_t stays = -1;

struct Row {
  std::string customer;
  std::int32_t day;  ///< of 2024, from 0
  std::int32_t tenure;
  std::int32_t departs_in;  ///< within 30 days: it departed
  std::vector<std::optional<double>> values;
};

Observations observations_of(std::vector<IndicatorColumn> columns, const std::vector<Row>& rows) {
  Observations result;
  result.columns = std::move(columns);
  const auto n = static_cast<Eigen::Index>(rows.size());
  const auto k = static_cast<Eigen::Index>(result.columns.size());
  result.values = Eigen::MatrixXd::Zero(n, k);
  result.missing = MissingMask::Constant(n, k, false);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    auto id = std::find(result.customers.begin(), result.customers.end(), row.customer);
    if (id == result.customers.end()) id = result.customers.insert(id, row.customer);
    result.customer.push_back(static_cast<std::uint32_t>(id - result.customers.begin()));
    result.day.push_back(Date::of(2024, 1, 1) + std::chrono::days{row.day});
    result.tenure.push_back(row.tenure);
    result.ticks.push_back(100);
    result.departs_in.push_back(row.departs_in);
    result.departed.push_back(row.departs_in >= 0 && row.departs_in < 30 ? 1 : 0);
    for (std::size_t c = 0; c < result.columns.size(); ++c) {
      const auto r = static_cast<Eigen::Index>(i);
      result.missing(r, static_cast<Eigen::Index>(c)) = !row.values.at(c);
      result.values(r, static_cast<Eigen::Index>(c)) = row.values.at(c).value_or(0);
    }
  }
  return result;
}

const IndicatorLead& lead_of(const LeadReport& report, const std::string& name) {
  for (const IndicatorLead& lead : report.rows)
    if (lead.column.name == name) return lead;
  throw Error(ErrorCode::unknown_name, name);
}

/// Numbers that are the same on every platform, as those of std's distributions are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : source_(seed) {}
  double uniform() { return (static_cast<double>(source_() >> 11U) + 0.5) * 0x1p-53; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(uniform() * static_cast<double>(n)); }
  template <class Values>
  void shuffle(Values& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::mt19937_64 source_;
};

/// Customers with eight rows each, of whom a share leaves after the last; eight indicators, the first of which says so:
/// of the customer, of the customer and the day, of the day alone, and rare ones, with and without missing values.
Observations some_customers(Random& random, int customers, double share, double effect) {
  std::vector<IndicatorColumn> columns{{"planted", Direction::raises}};
  for (int c = 1; c < 8; ++c)
    columns.push_back({"noise_" + std::to_string(c), c % 2 == 0 ? Direction::raises : Direction::lowers});
  std::vector<Row> rows;
  for (int i = 0; i < customers; ++i) {
    const bool leaves = random.uniform() < share;
    std::vector<double> own(8);
    for (double& value : own) value = random.normal();
    for (int month = 0; month < 8; ++month) {
      const bool last = month == 7;
      Row row{"c" + std::to_string(i), 30 * month, 30 * month + i % 30, leaves && last ? i % 30 : stays, {}};
      row.values.emplace_back(random.normal() + (leaves && last ? effect : 0));
      row.values.emplace_back(own[1]);
      row.values.emplace_back(own[2]);
      row.values.emplace_back(own[3] + random.normal());
      row.values.emplace_back(random.normal());
      row.values.emplace_back(std::floor(3 * random.uniform()));
      row.values.emplace_back(random.uniform() < 0.1 ? 1 : 0);
      row.values.emplace_back(random.normal());
      if (random.uniform() < 0.3) row.values.back().reset();
      rows.push_back(row);
    }
  }
  return observations_of(std::move(columns), rows);
}

/// One indicator that leads, so that its lead time is asked for.
Observations at_renewals(Direction direction) {
  std::vector<Row> rows;
  for (int i = 0; i < 60; ++i) {
    const bool leaves = i % 4 == 0;
    const double bad = (leaves ? 10 : 0) + i % 7;
    rows.push_back({"c" + std::to_string(i),
                    200,
                    100 + i,
                    leaves ? i % 30 : stays,
                    {direction == Direction::raises ? bad : -bad}});
  }
  return observations_of({{"x", direction}}, rows);
}

/// Of a customer who left on day 150: how many days before that a row is, and its value.
using Before = std::vector<std::pair<std::int32_t, std::optional<double>>>;
constexpr std::int32_t day_of_leaving = 150;

/// Customers who left, and one who stayed and whose rows have the values 0 to 20: three quarters of them are no worse
/// than 15, nine tenths no worse than 18.
Observations calendar_of(const std::vector<Before>& left, Direction direction = Direction::raises) {
  const double sign = direction == Direction::raises ? 1 : -1;
  std::vector<Row> rows;
  for (int i = 0; i <= 20; ++i) rows.push_back({"stayed", 10 * i, 10 * i, stays, {sign * i}});
  for (std::size_t i = 0; i < left.size(); ++i)
    for (const auto& [before, value] : left[i])
      rows.push_back({"left " + std::to_string(i),
                      day_of_leaving - before,
                      300 - before,
                      before,
                      {value ? std::optional{sign * *value} : value}});
  return observations_of({{"x", direction}}, rows);
}

IndicatorLead lead_time_of(const std::vector<Before>& left, const LeadRule& rule = {}) {
  return does_it_lead(at_renewals(Direction::raises), calendar_of(left), rule).rows.front();
}

TEST(Lead, an_indicator_turned_on_the_last_day_it_was_fine_before_it_was_at_its_worst) {
  const IndicatorLead lead = lead_time_of({{{56, 3}, {49, 15}, {42, 16}, {35, 19}, {28, 16}, {21, 4}}});
  ASSERT_TRUE(lead.leads);
  EXPECT_EQ(lead.lead_days, 49);  // 15 is what three quarters have, 16 is more
  EXPECT_EQ(lead.turned, Proportion(1, 1));
}

TEST(Lead, of_rows_that_are_equally_bad_the_last_counts) {
  EXPECT_EQ(lead_time_of({{{70, 3}, {63, 30}, {56, 3}, {21, 2}, {14, 30}, {7, 16}}}).lead_days, 21);
}

TEST(Lead, who_was_never_beyond_nine_tenths_of_the_others_has_not_turned) {
  const IndicatorLead lead = lead_time_of({{{56, 3}, {49, 18}, {7, 17}}, {{20, 3}, {10, 18.5}}});
  EXPECT_EQ(lead.turned, Proportion(1, 2));
  EXPECT_EQ(lead.lead_days, 20);
}

TEST(Lead, who_was_never_better_and_who_has_few_rows_has_not_turned_and_is_among_those_asked) {
  const IndicatorLead lead = lead_time_of({{{14, 30}, {7, 30}}, {{7, 30}}, {{28, 1}, {21, 30}}, {{7, 1}}});
  EXPECT_EQ(lead.turned, Proportion(1, 4));
  EXPECT_EQ(lead.lead_days, 28);
}

TEST(Lead, rows_without_a_value_are_passed_over_and_who_has_none_is_not_asked) {
  const IndicatorLead lead = lead_time_of({{{35, 2}, {28, {}}, {21, 30}, {14, {}}}, {{21, {}}, {14, {}}}});
  EXPECT_EQ(lead.turned, Proportion(1, 1));
  EXPECT_EQ(lead.lead_days, 35);
}

TEST(Lead, what_lies_further_back_than_it_looks_is_not_seen) {
  const std::vector<Before> left{{{60, 40}, {50, 1}, {40, 30}, {30, 10}}};
  EXPECT_EQ(lead_time_of(left).lead_days, std::nullopt);  // 40 is the worst, and nothing before was fine
  EXPECT_EQ(lead_time_of(left, {.look_back = 59}).lead_days, 50);
  EXPECT_EQ(lead_time_of(left, {.look_back = 60}).lead_days, std::nullopt);
  EXPECT_EQ(lead_time_of(left, {.look_back = 49}).turned, Proportion(0, 1));
}

TEST(Lead, the_median_of_two_is_between_them) {
  EXPECT_EQ(lead_time_of({{{30, 1}, {7, 30}}, {{41, 1}, {7, 30}}}).lead_days, 35.5);
}

TEST(Lead, who_left_after_the_last_row_is_not_asked_as_rows_are_not_all_there) {
  std::vector<Row> rows;
  for (int i = 0; i <= 20; ++i) rows.push_back({"stayed", 10 * i, 10 * i, stays, {i}});
  rows.push_back({"left", 190, 100, 20, {30}});  // on day 210, of which the calendar knows days to 200
  rows.push_back({"left", 183, 93, 27, {1}});
  const Observations calendar = observations_of({{"x", Direction::raises}}, rows);
  EXPECT_EQ(does_it_lead(at_renewals(Direction::raises), calendar).rows.front().turned, Proportion(0, 0));
}

TEST(Lead, who_left_twice_counts_twice) {
  std::vector<Row> rows;
  for (int i = 0; i <= 20; ++i) rows.push_back({"stayed", 10 * i, 10 * i, stays, {i}});
  rows.push_back({"left", 20, 20, 30, {1}});  // on day 50
  rows.push_back({"left", 40, 40, 10, {30}});
  rows.push_back({"left", 100, 20, 50, {1}});  // and on day 150
  rows.push_back({"left", 140, 60, 10, {30}});
  const Observations calendar = observations_of({{"x", Direction::raises}}, rows);
  const IndicatorLead lead = does_it_lead(at_renewals(Direction::raises), calendar).rows.front();
  EXPECT_EQ(lead.turned, Proportion(2, 2));
  EXPECT_EQ(lead.lead_days, 40);
}

TEST(Lead, less_of_what_protects_turns_as_more_of_what_harms) {
  const std::vector<Before> left{{{56, 3}, {49, 15}, {42, 16}, {35, 19}}, {{30, 1}, {7, 30}}, {{7, 30}}};
  const IndicatorLead harms = lead_time_of(left);
  const IndicatorLead protects =
      does_it_lead(at_renewals(Direction::lowers), calendar_of(left, Direction::lowers)).rows.front();
  ASSERT_TRUE(protects.leads);
  EXPECT_EQ(protects.lead_days, harms.lead_days);
  EXPECT_EQ(protects.turned, harms.turned);
  EXPECT_NEAR(*protects.auc.value, 1 - *harms.auc.value, 1e-15);  // one subtraction
  EXPECT_EQ(protects.auc.p->log10, harms.auc.p->log10);
  EXPECT_EQ(protects.lift, harms.lift);
}

TEST(Lead, without_a_calendar_or_a_lead_there_is_no_lead_time) {
  const IndicatorLead lead = does_it_lead(at_renewals(Direction::raises), {}).rows.front();
  EXPECT_TRUE(lead.leads);
  EXPECT_EQ(lead.lead_days, std::nullopt);
  EXPECT_EQ(lead.turned, Proportion(0, 0));
  // Expected to raise, and it lowers.
  Observations other = at_renewals(Direction::lowers);
  other.columns.front().direction = Direction::raises;
  const IndicatorLead contrary = does_it_lead(other, calendar_of({{{30, 1}, {7, 30}}})).rows.front();
  EXPECT_FALSE(contrary.leads);
  EXPECT_LT(contrary.p_adjusted->value, 1e-6);
  EXPECT_EQ(contrary.lead_days, std::nullopt);
}

/// Use a day, seen through a window of 28 days before each row, not without error. Of those who leave it falls to two
/// fifths 45 days before. `complaints` is what is missing from 20 a day.
struct Use {
  Observations renewals;
  Observations calendar;
};
Use use_that_falls(std::uint64_t seed, int customers) {
  constexpr std::int32_t days = 400;
  constexpr std::int32_t window = 28;
  Random random{seed};
  std::vector<Row> monthly;
  std::vector<Row> weekly;
  for (int i = 0; i < customers; ++i) {
    const bool leaves = i % 5 == 0;
    const std::int32_t end = leaves ? 100 + static_cast<std::int32_t>(random.below(days - 100)) : days + 60;
    const double level = 10 + random.normal();
    std::vector<double> sums{0};
    for (std::int32_t day = 0; day < days; ++day)
      sums.push_back(sums.back() + level * (day >= end - 45 ? 0.4 : 1) * (1 + 0.3 * random.normal()));
    const auto add = [&](std::vector<Row>& rows, std::int32_t day) {
      const double seen = sums[static_cast<std::size_t>(day)] - sums[static_cast<std::size_t>(day - window)];
      const double use = seen / window + 0.7 * random.normal();
      const std::string id = "c" + std::to_string(i);
      rows.push_back({id, day, day, leaves ? end - day : stays, {use, 20 - use, random.normal()}});
    };
    for (std::int32_t day = window + i % 30; day < std::min(days, end); day += 30) add(monthly, day);
    for (std::int32_t day = window; day < std::min(days, end); day += 7) add(weekly, day);
  }
  const std::vector<IndicatorColumn> columns{
      {"use", Direction::lowers}, {"complaints", Direction::raises}, {"noise", Direction::raises}};
  return {observations_of(columns, monthly), observations_of(columns, weekly)};
}

TEST(Lead, a_fall_of_use_45_days_before_leaving_is_seen_through_a_window_of_28_days) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Use use = use_that_falls(seed, 150);
    const LeadReport report = does_it_lead(use.renewals, use.calendar);
    for (const std::string name : {"use", "complaints"}) {
      const IndicatorLead& lead = lead_of(report, name);
      ASSERT_TRUE(lead.leads) << name;
      ASSERT_TRUE(lead.lead_days) << name;
      // The window has to fill before it shows, and the last fine row is up to a week before it does.
      EXPECT_GE(*lead.lead_days, 30) << name;
      EXPECT_LE(*lead.lead_days, 60) << name;
      EXPECT_GE(*lead.turned.value(), 0.7) << name;
    }
    EXPECT_EQ(lead_of(report, "use").lead_days, lead_of(report, "complaints").lead_days);
    EXPECT_EQ(lead_of(report, "noise").lead_days, std::nullopt);
  }
}

// With 200 data sets, each in which some indicator passes with a chance of at most 5 %, more than 21 do so with one of
// less than 1 in 1000: qbinom(0.999, 200, 0.05) in R.
constexpr int data_sets = 200;
constexpr int at_most = 21;

TEST(Lead, where_labels_are_shuffled_nothing_leads_more_often_than_the_level_says) {
  int passed = 0;
  int leading = 0;
  double sum_of_auc = 0;
  for (std::uint64_t seed = 0; seed < data_sets; ++seed) {
    Random random{seed};
    Observations observations = some_customers(random, 40, 0.5, 2);
    std::vector<std::pair<std::uint8_t, std::int32_t>> outcomes;
    for (std::size_t i = 0; i < observations.rows(); ++i)
      outcomes.emplace_back(observations.departed[i], observations.departs_in[i]);
    random.shuffle(outcomes);
    for (std::size_t i = 0; i < outcomes.size(); ++i)
      std::tie(observations.departed[i], observations.departs_in[i]) = outcomes[i];
    const LeadReport report = does_it_lead(observations, {});
    const auto count = [&](auto what) {
      return std::any_of(report.rows.begin(), report.rows.end(), what) ? 1 : 0;
    };
    const int leads = count([](const IndicatorLead& lead) { return lead.leads; });
    leading += leads;
    passed += count([](const IndicatorLead& lead) { return lead.p_adjusted->value < 0.05; });
    sum_of_auc += *lead_of(report, "planted").auc.value;
    const bool says_so = lead_sentence(report).find("no evidence") != std::string::npos;
    EXPECT_EQ(says_so, leads == 0);
  }
  EXPECT_LE(passed, at_most);
  EXPECT_LE(leading, passed);
  EXPECT_GT(passed, 0);  // a test that never passes anything tests nothing: 0 has a chance of 0.95^200
  // An AUC of some 20 and 300 rows is off by about 0.066, the mean of 200 by 0.0047; four times that.
  EXPECT_NEAR(sum_of_auc / data_sets, 0.5, 0.019);
}

TEST(Lead, where_few_left_and_indicators_are_the_customers_own_chance_passes_no_more_often) {
  int passed = 0;
  for (std::uint64_t seed = 1000; seed < 1000 + data_sets; ++seed) {
    Random random{seed};
    const LeadReport report = does_it_lead(some_customers(random, 60, 0.15, 0), {});
    passed += std::any_of(
                  report.rows.begin(), report.rows.end(),
                  [](const IndicatorLead& lead) { return lead.p_adjusted && lead.p_adjusted->value < 0.05; })
                  ? 1
                  : 0;
  }
  EXPECT_LE(passed, at_most);
}

/// A customer a row, of whom `left` left; of the first `having` columns' signs `both` are with those who left.
Observations rare_sign(int customers, int left, int having, int both) {
  std::vector<Row> rows;
  for (int i = 0; i < customers; ++i) {
    const bool leaves = i < left;
    const bool has = leaves ? i < both : i - left < having - both;
    rows.push_back({"c" + std::to_string(i), 0, 100, leaves ? 5 : stays, {has ? 1.0 : 0.0}});
  }
  return observations_of({{"sign", Direction::raises}}, rows);
}

TEST(Lead, a_sign_that_few_have_is_tested_by_how_many_would_leave_by_chance) {
  const auto p_of = [](int customers, int left, int having, int both) {
    return does_it_lead(rare_sign(customers, left, having, both), {}).rows.front().auc.p->value;
  };
  // Two of the four that have it, of 1000 of whom 50 left. The exact p-value, twice what is beyond and half of what is
  // there, 2 * (phyper(2, 4, 996, 50, lower = FALSE) + dhyper(2, 4, 996, 50) / 2) in R, is 0.01424; a curve that is only as
  // skewed as the counts comes near to it. The normal curve, which has no skew, says 0.000035.
  EXPECT_GT(p_of(1000, 50, 4, 2), 0.01424 / 1.5);
  EXPECT_LT(p_of(1000, 50, 4, 2), 0.01424 * 1.5);
  // Six of twenty, of 2000 of whom 100 left: 0.000323, and 0.00000025.
  EXPECT_GT(p_of(2000, 100, 20, 6), 0.000323 / 2);
  EXPECT_LT(p_of(2000, 100, 20, 6), 0.000323 * 2);
  // None of twenty, and what most have tells as much as what few have.
  EXPECT_GT(p_of(2000, 100, 20, 0), 0.29);  // the normal curve's, the larger of both
  EXPECT_NEAR(p_of(2000, 100, 1980, 94), p_of(2000, 100, 20, 6), 1e-12);
  // Half have it: there the normal curve is right, and is taken (R: wilcox.test).
  Observations half = rare_sign(200, 100, 100, 60);
  EXPECT_EQ(does_it_lead(half, {}).rows.front().auc.p,
            auc(std::vector<double>(half.values.col(0).begin(), half.values.col(0).end()), half.departed,
                half.customer)
                .p);
}

TEST(Lead, what_few_have_by_chance_passes_no_more_often_than_the_level_says) {
  // Sixteen signs that one of 500 to one of 50 have, of whom one of 20 leaves. By the normal curve some sign would pass in
  // 21 of these 60 data sets; more than 9 have a chance of less than one in 1000 (qbinom(0.999, 60, 0.05) in R).
  int passed = 0;
  std::vector<IndicatorColumn> columns;
  for (int k = 0; k < 16; ++k) columns.push_back({"sign " + std::to_string(k), Direction::raises});
  for (std::uint64_t seed = 2000; seed < 2060; ++seed) {
    Random random{seed};
    Observations observations = rare_sign(1000, 0, 0, 0);
    observations.columns = columns;
    observations.values = Eigen::MatrixXd::Zero(1000, 16);
    observations.missing = MissingMask::Constant(1000, 16, false);
    for (Eigen::Index row = 0; row < 1000; ++row) {
      for (Eigen::Index k = 0; k < 16; ++k) {
        constexpr std::array<std::size_t, 4> one_in{500, 200, 100, 50};
        const std::size_t has = random.below(one_in[static_cast<std::size_t>(k) % 4]);
        observations.values(row, k) = has == 0 ? 1 : 0;
      }
      const bool leaves = random.below(20) == 0;
      observations.departed[static_cast<std::size_t>(row)] = leaves ? 1 : 0;
      observations.departs_in[static_cast<std::size_t>(row)] = leaves ? 5 : stays;
    }
    const LeadReport report = does_it_lead(observations, {});
    passed += std::any_of(
                  report.rows.begin(), report.rows.end(),
                  [](const IndicatorLead& lead) { return lead.p_adjusted && lead.p_adjusted->value < 0.05; })
                  ? 1
                  : 0;
  }
  EXPECT_LE(passed, 9);
}

TEST(Lead, what_was_planted_comes_first_and_leads) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random{seed};
    const LeadReport report = does_it_lead(some_customers(random, 120, 0.3, 1.5), {});
    EXPECT_EQ(report.rows.front().column.name, "planted") << seed;
    EXPECT_TRUE(report.rows.front().leads) << seed;
    EXPECT_GT(*report.rows.front().lift, 1) << seed;
    EXPECT_GT(report.rows.front().lift_interval->low, 1) << seed;
    EXPECT_GT(*report.rows.front().trend.z, 3) << seed;
    EXPECT_GT(report.rows.front().hazard_ratio_interval->low, 1) << seed;
  }
}

#ifdef CHURN_ORACLES_DIR
Observations phone_customers() {
  const std::vector<std::string> names{"Account length",      "Number vmail messages", "Total day minutes",
                                       "Total day calls",     "Total eve minutes",     "Total eve calls",
                                       "Total night minutes", "Total night calls",     "Total intl minutes",
                                       "Total intl calls",    "Customer service calls"};
  std::vector<IndicatorColumn> columns;
  for (std::string name : names) {
    std::replace(name.begin(), name.end(), ' ', '_');
    columns.push_back({name, Direction::raises});
  }
  std::vector<Row> rows;
  for (const std::string part : {"80", "20"})
    for (auto& fields : support::read_csv(CHURN_ORACLES_DIR "/churn_bigml/churn_bigml_" + part + ".csv")) {
      const std::string churn = fields.at("Churn");
      const bool left = churn == "True" || churn == "TRUE";
      Row row{std::to_string(rows.size()), 0, std::stoi(fields.at("Account length")), left ? 0 : stays, {}};
      for (const std::string& name : names) row.values.emplace_back(std::stod(fields.at(name)));
      rows.push_back(row);
    }
  return observations_of(std::move(columns), rows);
}

TEST(Lead, the_screen_of_a_phone_company_equals_what_R_found) {
  const LeadReport report = does_it_lead(phone_customers(), {});
  const auto screen = support::read_csv(CHURN_ORACLES_DIR "/churn_bigml/indicator_screen.csv");
  ASSERT_EQ(screen.size(), 11U);
  ASSERT_EQ(report.rows.size(), screen.size());
  for (auto of_r : screen) {
    const std::string name = of_r.at("variable");
    const IndicatorLead& lead = lead_of(report, name);
    const auto number = [&](const std::string& column) { return std::stod(of_r.at(column)); };
    EXPECT_EQ(lead.departures, 483) << name;
    EXPECT_NEAR(*lead.auc.value, number("auc"), 1e-13) << name;                // the oracle's tolerance
    EXPECT_NEAR(*lead.auc.std_error, number("auc_se_delong"), 1e-13) << name;  // a cluster a row is DeLong's
    // Both are sums of whole numbers, and one root; in a tail of z = 10 a relative error of z is z^2 times that of p.
    const double p = number("p_mann_whitney");
    EXPECT_NEAR(lead.auc.p->value, p, 1e-11 * p) << name;
    const double adjusted = number("p_mann_whitney_adj_holm");
    EXPECT_NEAR(lead.p_adjusted->value, adjusted, 1e-11 * adjusted) << name;
    EXPECT_EQ(lead.leads, adjusted < 0.05 && number("auc") > 0.5) << name;
  }
  EXPECT_EQ(report.rows.front().column.name, "Total_day_minutes");
}
#endif

/// Two indicators, one of them skewed and missing on one row in ten, of 40 customers with three rows.
Observations as_in_r() {
  std::vector<Row> rows;
  for (int i = 0; i < 120; ++i) {
    const int customer = i / 3;
    const int month = i % 3;
    const bool leaves = month == 2 && customer % 5 != 0;
    std::optional<double> y = std::exp(((53 * i) % 97) / 97.0 * 30);
    if (i % 10 == 3) y.reset();
    rows.push_back({"c" + std::to_string(customer),
                    30 * month,
                    30 * month + (5 * customer) % 23,
                    leaves ? (7 * i) % 30 : stays,
                    {(37 * i) % 101 / 10.0, y}});
  }
  return observations_of({{"x", Direction::raises}, {"y", Direction::lowers}}, rows);
}

void expect_ratio(const std::optional<double>& ratio, const std::optional<Interval>& interval, double value,
                  double low, double high) {
  // R stops at a relative step of 1e-12, and its values are printed to 15 digits.
  ASSERT_TRUE(ratio && interval);
  EXPECT_NEAR(*ratio, value, 1e-9 * value);
  EXPECT_NEAR(interval->low, low, 1e-9 * low);
  EXPECT_NEAR(interval->high, high, 1e-9 * high);
}

TEST(Lead, hazard_ratios_for_a_standard_deviation_equal_Rs) {
  // i <- 0:119; cust <- i %/% 3; m <- i %% 3; x <- ((37*i) %% 101)/10; y <- exp(((53*i) %% 97)/97*30)
  // my <- i %% 10 == 3; tenure <- 30*m + (5*cust) %% 23; ev <- as.integer(m==2 & cust %% 5 != 0); d <- (7*i) %% 30
  // exit <- ifelse(ev==1, d+1, 30); z <- function(v) { v <- v - mean(v); v / sqrt(mean(v^2)) }
  // zx <- z(x); zy <- rep(0,120); zy[!my] <- z(log1p(y[!my])); k <- !my     (the skew of y is 5.4)
  const LeadReport report = does_it_lead(as_in_r(), {});
  const IndicatorLead& x = lead_of(report, "x");
  const IndicatorLead& y = lead_of(report, "y");
  // coxph(Surv(exit, ev) ~ zx, cluster = cust, eps = 1e-12)
  expect_ratio(x.hazard_ratio, x.hazard_ratio_interval, 0.884776975153618, 0.608159636561041,
               1.287211858038878);
  // coxph(Surv(exit[k], ev[k]) ~ zy[k], cluster = cust[k], eps = 1e-12)
  expect_ratio(y.hazard_ratio, y.hazard_ratio_interval, 1.004632103470510, 0.693443847405701,
               1.455468481117111);
  // coxph(Surv(exit, ev) ~ zx + zy + as.numeric(my), cluster = cust, eps = 1e-12)
  EXPECT_EQ(report.why_not_adjusted, "");
  expect_ratio(x.adjusted_hazard_ratio, x.adjusted_hazard_ratio_interval, 0.891069905683585,
               0.603119928590375, 1.31649700030758);
  expect_ratio(y.adjusted_hazard_ratio, y.adjusted_hazard_ratio_interval, 1.020516341523984,
               0.706069424835731, 1.47500170193575);
  EXPECT_EQ(y.coverage, Proportion(108, 120));
}

TEST(Lead, fewer_than_ten_departures_a_column_give_no_model_of_all) {
  Observations observations = as_in_r();  // 32 departures, three columns
  std::size_t to_drop = 3;                // 29 are left
  for (std::size_t i = 0; i < observations.rows() && to_drop > 0; ++i)
    if (observations.departed[i] == 1) {
      observations.departed[i] = 0;
      observations.departs_in[i] = stays;
      --to_drop;
    }
  const LeadReport report = does_it_lead(observations, {});
  EXPECT_EQ(report.why_not_adjusted,
            "29 departures are too few for a model of 3 columns: it needs ten a column.");
  EXPECT_EQ(lead_of(report, "x").adjusted_hazard_ratio, std::nullopt);
  EXPECT_TRUE(lead_of(report, "x").hazard_ratio);
}

TEST(Lead, of_indicators_that_say_the_same_the_first_has_the_adjusted_ratio) {
  Random random{5};
  Observations observations = some_customers(random, 250, 0.6, 1);
  observations.values.col(2) = 3 * observations.values.col(1).array() - 1;
  const LeadReport report = does_it_lead(observations, {});
  EXPECT_EQ(report.why_not_adjusted, "");
  EXPECT_TRUE(lead_of(report, "noise_1").adjusted_hazard_ratio);
  EXPECT_EQ(lead_of(report, "noise_2").adjusted_hazard_ratio, std::nullopt);
  EXPECT_TRUE(lead_of(report, "noise_2").hazard_ratio);
}

TEST(Lead, a_factor_that_nobody_left_in_has_no_hazard_ratio) {
  std::vector<Row> rows;
  for (int i = 0; i < 60; ++i)
    rows.push_back({"c" + std::to_string(i), 0, i % 7, i % 3 == 0 ? i % 30 : stays, {i % 3 == 1 ? 1 : 0}});
  const LeadReport report = does_it_lead(observations_of({{"x", Direction::lowers}}, rows), {});
  EXPECT_TRUE(report.rows.front().leads);
  EXPECT_EQ(report.rows.front().hazard_ratio, std::nullopt);
  EXPECT_EQ(report.rows.front().hazard_ratio_interval, std::nullopt);
}

TEST(Lead, twice_the_rows_of_the_same_customers_say_no_more) {
  Random random{11};
  std::vector<Row> rows;
  std::vector<Row> twice;
  for (int i = 0; i < 400; ++i) {
    const bool leaves = i % 4 == 0;
    rows.push_back({"c" + std::to_string(i),
                    0,
                    i % 90,
                    leaves ? i % 30 : stays,
                    {random.normal() + (leaves ? 0.4 : 0)}});
    twice.insert(twice.end(), 2, rows.back());
  }
  const std::vector<IndicatorColumn> columns{{"x", Direction::raises}};
  const IndicatorLead once = does_it_lead(observations_of(columns, rows), {}).rows.front();
  const IndicatorLead again = does_it_lead(observations_of(columns, twice), {}).rows.front();
  // Up to factors (n - 1) / n of 100 who left and 300 who stayed; twice the rows alone would double the logarithm.
  EXPECT_NEAR(again.auc.p->log10, once.auc.p->log10, 0.02 * std::abs(once.auc.p->log10));
  EXPECT_NEAR(*again.lift, *once.lift, 1e-12);
  EXPECT_NEAR(again.lift_interval->low, once.lift_interval->low, 0.02);
  EXPECT_NEAR(again.hazard_ratio_interval->high, once.hazard_ratio_interval->high, 0.02);
}

TEST(Lead, values_that_part_leavers_from_stayers_without_a_miss_are_tested_by_customers) {
  std::vector<Row> rows;
  for (int i = 0; i < 20; ++i)
    for (int month = 0; month < 5; ++month) {
      const bool leaves = i < 6 && month == 4;
      rows.push_back({"c" + std::to_string(i), 30 * month, 30 * month, leaves ? 3 : stays, {leaves ? 1 : 0}});
    }
  const IndicatorLead lead = does_it_lead(observations_of({{"x", Direction::raises}}, rows), {}).rows.front();
  EXPECT_EQ(lead.auc.value, 1.0);
  ASSERT_TRUE(lead.auc.p);
  // Six customers have a row that ended in leaving, all twenty one that did not.
  const PValue p = normal_p_value(0.5 / std::sqrt(27.0 / (12 * 6 * 20)));
  EXPECT_NEAR(lead.auc.p->value, p.value, 1e-15);
  EXPECT_TRUE(lead.leads);
}

/// Rows without those of a group, and their lift by stats/lift.hpp.
std::optional<double> lift_by_hand(const Observations& observations, std::optional<std::uint32_t> without) {
  const double sign = observations.columns.front().direction == Direction::raises ? 1 : -1;
  std::vector<double> score;
  std::vector<std::uint8_t> departed;
  for (std::size_t i = 0; i < observations.rows(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    if (observations.missing(row, 0)) continue;
    if (without && customer_group(observations.customers[observations.customer[i]], 50) == *without) continue;
    score.push_back(sign * observations.values(row, 0));
    departed.push_back(observations.departed[i]);
  }
  return lift_at(score, departed, 0.1);
}

TEST(Lead, the_lift_and_its_interval_are_those_of_the_rows_without_each_group_of_customers) {
  for (const Direction direction : {Direction::raises, Direction::lowers}) {
    Random random{3};
    std::vector<Row> rows;
    for (int i = 0; i < 500; ++i) {
      const bool leaves = random.uniform() < 0.2;
      const double shift = direction == Direction::raises ? 2 : -2;
      std::optional<double> value =
          std::floor(6 * random.uniform() + (leaves ? shift : 0));  // many are alike
      if (random.uniform() < 0.1) value.reset();
      rows.push_back({"c" + std::to_string(i / 2), i % 2, 5, leaves ? 4 : stays, {value}});
    }
    const Observations observations = observations_of({{"x", direction}}, rows);
    const IndicatorLead lead = does_it_lead(observations, {}).rows.front();
    std::vector<std::optional<double>> replicates;
    for (std::uint32_t group = 0; group < 50; ++group)
      if (std::any_of(observations.customers.begin(), observations.customers.end(),
                      [&](const std::string& id) { return customer_group(id, 50) == group; }))
        replicates.push_back(lift_by_hand(observations, group));
    const std::optional<double> lift = lift_by_hand(observations, std::nullopt);
    const Jackknife expected = jackknife(lift, replicates, Scale::log);
    ASSERT_TRUE(expected.interval);
    // Two orders of three multiplications.
    EXPECT_NEAR(*lead.lift, *lift, 1e-12);
    EXPECT_NEAR(lead.lift_interval->low, expected.interval->low, 1e-10);
    EXPECT_NEAR(lead.lift_interval->high, expected.interval->high, 1e-10);
    EXPECT_LT(lead.lift_interval->low, *lead.lift);
  }
}

TEST(Lead, of_fewer_than_ten_rows_there_is_no_tenth) {
  std::vector<Row> rows;
  for (int i = 0; i < 9; ++i) rows.push_back({"c" + std::to_string(i), 0, 5, i < 4 ? 4 : stays, {i * i % 5}});
  const IndicatorLead lead = does_it_lead(observations_of({{"x", Direction::raises}}, rows), {}).rows.front();
  EXPECT_TRUE(lead.auc.value);
  EXPECT_EQ(lead.lift, std::nullopt);
  EXPECT_EQ(lead.lift_interval, std::nullopt);
}

TEST(Lead, tenths_are_cut_at_the_quantiles_that_R_gives) {
  // quantile(c(3,1,4,1,5,9,2,6,5,3,5,8,9,7,9,3,2,3,8,4,6,2,6,4,3), (1:9)/10): 2, 2.8, 3, 3.6, 4, 5, 6, 7.2, 8.6
  const std::vector<int> values{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3};
  std::vector<Row> rows;
  for (std::size_t i = 0; i < values.size(); ++i)
    rows.push_back({"c" + std::to_string(i), 0, 5, i % 3 == 0 ? 4 : stays, {values[i]}});
  const std::vector<LeadDecile> deciles =
      does_it_lead(observations_of({{"x", Direction::raises}}, rows), {}).rows.front().deciles;
  const std::vector<std::pair<double, double>> ends{{1, 2}, {3, 3}, {4, 4}, {5, 5},
                                                    {6, 6}, {7, 7}, {8, 8}, {9, 9}};
  const std::vector<std::int64_t> many{5, 5, 3, 3, 3, 1, 2, 3};
  ASSERT_EQ(deciles.size(), ends.size());
  for (std::size_t i = 0; i < deciles.size(); ++i) {
    EXPECT_EQ(deciles[i].lowest, ends[i].first);
    EXPECT_EQ(deciles[i].highest, ends[i].second);
    EXPECT_EQ(deciles[i].departed.denominator(), many[i]);
  }
  EXPECT_EQ(deciles[0].mean, 1.6);
  EXPECT_EQ(deciles[1].departed.numerator(), 4);  // of the threes, at 0, 9, 15, 17, 24
}

RC_GTEST_PROP(Lead, tenths_hold_every_row_once_in_order_and_never_part_equals, ()) {
  const auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(-20, 20)));
  const auto left = *rc::gen::container<std::vector<bool>>(values.size(), rc::gen::arbitrary<bool>());
  std::vector<Row> rows;
  for (std::size_t i = 0; i < values.size(); ++i)
    rows.push_back({"c" + std::to_string(i), 0, 5, left[i] ? 4 : stays, {values[i]}});
  const IndicatorLead lead = does_it_lead(observations_of({{"x", Direction::raises}}, rows), {}).rows.front();
  RC_ASSERT(!lead.deciles.empty() && lead.deciles.size() <= 10U);

  std::vector<int> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const std::int64_t last = static_cast<std::int64_t>(sorted.size()) - 1;
  // Ten times the cuts, which are whole numbers.
  std::vector<std::int64_t> cuts;
  for (std::int64_t part = 1; part < 10; ++part) {
    const auto below = static_cast<std::size_t>(last * part / 10);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    cuts.push_back(10 * sorted[below] + last * part % 10 * (sorted[above] - sorted[below]));
  }
  std::vector<std::vector<std::size_t>> of(10);
  for (std::size_t i = 0; i < values.size(); ++i)
    of[static_cast<std::size_t>(std::count_if(cuts.begin(), cuts.end(), [&](std::int64_t cut) {
      return cut < 10 * values[i];
    }))].push_back(i);
  std::erase_if(of, [](const auto& rows_of) { return rows_of.empty(); });
  RC_ASSERT(of.size() == lead.deciles.size());
  for (std::size_t d = 0; d < of.size(); ++d) {
    std::int64_t departed = 0;
    for (const std::size_t i : of[d]) {
      departed += left[i] ? 1 : 0;
      RC_ASSERT(lead.deciles[d].lowest <= values[i] && values[i] <= lead.deciles[d].highest);
    }
    RC_ASSERT(lead.deciles[d].departed == Proportion(departed, static_cast<std::int64_t>(of[d].size())));
    if (d > 0) RC_ASSERT(lead.deciles[d - 1].highest < lead.deciles[d].lowest);
    RC_ASSERT(lead.deciles[d].lowest <= lead.deciles[d].mean &&
              lead.deciles[d].mean <= lead.deciles[d].highest);
  }
}

TEST(Lead, values_at_the_ends_of_doubles_have_tenths_and_means) {
  std::vector<Row> rows;
  for (int i = 0; i < 40; ++i)
    rows.push_back(
        {"c" + std::to_string(i), 0, i, i % 3 == 0 ? 4 : stays, {(i % 2 == 0 ? 1 : -1) * 1.7e308}});
  const IndicatorLead lead = does_it_lead(observations_of({{"x", Direction::raises}}, rows), {}).rows.front();
  ASSERT_EQ(lead.deciles.size(), 2U);
  EXPECT_EQ(lead.deciles.front().mean, -1.7e308);
  EXPECT_TRUE(lead.auc.value);
}

TEST(Lead, stretches_go_back_from_the_last_row_and_say_where_it_points_the_same_way) {
  std::vector<Row> rows;
  for (int i = 0; i < 200; ++i) {
    const bool leaves = i % 4 == 0;
    const bool early = i < 50;  // days 0 to 49: it is the other way round
    rows.push_back(
        {"c" + std::to_string(i),
         i,
         5,
         leaves ? 4 : stays,
         {(leaves != early ? 3 : 0) + i % 5, i < 120 ? std::nullopt : std::optional<double>{i % 3}}});
  }
  const LeadReport report = does_it_lead(
      observations_of({{"x", Direction::raises}, {"y", Direction::raises}}, rows), {}, {.stretch_days = 60});
  const auto day = [](int n) { return Date::of(2024, 1, 1) + std::chrono::days{n}; };
  const IndicatorLead& x = lead_of(report, "x");
  ASSERT_EQ(x.stability.size(), 4U);
  EXPECT_EQ(x.stability[0].period, Period(day(0), day(20)));  // what is left
  EXPECT_EQ(x.stability[1].period, Period(day(20), day(80)));
  EXPECT_EQ(x.stability[3].period, Period(day(140), day(200)));
  EXPECT_EQ(x.stability[0].auc.yes + x.stability[0].auc.no, 20);
  EXPECT_LT(*x.stability[0].auc.value, 0.5);
  EXPECT_GT(*x.stability[3].auc.value, 0.5);
  EXPECT_EQ(x.same_way.denominator(), 4);
  EXPECT_EQ(x.same_way.numerator(), 2 + (*x.stability[1].auc.value > 0.5 ? 1 : 0));
  const IndicatorLead& y = lead_of(report, "y");
  ASSERT_EQ(y.stability.size(), 4U);  // where it has no value there is no AUC
  EXPECT_EQ(y.stability[1].auc.value, std::nullopt);
  EXPECT_EQ(y.stability[1].auc.yes, 0);
  EXPECT_EQ(y.same_way.denominator(), 2);
}

TEST(Lead, stretches_without_rows_are_left_out) {
  std::vector<Row> rows;
  for (int i = 0; i < 40; ++i)
    rows.push_back({"c" + std::to_string(i), i < 20 ? i : 2'000'000 + i, 5, i % 3 == 0 ? 4 : stays, {i % 7}});
  const IndicatorLead lead =
      does_it_lead(observations_of({{"x", Direction::raises}}, rows), {}, {.stretch_days = 30}).rows.front();
  EXPECT_EQ(lead.stability.size(), 2U);
}

TEST(Lead, the_order_of_rows_changes_nothing_but_the_last_digits_of_hazard_ratios) {
  Random random{21};
  const Use use = use_that_falls(9, 60);
  std::vector<std::size_t> order(use.renewals.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  random.shuffle(order);
  std::vector<std::size_t> days(use.calendar.rows());
  std::iota(days.begin(), days.end(), std::size_t{0});
  random.shuffle(days);
  const LeadReport one = does_it_lead(use.renewals, use.calendar);
  const LeadReport other = does_it_lead(use.renewals.only(order), use.calendar.only(days));
  const Table a = lead_table(one);
  const Table b = lead_table(other);
  ASSERT_EQ(a.rows.size(), b.rows.size());
  for (std::size_t r = 0; r < a.rows.size(); ++r)
    for (std::size_t c = 0; c < a.columns.size(); ++c) {
      const bool of_cox = a.columns[c].find("hazard") != std::string::npos || a.columns[c] == "ci_low" ||
                          a.columns[c] == "ci_high" || a.columns[c].starts_with("adjusted");
      if (!of_cox) {
        EXPECT_EQ(to_text(a.rows[r][c]), to_text(b.rows[r][c])) << a.columns[c];
      } else if (const double* value = std::get_if<double>(&a.rows[r][c])) {
        EXPECT_NEAR(*value, std::get<double>(b.rows[r][c]), 1e-9 * *value) << a.columns[c];
      } else {
        EXPECT_EQ(a.rows[r][c].index(), b.rows[r][c].index());
      }
    }
  EXPECT_EQ(lead_deciles_table(one), lead_deciles_table(other));
  EXPECT_EQ(lead_stability_table(one), lead_stability_table(other));
}

TEST(Lead, indicators_without_a_test_come_last_and_count_for_nothing_in_the_correction) {
  std::vector<Row> rows;
  for (int i = 0; i < 60; ++i) {
    const bool leaves = i % 3 == 0;
    rows.push_back(
        {"c" + std::to_string(i),
         0,
         5,
         leaves ? 4 : stays,
         {7, std::nullopt, (leaves ? 2 : 0) + i % 5, leaves ? std::nullopt : std::optional<double>{i}}});
  }
  const LeadReport report = does_it_lead(observations_of({{"constant", Direction::raises},
                                                          {"missing", Direction::raises},
                                                          {"x", Direction::raises},
                                                          {"of stayers", Direction::raises}},
                                                         rows),
                                         {});
  EXPECT_EQ(report.rows[0].column.name, "x");
  EXPECT_EQ(report.rows[0].p_adjusted, report.rows[0].auc.p);
  EXPECT_EQ(report.rows[1].column.name, "constant");  // then by name
  EXPECT_EQ(report.rows[1].why_not, "It has the same value on all rows.");
  EXPECT_EQ(report.rows[1].auc.value, std::nullopt);
  EXPECT_EQ(report.rows[1].auc.yes, 20);
  ASSERT_EQ(report.rows[1].deciles.size(), 1U);
  EXPECT_EQ(report.rows[1].deciles[0].departed, Proportion(20, 60));
  EXPECT_EQ(report.rows[2].why_not, "It has no value on any of the rows.");
  EXPECT_EQ(report.rows[2].coverage, Proportion(0, 60));
  EXPECT_EQ(report.rows[3].why_not, "None of those with a value left.");
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(report.rows[i].p_adjusted, std::nullopt);
    EXPECT_EQ(report.rows[i].hazard_ratio, std::nullopt);
    EXPECT_EQ(report.rows[i].adjusted_hazard_ratio, std::nullopt);
    EXPECT_FALSE(report.rows[i].leads);
  }
  EXPECT_TRUE(report.rows[0].adjusted_hazard_ratio);  // 20 departures for the one column that says something
}

TEST(Lead, where_nobody_left_or_everybody_nothing_is_said) {
  for (const bool all : {false, true}) {
    std::vector<Row> rows;
    for (int i = 0; i < 30; ++i) rows.push_back({"c" + std::to_string(i), 0, 5, all ? 4 : stays, {i}});
    const LeadReport report = does_it_lead(observations_of({{"x", Direction::raises}}, rows), {});
    const IndicatorLead& lead = report.rows.front();
    EXPECT_EQ(lead.auc.value, std::nullopt);
    EXPECT_EQ(lead.lift, std::nullopt);
    EXPECT_EQ(lead.hazard_ratio, std::nullopt);
    EXPECT_EQ(lead.trend.p, std::nullopt);
    EXPECT_EQ(lead.p_adjusted, std::nullopt);
    EXPECT_EQ(lead.deciles.size(), 10U);
    EXPECT_EQ(lead.same_way, Proportion(0, 0));
    EXPECT_EQ(lead.why_not, all ? "All of those with a value left." : "None of those with a value left.");
    EXPECT_EQ(lead_sentence(report), "The one indicator can't be tested on " + std::string{all ? "30" : "0"} +
                                         " departures in 30 rows, so there is no evidence that any leads. " +
                                         lead.why_not);
  }
}

TEST(Lead, one_customer_alone_has_no_test_and_no_intervals) {
  std::vector<Row> rows;
  for (int month = 0; month < 20; ++month)
    rows.push_back({"a", 30 * month, 30 * month, month == 19 ? 4 : stays, {month % 6}});
  const LeadReport report = does_it_lead(observations_of({{"x", Direction::raises}}, rows), {});
  const IndicatorLead& lead = report.rows.front();
  EXPECT_EQ(report.customers, 1U);
  EXPECT_TRUE(lead.auc.value);
  EXPECT_EQ(lead.auc.p, std::nullopt);
  EXPECT_EQ(lead.why_not, "Too few customers left, or stayed, for a test.");
  EXPECT_EQ(lead.lift_interval, std::nullopt);
  EXPECT_EQ(lead.hazard_ratio_interval, std::nullopt);
  EXPECT_FALSE(lead.leads);
}

TEST(Lead, without_rows_or_indicators_it_says_so) {
  const LeadReport nothing = does_it_lead({}, {});
  EXPECT_EQ(lead_sentence(nothing), "There are no indicators to ask about.");
  const LeadReport report = does_it_lead(observations_of({{"x", Direction::raises}}, {}), {});
  ASSERT_EQ(report.rows.size(), 1U);
  EXPECT_EQ(report.rows.front().why_not, "There are no observations.");
  EXPECT_TRUE(report.rows.front().deciles.empty());
  EXPECT_TRUE(report.rows.front().stability.empty());
  EXPECT_EQ(lead_sentence(report),
            "The one indicator can't be tested on 0 departures in 0 rows, so there is no "
            "evidence that any leads. There are no observations.");
  EXPECT_EQ(lead_table(report).rows.size(), 1U);
}

TEST(Lead, who_leaves_on_the_very_day_of_the_row_was_at_risk) {
  std::vector<Row> rows;
  for (int i = 0; i < 60; ++i)
    rows.push_back({"c" + std::to_string(i), 0, 10, i % 3 == 0 ? 0 : stays, {(i * 7) % 10}});
  EXPECT_TRUE(does_it_lead(observations_of({{"x", Direction::raises}}, rows), {}).rows.front().hazard_ratio);
}

TEST(Lead, mistakes_are_told) {
  const Observations good = as_in_r();
  const auto error = [](const Observations& renewals, const Observations& calendar, const LeadRule& rule) {
    return error_of([&] { (void)does_it_lead(renewals, calendar, rule); });
  };
  EXPECT_EQ(error(good, good, {}), "");
  EXPECT_EQ(error(good, {}, {.confidence = 1}), "bad_number");
  EXPECT_EQ(error(good, {}, {.confidence = 0}), "bad_number");
  EXPECT_EQ(error(good, {}, {.look_back = 0}), "bad_number");
  EXPECT_EQ(error(good, {}, {.stretch_days = 0}), "bad_number");
  Observations bad = good;
  bad.departed.clear();
  EXPECT_EQ(error(bad, {}, {}), "out_of_range");
  EXPECT_EQ(error(good, bad, {}), "out_of_range");
  bad = good;
  bad.departs_in.clear();
  EXPECT_EQ(error(bad, {}, {}), "out_of_range");
  bad = good;
  bad.horizon = 0;
  EXPECT_EQ(error(bad, {}, {}), "bad_number");
  bad = good;
  bad.tenure.front() = -1;
  EXPECT_EQ(error(bad, {}, {}), "bad_number");
  bad = good;
  bad.values(0, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(error(bad, {}, {}), "bad_number");
  bad = good;
  bad.day.pop_back();
  EXPECT_EQ(error(bad, {}, {}), "out_of_range");
  bad = good;
  bad.columns.front().name = "other";
  EXPECT_EQ(error(good, bad, {}), "out_of_range");
}

TEST(Lead, the_finding_is_told_in_plain_sentences) {
  const LeadReport report =
      does_it_lead(at_renewals(Direction::raises), calendar_of({{{30, 1}, {7, 30}}, {{7, 30}}}));
  EXPECT_EQ(
      lead_sentence(report),
      "Of 1 indicator 1 leads, among 15 departures in 60 rows. First: x. Of one who left and one who stayed, "
      "the "
      "one who left had more of it 100 % of the time, and among the tenth of rows with the most of it 4 "
      "times as "
      "many left as among all. It turned a median of 30 days before they left, in 1 of 2 departures. This is "
      "association, not cause.");
  const Use use = use_that_falls(1, 150);
  EXPECT_EQ(lead_sentence(does_it_lead(use.renewals, use.calendar)),
            "Of 3 indicators 2 lead, among 30 departures in 1684 rows. First: use. Of one who left and one "
            "who stayed, "
            "the one who left had less of it 99.7 % of the time (95 % interval 99.2 to 100 %), and among the "
            "tenth of "
            "rows with the least of it 10 times as many left as among all. It turned a median of 42.5 days "
            "before they "
            "left, in 30 of 30 departures. This is association, not cause.");
  EXPECT_EQ(lead_sentence(does_it_lead(as_in_r(), {})),
            "There is no evidence that any of 2 indicators leads, among 32 departures in 120 rows.");
  Observations other = at_renewals(Direction::lowers);
  other.columns.front().direction = Direction::raises;
  const LeadReport contrary = does_it_lead(other, {});
  EXPECT_EQ(lead_sentence(contrary),
            "There is no evidence that the one indicator leads, among 15 departures in 60 rows. 1 points the "
            "other way "
            "than expected.");
  EXPECT_EQ(to_text(lead_table(contrary).rows.front().back()),
            "Those with more of it left less often, unlike expected.");
}

TEST(Lead, the_table_holds_what_was_found) {
  const LeadReport report = does_it_lead(use_that_falls(1, 150).renewals, use_that_falls(1, 150).calendar);
  const Table table = lead_table(report);
  ASSERT_EQ(table.rows.size(), report.rows.size());
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const IndicatorLead& lead = report.rows[r];
    ASSERT_EQ(table.rows[r].size(), table.columns.size());
    const auto text = [&](const std::string& column) {
      const auto at = std::find(table.columns.begin(), table.columns.end(), column);
      return at == table.columns.end()
                 ? "no such column"
                 : to_text(table.rows[r][static_cast<std::size_t>(at - table.columns.begin())]);
    };
    const auto number = [](const std::optional<double>& value) { return value ? shortest(*value) : ""; };
    EXPECT_EQ(text("indicator"), lead.column.name);
    EXPECT_EQ(text("coverage"), "1");
    EXPECT_EQ(text("auc"), number(lead.auc.value));
    EXPECT_EQ(text("auc_low"), number(lead.auc.interval->low));
    EXPECT_EQ(text("auc_high"), number(lead.auc.interval->high));
    EXPECT_EQ(text("lift_top_decile"), number(lead.lift));
    EXPECT_EQ(text("lift_low"), number(lead.lift_interval->low));
    EXPECT_EQ(text("lift_high"), number(lead.lift_interval->high));
    EXPECT_EQ(text("hazard_ratio"), number(lead.hazard_ratio));
    EXPECT_EQ(text("ci_low"), number(lead.hazard_ratio_interval->low));
    EXPECT_EQ(text("ci_high"), number(lead.hazard_ratio_interval->high));
    EXPECT_EQ(text("adjusted_hazard_ratio"), number(lead.adjusted_hazard_ratio));
    EXPECT_EQ(text("adjusted_low").empty(), !lead.adjusted_hazard_ratio_interval);
    EXPECT_EQ(text("lead_days"), number(lead.lead_days));
    EXPECT_EQ(text("turned"), number(lead.turned.value()));
    EXPECT_EQ(text("p_adjusted"), number(lead.p_adjusted->value));
    EXPECT_EQ(text("trend_p"), number(lead.trend.p->value));
    EXPECT_EQ(text("leads"), lead.leads ? "1" : "0");
    EXPECT_EQ(text("direction"), lead.column.name == "use" ? "lowers" : "raises");
    EXPECT_EQ(text("rows"), std::to_string(report.observations));
    EXPECT_EQ(text("departures"), std::to_string(report.departures));
    EXPECT_EQ(text("same_way"), std::to_string(lead.same_way.numerator()));
    EXPECT_EQ(text("stretches"), std::to_string(lead.same_way.denominator()));
    EXPECT_EQ(text("note"), "");
  }
}

TEST(Lead, tables_of_tenths_and_stretches_have_a_row_each) {
  std::vector<Row> rows;
  for (int i = 0; i < 8; ++i)
    rows.push_back({"c" + std::to_string(i), 10 * i, 5, i < 2 || i == 7 ? 4 : stays, {i < 4 ? 1 : 2}});
  const LeadReport report =
      does_it_lead(observations_of({{"x", Direction::raises}}, rows), {}, {.stretch_days = 40});
  // Intervals: prop.test(2, 4, correct = FALSE) and (1, 4) in R.
  const Table deciles = lead_deciles_table(report);
  ASSERT_EQ(deciles.rows.size(), 2U);
  EXPECT_EQ(to_text(deciles.rows[0][0]), "x");
  EXPECT_EQ(to_csv({{"decile", "lowest", "highest", "mean", "departed", "rows", "rate"},
                    {{deciles.rows[0].begin() + 1, deciles.rows[0].begin() + 8},
                     {deciles.rows[1].begin() + 1, deciles.rows[1].begin() + 8}}}),
            "decile,lowest,highest,mean,departed,rows,rate\n"
            "1,1,1,1,2,4,0.5\n"
            "2,2,2,2,1,4,0.25\n");
  EXPECT_NEAR(std::get<double>(deciles.rows[0][8]), 0.1500, 1e-4);  // four digits
  EXPECT_NEAR(std::get<double>(deciles.rows[1][9]), 0.6994, 1e-4);
  EXPECT_EQ(to_csv(lead_stability_table(report)),
            "indicator,from,to,rows,departures,auc,auc_low,auc_high\n"
            "x,2024-01-01,2024-02-01,4,2,,,\n"  // days 0 to 30, all of one value
            "x,2024-02-01,2024-03-12,4,1,,,\n");
}

}  // namespace
}  // namespace churn
