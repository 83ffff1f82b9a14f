// A rate has a numerator and a denominator.
// message: never a bare number
#include <churn/metric/measure.hpp>

template <class Result>
struct Departed {
  static constexpr std::string_view name = "departed";
  Result operator()(const churn::MovementCell& cell, const churn::CellContext&) const;
  friend bool operator==(const Departed&, const Departed&) = default;
};

static_assert(churn::Metric<Departed<churn::Ratio>>);
#ifdef CHURN_MUST_FAIL
auto wrong(const churn::Measure& question) { return question.compute(Departed<double>{}); }
#endif
