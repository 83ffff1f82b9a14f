#include "segment/applied_segments.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "book/book_data.hpp"
#include "segment/labelling.hpp"

namespace churn::inline v0 {

namespace {

/// Lanes of several currencies never mix, whatever they are called.
Segmenter::Column currency_of_phases(const Book& book) {
  return by::detail::make_currency().factors().front().column(book);
}

/// All other labels of customers as one: a filter tells no more apart, and the product of labels stays small.
Segmenter::Column with_these_labels_apart(Segmenter::Column column, const std::vector<std::string>& labels) {
  std::vector<std::string> kept;
  std::vector<std::uint32_t> code_of(column.labels.size());
  std::optional<std::uint32_t> other;
  for (std::size_t i = 0; i < column.labels.size(); ++i) {
    const bool is_asked_for = std::find(labels.begin(), labels.end(), column.labels[i]) != labels.end();
    const auto next = static_cast<std::uint32_t>(kept.size());
    code_of[i] = is_asked_for ? next : other.value_or(next);
    if (code_of[i] != next) continue;
    kept.push_back(std::move(column.labels[i]));
    if (!is_asked_for) other = next;
  }
  std::vector<std::uint32_t> codes(column.codes().begin(), column.codes().end());
  for (std::uint32_t& code : codes) code = code_of[code];
  return {std::move(kept), std::move(codes)};
}

}  // namespace

AppliedSegments::AppliedSegments(const Book& book, const Segmenter& by, const Filter& where)
    : names_(by.names()), where_(where) {
  std::vector<Segmenter::Column> fixed;
  std::vector<Segmenter::Column> lanes;
  const auto apply = [&](const Segmenter::Factor& factor, auto&& shorten) {
    switch (factor.kind) {
      case Segmenter::Kind::fixed:
        places_.push_back({factor.kind, fixed.size()});
        fixed.push_back(shorten(factor.column(book)));
        break;
      case Segmenter::Kind::lane:
        places_.push_back({factor.kind, lanes.size()});
        lanes.push_back(factor.column(book));  // each by itself: shares are worked out before a filter looks
        break;
      case Segmenter::Kind::state:
        places_.push_back({factor.kind, states_.size()});
        states_.push_back(factor.state(book));
        break;
    }
  };
  for (const Segmenter::Factor& factor : by.factors())
    apply(factor, [](Segmenter::Column column) { return column; });
  for (std::size_t i = 0; i < where.factors().size(); ++i)
    apply(where.factors()[i].factors().front(), [&](Segmenter::Column column) {
      return with_these_labels_apart(std::move(column), where.values(i));
    });
  const bool has_currencies = book.currencies().size() > 1;
  if (has_currencies) lanes.push_back(currency_of_phases(book));
  fixed_ = CrossedColumns{std::move(fixed)};
  lanes_ = CrossedColumns{std::move(lanes)};
  for (const Label& label : lanes_.labels())
    lane_currency_.push_back((has_currencies ? Currency{label.back()} : book.currency()).index());

  for (const Segmenter::State& state : states_)
    tenure_cuts_.insert(tenure_cuts_.end(), state.tenure_cuts.begin(), state.tenure_cuts.end());
  std::sort(tenure_cuts_.begin(), tenure_cuts_.end());
  tenure_cuts_.erase(std::unique(tenure_cuts_.begin(), tenure_cuts_.end()), tenure_cuts_.end());
}

SegmentTable::SegmentTable(const AppliedSegments& applied) : applied_(applied) {
  for (const Segmenter::State& state : applied.states_) texts_.push_back({state.labels, {}});
  root_of_.resize(applied.fixed_.labels().size(), none);
}

std::uint32_t SegmentTable::root(std::uint32_t fixed) {
  std::uint32_t& node = root_of_[fixed];
  if (node == none) {
    node = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({none, fixed});
  }
  return node;
}

std::uint32_t SegmentTable::extend(std::uint32_t before, std::uint32_t code) {
  return node_of_.get(before, code, [&] {
    nodes_.push_back({before, code});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  });
}

std::uint32_t SegmentTable::text_code(std::size_t state, std::string label) {
  Texts& texts = texts_[state];
  if (label.empty()) label = no_label;
  if (texts.last < texts.labels.size() && texts.labels[texts.last] == label) return texts.last;
  const auto [at, is_new] =
      texts.code.try_emplace(std::move(label), static_cast<std::uint32_t>(texts.labels.size()));
  if (is_new) texts.labels.push_back(at->first);
  require_room_for_labels(texts.labels.size());
  texts.last = at->second;
  return texts.last;
}

std::uint32_t SegmentTable::state_code(std::size_t state, const Situation& situation) {
  const Segmenter::State& rule = applied_.states_[state];
  const std::span<const std::uint32_t> alone = rule.alone.codes();
  const bool is_looked_up = !alone.empty() && situation.phases.size() == 1;
  if (!is_looked_up && !rule.code) return text_code(state, rule.label(situation));
  const std::uint32_t code =
      is_looked_up ? alone[situation.phases.front().phase.row()] : rule.code(situation);
  if (code >= rule.labels.size()) throw_no_label(rule.labels.size(), code);
  return code;
}

std::uint32_t SegmentTable::segment(const Situation& situation) {
  std::uint32_t node = root(applied_.fixed(situation.customer));
  for (std::size_t state = 0; state < texts_.size(); ++state)
    node = extend(node, state_code(state, situation));
  return node;
}

std::uint32_t SegmentTable::segment(std::uint32_t fixed, std::span<const std::uint32_t> states) {
  std::uint32_t node = root(fixed);
  for (const std::uint32_t code : states) node = extend(node, code);
  return node;
}

std::uint32_t SegmentTable::segment_of_absent(CustomerIndex customer) {
  std::uint32_t node = root(applied_.fixed(customer));
  for (std::size_t state = 0; state < texts_.size(); ++state) node = extend(node, text_code(state, no_label));
  return node;
}

std::uint32_t SegmentTable::make_target(std::uint32_t segment, std::uint32_t lane) {
  std::vector<std::uint32_t> states(texts_.size());
  std::uint32_t node = segment;
  for (std::size_t state = states.size(); state-- > 0; node = nodes_[node].before)
    states[state] = nodes_[node].code;
  const Label& fixed = applied_.fixed_.labels()[nodes_[node].code];

  Label label;
  for (const AppliedSegments::Place place : applied_.places_) {
    switch (place.kind) {
      case Segmenter::Kind::fixed: label.push_back(fixed[place.at]); break;
      case Segmenter::Kind::lane:
        label.push_back(lane == no_lane ? no_label : applied_.lanes_.labels()[lane][place.at]);
        break;
      case Segmenter::Kind::state: label.push_back(texts_[place.at].labels[states[place.at]]); break;
    }
  }
  const auto own = static_cast<std::ptrdiff_t>(applied_.names_.size());
  const bool keeps = applied_.where_.matches(std::span(label).subspan(applied_.names_.size()));
  label.erase(label.begin() + own, label.end());
  // A label that the filter leaves out is a row all the same, so that rows don't depend on the filter.
  const auto [at, is_new] = place_.try_emplace(label, static_cast<std::uint32_t>(labels_.size()));
  if (is_new) {
    require_room_for_labels(labels_.size() + 1);
    labels_.push_back(std::move(label));
    currencies_.emplace_back();
  }
  made_ = at->second;
  if (!keeps) return none;
  if (lane != no_lane) {
    std::optional<Currency>& currency = currencies_[at->second];
    const Currency here = Currency::from_index(applied_.currency_of_lane(lane));
    if (currency && *currency != here)
      throw Error(ErrorCode::mixed_currencies,
                  "A segment holds " + std::string(currency->code()) + " and " + std::string(here.code()) +
                      ", which never add up. Keep them apart by currency, or report one at a time.");
    currency = here;
  }
  return at->second;
}

void SegmentTable::count(std::uint32_t segment, std::uint32_t lane, std::uint32_t target) {
  const std::uint32_t row = row_of_.get(segment, lane, [this] { return made_; });  // it was made just now
  if (row >= uses_.size()) uses_.resize(labels_.size());
  Uses& uses = uses_[row];
  if (uses.last != customer_) {
    uses.last = customer_;
    ++uses.customers;
  }
  if (target != none && lane != no_lane && uses.last_kept != customer_) {
    uses.last_kept = customer_;
    ++uses.kept;
  }
}

}  // namespace churn::inline v0
