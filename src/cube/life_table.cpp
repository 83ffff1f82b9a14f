#include <churn/cube/life_table.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <numeric>
#include <tuple>

#include <churn/core/exact.hpp>

#include "book/book_data.hpp"
#include "core/watch.hpp"
#include "cube/combine.hpp"
#include "cube/parallel.hpp"
#include "cube/spell_labels.hpp"
#include "row/spell_walk.hpp"
#include "segment/labelling.hpp"

namespace churn::inline v0 {

namespace {

using Column = std::vector<DayCount>;

/// Two columns, day by day; what comes to 0 is left out.
template <class Operation>
Column merged(const Column& a, const Column& b, Operation&& operation) {
  Column result;
  result.reserve(std::max(a.size(), b.size()));
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const std::int32_t day = j == b.size() || (i < a.size() && a[i].day <= b[j].day) ? a[i].day : b[j].day;
    const std::int64_t x = i < a.size() && a[i].day == day ? a[i++].count : 0;
    const std::int64_t y = j < b.size() && b[j].day == day ? b[j++].count : 0;
    if (const std::int64_t count = operation(x, y); count != 0) result.push_back({day, count});
  }
  return result;
}

std::int64_t total(const Column& column) {
  return std::accumulate(column.begin(), column.end(), std::int64_t{0},
                         [](std::int64_t sum, const DayCount& at) { return sum + at.count; });
}

/// Counts of one thread, by row and column and tenure: dense where most of them fall, a list of single ones for
/// what lies beyond. A book has fewer than 2^32 phases, hence spells.
class SpellCounts {
 public:
  explicit SpellCounts(std::size_t columns) : columns_(columns) {}

  void add(std::size_t row, std::size_t column, std::int32_t tenure) {
    const std::size_t at = row * columns_ + column;
    if (at >= max_dense_columns || tenure >= dense_days) {
      single_.push_back({at, tenure});
      return;
    }
    if (at * stride >= dense_.size()) dense_.resize((at + 1) * stride);
    ++dense_[at * stride + static_cast<std::size_t>(tenure)];
  }

  /// To be called after the last `add`.
  void finish() {
    std::sort(single_.begin(), single_.end(), [](const Single& a, const Single& b) {
      return std::tie(a.at, a.tenure) < std::tie(b.at, b.tenure);
    });
  }
  [[nodiscard]] Column take(std::size_t row, std::size_t column) const {
    const std::size_t at = row * columns_ + column;
    Column result;
    for (std::size_t tenure = 0; at * stride < dense_.size() && tenure < stride; ++tenure)
      if (const std::uint32_t count = dense_[at * stride + tenure]; count != 0)
        result.push_back({static_cast<std::int32_t>(tenure), std::int64_t{count}});
    auto next = std::lower_bound(single_.begin(), single_.end(), at,
                                 [](const Single& single, std::size_t place) { return single.at < place; });
    for (; next != single_.end() && next->at == at; ++next) {
      if (result.empty() || result.back().day != next->tenure) result.push_back({next->tenure, 0});
      ++result.back().count;
    }
    return result;
  }

 private:
  static constexpr std::size_t max_dense_columns = 512;
  static constexpr std::int32_t dense_days = 8192;
  static constexpr std::size_t stride = dense_days + 16;  // no power of two, for which caches have few places
  struct Single {
    std::size_t at;
    std::int32_t tenure;
  };
  std::size_t columns_;
  std::vector<std::uint32_t> dense_;
  std::vector<Single> single_;
};

/// The column of exits that an end reason belongs to.
class ExitColumns {
 public:
  ExitColumns(const Book& book, const ExitTypes& exits, const std::vector<std::string>& names,
              std::size_t censored_column, std::size_t first_exit_column)
      : texts_(book.data().records->texts),
        exits_(exits),
        names_(names),
        censored_column_(censored_column),
        first_exit_column_(first_exit_column),
        otherwise_(column_of(exits.otherwise)) {}

  [[nodiscard]] std::size_t operator()(std::uint32_t reason) {
    if (reason == no_index) return otherwise_;
    Known& known = known_[reason % known_.size()];
    if (known.reason != reason) {
      const auto found = exits_.type_of.find(texts_.text(reason));
      known = {reason, found == exits_.type_of.end() ? otherwise_ : column_of(found->second)};
    }
    return known.column;
  }
  [[nodiscard]] std::size_t column_of(const std::string& type) const {
    if (type == ExitTypes::censored) return censored_column_;
    const auto at = std::lower_bound(names_.begin(), names_.end(), type);
    return first_exit_column_ + static_cast<std::size_t>(at - names_.begin());
  }

 private:
  struct Known {
    std::uint32_t reason{no_index};
    std::size_t column{0};
  };
  const IdTable& texts_;
  const ExitTypes& exits_;
  const std::vector<std::string>& names_;
  std::size_t censored_column_;
  std::size_t first_exit_column_;
  std::size_t otherwise_;
  std::array<Known, 64> known_{};
};

/// Whether spells are kept by a filter, asked on their first days.
class SpellFilter {
 public:
  SpellFilter(const Book& book, const Filter& where, const std::deque<SpellSegments>& factors,
              bool by_subscription)
      : where_(where), labels_(factors.size()), codes_(factors.size()) {
    for (const SpellSegments& factor : factors) factors_.emplace_back(book, factor, by_subscription);
  }
  [[nodiscard]] bool keeps(CustomerIndex customer, const Stay& stay) {
    return where_.keeps_everyone() || keeps_labels(customer, stay);
  }

 private:
  [[nodiscard]] bool keeps_labels(CustomerIndex customer, const Stay& stay) {
    for (std::size_t i = 0; i < factors_.size(); ++i) codes_[i] = factors_[i](customer, stay);
    const auto known = known_.find(codes_);
    if (known != known_.end()) return known->second;
    for (std::size_t i = 0; i < factors_.size(); ++i) labels_[i] = factors_[i].labels()[codes_[i]].front();
    return known_[codes_] = where_.matches(labels_);
  }

  const Filter& where_;
  std::deque<SpellLabels> factors_;  // which stay where they are
  std::vector<std::string> labels_;
  std::vector<std::uint32_t> codes_;
  std::map<std::vector<std::uint32_t>, bool> known_;
};

/// What a type of departure is called as an exit.
std::string exit_of(DepartureType type, const ExitTypes& exits) {
  const std::string name{departure_type_name(type)};
  const auto at = exits.type_of.find(name);
  return at == exits.type_of.end() ? name : at->second;
}

/// The column of exits that the rules of departures find.
class DepartureColumns {
 public:
  DepartureColumns(DepartureReader reader, const ExitColumns& columns, const ExitTypes& exits)
      : reader_(std::move(reader)) {
    for (const DepartureType type : departure_types)
      columns_.at(static_cast<std::size_t>(type)) = columns.column_of(exit_of(type, exits));
  }
  [[nodiscard]] std::size_t operator()(CustomerIndex customer, std::int32_t ends_on) {
    if (customer_ != customer) {  // whose stays come one after the other
      departures_ = reader_.of(customer);
      customer_ = customer;
    }
    for (const Departure& departure : departures_)
      if (departure.departed_on.days() == ends_on)
        return columns_.at(static_cast<std::size_t>(departure.type));
    throw_made_up();
  }

 private:
  DepartureReader reader_;
  std::optional<CustomerIndex> customer_{};
  std::span<const Departure> departures_;  // of that customer
  std::array<std::size_t, departure_types.size()> columns_{};
};

/// The column of a stay that ended: by its end reason, or by what the rules of departures find.
class StayColumns {
 public:
  StayColumns(const ExitColumns& by_reason, const std::optional<DepartureReader>& reader,
              const ExitTypes& exits)
      : by_reason_(by_reason) {
    if (reader) by_departure_.emplace(*reader, by_reason_, exits);
  }
  [[nodiscard]] std::size_t operator()(CustomerIndex customer, const Stay& stay) {
    return by_departure_ ? (*by_departure_)(customer, stay.ends_on) : by_reason_(stay.end_reason);
  }

 private:
  ExitColumns by_reason_;
  std::optional<DepartureColumns> by_departure_{};
};

std::vector<std::string> event_types(const ExitTypes& exits, bool by_departures) {
  std::vector<std::string> names;
  if (by_departures) {
    for (const DepartureType type : departure_types) names.push_back(exit_of(type, exits));
  } else {
    names.push_back(exits.otherwise);
    for (const auto& [reason, type] : exits.type_of) names.push_back(type);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::erase(names, ExitTypes::censored);
  if (!names.empty() && names.front().empty())
    throw Error(ErrorCode::unknown_name, "A type of exit needs a name.");
  if (names.size() > 250)
    throw Error(ErrorCode::out_of_range, "There are more than 250 types of exit. Use fewer of them.");
  return names;
}

}  // namespace

LifeTable::LifeTable(const Book& book, const LifeOptions& life)
    : as_of_(book.as_of()),
      records_from_(book.records_from()),
      conventions_(book.conventions()),
      unit_(life.unit),
      exits_(life.exits),
      exit_types_(event_types(life.exits, life.departures.has_value())) {
  if (!life.departures) return;
  if (unit_ != SpellUnit::first_of_customer && unit_ != SpellUnit::every_of_customer)
    throw Error(ErrorCode::unknown_name,
                "Departures are those of customers: their types go with spells of customers only.");
  rules_ = life.departures->fingerprint();
}

LifeTable LifeTable::fold(const Book& book, const Segmenter& segmenter, const LifeOptions& life,
                          const FoldOptions& options) {
  LifeTable table{book, life};
  table.count(book, segmenter, life.departures, options);
  return table;
}

void LifeTable::count(const Book& book, const Segmenter& segmenter,
                      const std::optional<DepartureRules>& departures, const FoldOptions& options) {
  const SpellSegments by{book, segmenter};
  std::deque<SpellSegments> where;
  for (const Segmenter& factor : options.where.factors()) where.emplace_back(book, factor);
  const auto looks_at_phases = [](const SpellSegments& segments) {
    return !segments.reads_numbers() || segments.has_lanes();
  };
  const StayFacts facts{
      .first_phase = looks_at_phases(by) || std::any_of(where.begin(), where.end(), looks_at_phases),
      .end_reason = !exits_.type_of.empty() && !departures};
  std::optional<DepartureReader> reader;
  if (departures) reader.emplace(book, *departures);

  struct Share {
    std::optional<SpellCounts> counts;
    std::vector<Label> labels;
  };
  std::vector<Share> shares(chunks_for(options.threads));
  Watch watch{options.progress, book.customer_count()};
  for_each_chunk(book, shares.size(), [&](std::size_t chunk, std::size_t first, std::size_t last) {
    SpellWalk walk{book, unit_, facts};
    SpellLabels label_of{book, by, walk.by_subscription()};
    SpellFilter filter{book, options.where, where, walk.by_subscription()};
    StayColumns exit_column{{book, exits_, exit_types_, censored_column, first_exit_column}, reader, exits_};
    SpellCounts counts{columns()};
    const auto count = [&](CustomerIndex customer) {
      for (const Stay& stay : walk.of(customer)) {
        const std::uint32_t row = label_of(customer, stay);
        if (!filter.keeps(customer, stay)) continue;
        const std::int32_t entry = walk.entry(stay);
        if (entry > 0) counts.add(row, entries_column, entry);  // the others follow from who leaves
        counts.add(row, stay.ends_on == no_day ? running_column : exit_column(customer, stay),
                   walk.tenure(stay));
      }
    };
    watch.pieces(first, last, [&](std::size_t from, std::size_t until) {
      for (std::size_t c = from; c < until; ++c) count(CustomerIndex{static_cast<std::uint32_t>(c)});
    });
    counts.finish();
    shares[chunk].labels = label_of.labels();
    shares[chunk].counts = std::move(counts);
  });

  std::map<Label, std::size_t> place;
  for (const Share& share : shares)
    for (const Label& label : share.labels) place.emplace(label, 0);
  for (auto& [label, at] : place) {
    at = segments_.size();
    segments_.push_back(label);
  }
  require_room_for_labels(segments_.size());
  segment_names_ = segmenter.names();
  columns_.resize(segments_.size() * columns());
  for (const Share& share : shares)
    for (std::size_t row = 0; row < share.labels.size(); ++row)
      for (std::size_t k = 0; k < columns(); ++k) {
        Column& sum = columns_[place.at(share.labels[row]) * columns() + k];
        sum = merged(sum, share.counts->take(row, k), checked_add);
      }
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    Column* const segment = &columns_[s * columns()];
    std::int64_t at_once = -total(segment[entries_column]);
    for (std::size_t k = censored_column; k < columns(); ++k) at_once += total(segment[k]);
    if (at_once > 0) segment[entries_column].insert(segment[entries_column].begin(), {0, at_once});
    // From tenures on the last known day to first days.
    Column& running = segment[running_column];
    std::reverse(running.begin(), running.end());
    for (DayCount& at : running) at.day = as_of_.days() - 1 - at.day;
  }
}

std::size_t LifeTable::segment(const Label& label) const {
  const auto at = std::lower_bound(segments_.begin(), segments_.end(), label);
  if (at == segments_.end() || *at != label)
    throw Error(ErrorCode::out_of_range, "The life table has no segment of that label.");
  return static_cast<std::size_t>(at - segments_.begin());
}

const LifeTable::Column& LifeTable::column(std::size_t segment, std::size_t column) const {
  if (segment >= segments_.size() || column >= columns())
    throw Error(ErrorCode::out_of_range, "The life table has fewer segments or types of exit than that.");
  return columns_[segment * columns() + column];
}

std::span<const DayCount> LifeTable::entries(std::size_t segment) const& {
  return column(segment, entries_column);
}
std::span<const DayCount> LifeTable::exits(std::size_t segment, std::size_t type) const& {
  return column(segment, type < exit_types_.size() ? first_exit_column + type : columns());
}
std::span<const DayCount> LifeTable::censored(std::size_t segment) const& {
  return column(segment, censored_column);
}
std::span<const DayCount> LifeTable::running(std::size_t segment) const& {
  return column(segment, running_column);
}

LifeTable LifeTable::aged_to(Date as_of) const {
  if (as_of < as_of_)
    throw Error(ErrorCode::out_of_range, "A life table can't get younger: " + as_of.to_string() +
                                             " is before its as_of, " + as_of_.to_string() + ".");
  LifeTable older = *this;
  older.as_of_ = as_of;
  return older;
}

LifeTable LifeTable::combined(const LifeTable& other,
                              std::int64_t (*operation)(std::int64_t, std::int64_t)) const {
  if (as_of_ != other.as_of_ || records_from_ != other.records_from_ || unit_ != other.unit_ ||
      exits_ != other.exits_ || rules_ != other.rules_ || conventions_.name != other.conventions_.name ||
      conventions_.version != other.conventions_.version || conventions_.book != other.conventions_.book ||
      segment_names_ != other.segment_names_)
    throw Error(
        ErrorCode::mismatched_cubes,
        "Life tables can be combined if they have the same as_of, records_from, conventions, unit, types "
        "of exit and segments.");
  LifeTable result = *this;
  SegmentUnion all = unite(segments_, other.segments_);
  result.segments_ = std::move(all.labels);
  result.columns_.assign(result.segments_.size() * columns(), {});
  for (std::size_t s = 0; s < segments_.size(); ++s)
    std::copy_n(&columns_[s * columns()], columns(),
                &result.columns_[all.place.at(segments_[s]) * columns()]);
  for (std::size_t s = 0; s < other.segments_.size(); ++s)
    for (std::size_t k = 0; k < columns(); ++k) {
      Column& sum = result.columns_[all.place.at(other.segments_[s]) * columns() + k];
      sum = merged(sum, other.columns_[s * columns() + k], operation);
    }
  return result;
}

LifeTable& LifeTable::operator+=(const LifeTable& other) { return *this = combined(other, checked_add); }
LifeTable& LifeTable::operator-=(const LifeTable& other) { return *this = combined(other, checked_subtract); }

bool operator==(const LifeTable& a, const LifeTable& b) {
  return a.as_of_ == b.as_of_ && a.records_from_ == b.records_from_ && a.unit_ == b.unit_ &&
         a.exits_ == b.exits_ && a.rules_ == b.rules_ && a.segment_names_ == b.segment_names_ &&
         a.segments_ == b.segments_ && a.columns_ == b.columns_;
}

}  // namespace churn::inline v0
