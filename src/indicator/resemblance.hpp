// Resemblance: how customers fared who were most like one when they were as old. Private to the library's sources.
#pragma once

#include <churn/indicator/past.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace churn::inline v0 {

class Resemblance {
 public:
  Resemblance(const PastReader& reader, std::int32_t width, std::uint32_t neighbours);
  /// Empty for who is absent, and where fewer than twice as many as the neighbours are known.
  [[nodiscard]] std::optional<double> operator()(const Past& past) const;

 private:
  static constexpr Eigen::Index features = 6;
  static constexpr std::size_t most_customers = 2000;
  static constexpr std::int32_t band_days = 28;
  using Point = Eigen::Array<double, features, 1>;
  /// A customer on the first day of a band of its tenure.
  struct Known {
    std::int32_t from;   // observation days that know how it fared
    std::int32_t until;  // the last that asks this customer
    std::uint32_t rank;  // of the customer, by the hash of its id
    bool departed;
  };
  struct Band {
    std::vector<Known> known;                                 // in order of `from`
    Eigen::Array<double, Eigen::Dynamic, features> points{};  // of each
  };
  [[nodiscard]] Point point_of(const Past& past) const;

  std::int32_t width_;
  std::size_t neighbours_;
  std::vector<Band> bands_;           // by tenure / band_days
  std::vector<std::uint64_t> names_;  // by rank, in order: the customer's hash
};

}  // namespace churn::inline v0
