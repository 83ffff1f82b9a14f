#include <churn/segment/segmenter.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace churn::inline v0 {

namespace {

constexpr std::size_t max_labels = 100'000;
constexpr const char* no_label = "(none)";
constexpr const char* before_records_label = "(before records)";

void require_room(std::size_t labels) {
  if (labels > max_labels)
    throw Error(ErrorCode::out_of_range,
                "The segments have more than 100,000 labels. Use fewer or coarser ones.");
}

/// Multiplies the labels so far with those of one more factor, keeping pairs that occur.
void multiply(Labelling& labelling, const Segmenter::Column& column) {
  const std::size_t factor = column.labels.size();
  std::vector<std::uint64_t> pair(column.code.size());
  for (std::size_t c = 0; c < pair.size(); ++c)
    pair[c] = std::uint64_t{labelling(c)} * factor + column.code[c];
  std::vector<std::uint64_t> occurring = pair;
  std::sort(occurring.begin(), occurring.end());
  occurring.erase(std::unique(occurring.begin(), occurring.end()), occurring.end());
  require_room(occurring.size());

  std::vector<Label> labels;
  for (const std::uint64_t key : occurring) {
    Label label = labelling.labels[static_cast<std::size_t>(key / factor)];
    label.push_back(column.labels[static_cast<std::size_t>(key % factor)]);
    labels.push_back(std::move(label));
  }
  labelling.code.resize(pair.size());
  for (std::size_t c = 0; c < pair.size(); ++c)
    labelling.code[c] = static_cast<std::uint32_t>(
        std::lower_bound(occurring.begin(), occurring.end(), pair[c]) - occurring.begin());
  labelling.labels = std::move(labels);
}

void order_by_bytes(Labelling& labelling) {
  std::vector<std::uint32_t> order(labelling.labels.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return labelling.labels[a] < labelling.labels[b]; });
  std::vector<std::uint32_t> place(order.size());
  std::vector<Label> labels(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    labels[i] = std::move(labelling.labels[order[i]]);
  }
  for (std::uint32_t& code : labelling.code) code = place[code];
  labelling.labels = std::move(labels);
}

Segmenter::Column attribute_column(const Book& book, const std::string& name) {
  const Book::Attribute attribute = book.attribute(name);
  return {{attribute.labels.begin(), attribute.labels.end()}, {attribute.code.begin(), attribute.code.end()}};
}

Segmenter::Column cohort_column(const Book& book, PeriodKind kind) {
  std::map<std::string, std::uint32_t> number;
  Segmenter::Column column;
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const auto first = book.first_present_on(CustomerIndex{c});
    const std::string label = !first ? no_label
                              : book.records_from() && *first <= book.records_from()
                                  ? before_records_label
                                  : period_start(kind, *first).to_string();
    const auto [at, is_new] = number.try_emplace(label, static_cast<std::uint32_t>(column.labels.size()));
    if (is_new) column.labels.push_back(label);
    column.code.push_back(at->second);
  }
  return column;
}

Segmenter::Column custom_column(const Book& book,
                                const std::function<std::string(const Book&, CustomerIndex)>& label_of) {
  std::map<std::string, std::uint32_t> number;
  Segmenter::Column column;
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    std::string label = label_of(book, CustomerIndex{c});
    if (label.empty()) label = no_label;
    const auto [at, is_new] = number.try_emplace(label, static_cast<std::uint32_t>(column.labels.size()));
    if (is_new) column.labels.push_back(label);
    column.code.push_back(at->second);
    require_room(column.labels.size());
  }
  return column;
}

}  // namespace

std::vector<std::string> Segmenter::names() const {
  std::vector<std::string> names;
  for (const Factor& factor : factors_) names.push_back(factor.name);
  return names;
}

Labelling Segmenter::operator()(const Book& book) const {
  Labelling labelling{names(), {Label{}}, {}};
  for (const Factor& factor : factors_) multiply(labelling, factor.column(book));
  order_by_bytes(labelling);
  return labelling;
}

namespace by {

Segmenter attribute(std::string name) {
  auto column = [name](const Book& book) { return attribute_column(book, name); };
  return Segmenter{Segmenter::Factor{std::move(name), std::move(column)}};
}

Segmenter cohort(PeriodKind kind) {
  return Segmenter{
      Segmenter::Factor{"cohort", [kind](const Book& book) { return cohort_column(book, kind); }}};
}

Segmenter name(std::string name, PeriodKind cohort_kind) {
  auto column = [name, cohort_kind](const Book& book) {
    const auto& names = book.attribute_names();
    if (std::find(names.begin(), names.end(), name) != names.end()) return attribute_column(book, name);
    if (name == "cohort") return cohort_column(book, cohort_kind);
    std::string known = "cohort";
    for (const std::string& other : names) known += ", " + other;
    throw Error(ErrorCode::unknown_attribute,
                "\"" + name + "\" is no segment of this book. There are: " + known + ".");
  };
  return Segmenter{Segmenter::Factor{std::move(name), std::move(column)}};
}

Segmenter custom(std::string name, std::function<std::string(const Book&, CustomerIndex)> label) {
  return Segmenter{Segmenter::Factor{
      std::move(name), [label = std::move(label)](const Book& book) { return custom_column(book, label); }}};
}

}  // namespace by

}  // namespace churn::inline v0
