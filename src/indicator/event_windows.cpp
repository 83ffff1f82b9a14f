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
#include "core/watch.hpp"

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
  std::uint64_t from;  // as events are packed, as are all instants below
  DayRange current;
  DayRange before;
};

/// What is asked: the windows of all days as stretches of time, and the kinds.
struct Question {
  std::vector<std::uint64_t> until;  // by day, the instant it begins
  std::vector<Stretch> stretches;    // in order of time, from the first window's start to the last one's end
  std::vector<std::uint32_t> kind_of;  // by kind of the index, its place or not_asked
  std::size_t kinds;
};

Date back(Date day, std::int64_t days) {
  return Date::from_days(std::max<std::int64_t>(day.days() - days, Date::min_days));
}

std::uint64_t start_of(Date day, const TimeZone& zone) {
  return PackedEvent::at_or_after(zone.start_of(day).seconds());
}

std::vector<Stretch> stretches_of(const std::vector<Date>& days, std::int32_t width, const TimeZone& zone) {
  std::vector<std::uint64_t> bounds;                  // all of them,
  std::vector<std::array<std::uint64_t, 3>> windows;  // and those of each day: t - 2 W, t - W, t
  for (const Date day : days) {
    windows.push_back({start_of(back(day, 2 * std::int64_t{width}), zone), start_of(back(day, width), zone),
                       start_of(day, zone)});
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
                                            std::uint64_t until) {
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

/// Counts customers, each from its last event backwards.
class WindowCounter {
 public:
  WindowCounter(const Question& question, std::span<const std::shared_ptr<const EventRun>> runs)
      : question_(&question),
        runs_(runs),
        days_(question.until.size()),
        words_((question.kinds + 63) / 64),
        last_(days_),
        cells_(days_ * question.kinds),
        met_(days_ * words_) {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      cells_[i].kind = static_cast<std::uint32_t>(i % question.kinds);
  }

  /// Writes the days since the last event and the ends of the cells, both customer x day, and gives the cells.
  const std::vector<EventCell>& count(std::span<const CustomerIndex> customers, std::int32_t* days_since,
                                      std::uint32_t* cells_end) {
    out_.clear();
    find(customers);
    for (std::size_t c = 0; c < customers.size(); ++c) {
      std::fill(last_.begin(), last_.end(), never);
      any_ = false;
      for (std::size_t r = 0; r < runs_.size(); ++r) read(*runs_[r], found_[r * customers.size() + c]);
      for (std::size_t day = 0; day < days_; ++day) {
        *days_since++ =
            last_[day] == never
                ? -1
                : static_cast<std::int32_t>((PackedEvent::seconds_in(question_->until[day]) - last_[day]) /
                                            seconds_a_day);
        if (any_) take_cells(day);
        *cells_end++ = static_cast<std::uint32_t>(out_.size());
      }
    }
    return out_;
  }

 private:
  /// The events of a customer in a run, before the latest day.
  struct Found {
    std::size_t first{0};
    std::size_t last{0};
  };

  /// Looks where the events of all customers end before any is read: memory then answers for several at once.
  void find(std::span<const CustomerIndex> customers) {
    found_.assign(runs_.size() * customers.size(), {});
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      const EventRun& run = *runs_[r];
      const auto first = static_cast<std::uint32_t>(customers.front());
      auto c = static_cast<std::size_t>(std::lower_bound(run.customer.begin(), run.customer.end(), first) -
                                        run.customer.begin());
      for (std::size_t i = 0; i < customers.size(); ++i) {
        const auto customer = static_cast<std::uint32_t>(customers[i]);
        while (c < run.customer.size() && run.customer[c] < customer) ++c;
        if (c < run.customer.size() && run.customer[c] == customer)
          found_[r * customers.size() + i] = before(run, c, question_->until.back());
      }
    }
  }

  /// The events of a customer before an instant: they mostly end near its last one.
  [[nodiscard]] Found before(const EventRun& run, std::size_t c, std::uint64_t until) const {
    const Found all{run.first[c], run.first[c + 1]};
    if (run.latest[c] < question_->stretches.front().from) return all;
    const auto is_before = [&](std::size_t i) { return run.events[i].when_and_kind < until; };
    std::size_t last = all.last;  // all events from here on are later
    std::size_t step = 1;
    while (last - all.first > step && !is_before(last - step)) {
      last -= step;
      step *= 2;
    }
    std::size_t first = last - std::min(step, last - all.first);
    while (first < last) {
      const std::size_t middle = first + (last - first) / 2;
      if (is_before(middle))
        first = middle + 1;
      else
        last = middle;
    }
    return {all.first, last};
  }

  /// Reads these events backwards, to the start of the first window.
  void read(const EventRun& run, const Found& found) {
    if (found.first == found.last) return;
    const std::uint64_t start = question_->stretches.front().from;
    const std::uint32_t* const kind_of = question_->kind_of.data();
    const std::size_t kinds = question_->kinds;
    EventCell* const cells = cells_.data();
    std::uint64_t* const met = met_.data();
    const std::size_t words = words_;
    std::size_t day = days_;  // those from here on have their last event
    Stretch stretch{.from = question_->until.back(), .current = {}, .before = {}};
    const Stretch* next = &question_->stretches.back();
    const PackedEvent* const events = run.events.data();
    for (std::size_t i = found.last; i > found.first; --i) {
      const PackedEvent event = events[i - 1];
      if (event.when_and_kind < stretch.from) {
        for (; day > 0 && event.when_and_kind < question_->until[day - 1]; --day)
          last_[day - 1] = std::max(last_[day - 1], event.seconds());
        if (event.when_and_kind < start) return;
        while (event.when_and_kind < next->from) --next;
        stretch = *next;
        any_ = true;
      }
      const std::uint32_t kind = kind_of[event.kind()];
      if (kind == not_asked) continue;
      const std::uint64_t bit = std::uint64_t{1} << (kind % 64);
      for (std::size_t d = stretch.current.first; d < stretch.current.last; ++d) {
        met[d * words + kind / 64] |= bit;
        EventCell& cell = cells[d * kinds + kind];
        ++cell.count;
        cell.sum += event.value;  // fits, as the values of all events of the kind do
      }
      for (std::size_t d = stretch.before.first; d < stretch.before.last; ++d) {
        met[d * words + kind / 64] |= bit;
        EventCell& cell = cells[d * kinds + kind];
        ++cell.count_before;
        cell.sum_before += event.value;
      }
    }
  }

  /// Hands on the cells of a day that are not zero, and empties them.
  void take_cells(std::size_t day) {
    for (std::size_t word = 0; word < words_; ++word) {
      EventCell* const cells = cells_.data() + day * question_->kinds + word * 64;
      for (std::uint64_t met = std::exchange(met_[day * words_ + word], 0); met != 0; met &= met - 1) {
        EventCell& cell = cells[std::countr_zero(met)];
        out_.push_back(cell);
        cell = EventCell{.kind = cell.kind};
      }
    }
  }

  const Question* question_;
  std::span<const std::shared_ptr<const EventRun>> runs_;
  std::vector<Found> found_;  // run x customer
  std::size_t days_;
  std::size_t words_;               // of 64 kinds each
  std::vector<std::int64_t> last_;  // by day, the second of the last event
  std::vector<EventCell> cells_;    // day x kind
  std::vector<std::uint64_t> met_;  // day x word: which cells are not zero
  bool any_{false};
  std::vector<EventCell> out_;
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
  for (const Date day : days) question.until.push_back(start_of(day, zone));
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
  Watch watch{options.progress, windows.cells_.size()};
  do_shares(windows.cells_.size(), options.threads, [&] {
    return [&, counter = WindowCounter{question, index.runs()}](std::size_t block) mutable {
      const std::size_t first = block * rows_a_block;
      const std::size_t count = std::min(rows_a_block, rows - first);
      const auto& cells = counter.count(std::span{windows.customers_}.subspan(first, count),
                                        windows.days_since_.data() + first * day_count,
                                        windows.cells_end_.data() + first * day_count);
      windows.cells_[block].assign(cells.begin(), cells.end());
      watch.add(1);
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
