// message: A metric has a name
#include <churn/metric/measure.hpp>

struct Metric {
  churn::Proportion operator()(const churn::MovementCell& cell, const churn::CellContext&) const {
    return {cell.churned_customers, cell.opening_customers};
  }
  friend bool operator==(const Metric&, const Metric&) = default;
};
struct NamedMetric : Metric {
  static constexpr std::string_view name = "mine";
};

auto right(const churn::Measure& question) { return question.compute(NamedMetric{}); }
#ifdef CHURN_MUST_FAIL
auto wrong(const churn::Measure& question) { return question.compute(Metric{}); }
#endif
