// SegmentPlaces: a segment and a lane as one number, the *place* of a customer that is in one lane at a time. Private
// to the library's sources.
//
// Where all states number their labels, a place is worked out of the codes of the customer's fixed labels, its states
// and its lane by arithmetic, and no table of segments is asked but once for each place that occurs. Where, besides,
// all that states say of who has one phase alone is a column over phases, no state need be asked. Else places are
// numbered as they are met.
#pragma once

#include <churn/segment/situation.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "book/book_data.hpp"
#include "segment/applied_segments.hpp"
#include "segment/labelling.hpp"

namespace churn::inline v0 {

class SegmentPlaces {
 public:
  /// What is given outlives it.
  SegmentPlaces(const AppliedSegments& applied, SegmentTable& table);
  SegmentPlaces(const SegmentPlaces&) = delete;  // its digits point into it
  SegmentPlaces& operator=(const SegmentPlaces&) = delete;
  ~SegmentPlaces() = default;

  /// If so, the place of a customer with one phase is of_customer() + of_phase() + of_asked().
  [[nodiscard]] bool are_worked_out() const noexcept { return are_worked_out_; }
  /// Whether they are, and nothing is to be asked.
  [[nodiscard]] bool are_columns() const noexcept { return are_columns_; }
  [[nodiscard]] std::uint32_t of_customer(std::size_t customer) const { return customers_(customer); }
  [[nodiscard]] std::uint32_t of_phase(std::size_t row) const {
    std::uint32_t place = 0;
    for (const Digit& digit : phases_) place += digit(row);
    return place;
  }
  /// What the states add that aren't columns over phases.
  [[nodiscard]] std::uint32_t of_asked(const Situation& situation) const {
    std::uint32_t place = 0;
    for (const Asked& asked : asked_) place += table_.state_code(asked.state, situation) * asked.weight;
    return place;
  }
  /// What a code adds to a place, by row. No places: nothing.
  class Digit {
   public:
    Digit() = default;
    Digit(std::span<const std::uint32_t> codes, std::span<const std::uint32_t> place_of)
        : codes_(codes.data()), place_of_(place_of.data()), labels_(place_of.size()) {}
    [[nodiscard]] std::uint32_t operator()(std::size_t row) const {
      if (labels_ == 0) return 0;
      const std::uint32_t code = codes_[row];
      if (code >= labels_) throw_no_label(labels_, code);
      return place_of_[code];
    }

   private:
    const std::uint32_t* codes_{nullptr};
    const std::uint32_t* place_of_{nullptr};
    std::size_t labels_{0};
  };
  /// For loops that keep at hand what they look up: what of_customer() gives, and the parts of of_phase().
  [[nodiscard]] Digit customers() const noexcept { return customers_; }
  [[nodiscard]] std::span<const Digit> phases() const noexcept { return phases_; }
  /// By place what row() gives, or not_asked; valid until the next place is numbered.
  [[nodiscard]] const std::uint32_t* rows() const noexcept { return rows_.data(); }
  static constexpr std::uint32_t not_asked = UINT32_MAX;

  /// The same of several phases at once, all of which are in one lane.
  [[nodiscard]] std::uint32_t of_several(const Situation& situation);
  /// Where places are numbered.
  [[nodiscard]] std::uint32_t of(std::uint32_t segment, std::uint32_t lane);

  /// What tells segments apart.
  [[nodiscard]] std::uint32_t segment(std::uint32_t place) const {
    return are_worked_out_ ? place / lanes_ : pairs_[place].segment;
  }
  [[nodiscard]] std::uint32_t lane(std::uint32_t place) const {
    return are_worked_out_ ? place % lanes_ : pairs_[place].lane;
  }
  /// Who moves from the segment of a place into the lane of another.
  [[nodiscard]] std::uint32_t with_lane_of(std::uint32_t place, std::uint32_t other) {
    return are_worked_out_ ? place - place % lanes_ + other % lanes_
                           : of(pairs_[place].segment, pairs_[other].lane);
  }
  /// One more than the target that counts a place; 0 where the filter leaves it out.
  [[nodiscard]] std::uint32_t row(std::uint32_t place) {
    const std::uint32_t row = place < rows_.size() ? rows_[place] : not_asked;
    return row != not_asked ? row : ask_row(place);
  }

 private:
  struct Pair {
    std::uint32_t segment;
    std::uint32_t lane;
  };
  struct Asked {
    std::size_t state;
    std::uint32_t weight;
  };
  static constexpr std::size_t most_places = 1 << 16;
  [[nodiscard]] std::uint32_t ask_row(std::uint32_t place);

  const AppliedSegments& applied_;
  SegmentTable& table_;
  bool are_worked_out_{false};
  bool are_columns_{false};
  std::uint32_t lanes_;
  std::vector<std::vector<std::uint32_t>> places_of_;  // of the digits, by code
  Digit customers_;
  std::vector<Digit> phases_;
  std::vector<Asked> asked_;
  std::vector<std::uint32_t> codes_;  // scratch
  std::vector<Pair> pairs_;           // by place, where places are numbered
  PairNumbers numbers_;
  std::vector<std::uint32_t> rows_;  // by place
};

}  // namespace churn::inline v0
