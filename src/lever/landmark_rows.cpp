#include <churn/lever/landmark_rows.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/core/run_rate.hpp>
#include <churn/row/spell.hpp>

#include "segment/labelling.hpp"
#include "segment/labels_on_days.hpp"

namespace churn::inline v0 {

namespace {

constexpr double days_a_year = 365.25;
constexpr const char* few_label = "(few)";

void require_exposure(const Exposure& exposure) {
  if (exposure.landmark < 1 || exposure.horizon < 1)
    throw Error(ErrorCode::bad_number, "A landmark and a horizon are one day or more.");
  if (!exposure.level)
    throw Error(ErrorCode::unknown_name, "The exposure \"" + exposure.name + "\" has no function.");
  if (exposure.levels.size() < 2)
    throw Error(ErrorCode::unknown_name,
                "The exposure \"" + exposure.name + "\" needs two levels or more: without, and with.");
}

/// What is known of rows beside their exposure, as columns.
class CovariateColumns {
 public:
  CovariateColumns(const LandmarkOptions& options, LandmarkRows& rows) : options_(options), rows_(rows) {}

  void add(std::string name, std::vector<double> values) {
    const bool varies = std::any_of(values.begin(), values.end(), [&](double v) { return v != values[0]; });
    if (!varies) return;
    rows_.names.push_back(std::move(name));
    columns_.push_back(std::move(values));
  }

  /// A column for each label of a segmenter but the most frequent one.
  void add_labels(const Book& book, const Segmenter& segmenter) {
    const Labelling labelling = segmenter(book);
    std::string prefix;
    for (const std::string& name : labelling.names) prefix += (prefix.empty() ? "" : " x ") + name;
    std::map<std::uint32_t, std::int64_t> count;
    for (const CustomerIndex customer : rows_.customer)
      ++count[labelling(static_cast<std::size_t>(customer))];
    std::int64_t most = 0;
    std::uint32_t usual = 0;
    for (const auto& [code, n] : count)
      if (n > most) {
        most = n;
        usual = code;
      }
    std::vector<double> few(rows_.customer.size(), 0.0);
    for (const auto& [code, n] : count) {
      if (code == usual) continue;
      std::vector<double> is(rows_.customer.size(), 0.0);
      std::vector<double>& column = n < options_.fewest ? few : is;
      for (std::size_t r = 0; r < column.size(); ++r)
        if (labelling(static_cast<std::size_t>(rows_.customer[r])) == code) column[r] = 1;
      if (n < options_.fewest) continue;
      std::string label;
      for (const std::string& part : labelling.labels[code]) label += (label.empty() ? "" : ", ") + part;
      add(prefix + "=" + label, std::move(is));
    }
    if (!few.empty()) add(prefix + "=" + few_label, std::move(few));
  }

  void finish() {
    rows_.covariates.resize(static_cast<Eigen::Index>(rows_.rows()),
                            static_cast<Eigen::Index>(columns_.size()));
    for (std::size_t c = 0; c < columns_.size(); ++c)
      for (std::size_t r = 0; r < rows_.rows(); ++r)
        rows_.covariates(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c)) = columns_[c][r];
  }

 private:
  const LandmarkOptions& options_;
  LandmarkRows& rows_;
  std::vector<std::vector<double>> columns_;
};

bool says_the_same(const std::vector<std::string>& names, const Exposure& exposure) {
  const auto& same = exposure.same_as;
  return std::any_of(names.begin(), names.end(), [&](const auto& name) {
    return std::find(same.begin(), same.end(), name) != same.end();
  });
}

void add_covariates(const Book& book, const Exposure& exposure, const LandmarkOptions& options,
                    LandmarkRows& rows) {
  CovariateColumns columns{options, rows};
  const std::size_t n = rows.rows();
  if (n > 0) {
    std::vector<double> values(n);
    if (options.adjust_for_mrr && book.currencies().size() < 2 && !says_the_same({"mrr"}, exposure)) {
      for (std::size_t r = 0; r < n; ++r)
        values[r] = std::log1p(static_cast<double>(rows.ticks[r]) /
                               static_cast<double>(ticks_per_minor_unit_a_month));
      columns.add("log(mrr)", values);
    }
    if (options.adjust_for_start) {
      for (std::size_t r = 0; r < n; ++r)
        values[r] = static_cast<double>(book.as_of().days() - rows.day[r].days()) / days_a_year;
      columns.add("years_ago", std::move(values));
    }
    for (const Segmenter& segmenter : options.adjust_for)
      if (!says_the_same(segmenter.names(), exposure)) columns.add_labels(book, segmenter);
  }
  columns.finish();
}

}  // namespace

void LandmarkRows::validate() const {
  const std::size_t n = level.size();
  const auto fits = [n](std::size_t length) { return length == 0 || length == n; };
  if (levels.size() < 2) throw Error(ErrorCode::out_of_range, "Rows need two levels or more.");
  if (departs_in.size() != n || known_for.size() != n || !fits(ticks.size()) || !fits(customer.size()) ||
      !fits(day.size()) || (covariates.cols() > 0 && covariates.rows() != static_cast<Eigen::Index>(n)))
    throw Error(ErrorCode::out_of_range, "Levels, departures, what is known, and covariates are as many.");
  if (static_cast<std::size_t>(covariates.cols()) != names.size())
    throw Error(ErrorCode::out_of_range, "Each covariate has a name.");
  if (horizon < 1) throw Error(ErrorCode::bad_number, "A horizon is one day or more.");
  for (std::size_t r = 0; r < n; ++r) {
    if (level[r] >= levels.size()) throw Error(ErrorCode::out_of_range, "A row has a level that is none.");
    if (departs_in[r] < -1 || known_for[r] < 0 || departs_in[r] >= std::max(1, known_for[r]))
      throw Error(ErrorCode::bad_number, "A departure is a number of days within those that are known.");
  }
  if (covariates.size() > 0 && !covariates.allFinite())
    throw Error(ErrorCode::bad_number, "A covariate is no number.");
}

LandmarkRows landmark_rows(PastReader& reader, const Exposure& exposure, const LandmarkOptions& options) {
  require_exposure(exposure);
  const Book& book = reader.book();
  LandmarkRows rows{
      .levels = exposure.levels, .horizon = exposure.horizon, .at_horizon = exposure.at_horizon};
  const std::int32_t as_of = book.as_of().days();
  if (as_of == Date::min_days) return rows;  // before which nothing is known
  const Segmenter everyone;
  LabelsOnDays kept{book, everyone, options.where};
  SpellReader spells{book, SpellUnit::first_of_customer};
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    const auto found = spells.of(customer);
    if (found.empty()) continue;
    const Spell& spell = found.front();
    if (spell.entry > 0) {
      ++rows.before_records;
      continue;
    }
    const std::int64_t t = std::int64_t{spell.starts_on.days()} + exposure.landmark;
    const std::int64_t until =
        spell.ends_on ? spell.ends_on->days() : std::numeric_limits<std::int32_t>::max();
    const std::int64_t seen_on = std::min({t, until, std::int64_t{as_of}}) - 1;
    if (!kept(customer, static_cast<std::int32_t>(seen_on))) {
      ++rows.filtered;
      continue;
    }
    if (until < t) {
      ++rows.left_before;
      continue;
    }
    if (t > as_of) {
      ++rows.too_new;
      continue;
    }
    const Date day = Date::from_days(static_cast<std::int32_t>(t));
    const Past& past = reader.at(customer, day);
    const std::optional<std::uint32_t> level = exposure.level(past);
    if (!level) {
      ++rows.not_known;
      continue;
    }
    if (*level >= exposure.levels.size())
      throw Error(ErrorCode::out_of_range, "The exposure \"" + exposure.name + "\" gave level " +
                                               std::to_string(*level) + ", of " +
                                               std::to_string(exposure.levels.size()) + ".");
    rows.level.push_back(*level);
    rows.departs_in.push_back(spell.ends_on ? static_cast<std::int32_t>(until - t) : -1);
    rows.known_for.push_back(static_cast<std::int32_t>(as_of - t));
    rows.ticks.push_back(past.balance_on(past.last_day()).ticks);
    rows.customer.push_back(customer);
    rows.day.push_back(day);
  }
  add_covariates(book, exposure, options, rows);
  return rows;
}

}  // namespace churn::inline v0
