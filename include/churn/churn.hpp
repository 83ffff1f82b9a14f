// libchurn: who leaves, what it costs, why, who is next, and what would change it.
//
//   #include <churn/churn.hpp>
//   using namespace churn;
//
//   Records records;
//   for (const auto& row : billing_rows) records.add(to_subscription(row));
//   auto [book, rejections] = Book::build(records, as_of);
//
//   Analyzer analyzer{book};
//   auto rates   = analyzer.churn_rates(months(from, to));
//   auto bridge  = analyzer.mrr_movements(months(from, to), by::plan * by::attribute("industry"));
//   auto cohorts = analyzer.cohorts(PeriodKind::month).logo_retention();
//   auto leaks   = analyzer.contrasts(months(from, to), by::attribute("channel"));
//   auto stays   = analyzer.stays(by::plan).curve({"pro"});
//   auto causes  = analyzer.departures(months(from, to), by::plan);
//   auto next    = analyzer.risk_scores(analyzer.risk_model());
//   auto change  = analyzer.levers();
//   auto coming  = analyzer.forecast(PeriodKind::month);
//
// Not included here, because not every host needs them: churn/io/ (books as CSV and JSON, and out of exports of
// billing systems; objects, answers and conventions as JSON), churn/report/ (terminal and HTML), churn/core/boost_date.hpp.
#pragma once

#include <churn/analyzer.hpp>
#include <churn/book/book.hpp>
#include <churn/book/changes.hpp>
#include <churn/book/conventions.hpp>
#include <churn/book/event_index.hpp>
#include <churn/book/live_book.hpp>
#include <churn/book/records.hpp>
#include <churn/book/rejections.hpp>
#include <churn/cohort/cohort_contrast.hpp>
#include <churn/cohort/cohort_matrix.hpp>
#include <churn/core/date.hpp>
#include <churn/core/money.hpp>
#include <churn/core/period_grid.hpp>
#include <churn/core/run_rate.hpp>
#include <churn/core/table.hpp>
#include <churn/cube/cohort_cube.hpp>
#include <churn/cube/departure_cube.hpp>
#include <churn/cube/life_table.hpp>
#include <churn/cube/live_cube.hpp>
#include <churn/cube/live_departure_cube.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/cube/subscription_cube.hpp>
#include <churn/cube/tally.hpp>
#include <churn/decision/decision.hpp>
#include <churn/decision/decision_effect.hpp>
#include <churn/decision/decision_mrr.hpp>
#include <churn/decision/decision_placebos.hpp>
#include <churn/decision/decision_rows.hpp>
#include <churn/departure/arrears.hpp>
#include <churn/departure/causes.hpp>
#include <churn/departure/departure_list.hpp>
#include <churn/departure/departure_season.hpp>
#include <churn/departure/dunning.hpp>
#include <churn/departure/exit_surveys.hpp>
#include <churn/departure/expiring_cards.hpp>
#include <churn/departure/failed_payments.hpp>
#include <churn/departure/reason_coverage.hpp>
#include <churn/departure/returns.hpp>
#include <churn/departure/win_back.hpp>
#include <churn/domain/customer.hpp>
#include <churn/domain/event.hpp>
#include <churn/domain/fx_rate.hpp>
#include <churn/domain/invoice.hpp>
#include <churn/domain/subscription.hpp>
#include <churn/forecast/beta_discrete_weibull.hpp>
#include <churn/forecast/bg_nbd.hpp>
#include <churn/forecast/chain_ladder.hpp>
#include <churn/forecast/cohort_renewals.hpp>
#include <churn/forecast/cohort_triangle.hpp>
#include <churn/forecast/forecast_backtest.hpp>
#include <churn/forecast/gamma_gamma.hpp>
#include <churn/forecast/horizon_value.hpp>
#include <churn/forecast/mrr_forecast.hpp>
#include <churn/forecast/renewal_counts.hpp>
#include <churn/forecast/repeat_buyer.hpp>
#include <churn/forecast/shifted_beta_geometric.hpp>
#include <churn/indicator/event_windows.hpp>
#include <churn/indicator/indicator.hpp>
#include <churn/indicator/past.hpp>
#include <churn/indicator/standard_indicators.hpp>
#include <churn/lever/cohort_flows.hpp>
#include <churn/lever/customer_profile.hpp>
#include <churn/lever/exposure.hpp>
#include <churn/lever/landmark_effect.hpp>
#include <churn/lever/landmark_rows.hpp>
#include <churn/lever/levers.hpp>
#include <churn/lever/standard_levers.hpp>
#include <churn/lever/time_to_value.hpp>
#include <churn/lever/what_if.hpp>
#include <churn/metric/compare.hpp>
#include <churn/metric/explain.hpp>
#include <churn/metric/measure.hpp>
#include <churn/metric/movements.hpp>
#include <churn/metric/rates.hpp>
#include <churn/metric/replicates.hpp>
#include <churn/metric/roster.hpp>
#include <churn/metric/segment_contrast.hpp>
#include <churn/metric/trend.hpp>
#include <churn/reason/departure_facts.hpp>
#include <churn/reason/departure_rules.hpp>
#include <churn/reason/departure_type.hpp>
#include <churn/reason/failure_codes.hpp>
#include <churn/reason/stated_reasons.hpp>
#include <churn/risk/feature_use.hpp>
#include <churn/risk/lead.hpp>
#include <churn/risk/onboarding_funnel.hpp>
#include <churn/risk/playbook.hpp>
#include <churn/risk/risk_backtest.hpp>
#include <churn/risk/risk_list.hpp>
#include <churn/risk/risk_model.hpp>
#include <churn/risk/transform.hpp>
#include <churn/row/departure.hpp>
#include <churn/row/observations.hpp>
#include <churn/row/observe.hpp>
#include <churn/row/spell.hpp>
#include <churn/row/step.hpp>
#include <churn/segment/customer_groups.hpp>
#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>
#include <churn/segment/situation.hpp>
#include <churn/stats/adjusted_p.hpp>
#include <churn/stats/agresti_coull.hpp>
#include <churn/stats/auc.hpp>
#include <churn/stats/average_precision.hpp>
#include <churn/stats/calibration_line.hpp>
#include <churn/stats/clopper_pearson.hpp>
#include <churn/stats/contingency.hpp>
#include <churn/stats/contrast.hpp>
#include <churn/stats/detectable_change.hpp>
#include <churn/stats/e_value.hpp>
#include <churn/stats/isotonic.hpp>
#include <churn/stats/jackknife.hpp>
#include <churn/stats/jeffreys.hpp>
#include <churn/stats/lift.hpp>
#include <churn/stats/logistic.hpp>
#include <churn/stats/newcombe.hpp>
#include <churn/stats/p_value.hpp>
#include <churn/stats/poisson_interval.hpp>
#include <churn/stats/probability_score.hpp>
#include <churn/stats/quasi_poisson.hpp>
#include <churn/stats/rate_trend.hpp>
#include <churn/stats/reliability.hpp>
#include <churn/stats/wilson.hpp>
#include <churn/survival/aalen_johansen.hpp>
#include <churn/survival/cox.hpp>
#include <churn/survival/hazard.hpp>
#include <churn/survival/kaplan_meier.hpp>
#include <churn/survival/log_rank.hpp>
#include <churn/survival/nelson_aalen.hpp>
#include <churn/survival/proportional_hazards.hpp>
#include <churn/survival/risk_table.hpp>
#include <churn/version.hpp>
