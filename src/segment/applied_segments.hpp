// A segmenter and a filter, applied to one book: what every customer and every phase is called. Private to
// the library's sources.
//
// The factors of both stand side by side, because MRR is shared out among lanes before a filter looks at
// them. Applied once, it is read by many threads; each counts with a SegmentTable of its own.
#pragma once

#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "segment/labelling.hpp"

namespace churn::inline v0 {

class AppliedSegments {
 public:
  /// Throws what the factors throw, and Error(out_of_range) for more than 100,000 labels.
  AppliedSegments(const Book& book, const Segmenter& by, const Filter& where);

  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] std::uint32_t fixed(CustomerIndex customer) const noexcept {
    return fixed_(static_cast<std::size_t>(customer));
  }
  [[nodiscard]] const CrossedColumns& fixed() const noexcept { return fixed_; }
  [[nodiscard]] const std::vector<Segmenter::State>& states() const noexcept { return states_; }
  [[nodiscard]] std::uint32_t lane(std::uint32_t phase_row) const noexcept { return lanes_(phase_row); }
  [[nodiscard]] const CrossedColumns& lanes() const noexcept { return lanes_; }
  [[nodiscard]] std::uint8_t currency_of_lane(std::uint32_t lane) const noexcept {
    return lane_currency_[lane];
  }
  /// Tenures, in days, at which some state may change; ascending.
  [[nodiscard]] const std::vector<std::int32_t>& tenure_cuts() const noexcept { return tenure_cuts_; }

 private:
  friend class SegmentTable;
  struct Place {
    Segmenter::Kind kind;
    std::size_t at;  // among the factors of its kind
  };
  std::vector<std::string> names_;  // of `by`
  std::vector<Place> places_;       // of all factors, those of `by` first
  Filter where_;
  CrossedColumns fixed_;
  CrossedColumns lanes_;  // by row of a phase
  std::vector<std::uint8_t> lane_currency_;
  std::vector<Segmenter::State> states_;
  std::vector<std::int32_t> tenure_cuts_;
};

/// Numbers by a node and a code: of codes below 64 in a column of the node's own, of others in a map.
class PairNumbers {
 public:
  /// The number that is there, or the one that make() gives.
  template <class Make>
  [[nodiscard]] std::uint32_t get(std::uint32_t node, std::uint32_t code, Make&& make) {
    if (code >= codes_in_columns) {
      const std::uint64_t key = std::uint64_t{node} << 32 | code;
      if (const auto found = others_.find(key); found != others_.end()) return found->second;
      const std::uint32_t number = make();
      others_.emplace(key, number);
      return number;
    }
    if (node < columns_.size() && code < columns_[node].size() && columns_[node][code] != unknown)
      return columns_[node][code];
    const std::uint32_t number = make();
    if (node >= columns_.size()) columns_.resize(std::size_t{node} + 1);
    if (code >= columns_[node].size()) columns_[node].resize(std::size_t{code} + 1, unknown);
    columns_[node][code] = number;
    return number;
  }

 private:
  static constexpr std::uint32_t codes_in_columns = 64;
  static constexpr std::uint32_t unknown = UINT32_MAX - 1;
  std::vector<std::vector<std::uint32_t>> columns_;
  std::unordered_map<std::uint64_t, std::uint32_t> others_;
};

/// The segments that one thread has met. A *segment* is what a customer is on a day, its fixed labels and
/// states together; a segment and a lane make a *target*, the row of a result that counts them, or none if
/// the filter leaves them out.
class SegmentTable {
 public:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t no_lane = std::numeric_limits<std::uint32_t>::max();

  explicit SegmentTable(const AppliedSegments& applied);
  /// The segment of a customer in a situation.
  [[nodiscard]] std::uint32_t segment(const Situation& situation);
  /// That of fixed labels and of a code for each state, all of which number their labels.
  [[nodiscard]] std::uint32_t segment(std::uint32_t fixed, std::span<const std::uint32_t> states);
  /// The code of a state in a situation.
  [[nodiscard]] std::uint32_t state_code(std::size_t state, const Situation& situation);
  /// The segment of a customer that is not present: "(none)" in every state.
  [[nodiscard]] std::uint32_t segment_of_absent(CustomerIndex customer);
  /// `lane` may be no_lane: "(none)" in every lane.
  [[nodiscard]] std::uint32_t target(std::uint32_t segment, std::uint32_t lane) {
    const std::uint32_t target = target_of_.get(segment, lane, [&] { return make_target(segment, lane); });
    if (counts_) count(segment, lane, target);
    return target;
  }

  /// How many customers have met a row, and of how many the filter keeps something in it.
  struct Uses {
    std::int64_t customers{0};
    std::int64_t kept{0};
    std::int64_t last{0};  // customer that met it
    std::int64_t last_kept{0};
  };
  /// From now on rows count who meets them; next_customer() says that another one comes.
  void count_customers() noexcept { counts_ = true; }
  void next_customer() noexcept { ++customer_; }
  [[nodiscard]] bool counts_customers() const noexcept { return counts_; }
  [[nodiscard]] const std::vector<Uses>& uses() const noexcept { return uses_; }

  /// The rows that were met, in order of their numbers.
  [[nodiscard]] const std::vector<Label>& targets() const noexcept { return labels_; }
  /// By row; empty where the filter has left out all of it.
  [[nodiscard]] const std::vector<std::optional<Currency>>& currencies() const noexcept {
    return currencies_;
  }

 private:
  [[nodiscard]] std::uint32_t text_code(std::size_t state, std::string label);
  [[nodiscard]] std::uint32_t root(std::uint32_t fixed);
  [[nodiscard]] std::uint32_t extend(std::uint32_t before, std::uint32_t code);
  [[nodiscard]] std::uint32_t make_target(std::uint32_t segment, std::uint32_t lane);
  void count(std::uint32_t segment, std::uint32_t lane, std::uint32_t target);

  struct Texts {
    std::vector<std::string> labels;
    std::unordered_map<std::string, std::uint32_t> code;
    std::uint32_t last{0};  // what was asked for last
  };
  struct Node {  // of a chain: the fixed label, then a state after the other
    std::uint32_t before;
    std::uint32_t code;
  };
  const AppliedSegments& applied_;
  std::vector<Texts> texts_;  // of the states
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> root_of_;  // by fixed label
  PairNumbers node_of_;
  PairNumbers target_of_;
  std::map<Label, std::uint32_t> place_;
  std::vector<Label> labels_;
  std::vector<std::optional<Currency>> currencies_;
  bool counts_{false};
  std::int64_t customer_{0};  // from 1
  std::vector<Uses> uses_;    // by row
  PairNumbers row_of_;        // of a segment and a lane, kept or not
  std::uint32_t made_{none};  // the row of the last target that was made
};

}  // namespace churn::inline v0
