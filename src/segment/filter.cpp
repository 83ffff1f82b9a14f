#include <churn/segment/filter.hpp>

#include <algorithm>
#include <utility>

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

std::vector<bool> Filter::operator()(const Book& book) const {
  return keep_ ? keep_(book) : std::vector<bool>(book.customer_count(), true);
}

Filter Filter::label_is(const Segmenter& segmenter, std::string value, bool equal) {
  if (segmenter.names().size() != 1)
    throw Error(ErrorCode::bad_filter,
                "A filter compares the label of one factor. Combine filters with && instead.");
  Filter filter;
  filter.text_ = segmenter.names().front() + (equal ? " = " : " != ") + value;
  if (value.empty()) value = "(none)";
  filter.keep_ = [segmenter, value = std::move(value), equal](const Book& book) {
    const Labelling labelling = segmenter(book);
    std::vector<bool> keep(book.customer_count());
    for (std::size_t c = 0; c < keep.size(); ++c)
      keep[c] = (labelling.labels[labelling(c)].front() == value) == equal;
    return keep;
  };
  return filter;
}

Filter operator&&(const Filter& a, const Filter& b) {
  if (a.keeps_everyone()) return b;
  if (b.keeps_everyone()) return a;
  Filter both;
  both.text_ = a.text_ + " and " + b.text_;
  both.keep_ = [a, b](const Book& book) {
    std::vector<bool> keep = a(book);
    const std::vector<bool> other = b(book);
    for (std::size_t c = 0; c < keep.size(); ++c) keep[c] = keep[c] && other[c];
    return keep;
  };
  return both;
}

Filter operator||(const Filter& a, const Filter& b) {
  if (a.keeps_everyone() || b.keeps_everyone()) return {};
  Filter either;
  either.text_ = "(" + a.text_ + " or " + b.text_ + ")";
  either.keep_ = [a, b](const Book& book) {
    std::vector<bool> keep = a(book);
    const std::vector<bool> other = b(book);
    for (std::size_t c = 0; c < keep.size(); ++c) keep[c] = keep[c] || other[c];
    return keep;
  };
  return either;
}

Filter operator!(const Filter& a) {
  Filter rest;
  rest.text_ = a.keeps_everyone() ? "no customer" : "not (" + a.text_ + ")";
  rest.keep_ = [a](const Book& book) {
    std::vector<bool> keep = a(book);
    keep.flip();
    return keep;
  };
  return rest;
}

}  // namespace churn::inline v0
