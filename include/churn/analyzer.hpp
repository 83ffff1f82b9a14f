// Analyzer: one call a question, for host applications. A thin layer over the free functions below it.
//
//   Analyzer analyzer{book};
//   analyzer.churn_rates(months(from, to));
//   analyzer.mrr_movements(months(from, to), by::attribute("channel"));
//   trend_sentence(analyzer.trend(months(from, to)));
//   analyzer.cohorts(PeriodKind::month).logo_retention();
//   contrast_sentence(analyzer.contrasts(months(from, to), by::attribute("channel")));
//   analyzer.stays(by::plan).curve({"pro"}).at(365);
//   causes_sentence(analyzer.departures(months(from, to), by::plan));
//   win_back_table(analyzer.win_back());
//   lead_sentence(analyzer.leading_indicators());
//   risk_list_table(analyzer.risk_scores(analyzer.risk_model()));
//   forecast_table(analyzer.forecast(PeriodKind::month, {.horizon = 12}));
//
// A book is shared, so an Analyzer keeps it alive and never dangles. Its const members may be called from
// many threads.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include <churn/cohort/cohort_contrast.hpp>
#include <churn/cohort/cohort_matrix.hpp>
#include <churn/cube/departure_cube.hpp>
#include <churn/decision/decision.hpp>
#include <churn/departure/arrears.hpp>
#include <churn/departure/causes.hpp>
#include <churn/departure/departure_list.hpp>
#include <churn/departure/departure_season.hpp>
#include <churn/departure/dunning.hpp>
#include <churn/departure/exit_surveys.hpp>
#include <churn/departure/expiring_cards.hpp>
#include <churn/departure/reason_coverage.hpp>
#include <churn/departure/returns.hpp>
#include <churn/departure/win_back.hpp>
#include <churn/forecast/forecast_backtest.hpp>
#include <churn/forecast/horizon_value.hpp>
#include <churn/forecast/mrr_forecast.hpp>
#include <churn/lever/customer_profile.hpp>
#include <churn/lever/levers.hpp>
#include <churn/lever/time_to_value.hpp>
#include <churn/lever/what_if.hpp>
#include <churn/metric/compare.hpp>
#include <churn/metric/explain.hpp>
#include <churn/metric/measure.hpp>
#include <churn/metric/movements.hpp>
#include <churn/metric/roster.hpp>
#include <churn/metric/segment_contrast.hpp>
#include <churn/metric/trend.hpp>
#include <churn/risk/feature_use.hpp>
#include <churn/risk/lead.hpp>
#include <churn/risk/onboarding_funnel.hpp>
#include <churn/risk/playbook.hpp>
#include <churn/risk/risk_backtest.hpp>
#include <churn/risk/risk_list.hpp>
#include <churn/risk/risk_model.hpp>
#include <churn/row/observe.hpp>
#include <churn/survival/aalen_johansen.hpp>
#include <churn/survival/hazard.hpp>
#include <churn/survival/kaplan_meier.hpp>
#include <churn/survival/log_rank.hpp>

namespace churn::inline v0 {

/// The cohorts of a book, ready to be asked.
class Cohorts {
 public:
  /// Of cohorts that were counted already.
  explicit Cohorts(CohortCube cube) : cube_(std::move(cube)) {}
  /// Customers kept, by cohort and age, of a segment by its index in the cube.
  [[nodiscard]] CohortMatrix logo_retention(Retention retention = Retention::returning,
                                            std::size_t segment = 0) const {
    return churn::logo_retention(cube_, retention, segment);
  }
  /// MRR kept, over that at the close of age 0.
  [[nodiscard]] CohortMatrix revenue_retention(std::size_t segment = 0) const {
    return churn::revenue_retention(cube_, segment);
  }
  /// The newest cohorts against all before them, at equal age.
  [[nodiscard]] CohortContrasts contrasts(const CohortContrastRule& rule = {},
                                          std::size_t segment = 0) const {
    return cohort_contrasts(cube_, rule, segment);
  }
  /// What all of it is counted from.
  [[nodiscard]] const CohortCube& cube() const& noexcept { return cube_; }
  /// The same, moved out.
  [[nodiscard]] CohortCube cube() && { return std::move(cube_); }

 private:
  CohortCube cube_;
};

/// How long customers stay and how they leave, ready to be asked. A segment that the table has not throws
/// Error(out_of_range).
class Stays {
 public:
  /// Of spells that were counted already.
  explicit Stays(LifeTable table) : table_(std::move(table)) {}
  /// The share that stays longer, by tenure.
  [[nodiscard]] SurvivalCurve curve(const Label& segment = {}, const SurvivalOptions& options = {}) const {
    return kaplan_meier(table_, table_.segment(segment), {}, options);
  }
  /// The share that has left for each type of exit, by tenure.
  [[nodiscard]] CumulativeIncidence incidence(const Label& segment = {},
                                              const IncidenceOptions& options = {}) const {
    return aalen_johansen(risk_table(table_, table_.segment(segment)), options);
  }
  /// At which tenure customers leave.
  [[nodiscard]] HazardByTenure hazard(const Label& segment = {}, const HazardOptions& options = {}) const {
    return hazard_by_tenure(risk_table(table_, table_.segment(segment)), options);
  }
  /// Whether the segments leave alike.
  [[nodiscard]] LogRank log_rank(const LogRankOptions& options = {}) const {
    return churn::log_rank(grouped_risk_tables(table_).tables.front(), options);
  }
  /// What all of it is counted from.
  [[nodiscard]] const LifeTable& table() const& noexcept { return table_; }
  /// The same, moved out.
  [[nodiscard]] LifeTable table() && { return std::move(table_); }

 private:
  LifeTable table_;
};

/// Every metric of metric/rates.hpp.
using ChurnRates = decltype(std::declval<Measure>().compute_all(StandardMetrics{}));

/// Every question that the library answers of a book, a call each.
class Analyzer {
 public:
  /// The book is shared, not copied.
  explicit Analyzer(Book book) : book_(std::move(book)) {}
  /// That is asked about.
  [[nodiscard]] const Book& book() const noexcept { return book_; }

  /// All standard metrics by segment and period, with what they were counted of.
  [[nodiscard]] ChurnRates churn_rates(const PeriodGrid& grid, const Segmenter& segmenter = {},
                                       const Filter& where = {}) const {
    return measure(book_).over(grid).by(segmenter).where(where).compute_all(StandardMetrics{});
  }
  /// What a metric does over the complete ones of the periods: slope, test, control chart, seasons, change points.
  /// Of segments: trends_of(…) of what measure(…) computes.
  template <Metric M = CustomerChurnRate>
  [[nodiscard]] Trend trend(const PeriodGrid& grid, const M& metric = {}, const Filter& where = {}) const {
    const auto table = measure(book_).over(grid).where(where).compute(metric);
    return trends_of(table.cube(), table.rows(), M::name).front();
  }
  /// The MRR bridge: what came, went and stayed, by segment and period.
  [[nodiscard]] MovementCube mrr_movements(const PeriodGrid& grid, const Segmenter& segmenter = {},
                                           const FoldOptions& options = {}) const {
    return MovementCube::fold(book_, grid, segmenter, options);
  }
  /// Retention by cohort and age, both in the periods of the grid.
  [[nodiscard]] Cohorts cohorts(const PeriodGrid& grid, CohortBy cohort_by = CohortBy::first_paid,
                                const Segmenter& segmenter = {}, const FoldOptions& options = {}) const {
    return Cohorts{CohortCube::fold(book_, grid, cohort_by, segmenter, options)};
  }
  /// Over the whole book, in calendar periods.
  [[nodiscard]] Cohorts cohorts(PeriodKind kind, CohortBy cohort_by = CohortBy::first_paid) const {
    return cohorts(whole_book(book_, kind, cohort_by), cohort_by);
  }
  /// Which segments lose more customers than the others, is it more than chance, and what it costs.
  [[nodiscard]] SegmentContrasts contrasts(const PeriodGrid& grid, const Segmenter& segmenter,
                                           const ContrastRule& rule = {},
                                           const FoldOptions& options = {}) const {
    return segment_contrasts(book_, grid, segmenter, rule, options);
  }
  /// How long customers stay: curves, types of exit, tests.
  [[nodiscard]] Stays stays(const Segmenter& segmenter = {}, const LifeOptions& life = {},
                            const FoldOptions& options = {}) const {
    return Stays{life_table(segmenter, life, options)};
  }
  /// The counts that these come of.
  [[nodiscard]] LifeTable life_table(const Segmenter& segmenter = {}, const LifeOptions& life = {},
                                     const FoldOptions& options = {}) const {
    return LifeTable::fold(book_, segmenter, life, options);
  }
  /// Why customers left: of each segment and period how many of which type and reason, and their MRR. What it comes to
  /// is in departure/causes.hpp.
  [[nodiscard]] DepartureCube departures(const PeriodGrid& grid, const Segmenter& segmenter = {},
                                         const DepartureRules& rules = DepartureRules::standard(),
                                         const FoldOptions& options = {}) const {
    return DepartureCube::fold(book_, grid, segmenter, rules, options);
  }
  /// Each departure with what was on record of it, and whether the customer came back.
  [[nodiscard]] std::vector<ListedDeparture> departure_list(const DepartureListOptions& options = {}) const {
    return churn::departure_list(book_, options);
  }
  /// Which of the book's reasons and codes are known, and what they mean.
  [[nodiscard]] std::vector<RecordedReason> reason_coverage(const ReasonTables& tables = {}) const {
    return churn::reason_coverage(book_, tables);
  }
  /// How many come back, by type, and after how long.
  [[nodiscard]] Returns returns(const ReturnsOptions& options = {}) const {
    return churn::returns(book_, options);
  }
  /// Whether departures, of one type or all, have a season.
  [[nodiscard]] DepartureSeason departure_season(std::optional<DepartureType> type = {},
                                                 const DepartureSeasonOptions& options = {}) const {
    return churn::departure_season(book_, type, options);
  }
  /// Payments that failed: recovered, lost and at risk.
  [[nodiscard]] Dunning dunning(const PeriodGrid& grid, const Segmenter& segmenter = {},
                                const DunningOptions& options = {}) const {
    return dunning_of(book_, grid, segmenter, options);
  }
  /// Who owes what now, and since when.
  [[nodiscard]] Arrears arrears(const ArrearsOptions& options = {}) const {
    return churn::arrears(book_, options);
  }
  /// Whose card expires next, and the MRR behind it.
  [[nodiscard]] ExpiringCards expiring_cards(const ExpiringCardsOptions& options = {}) const {
    return churn::expiring_cards(book_, options);
  }
  /// What leavers said when asked, and whether the records say the same.
  [[nodiscard]] ExitSurveys exit_surveys(const SurveyOptions& options = {}) const {
    return churn::exit_surveys(book_, options);
  }
  /// Who left, the first to be asked back first.
  [[nodiscard]] WinBackList win_back(const WinBackOptions& options = {}) const {
    return churn::win_back(book_, options);
  }
  /// What was known of customers every week, and whether they then left: what the answers below are made of. These take of
  /// a large book a sample of customers that makes about a million rows, unless the options say how many.
  [[nodiscard]] Observations observations(const std::vector<Indicator>& indicators = standard_indicators(),
                                          const ObserveOptions& options = {}, std::int32_t step = 7) const {
    return observe(book_, indicators, observation_days(book_, step), options);
  }
  /// Which indicators tell early who leaves, asked some days before renewals.
  [[nodiscard]] LeadReport leading_indicators(
      const std::vector<Indicator>& indicators = standard_indicators(), const LeadRule& rule = {},
      const ObserveOptions& options = {}) const {
    return does_it_lead(observe_at_renewals(book_, indicators, options), observations(indicators, options),
                        rule);
  }
  /// A model of leaving within the horizon. What it has been worth is risk_backtest().
  [[nodiscard]] RiskModel risk_model(const std::vector<Indicator>& indicators = standard_indicators(),
                                     const RiskOptions& options = {},
                                     const ObserveOptions& observe = {}) const {
    return train_risk_model(observations(indicators, sampled(observe, options.step), options.step), options);
  }
  /// Who is next: every customer with its risk and the reasons, the highest first.
  [[nodiscard]] RiskList risk_scores(const RiskModel& model,
                                     const std::vector<Indicator>& indicators = standard_indicators(),
                                     const RiskListOptions& options = {}) const {
    return risk_list(book_, model, indicators, options);
  }
  /// What such scores would have been worth before, against the base rate and the best single indicator.
  [[nodiscard]] RiskBacktest risk_backtest(const RiskBacktestRule& rule = {},
                                           const std::vector<Indicator>& indicators = standard_indicators(),
                                           const ObserveOptions& options = {}) const {
    return backtest_risk(observations(indicators, sampled(options, rule.model.step), rule.model.step), rule);
  }
  /// What a team's own thresholds are worth, asked some days before renewals.
  [[nodiscard]] PlaybookWorth playbook_worth(const Playbook& playbook,
                                             const std::vector<Indicator>& indicators = standard_indicators(),
                                             const ObserveOptions& options = {}) const {
    return churn::playbook_worth(playbook, observe_at_renewals(book_, indicators, sampled(options, 7)));
  }
  /// Where customers stop in the onboarding.
  [[nodiscard]] OnboardingFunnel onboarding(const OnboardingOptions& options = {}) const {
    return onboarding_funnel(book_, options);
  }
  /// Which features are used, and which lie unused.
  [[nodiscard]] FeatureUse feature_use(const FeatureUseOptions& options = {}) const {
    return churn::feature_use(book_, options);
  }
  /// What goes with staying: the levers of retention, each measured the same way.
  [[nodiscard]] LeverReport levers(const LeversOptions& options = {}) const {
    return churn::levers(book_, options);
  }
  /// Which segments, and pairs of segments, keep their customers for a year: whom to sell to.
  [[nodiscard]] CustomerProfile customer_profile(const CustomerProfileOptions& options = {}) const {
    return churn::customer_profile(book_, options);
  }
  /// Which stage of onboarding, reached by which day, separates those who stay from those who leave.
  [[nodiscard]] TimeToValue time_to_value(const TimeToValueOptions& options = {}) const {
    return churn::time_to_value(book_, options);
  }
  /// What a decision on a date did to churn and MRR, for old and new customers.
  [[nodiscard]] DecisionReport decision(const Decision& decision, const DecisionOptions& options = {}) const {
    return analyse_decision(book_, decision, options);
  }
  /// Where MRR would be if retention, annual plans or recovered payments changed.
  [[nodiscard]] WhatIfReport what_if(PeriodKind kind,
                                     const std::vector<WhatIf>& changes = standard_what_ifs(),
                                     const WhatIfOptions& options = {}) const {
    return churn::what_if(book_, whole_book(book_, kind), changes, options);
  }
  /// MRR of the calendar periods to come, from what the cohorts of the whole book have done. The condition is on
  /// attributes.
  [[nodiscard]] MrrForecast forecast(PeriodKind kind, const ForecastRule& rule = {},
                                     const FoldOptions& options = {}) const {
    return forecast_mrr(book_, whole_book(book_, kind), rule, options);
  }
  /// What a new customer pays within a stated number of months, from the cohorts of the whole book.
  [[nodiscard]] HorizonValue customer_value(const HorizonValueTerms& terms,
                                            const FoldOptions& options = {}) const {
    return horizon_value(book_, whole_book(book_, PeriodKind::month), terms, options);
  }
  /// What such forecasts have been worth.
  [[nodiscard]] ForecastBacktest backtest(PeriodKind kind, const ForecastRule& rule = {},
                                          const BacktestRule& backtest = {},
                                          const FoldOptions& options = {}) const {
    return backtest_forecast(book_, whole_book(book_, kind), rule, backtest, options);
  }
  /// Who is a customer on a day, for what plan, at what MRR, since when.
  [[nodiscard]] std::vector<RosterEntry> roster(Date on, const Filter& where = {}) const {
    return churn::roster(book_, on, where);
  }
  /// Ends that are recorded already and lie at or after as_of: no churn yet.
  [[nodiscard]] std::vector<ScheduledEnd> scheduled_ends(const Filter& where = {}) const {
    return churn::scheduled_ends(book_, where);
  }
  /// The customers and records behind one movement of a segment and period.
  [[nodiscard]] std::vector<Explanation> explain(const PeriodGrid& grid, std::size_t period,
                                                 Movement movement, const Segmenter& segmenter = {},
                                                 const Label& label = {}, const Filter& where = {}) const {
    return churn::explain(book_, grid, segmenter, label, period, movement, {where, {}, 1});
  }

  /// Every metric of a period under each of the conventions, those of the presets by default.
  [[nodiscard]] Comparison compare(const PeriodGrid& grid, std::size_t period,
                                   const std::vector<Conventions>& conventions = Conventions::presets(),
                                   const Filter& where = {}) const {
    return churn::compare(book_, grid, period, conventions, where);
  }
  /// The customers that make two of them differ in a metric.
  template <Metric M>
  [[nodiscard]] std::vector<DifferingCustomer> who_differs(const PeriodGrid& grid, std::size_t period,
                                                           const Conventions& first,
                                                           const Conventions& second, const M& metric,
                                                           const Filter& where = {}) const {
    return churn::who_differs(book_, grid, period, first, second, metric, where);
  }

  /// The calendar periods from the one of records_from, else of the first change, to that of the last known
  /// day. For cohorts by sign-up from that of the earliest sign-up, if it came before.
  [[nodiscard]] static PeriodGrid whole_book(const Book& book, PeriodKind kind,
                                             CohortBy cohort_by = CohortBy::first_paid);

 private:
  [[nodiscard]] ObserveOptions sampled(ObserveOptions options, std::int32_t step) const {
    constexpr std::size_t most_rows = 1'000'000;
    if (options.one_in == 1) options.one_in = observation_sample(book_, most_rows, step);
    return options;
  }
  Book book_;
};

}  // namespace churn::inline v0
