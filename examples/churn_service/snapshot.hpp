// Snapshot: all that the service knows at one moment. It never changes, so any number of threads read it while the
// follower makes the next one; whoever holds a pointer to it answers from it.
#pragma once

#include <churn/churn.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace churn_service {

/// Made by the first who asks, and kept.
template <class T>
class Lazy {
 public:
  template <class Make>
  const T& get(Make&& make) const {
    const std::lock_guard lock(mutex_);
    if (!value_) value_.emplace(make());
    return *value_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::optional<T> value_;
};

/// What was found wrong, by code. Bounded, however many rows are bad.
struct Findings {
  std::size_t rejected{0};
  std::size_t notices{0};
  std::map<std::string, std::size_t> by_code{};
  void add(const churn::Rejections& rejections);
};

/// A cube that the follower keeps up to date, by the name that a request asks for it with.
struct StandingCube {
  std::string by;  // empty: the total
  churn::MovementCube cube;
};

class Snapshot {
 public:
  Snapshot(churn::Book known, std::vector<StandingCube> standing,
           std::shared_ptr<const churn::RiskModel> with)
      : book(std::move(known)), cubes(std::move(standing)), model(std::move(with)) {}

  churn::Book book;
  std::vector<StandingCube> cubes;
  std::shared_ptr<const churn::RiskModel> model;
  std::string last_change{};  // when the latest change that it holds was made
  Findings found_when_read{};
  Findings found_since{};  // in what has changed; a customer that changes twice counts twice

  // What takes a pass over all customers is made when somebody asks for it.
  [[nodiscard]] const churn::RiskList& risks() const;
  [[nodiscard]] const churn::RiskListRow* risk_of(const churn::CustomerId& customer) const;
  [[nodiscard]] const churn::RosterEntry* entry_of(const churn::CustomerId& customer) const;
  [[nodiscard]] const std::vector<churn::ListedDeparture>& departures() const;
  [[nodiscard]] const churn::Arrears& arrears() const;

 private:
  Lazy<churn::RiskList> risks_;
  Lazy<std::map<std::string, const churn::RiskListRow*>> risk_of_;
  Lazy<std::vector<churn::RosterEntry>> roster_;
  Lazy<std::vector<churn::ListedDeparture>> departures_;
  Lazy<churn::Arrears> arrears_;
};

/// The indicators of the library that a model was trained with.
std::vector<churn::Indicator> indicators_of(const churn::RiskModel& model);

}  // namespace churn_service
