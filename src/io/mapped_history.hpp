// Versions of one thing in a history table: which is the latest, and what phases they make. Private to the
// readers of io/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <churn/book/records.hpp>

#include "io/mapped_dates.hpp"

namespace churn::inline v0 {
namespace reading {

/// When a version came, for ordering those of one id.
struct VersionOrder {
  Moment as_of;
  std::string then_by;
  std::size_t place;  ///< among all rows
};

/// Whether a came before b.
[[nodiscard]] bool is_earlier(const VersionOrder& a, const VersionOrder& b);

/// The versions of things, by their ids, in the order in which the ids came.
template <class Version>
class Versions {
 public:
  void add(const std::string& id, Version version) {
    const auto [found, is_new] = index_.try_emplace(id, chains_.size());
    if (is_new) chains_.emplace_back();
    chains_[found->second].push_back(std::move(version));
  }
  /// Those of each id, the earliest first.
  [[nodiscard]] std::vector<std::vector<Version>>& sorted() {
    for (std::vector<Version>& chain : chains_)
      std::sort(chain.begin(), chain.end(),
                [](const Version& a, const Version& b) { return is_earlier(a.order, b.order); });
    return chains_;
  }

 private:
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<std::vector<Version>> chains_;
};

/// A customer or an invoice as it was from a date on.
template <class T>
struct ValueVersion {
  VersionOrder order;
  bool in_force;
  std::int64_t row;
  std::optional<T> value;  ///< none if not in force
};

struct PhaseVersion {
  VersionOrder order;
  bool in_force;
  std::int64_t row;
  std::string subscription;
  std::string customer;
  std::optional<Phase> phase;  ///< none if not in force
};

/// The phases that the versions of one subscription make, with the days on which they are in force.
[[nodiscard]] std::vector<PhaseVersion> phases_of(const std::vector<PhaseVersion>& sorted);

}  // namespace reading
}  // namespace churn::inline v0
