// Segmenter: names the group that a customer, or a part of what it pays, belongs to. Segmenters multiply.
//
//   by::attribute("channel")                          fixed: one label a customer
//   by::plan * by::attribute("industry")              a lane, crossed with an attribute
//   by::custom("size", [](const Book& book, CustomerIndex c) { return std::string("small"); })
//
// There are three kinds:
//   fixed   attributes, cohorts and a host's own rule: a label of the customer that never changes
//   states  by::primary_plan, by::tenure, by::mrr_band, by::preferred_phase, by::custom_state: one label a customer
//           and day
//   lanes   by::plan, by::interval, by::currency, by::custom_lane: a label of each phase; a customer may be in
//           several at once, and its MRR adds up over them (the count of customers does not)
// A customer that moves between states or lanes makes transfers (cube/movement_cube.hpp). Where one label a
// customer is needed (cohorts), states and lanes give that of the first present day, the lane with the most
// MRR on it: the current one would make survivors of those who had time to move.
//
// A segmenter is total: whoever has no label goes to the visible "(none)", so segments always add up to the
// total. Labels are texts and are ordered by their bytes. A cohort is the calendar period of the first
// present day, printed as its first day; whoever was there on or before records_from is in "(before
// records)", because when they came is not known, and whoever was never present is in "(none)".
//
// Only labels that occur in the book are listed. At most 100,000 of them; more throw Error(out_of_range).
// Labelling a book is O(customers x factors + labels log labels), with states or lanes O(changes x factors x
// phases in force). Who has one phase at a time, as nearly all have, is looked up rather than asked for in lanes,
// by::primary_plan and by::preferred_phase, which are the faster for it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/period_grid.hpp>
#include <churn/segment/situation.hpp>

namespace churn::inline v0 {

/// The labels of one segment, one for each factor of the segmenter.
using Label = std::vector<std::string>;

/// What a segmenter says of every customer of a book.
struct Labelling {
  std::vector<std::string> names;   ///< of the factors: the column names of results
  std::vector<Label> labels;        ///< those that occur, in order of their bytes
  std::vector<std::uint32_t> code;  ///< by customer, an index into `labels`; empty: all are in the only one

  /// The index into `labels` of a customer, by its CustomerIndex.
  [[nodiscard]] std::uint32_t operator()(std::size_t customer) const noexcept {
    return code.empty() ? 0 : code[customer];
  }
};

/// A rule, or several multiplied, by which customers or parts of their MRR are grouped.
class Segmenter {
 public:
  /// Everyone in one segment without a name: the total.
  Segmenter() = default;

  /// The names of the factors, in order.
  [[nodiscard]] std::vector<std::string> names() const;
  /// True if some factor is a state or a lane, so that a customer's label may change.
  [[nodiscard]] bool changes() const noexcept;
  /// One label a customer; of states and lanes that of the first present day.
  [[nodiscard]] Labelling operator()(const Book& book) const;

  /// Crosses both: the factors of `a`, then those of `b`.
  friend Segmenter operator*(const Segmenter& a, const Segmenter& b);

  /// A number and a text for every customer (fixed factors) or every phase of the records (lanes).
  struct Column {
    std::vector<std::string> labels;  ///< texts that codes stand for
    std::vector<std::uint32_t> code;  ///< an index into `labels`
    /// In the place of `code`: numbers that the book itself keeps, for as long as it or a copy of it lives.
    std::span<const std::uint32_t> kept{};

    /// Whichever of the two there is.
    [[nodiscard]] std::span<const std::uint32_t> codes() const noexcept {
      return code.empty() ? kept : std::span<const std::uint32_t>{code};
    }
  };
  /// How a state is read off a customer's day: as an index into `labels` where these are known beforehand,
  /// else as a text. It must depend on nothing but the situation, and be safe to call from many threads.
  /// Besides the days on which a phase begins, ends or changes its worth it is asked on the days when tenure
  /// reaches one of `tenure_cuts`.
  struct State {
    /// Asked where there is no `code`; an empty text is "(none)".
    std::function<std::string(const Situation&)> label{};
    std::vector<std::string> labels{};  ///< that `code` gives places in
    /// A place beyond `labels` throws Error(out_of_range).
    std::function<std::uint32_t(const Situation&)> code{};
    std::vector<std::int32_t> tenure_cuts{};  ///< days since the first present one
    /// For states that are a matter of the phase alone where a customer has only one: of every phase of the records
    /// what `code` says of whoever has nothing else, without labels of its own. It is then looked up here, and `code`
    /// asked where several phases are in force at once.
    Column alone{};
  };
  /// What a label is of.
  enum class Kind : std::uint8_t {
    fixed,  ///< of the customer, for good
    state,  ///< of the customer, on a day
    lane    ///< of a phase: a customer may have several at once
  };
  /// One rule of a segmenter, and one column of its labels.
  struct Factor {
    std::string name;                             ///< of the column in results
    Kind kind;                                    ///< says which of the two below is asked
    std::function<Column(const Book&)> column{};  ///< of fixed factors and lanes
    std::function<State(const Book&)> state{};    ///< of states
    /// Tells rules of one name apart where answers are kept: bounds of bands, the kind of a cohort's period, or
    /// what a host says of a rule of its own.
    std::string version{};
  };
  /// Of one factor; multiply for more.
  explicit Segmenter(Factor factor) { factors_.push_back(std::move(factor)); }
  /// In the order in which they were multiplied; none for the total.
  [[nodiscard]] const std::vector<Factor>& factors() const noexcept { return factors_; }

 private:
  std::vector<Factor> factors_;
};

/// Crosses both: the factors of `a`, then those of `b`.
[[nodiscard]] Segmenter operator*(const Segmenter& a, const Segmenter& b);

/// A segmenter that needs no arguments: by::plan. It turns into a Segmenter wherever one is taken.
class NamedSegmenter {
 public:
  /// `make` is called each time that a Segmenter is needed.
  explicit constexpr NamedSegmenter(Segmenter (*make)()) noexcept : make_(make) {}
  /// What it stands for.
  operator Segmenter() const { return make_(); }  // NOLINT(google-explicit-constructor): that is its purpose

 private:
  Segmenter (*make_)();
};

namespace by {

/// By an attribute of the customer. Throws Error(unknown_attribute) when it is applied.
[[nodiscard]] Segmenter attribute(std::string name);
/// By the calendar period of the first present day.
[[nodiscard]] Segmenter cohort(PeriodKind kind = PeriodKind::month);
/// By a host's own rule, called once a customer; an empty label is "(none)". Whoever changes the rule gives it
/// another version: what was counted by two versions is never added up (io/cube_file.hpp).
[[nodiscard]] Segmenter custom(std::string name, std::function<std::string(const Book&, CustomerIndex)> label,
                               std::string version = {});

/// A state: days since the first present day, in bands. {30, 90} makes `0-29 days`, `30-89 days`, `90+ days`
/// (zeros in front keep bands in order where bytes would not: {30, 90, 180} begins with `000-029 days`). Throws Error(bad_number) unless the bounds are positive and rise.
[[nodiscard]] Segmenter tenure_bands(std::vector<std::int32_t> bounds);
/// A state: the customer's MRR, in bands of major units of the currency, each from its lower bound to below
/// the next. {10, 100} makes `0-10`, `10-100`, `100+`. Same errors; a book of several currencies throws
/// Error(mixed_currencies) when it is applied.
[[nodiscard]] Segmenter mrr_bands(std::vector<std::int64_t> bounds);
/// A state by a host's own rule, asked for every customer and change, and on the days when tenure reaches one
/// of `tenure_cuts`, ascending; an empty label is "(none)". It must depend on nothing but the situation and be
/// safe to call from as many threads as a fold may use.
[[nodiscard]] Segmenter custom_state(std::string name, std::function<std::string(const Situation&)> label,
                                     std::vector<std::int32_t> tenure_cuts = {}, std::string version = {});
/// The same by the place of a label in a list, which a book is asked for once: a fold over millions of changes then
/// makes no text of each. A place beyond the list throws Error(out_of_range) in the fold.
[[nodiscard]] Segmenter numbered_state(std::string name,
                                       std::function<std::vector<std::string>(const Book&)> labels,
                                       std::function<std::uint32_t(const Situation&)> number,
                                       std::vector<std::int32_t> tenure_cuts = {}, std::string version = {});
/// A state: the label, in a lane, of one of the phases in force: that which `prefers` sets before each of the others,
/// and of several such the first in order of starts_on and of the subscription's id. So the plan started last is
///
///   by::preferred_phase("latest plan", by::plan, [](const PhaseOnDay& a, const PhaseOnDay& b) {
///     return a.phase.starts_on() > b.phase.starts_on();
///   })
///
/// `prefers` is asked only where a customer has several phases at once, about two of them at a time. It must be a
/// strict weak order, depend on nothing but the two, and be safe to call from as many threads as a fold may use; an
/// order that looks at PhaseView::row() makes answers depend on the order of the records. Ticks that it compares are
/// of the phases' own currencies where a book holds several. Throws Error(unknown_name) unless `lane` is one lane.
[[nodiscard]] Segmenter preferred_phase(std::string name, const Segmenter& lane,
                                        std::function<bool(const PhaseOnDay&, const PhaseOnDay&)> prefers,
                                        std::string version = {});
/// A lane by a host's own rule, asked once for every phase of the records; an empty label is "(none)".
[[nodiscard]] Segmenter custom_lane(std::string name, std::function<std::string(const PhaseView&)> label,
                                    std::string version = {});

namespace detail {
[[nodiscard]] Segmenter make_plan();
[[nodiscard]] Segmenter make_interval();
[[nodiscard]] Segmenter make_currency();
[[nodiscard]] Segmenter make_primary_plan();
[[nodiscard]] Segmenter make_tenure();
[[nodiscard]] Segmenter make_mrr_band();
}  // namespace detail

/// A lane: the plan of the phase.
inline constexpr NamedSegmenter plan{&detail::make_plan};
/// A lane: how often the phase is charged, `month`, `year`, `3 months`.
inline constexpr NamedSegmenter interval{&detail::make_interval};
/// A lane: the currency of the phase. The only way to ask a book of several currencies for all of them.
inline constexpr NamedSegmenter currency{&detail::make_currency};
/// A state: the plan with the most MRR of the customer; of equals the first by its bytes.
inline constexpr NamedSegmenter primary_plan{&detail::make_primary_plan};
/// A state: tenure_bands({30, 90, 180, 365, 730}).
inline constexpr NamedSegmenter tenure{&detail::make_tenure};
/// A state: mrr_bands({10, 100, 1000, 10000}).
inline constexpr NamedSegmenter mrr_band{&detail::make_mrr_band};

/// What `--by` and `--where` of the command line take: plan, interval, currency, primary_plan, tenure,
/// mrr_band, cohort, or the name of an attribute (`attribute:plan` for one that is called like a built-in
/// segment). An unknown name throws Error(unknown_attribute), listing what there is, when it is applied.
[[nodiscard]] Segmenter name(std::string name, PeriodKind cohort_kind = PeriodKind::month);

}  // namespace by

}  // namespace churn::inline v0
