// Resemblance: how customers fared who were most like one when they were as old. Private to the library's sources.
#pragma once

#include <churn/indicator/past.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace churn::inline v0 {

class Resemblance {
 public:
  Resemblance(const PastReader& reader, std::int32_t width, std::uint32_t neighbours);
  /// Empty for who is absent, and where fewer than twice as many as the neighbours are known.
  [[nodiscard]] std::optional<double> operator()(const Past& past) const;

 private:
  static constexpr std::size_t features = 6;
  static constexpr std::uint32_t most_customers = 2000;
  static constexpr std::int32_t band_days = 28;
  using Point = std::array<double, features>;
  struct Known {
    std::int32_t known_on;
    std::uint32_t rank;  // of the customer, by a hash of its id
    bool departed;
    Point point;
  };
  [[nodiscard]] Point point_of(const Past& past) const;
  [[nodiscard]] std::uint64_t name_of(const Past& past) const;

  std::int32_t width_;
  std::uint32_t neighbours_;
  std::vector<std::vector<Known>> bands_;  // by tenure / band_days
  std::vector<std::uint64_t> names_;       // by rank: the customer's hash
};

}  // namespace churn::inline v0
