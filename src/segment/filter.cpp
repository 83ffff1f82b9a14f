#include <churn/segment/filter.hpp>

#include <algorithm>
#include <utility>

#include "segment/labelling.hpp"

namespace churn::inline v0 {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

Filter parse_comparison(std::string_view text, PeriodKind cohort_kind) {
  const std::size_t equals = text.find('=');
  const bool negated = equals != std::string_view::npos && equals > 0 && text[equals - 1] == '!';
  const std::string_view name =
      trimmed(text.substr(0, equals == std::string_view::npos ? 0 : equals - (negated ? 1 : 0)));
  if (name.empty())
    throw Error(ErrorCode::bad_filter,
                "\"" + std::string(trimmed(text)) +
                    "\" is no condition. Write NAME=VALUE or NAME!=VALUE, joined by \" and \".");
  const std::string value{trimmed(text.substr(equals + 1))};
  if (value.starts_with('='))
    throw Error(ErrorCode::bad_filter,
                "\"" + std::string(trimmed(text)) + "\" has one = too many. Write NAME=VALUE.");
  return Filter::label_is(by::name(std::string(name), cohort_kind), value, !negated);
}

/// The truth of one label; a type of its own, because std::vector<bool> has no elements to refer to.
struct Kept {
  bool yes;
};
Kept opposite(Kept a) { return {!a.yes}; }
Kept both(Kept a, Kept b) { return {a.yes && b.yes}; }
Kept either(Kept a, Kept b) { return {a.yes || b.yes}; }

std::vector<bool> opposite(std::vector<bool> column) {
  column.flip();
  return column;
}
std::vector<bool> both(std::vector<bool> a, const std::vector<bool>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = a[i] && b[i];
  return a;
}
std::vector<bool> either(std::vector<bool> a, const std::vector<bool>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = a[i] || b[i];
  return a;
}

}  // namespace

Filter Filter::parse(std::string_view text, PeriodKind cohort_kind) {
  constexpr std::string_view joint = " and ";
  constexpr std::string_view loud_joint = " AND ";
  Filter all;
  while (true) {
    const std::size_t end = std::min(text.find(joint), text.find(loud_joint));
    all = all && parse_comparison(text.substr(0, end), cohort_kind);
    if (end == std::string_view::npos) return all;
    text.remove_prefix(end + joint.size());
  }
}

Filter Filter::label_is(const Segmenter& segmenter, std::string value, bool equal) {
  if (segmenter.factors().size() != 1)
    throw Error(ErrorCode::bad_filter,
                "A filter compares the label of one factor. Combine filters with && instead.");
  Filter filter;
  filter.text_ = segmenter.factors().front().name + (equal ? " = " : " != ") + value;
  if (value.empty()) value = no_label;
  filter.factors_.push_back(segmenter);
  filter.steps_.push_back({equal ? Operation::is : Operation::is_not, 0, std::move(value)});
  return filter;
}

bool Filter::changes() const noexcept {
  return std::any_of(factors_.begin(), factors_.end(),
                     [](const Segmenter& factor) { return factor.changes(); });
}

std::vector<std::string> Filter::values(std::size_t factor) const {
  std::vector<std::string> values;
  for (const Step& step : steps_)
    if (step.factor == factor && (step.operation == Operation::is || step.operation == Operation::is_not))
      values.push_back(step.value);
  return values;
}

template <class Truth, class Is, class Nobody>
Truth Filter::evaluate(Is&& is, Nobody&& nobody) const {
  std::vector<Truth> stack;
  for (const Step& step : steps_) {
    switch (step.operation) {
      case Operation::is: stack.push_back(is(step.factor, step.value)); break;
      case Operation::is_not: stack.push_back(opposite(is(step.factor, step.value))); break;
      case Operation::opposite: stack.back() = opposite(stack.back()); break;
      case Operation::nobody: stack.push_back(nobody()); break;
      case Operation::both:
      case Operation::either: {
        const Truth other = std::move(stack.back());
        stack.pop_back();
        stack.back() =
            step.operation == Operation::both ? both(stack.back(), other) : either(stack.back(), other);
        break;
      }
    }
  }
  return stack.back();
}

bool Filter::matches(std::span<const std::string> labels) const {
  if (keeps_everyone()) return true;
  return evaluate<Kept>(
             [&](std::size_t factor, const std::string& value) { return Kept{labels[factor] == value}; },
             [] { return Kept{false}; })
      .yes;
}

std::vector<bool> Filter::operator()(const Book& book) const {
  std::vector<bool> everyone(book.customer_count(), true);
  if (keeps_everyone()) return everyone;
  const auto is = [&](std::size_t factor, const std::string& value) {
    const Labelling labelling = factors_[factor](book);
    std::vector<bool> kept(book.customer_count());
    for (std::size_t c = 0; c < kept.size(); ++c) kept[c] = labelling.labels[labelling(c)].front() == value;
    return kept;
  };
  return evaluate<std::vector<bool>>(is, [&] { return std::vector<bool>(book.customer_count(), false); });
}

void Filter::append(const Filter& other) {
  const std::size_t offset = factors_.size();
  factors_.insert(factors_.end(), other.factors_.begin(), other.factors_.end());
  for (Step step : other.steps_) {
    step.factor += offset;
    steps_.push_back(std::move(step));
  }
}

Filter operator&&(const Filter& a, const Filter& b) {
  if (a.keeps_everyone()) return b;
  if (b.keeps_everyone()) return a;
  Filter joined = a;
  joined.append(b);
  joined.steps_.push_back({Filter::Operation::both});
  joined.text_ = a.text_ + " and " + b.text_;
  return joined;
}

Filter operator||(const Filter& a, const Filter& b) {
  if (a.keeps_everyone() || b.keeps_everyone()) return {};
  Filter joined = a;
  joined.append(b);
  joined.steps_.push_back({Filter::Operation::either});
  joined.text_ = "(" + a.text_ + " or " + b.text_ + ")";
  return joined;
}

Filter operator!(const Filter& a) {
  Filter rest = a;
  rest.steps_.push_back({a.keeps_everyone() ? Filter::Operation::nobody : Filter::Operation::opposite});
  rest.text_ = a.keeps_everyone() ? "no customer" : "not (" + a.text_ + ")";
  return rest;
}

}  // namespace churn::inline v0
