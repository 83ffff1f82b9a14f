#include <churn/segment/segmenter.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include <churn/core/exact.hpp>

#include "book/book_data.hpp"
#include "segment/applied_segments.hpp"
#include "segment/customer_days.hpp"
#include "segment/labelling.hpp"

namespace churn::inline v0 {

namespace {

using Column = Segmenter::Column;
using State = Segmenter::State;
using Kind = Segmenter::Kind;

constexpr const char* before_records_label = "(before records)";

/// A column while its labels are being found.
class ColumnBuilder {
 public:
  void push(std::string label) {
    if (label.empty()) label = no_label;
    const auto [at, is_new] =
        number_.try_emplace(std::move(label), static_cast<std::uint32_t>(column_.labels.size()));
    if (is_new) column_.labels.push_back(at->first);
    require_room_for_labels(column_.labels.size());
    column_.code.push_back(at->second);
  }
  [[nodiscard]] Column take() { return std::move(column_); }

 private:
  std::map<std::string, std::uint32_t> number_;
  Column column_;
};

Column attribute_column(const Book& book, const std::string& name) {
  const Book::Attribute attribute = book.attribute(name);
  return {{attribute.labels.begin(), attribute.labels.end()}, {}, attribute.code};
}

Column cohort_column(const Book& book, PeriodKind kind) {
  ColumnBuilder column;
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const auto first = book.first_present_on(CustomerIndex{c});
    column.push(!first ? no_label
                : book.records_from() && *first <= *book.records_from()
                    ? before_records_label
                    : period_start(kind, *first).to_string());
  }
  return column.take();
}

const PhaseTable& phases_of(const Book& book) { return *book.data().phases.table; }

/// Of the plans by their numbers; a host may leave the name of one empty.
std::vector<std::string> plan_labels(const IdTable& plans) {
  std::vector<std::string> labels;
  for (std::uint32_t i = 0; i < plans.size(); ++i) {
    labels.push_back(plans.text(i));
    if (labels.back().empty()) labels.back() = no_label;
  }
  return labels;
}

Column plan_column(const Book& book) {
  const auto& plan = phases_of(book).plan;
  return {plan_labels(*book.data().phases.plans), {}, {plan.data(), plan.size()}};
}

std::string interval_label(BillingCycle cycle) {
  const std::string name{billing_interval_name(cycle.interval)};
  return cycle.count == 1 ? name : std::to_string(cycle.count) + " " + name + "s";
}

Column interval_column(const Book& book) {
  const PhaseTable& phases = phases_of(book);
  std::map<std::pair<BillingInterval, std::int32_t>, std::uint32_t> number;
  Column column;
  column.code.reserve(phases.size());
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const BillingCycle cycle = phases.cycle(i);
    const auto [at, is_new] = number.try_emplace(std::pair(cycle.interval, cycle.count),
                                                 static_cast<std::uint32_t>(column.labels.size()));
    if (is_new) column.labels.push_back(interval_label(cycle));
    column.code.push_back(at->second);
  }
  return column;
}

Column currency_column(const Book& book) {
  const PhaseTable& phases = phases_of(book);
  std::array<std::uint32_t, 256> number{};  // 0: not met; else one more than the code
  Column column;
  column.code.reserve(phases.size());
  for (const std::uint8_t currency : phases.currency) {
    if (number[currency] == 0) {
      column.labels.emplace_back(Currency::from_index(currency).code());
      number[currency] = static_cast<std::uint32_t>(column.labels.size());
    }
    column.code.push_back(number[currency] - 1);
  }
  return column;
}

/// The plan with the most MRR; of equals the first by its bytes.
State primary_plan_state(const Book& book) {
  (void)book.currency();  // amounts of several currencies can't be compared
  Column plan_of = plan_column(book);
  State state;
  state.labels = std::move(plan_of.labels);
  state.alone = std::move(plan_of);
  state.code = [labels = state.labels](const Situation& now) {
    const auto& plan = phases_of(now.book).plan;
    std::map<std::string_view, std::pair<std::int64_t, std::uint32_t>> plans;  // MRR and code, by label
    for (const PhaseOnDay& on_day : now.phases) {
      const std::uint32_t code = plan[on_day.phase.row()];
      auto& [ticks, its_code] = plans[labels[code]];
      ticks += on_day.ticks;  // a part of the customer's run rate, which fits
      its_code = code;
    }
    return std::max_element(plans.begin(), plans.end(),
                            [](const auto& a, const auto& b) { return a.second.first < b.second.first; })
        ->second.second;  // the first of equals
  };
  return state;
}

/// Texts of bands from their bounds, with zeros in front where the bytes would not be in order without.
std::vector<std::string> band_labels(const std::vector<std::string>& from, const std::vector<std::string>& to,
                                     const std::string& unit) {
  const auto labels_of_width = [&](std::size_t width) {
    const auto padded = [&](const std::string& text) {
      return std::string(text.size() < width ? width - text.size() : 0, '0') + text;
    };
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < from.size(); ++i)
      labels.push_back((i + 1 < from.size() ? padded(from[i]) + "-" + padded(to[i]) : padded(from[i]) + "+") +
                       unit);
    return labels;
  };
  std::vector<std::string> labels = labels_of_width(0);
  return std::is_sorted(labels.begin(), labels.end()) ? labels : labels_of_width(from.back().size());
}

/// The number of bounds that are not above a value.
template <class T>
std::uint32_t band_of(const std::vector<T>& bounds, T value) {
  constexpr std::size_t few = 16;
  if (bounds.size() <= few) {  // a search would have to guess at each step
    std::uint32_t count = 0;
    for (const T& bound : bounds) count += bound <= value ? 1 : 0;
    return count;
  }
  return static_cast<std::uint32_t>(std::upper_bound(bounds.begin(), bounds.end(), value) - bounds.begin());
}

/// The run rate, in ticks, that a MRR in major units stands for.
std::int64_t ticks_of_bound(std::int64_t bound, Currency currency) {
  const auto ticks = run_rate_ticks({Decimal{bound}, currency}, 1, {BillingInterval::month, 1});
  if (!ticks) throw Error(ErrorCode::bad_number, "A bound of MRR bands is larger than any MRR can be.");
  return *ticks;
}

State mrr_band_state(const Book& book, const std::vector<std::int64_t>& bounds) {
  const Currency currency = book.currency();
  std::vector<std::int64_t> ticks;
  std::vector<std::string> from{"0"};
  std::vector<std::string> to;
  for (const std::int64_t bound : bounds) {
    ticks.push_back(ticks_of_bound(bound, currency));
    from.push_back(std::to_string(bound));
    to.push_back(std::to_string(bound));
  }
  State state;
  state.labels = band_labels(from, to, "");
  state.code = [ticks = std::move(ticks)](const Situation& now) { return band_of(ticks, now.balance.ticks); };
  return state;
}

State tenure_state(const std::vector<std::int32_t>& bounds) {
  std::vector<std::string> from{"0"};
  std::vector<std::string> to;
  for (const std::int32_t bound : bounds) {
    from.push_back(std::to_string(bound));
    to.push_back(std::to_string(bound - 1));
  }
  State state;
  state.labels = band_labels(from, to, " days");
  state.code = [bounds](const Situation& now) { return band_of(bounds, now.tenure_days()); };
  state.tenure_cuts = bounds;
  return state;
}

template <class T>
void require_rising(const std::vector<T>& bounds, const char* what) {
  const auto not_rising = [](const T& a, const T& b) { return !(a < b); };
  if (bounds.empty() || !(T{} < bounds.front()) ||
      std::adjacent_find(bounds.begin(), bounds.end(), not_rising) != bounds.end())
    throw Error(ErrorCode::bad_number,
                std::string(what) + " needs bounds that are above 0 and rise from one to the next.");
}

/// One label a customer where some factor changes: that of the first present day, the lane with the most MRR
/// on it (of equals the first by its bytes).
Labelling label_at_first_presence(const Book& book, const Segmenter& segmenter) {
  const AppliedSegments applied{book, segmenter, {}};
  SegmentTable table{applied};
  CustomerDays days{book, applied, table, {.from_records_from = false}};
  std::vector<std::uint32_t> target;
  target.reserve(book.customer_count());
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const auto states = days.of(CustomerIndex{c});
    if (states.empty()) {
      target.push_back(table.target(table.segment_of_absent(CustomerIndex{c}), SegmentTable::no_lane));
      continue;
    }
    const auto most = std::max_element(
        states.front().lanes.begin(), states.front().lanes.end(),
        [](const LaneBalance& a, const LaneBalance& b) { return a.ticks < b.ticks; });  // the first of equals
    target.push_back(table.target(states.front().segment, most->lane));
  }
  return ordered({applied.names(), table.targets(), std::move(target)});
}

}  // namespace

std::vector<std::string> Segmenter::names() const {
  std::vector<std::string> names;
  names.reserve(factors_.size());
  for (const Factor& factor : factors_) names.push_back(factor.name);
  return names;
}

bool Segmenter::changes() const noexcept {
  return std::any_of(factors_.begin(), factors_.end(),
                     [](const Factor& factor) { return factor.kind != Kind::fixed; });
}

Labelling Segmenter::operator()(const Book& book) const {
  if (changes()) return label_at_first_presence(book, *this);
  std::vector<Column> columns;
  columns.reserve(factors_.size());
  for (const Factor& factor : factors_) columns.push_back(factor.column(book));
  return cross(names(), columns);
}

Segmenter operator*(const Segmenter& a, const Segmenter& b) {
  Segmenter product = a;
  product.factors_.insert(product.factors_.end(), b.factors_.begin(), b.factors_.end());
  return product;
}

namespace by {

namespace {

Segmenter fixed(std::string name, std::function<Column(const Book&)> column, std::string version = {}) {
  return Segmenter{
      Segmenter::Factor{std::move(name), Kind::fixed, std::move(column), {}, std::move(version)}};
}
Segmenter lane(std::string name, std::function<Column(const Book&)> column, std::string version = {}) {
  return Segmenter{Segmenter::Factor{std::move(name), Kind::lane, std::move(column), {}, std::move(version)}};
}
Segmenter state(std::string name, std::function<State(const Book&)> state, std::string version) {
  return Segmenter{Segmenter::Factor{std::move(name), Kind::state, {}, std::move(state), std::move(version)}};
}

template <class T>
std::string listed(const std::vector<T>& bounds) {
  std::string list;
  for (const T bound : bounds) list += (list.empty() ? "" : ",") + std::to_string(bound);
  return list;
}

using BuiltIn = std::pair<const char*, NamedSegmenter>;
constexpr std::array built_in{BuiltIn{"plan", plan},         BuiltIn{"interval", interval},
                              BuiltIn{"currency", currency}, BuiltIn{"primary_plan", primary_plan},
                              BuiltIn{"tenure", tenure},     BuiltIn{"mrr_band", mrr_band}};

}  // namespace

namespace detail {
Segmenter make_plan() { return lane("plan", plan_column); }
Segmenter make_interval() { return lane("interval", interval_column); }
Segmenter make_currency() { return lane("currency", currency_column); }
Segmenter make_primary_plan() { return state("primary_plan", primary_plan_state, {}); }
Segmenter make_tenure() { return tenure_bands({30, 90, 180, 365, 730}); }
Segmenter make_mrr_band() { return mrr_bands({10, 100, 1000, 10000}); }
}  // namespace detail

Segmenter attribute(std::string name) {
  auto column = [name](const Book& book) { return attribute_column(book, name); };
  return fixed(std::move(name), std::move(column));
}

Segmenter cohort(PeriodKind kind) {
  return fixed(
      "cohort", [kind](const Book& book) { return cohort_column(book, kind); },
      std::string(period_kind_name(kind)));
}

Segmenter custom(std::string name, std::function<std::string(const Book&, CustomerIndex)> label,
                 std::string version) {
  auto column = [label = std::move(label)](const Book& book) {
    ColumnBuilder labels;
    for (std::uint32_t c = 0; c < book.customer_count(); ++c) labels.push(label(book, CustomerIndex{c}));
    return labels.take();
  };
  return fixed(std::move(name), std::move(column), std::move(version));
}

Segmenter tenure_bands(std::vector<std::int32_t> bounds) {
  require_rising(bounds, "by::tenure_bands");
  std::string version = listed(bounds);
  auto bands = [bounds = std::move(bounds)](const Book&) { return tenure_state(bounds); };
  return state("tenure", std::move(bands), std::move(version));
}

Segmenter mrr_bands(std::vector<std::int64_t> bounds) {
  require_rising(bounds, "by::mrr_bands");
  std::string version = listed(bounds);
  auto bands = [bounds = std::move(bounds)](const Book& book) { return mrr_band_state(book, bounds); };
  return state("mrr_band", std::move(bands), std::move(version));
}

Segmenter custom_state(std::string name, std::function<std::string(const Situation&)> label,
                       std::vector<std::int32_t> tenure_cuts, std::string version) {
  auto rule = [label = std::move(label), cuts = std::move(tenure_cuts)](const Book&) {
    return State{label, {}, {}, cuts};
  };
  return state(std::move(name), std::move(rule), std::move(version));
}

Segmenter numbered_state(std::string name, std::function<std::vector<std::string>(const Book&)> labels,
                         std::function<std::uint32_t(const Situation&)> number,
                         std::vector<std::int32_t> tenure_cuts, std::string version) {
  auto rule = [labels = std::move(labels), number = std::move(number),
               cuts = std::move(tenure_cuts)](const Book& book) {
    State state{{}, labels(book), number, cuts};
    for (std::string& label : state.labels)
      if (label.empty()) label = no_label;
    return state;
  };
  return state(std::move(name), std::move(rule), std::move(version));
}

Segmenter preferred_phase(std::string name, const Segmenter& lane,
                          std::function<bool(const PhaseOnDay&, const PhaseOnDay&)> prefers,
                          std::string version) {
  if (lane.factors().size() != 1 || lane.factors().front().kind != Kind::lane)
    throw Error(ErrorCode::unknown_name,
                "by::preferred_phase takes the label of one lane, such as by::plan.");
  const Segmenter::Factor& labelled = lane.factors().front();
  std::string known_by = labelled.name;  // a rule that labels otherwise is another one
  if (!labelled.version.empty()) known_by += ", " + labelled.version;
  if (!version.empty()) known_by += ", " + std::move(version);
  auto rule = [column_of = labelled.column, prefers = std::move(prefers)](const Book& book) {
    const auto column = std::make_shared<const Column>(column_of(book));
    State state;
    state.labels = column->labels;
    state.alone = {{}, {}, column->codes()};
    state.code = [column, prefers](const Situation& now) {
      const auto preferred =
          std::min_element(now.phases.begin(), now.phases.end(), prefers);  // the first of equals
      return column->codes()[preferred->phase.row()];
    };
    return state;
  };
  return state(std::move(name), std::move(rule), std::move(known_by));
}

Segmenter custom_lane(std::string name, std::function<std::string(const PhaseView&)> label,
                      std::string version) {
  auto column = [label = std::move(label)](const Book& book) {
    const PhaseSource& phases = book.data().phases;
    ColumnBuilder labels;
    for (std::uint32_t i = 0; i < phases.table->size(); ++i) labels.push(label(PhaseView{phases, i}));
    return labels.take();
  };
  return lane(std::move(name), std::move(column), std::move(version));
}

Segmenter name(std::string name, PeriodKind cohort_kind) {
  constexpr std::string_view prefix = "attribute:";
  if (name.starts_with(prefix)) return attribute(name.substr(prefix.size()));
  if (name == "cohort") return cohort(cohort_kind);
  for (const auto& [known, segmenter] : built_in)
    if (name == known) return segmenter;
  auto column = [name](const Book& book) {
    const auto& names = book.attribute_names();
    if (std::find(names.begin(), names.end(), name) != names.end()) return attribute_column(book, name);
    std::string known = "cohort";
    for (const auto& [other, segmenter] : built_in) known += std::string(", ") + other;
    for (const std::string& other : names) known += ", " + other;
    throw Error(ErrorCode::unknown_attribute,
                "\"" + name + "\" is no segment of this book. There are: " + known + ".");
  };
  return fixed(std::move(name), std::move(column));
}

}  // namespace by

}  // namespace churn::inline v0
