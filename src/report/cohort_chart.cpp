#include <churn/report/cohort_chart.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "report/chart_spec.hpp"
#include "report/words.hpp"

namespace churn::inline v0 {

namespace {

/// Beyond 110 % all is one colour, so that a cohort that doubled does not fade the others.
constexpr const char* cohort_view = R"json({
  "height": {"step": 24},
  "layer": [
    {
      "mark": {"type": "rect"},
      "encoding": {
        "color": {
          "field": "value", "type": "quantitative", "title": null,
          "scale": {"domain": [@LOW@, 1.1], "clamp": true, "range": ["#f7e4d4", "#cfe3f1", "#6aa6d0", "#0a5a94"]},
          "legend": {"format": ".0%", "orient": "top", "gradientLength": 160}
        },
        "tooltip": [
          {"field": "cohort"}, {"field": "size", "title": "customers who came"}, {"field": "age", "title": "periods later"},
          {"field": "value", "type": "quantitative", "format": ".1%", "title": "@WHAT@"}
        ]
      }
    },
    {
      "mark": {"type": "text", "fontSize": 10, "opacity": {"expr": "width / @AGES@ < 27 ? 0 : 1"}},
      "encoding": {
        "text": {"field": "value", "type": "quantitative", "format": ".0%"},
        "color": {"condition": {"test": "datum.value > @DARK@", "value": "#ffffff"}, "value": "#12212e"}
      }
    }
  ],
  "encoding": {
    "x": {"field": "age", "type": "ordinal", "title": "periods since the first", "axis": {"labelAngle": 0, "labelOverlap": "greedy", "orient": "top", "ticks": false}},
    "y": {"field": "cohort", "type": "ordinal", "title": null, "axis": {"labelExpr": "@LABEL@", "ticks": false}}
  },
  "config": {"view": {"stroke": null}}
})json";

/// At one age, the best cohort and the worst of those of at least ten customers: at the greatest age that three of them have.
std::string cohort_finding(const CohortMatrix& matrix, const std::string& what) {
  for (Eigen::Index age = matrix.value.cols(); age-- > 1;) {
    std::optional<Eigen::Index> best;
    std::optional<Eigen::Index> worst;
    int known = 0;
    for (Eigen::Index i = 0; i < matrix.value.rows(); ++i) {
      if (!matrix.observed(i, age) || matrix.sizes(i) < 10) continue;
      ++known;
      if (!best || matrix.value(i, age) > matrix.value(*best, age)) best = i;
      if (!worst || matrix.value(i, age) < matrix.value(*worst, age)) worst = i;
    }
    if (known < 3) continue;
    const auto day = [&](Eigen::Index i) { return matrix.cohorts[static_cast<std::size_t>(i)].to_string(); };
    return "After " + std::to_string(age) + (age == 1 ? " period" : " periods") + " the cohort of " +
           day(*best) + " had kept " + words::percent(matrix.value(*best, age), 0) + " of its " + what +
           ", that of " + day(*worst) + " " + words::percent(matrix.value(*worst, age), 0) + ".";
  }
  return "There are too few cohorts of ten customers or more to compare.";
}

}  // namespace

Chart cohort_chart(const CohortMatrix& matrix, CohortMeasure measure) {
  const bool logo = measure == CohortMeasure::logo;
  const std::string what = logo ? "customers" : "MRR";
  Chart chart{logo ? "cohorts-logo" : "cohorts-revenue",
              "",
              logo ? "Customers of each cohort that pay at the close of later periods, out of all who first "
                     "paid in it. Compare down a column."
                   : "MRR of each cohort at the close of later periods, out of what it was at the close of "
                     "the first. Compare down a column.",
              {{"cohort", "size", "age", "value", "numerator", "denominator"}, {}},
              ""};
  double low = 1;
  Eigen::Index ages = 1;
  bool by_month = true;
  for (Eigen::Index i = 0; i < matrix.value.rows(); ++i) {
    const Date cohort = matrix.cohorts[static_cast<std::size_t>(i)];
    by_month = by_month && cohort.day() == 1;
    for (Eigen::Index age = 0; age < matrix.value.cols(); ++age) {
      if (!matrix.observed(i, age) || matrix.sizes(i) == 0) continue;
      ages = std::max(ages, age + 1);
      low = std::min(low, matrix.value(i, age));
      chart.data.rows.push_back({cohort, matrix.sizes(i), static_cast<std::int64_t>(age),
                                 matrix.value(i, age), matrix.numerator(i, age), matrix.denominator(i, age)});
    }
  }
  chart.finding = cohort_finding(matrix, what);
  const double lowest = std::min(0.8, std::floor(low * 10) / 10);
  const double dark =
      std::round((lowest + 0.85 * (1.1 - lowest)) * 1000) / 1000;  // on these white is easier to read
  chart.spec =
      chart_spec::filled(cohort_view, {{"LOW", shortest(lowest)},
                                       {"DARK", shortest(dark)},
                                       {"AGES", std::to_string(ages)},
                                       {"WHAT", what + " kept"},
                                       {"LABEL", by_month ? "slice(datum.label, 0, 7)" : "datum.label"}});
  return chart;
}

}  // namespace churn::inline v0
