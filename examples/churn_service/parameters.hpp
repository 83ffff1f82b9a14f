// What may stand behind the `?`: each name once, none that is not known, nothing that is too long or too much.
#pragma once

#include <churn/core/period_grid.hpp>
#include <churn/segment/segmenter.hpp>

#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace churn_service {

/// A question that is refused: how, why, and what to do instead.
struct Refused : std::runtime_error {
  Refused(int with, std::string under, const std::string& message, std::string instead = {})
      : std::runtime_error(message), status(with), code(std::move(under)), help(std::move(instead)) {}
  int status;
  std::string code;
  std::string help;
};

class Parameters {
 public:
  static constexpr std::size_t most_periods = 400;
  static constexpr std::size_t most_factors = 3;

  Parameters(const std::multimap<std::string, std::string>& given,
             std::initializer_list<std::string_view> known);

  [[nodiscard]] std::optional<std::string> text(const std::string& name) const;
  [[nodiscard]] std::optional<churn::Date> day(const std::string& name) const;
  [[nodiscard]] bool flag(const std::string& name) const;
  [[nodiscard]] std::size_t number(const std::string& name, std::size_t otherwise, std::size_t most) const;
  /// `from`, `to` and `period`; by default the months of the year that ends with the running one.
  [[nodiscard]] churn::PeriodGrid periods(churn::Date as_of) const;
  /// The parts of `by`.
  [[nodiscard]] std::vector<std::string> segments() const;

 private:
  std::multimap<std::string, std::string> given_;
};

}  // namespace churn_service
