#include <churn/indicator/event_windows.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

#include "book/event_run.hpp"
#include "core/shares.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::int64_t seconds_a_day = 86400;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
constexpr std::uint32_t not_asked = UINT32_MAX;

/// The days in whose windows an instant lies; they follow each other.
struct DayRange {
  std::uint32_t first{0};
  std::uint32_t last{0};  // exclusive
};

/// Between two neighbouring bounds all instants lie in the same windows.
struct Stretch {
  std::int64_t from;
  DayRange current;
  DayRange before;
};

/// What is asked: the windows of all days as stretches of time, and the kinds.
struct Question {
  std::vector<std::int64_t> until;  // by day, the instant it begins
  std::vector<Stretch> stretches;   // in order of time, from the first window's start to the last one's end
  std::vector<std::uint32_t> kind_of;  // by kind of the index, its place or not_asked
  std::size_t kinds;
};

Date back(Date day, std::int64_t days) {
  return Date::from_days(std::max<std::int64_t>(day.days() - days, Date::min_days));
}

std::vector<Stretch> stretches_of(const std::vector<Date>& days, std::int32_t width, const TimeZone& zone) {
  std::vector<std::int64_t> bounds;                  // all of them,
  std::vector<std::array<std::int64_t, 3>> windows;  // and those of each day: t - 2 W, t - W, t
  for (const Date day : days) {
    windows.push_back({zone.start_of(back(day, 2 * std::int64_t{width})).seconds(),
                       zone.start_of(back(day, width)).seconds(), zone.start_of(day).seconds()});
    bounds.insert(bounds.end(), windows.back().begin(), windows.back().end());
  }
  std::sort(bounds.begin(), bounds.end());
  bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const auto days_where = [&](std::size_t from, std::size_t to) {
      DayRange range;
      for (std::uint32_t d = 0; d < windows.size(); ++d) {
        if (bounds[i] < windows[d][from] || bounds[i] >= windows[d][to]) continue;
        if (range.last == 0) range.first = d;
        range.last = d + 1;
      }
      return range;
    };
    stretches.push_back({bounds[i], days_where(1, 2), days_where(0, 1)});
  }
  return stretches;
}

/// The customers who have an event before an instant, in order.
std::vector<CustomerIndex> customers_before(std::span<const std::shared_ptr<const EventRun>> runs,
                                            std::int64_t until) {
  std::vector<CustomerIndex> all;
  for (const auto& run : runs) {
    std::vector<CustomerIndex> own;
    for (std::size_t c = 0; c < run->customer.size(); ++c)
      if (run->earliest[c] < until) own.push_back(CustomerIndex{run->customer[c]});
    if (all.empty()) {
      all = std::move(own);
      continue;
    }
    std::vector<CustomerIndex> both;
    std::set_union(all.begin(), all.end(), own.begin(), own.end(), std::back_inserter(both));
    all = std::move(both);
  }
  return all;
}

/// Counts one customer after the other, each from its last event backwards.
class WindowCounter {
 public:
  WindowCounter(const Question& question, std::span<const std::shared_ptr<const EventRun>> runs)
      : question_(&question),
        runs_(runs),
        cursors_(runs.size()),
        days_(question.until.size()),
        words_((question.kinds + 63) / 64),
        last_(days_),
        cells_(days_ * question.kinds),
        met_(days_ * words_) {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      cells_[i].kind = static_cast<std::uint32_t>(i % question.kinds);
  }

  /// Customers must come in order; `skip_to` starts with any of them.
  void skip_to(std::uint32_t customer) {
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      const auto& customers = runs_[r]->customer;
      cursors_[r] = static_cast<std::size_t>(std::lower_bound(customers.begin(), customers.end(), customer) -
                                             customers.begin());
    }
  }

  /// Writes the days since the last event and the ends of the cells, by day, and appends the cells.
  void count(std::uint32_t customer, std::int32_t* days_since, std::uint32_t* cells_end,
             std::vector<EventCell>& out) {
    std::fill(last_.begin(), last_.end(), never);
    any_ = false;
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      const EventRun& run = *runs_[r];
      std::size_t& c = cursors_[r];
      while (c < run.customer.size() && run.customer[c] < customer) ++c;
      if (c < run.customer.size() && run.customer[c] == customer) read(run, c);
    }
    for (std::size_t day = 0; day < days_; ++day) {
      days_since[day] = last_[day] == never
                            ? -1
                            : static_cast<std::int32_t>((question_->until[day] - last_[day]) / seconds_a_day);
      if (any_) take_cells(day, out);
      cells_end[day] = static_cast<std::uint32_t>(out.size());
    }
  }

 private:
  /// The events of a customer before the latest day, backwards to the start of the first window.
  void read(const EventRun& run, std::size_t c) {
    const std::vector<Stretch>& stretches = question_->stretches;
    const std::size_t first = run.first[c];
    std::size_t day = days_;  // those from here on have their last event
    std::size_t stretch = stretches.size() - 1;
    const auto note_last = [&](std::int64_t at) {
      for (; day > 0 && at < question_->until[day - 1]; --day) last_[day - 1] = std::max(last_[day - 1], at);
    };
    if (run.latest[c] < stretches.front().from) return note_last(run.latest[c]);
    for (std::size_t i = end_before(run, c, question_->until.back()); i > first; --i) {
      const std::int64_t at = run.at[i - 1];
      note_last(at);
      if (at < stretches.front().from) break;
      while (at < stretches[stretch].from) --stretch;
      const std::uint32_t kind = question_->kind_of[run.kind[i - 1]];
      if (kind != not_asked) add(stretches[stretch], kind, run.value[i - 1]);
    }
  }

  /// Where the events of a customer that lie before an instant end: near their end, where they mostly do.
  [[nodiscard]] static std::size_t end_before(const EventRun& run, std::size_t c, std::int64_t until) {
    const std::size_t first = run.first[c];
    std::size_t end = run.first[c + 1];
    if (run.latest[c] < until) return end;
    std::size_t step = 1;
    while (end - first > step && run.at[end - step] >= until) {
      end -= step;
      step *= 2;
    }
    const auto from = run.at.begin() + static_cast<std::ptrdiff_t>(end - std::min(step, end - first));
    const auto to = run.at.begin() + static_cast<std::ptrdiff_t>(end);
    return static_cast<std::size_t>(std::lower_bound(from, to, until) - run.at.begin());
  }

  void add(const Stretch& stretch, std::uint32_t kind, std::int64_t value) {
    any_ = true;
    for (std::uint32_t day = stretch.current.first; day < stretch.current.last; ++day) {
      EventCell& cell = meet(day, kind);
      ++cell.count;
      cell.sum += value;  // fits, as the values of all events of the kind do
    }
    for (std::uint32_t day = stretch.before.first; day < stretch.before.last; ++day) {
      EventCell& cell = meet(day, kind);
      ++cell.count_before;
      cell.sum_before += value;
    }
  }

  EventCell& meet(std::size_t day, std::uint32_t kind) {
    met_[day * words_ + kind / 64] |= std::uint64_t{1} << (kind % 64);
    return cells_[day * question_->kinds + kind];
  }

  /// Hands on the cells of a day that are not zero, and empties them.
  void take_cells(std::size_t day, std::vector<EventCell>& out) {
    for (std::size_t word = 0; word < words_; ++word) {
      std::uint64_t& met = met_[day * words_ + word];
      for (; met != 0; met &= met - 1) {
        const std::size_t kind = word * 64 + static_cast<std::size_t>(std::countr_zero(met));
        EventCell& cell = cells_[day * question_->kinds + kind];
        out.push_back(cell);
        cell = EventCell{.kind = cell.kind};
      }
    }
  }

  const Question* question_;
  std::span<const std::shared_ptr<const EventRun>> runs_;
  std::vector<std::size_t> cursors_;  // by run, the next customer
  std::size_t days_;
  std::size_t words_;               // of 64 kinds each
  std::vector<std::int64_t> last_;  // by day
  std::vector<EventCell> cells_;    // day x kind
  std::vector<std::uint64_t> met_;  // day x word: which cells are not zero
  bool any_{false};
};

void check(const EventIndex& index, const std::vector<Date>& days, const EventWindowOptions& options) {
  if (days.empty()) throw Error(ErrorCode::bad_period, "Windows need at least one day to look back from.");
  if (options.width < 1) throw Error(ErrorCode::bad_period, "A window is at least one day wide.");
  if (std::adjacent_find(days.begin(), days.end(), std::greater_equal<>{}) != days.end())
    throw Error(ErrorCode::bad_period, "The days to look back from must be in order, each once.");
  if (days.back() > index.as_of())
    throw Error(ErrorCode::out_of_range, "Events are known before " + index.as_of().to_string() + " only; " +
                                             days.back().to_string() + " can't be answered yet.");
}

}  // namespace

EventWindows EventWindows::count(const EventIndex& index, std::vector<Date> days,
                                 const EventWindowOptions& options) {
  check(index, days, options);
  const TimeZone& zone = index.book().conventions().book.time_zone;
  const std::vector<EventKind>& known = index.kinds();
  EventWindows windows;
  Question question{
      .until = {}, .stretches = stretches_of(days, options.width, zone), .kind_of = {}, .kinds = 0};
  for (const Date day : days) question.until.push_back(zone.start_of(day).seconds());
  windows.days_ = std::move(days);
  windows.width_ = options.width;

  question.kind_of.assign(known.size(), not_asked);
  if (options.kinds.empty()) windows.kinds_ = known;
  for (const std::string& name : options.kinds) {
    const auto is_named = [&](const EventKind& kind) { return kind.name == name; };
    if (std::any_of(windows.kinds_.begin(), windows.kinds_.end(), is_named))
      throw Error(ErrorCode::unknown_name, "The event kind \"" + name + "\" is named twice.");
    const auto found = std::find_if(known.begin(), known.end(), is_named);
    windows.kinds_.push_back(found != known.end() ? *found : EventKind{name, 0});
  }
  for (std::uint32_t place = 0; place < windows.kinds_.size(); ++place) {
    const auto found = std::find(known.begin(), known.end(), windows.kinds_[place]);
    if (found != known.end()) question.kind_of[static_cast<std::size_t>(found - known.begin())] = place;
  }
  question.kinds = windows.kinds_.size();
  constexpr std::size_t most_cells = UINT32_MAX / rows_a_block;  // of a customer
  if (question.kinds > most_cells / windows.days_.size())
    throw Error(ErrorCode::out_of_range,
                "Days x kinds are more than 16 million. Ask for fewer days at a time, or name the kinds.");

  windows.customers_ = customers_before(index.runs(), question.until.back());
  const std::size_t rows = windows.customers_.size();
  const std::size_t day_count = windows.days_.size();
  windows.days_since_.resize(rows * day_count);
  windows.cells_end_.resize(rows * day_count);
  windows.cells_.resize((rows + rows_a_block - 1) / rows_a_block);
  do_shares(windows.cells_.size(), options.threads, [&] {
    return [&, counter = WindowCounter{question, index.runs()},
            cells = std::vector<EventCell>{}](std::size_t block) mutable {
      const std::size_t first = block * rows_a_block;
      cells.clear();
      counter.skip_to(static_cast<std::uint32_t>(windows.customers_[first]));
      for (std::size_t row = first; row < std::min(first + rows_a_block, rows); ++row)
        counter.count(static_cast<std::uint32_t>(windows.customers_[row]),
                      windows.days_since_.data() + row * day_count,
                      windows.cells_end_.data() + row * day_count, cells);
      windows.cells_[block].assign(cells.begin(), cells.end());
    };
  });
  return windows;
}

std::size_t EventWindows::kind(std::string_view name) const {
  const auto found =
      std::find_if(kinds_.begin(), kinds_.end(), [&](const EventKind& k) { return k.name == name; });
  if (found != kinds_.end()) return static_cast<std::size_t>(found - kinds_.begin());
  std::string known;
  for (const EventKind& other : kinds_) known += (known.empty() ? "" : ", ") + other.name;
  throw Error(ErrorCode::unknown_name, "No kind \"" + std::string(name) + "\" was asked for. " +
                                           (known.empty() ? "There is none." : "There are: " + known + "."));
}

std::optional<std::size_t> EventWindows::row_of(CustomerIndex customer) const {
  const auto found = std::lower_bound(customers_.begin(), customers_.end(), customer);
  if (found == customers_.end() || *found != customer) return std::nullopt;
  return static_cast<std::size_t>(found - customers_.begin());
}

std::size_t EventWindows::place(std::size_t row, std::size_t day) const {
  if (row >= customers_.size() || day >= days_.size())
    throw Error(ErrorCode::out_of_range, "There are " + std::to_string(customers_.size()) + " rows of " +
                                             std::to_string(days_.size()) + " days, counted from 0.");
  return row * days_.size() + day;
}

std::optional<std::int32_t> EventWindows::days_since_last(std::size_t row, std::size_t day) const {
  const std::int32_t days = days_since_[place(row, day)];
  if (days < 0) return std::nullopt;
  return days;
}

std::span<const EventCell> EventWindows::cells(std::size_t row, std::size_t day) const& {
  const std::size_t at = place(row, day);
  const std::size_t first = at % (rows_a_block * days_.size()) == 0 ? 0 : cells_end_[at - 1];
  return std::span{cells_[row / rows_a_block]}.subspan(first, cells_end_[at] - first);
}

EventCell EventWindows::cell(std::size_t row, std::size_t day, std::size_t kind) const {
  if (kind >= kinds_.size())
    throw Error(ErrorCode::out_of_range,
                "There are " + std::to_string(kinds_.size()) + " kinds, counted from 0.");
  for (const EventCell& cell : cells(row, day))
    if (cell.kind == kind) return cell;
  return {.kind = static_cast<std::uint32_t>(kind)};
}

}  // namespace churn::inline v0
