#include <churn/indicator/event_windows.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <iterator>
#include <limits>
#include <mutex>
#include <numeric>
#include <tuple>
#include <utility>

#include "book/event_run.hpp"
#include "book/plain_column.hpp"
#include "core/shares.hpp"
#include "core/watch.hpp"
#include "indicator/event_tallies.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::int64_t seconds_a_day = 86400;
constexpr std::uint64_t a_second = PackedEvent::at_or_after(1) - PackedEvent::at_or_after(0);
constexpr std::uint32_t not_asked = UINT32_MAX;

/// Where the windows of a day are among all of them.
struct DayWindows {
  std::uint32_t current;
  std::uint32_t before;
};

/// Between two neighbouring bounds of windows all instants lie in the same ones. As all windows are equally wide,
/// these follow each other in the order in which they begin.
struct Stretch {
  std::uint64_t from;  // as events are packed, as are all instants below
  std::uint32_t day;   // the first that begins later
  std::uint32_t first_window;
  std::uint32_t windows;
};

/// What is asked: the windows of all days as stretches of time, and the kinds.
struct Question {
  /// By day, the instant it begins.
  std::vector<std::uint64_t> until;
  /// By day. Each has two windows; they are all in the order in which they begin.
  std::vector<DayWindows> windows_of;
  /// Of the first window.
  std::uint64_t start{0};
  /// In order of time, from there to the latest day.
  std::vector<Stretch> stretches;
  /// By time since the start, in steps of 2^step: the last stretch that begins in it, or before it.
  std::vector<std::uint32_t> stretch_at;
  std::uint32_t step{0};
  /// By kind of the index, its place or not_asked.
  std::vector<std::uint32_t> kind_of;
  std::size_t kinds{0};
};

Date back(Date day, std::int64_t days) {
  return Date::from_days(std::max<std::int64_t>(day.days() - days, Date::min_days));
}

std::uint64_t start_of(Date day, const TimeZone& zone) {
  return PackedEvent::at_or_after(zone.start_of(day).seconds());
}

Question question_of(const std::vector<Date>& days, std::int32_t width, const TimeZone& zone) {
  Question question;
  std::vector<std::array<std::uint64_t, 2>>
      windows;  // of each day the one before and the current: from, until
  std::vector<std::uint64_t> bounds;
  for (const Date day : days) {
    const std::uint64_t before = start_of(back(day, 2 * std::int64_t{width}), zone);
    const std::uint64_t current = start_of(back(day, width), zone);
    question.until.push_back(start_of(day, zone));
    windows.push_back({before, current});
    windows.push_back({current, question.until.back()});
    bounds.insert(bounds.end(), {before, current, question.until.back()});
  }
  std::sort(bounds.begin(), bounds.end());
  bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
  question.start = bounds.front();

  std::vector<std::uint32_t> order(windows.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(windows[a], a) < std::tie(windows[b], b);
  });
  question.windows_of.resize(days.size());
  for (std::uint32_t place = 0; place < order.size(); ++place) {
    DayWindows& of_day = question.windows_of[order[place] / 2];
    (order[place] % 2 == 0 ? of_day.before : of_day.current) = place;
  }

  std::uint32_t day = 0;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    while (question.until[day] <= bounds[i]) ++day;
    while (last < order.size() && windows[order[last]][0] <= bounds[i]) ++last;
    while (first < last && windows[order[first]][1] <= bounds[i]) ++first;
    question.stretches.push_back({bounds[i], day, first, last - first});
  }

  // Steps so short that hardly one has two bounds, unless some days are very far from all others.
  const std::size_t most_steps = 1024 + 8 * bounds.size();
  const std::uint64_t length = bounds.back() - bounds.front();
  while (length >> question.step >= most_steps) ++question.step;
  std::uint32_t stretch = 0;
  for (std::uint64_t begin = 0; begin < length; begin += std::uint64_t{1} << question.step) {
    const std::uint64_t next = question.start + begin + (std::uint64_t{1} << question.step);
    while (stretch + 1 < question.stretches.size() && question.stretches[stretch + 1].from < next) ++stretch;
    question.stretch_at.push_back(stretch);
  }
  return question;
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

/// Where the cells of a customer on a day end: how many words are before it, which is even, and 1 more if they take
/// four words each.
using CellsEnd = std::uint32_t;

constexpr std::size_t words_before(CellsEnd end) { return end - end % 2; }

/// Counts customers.
class WindowCounter {
 public:
  WindowCounter(const Question& question, std::span<const std::shared_ptr<const EventRun>> runs)
      : question_(&question),
        runs_(runs),
        days_(question.until.size()),
        words_((question.kinds + 63) / 64),
        last_(runs.size() * days_),
        met_(2 * days_ * words_) {}

  /// Writes the days since the last event and the ends of the cells, both customer x day, and gives the cells.
  std::span<const std::uint64_t> count(std::span<const CustomerIndex> customers, std::int32_t* days_since,
                                       CellsEnd* cells_end) {
    end_ = 0;
    find(customers);
    for (std::size_t c = 0; c < customers.size(); ++c, days_since += days_, cells_end += days_) {
      std::fill(last_.begin(), last_.end(), 0);
      const Volume& volume = volumes_[c];
      if (volume.events == 0)
        std::fill_n(cells_end, days_, static_cast<CellsEnd>(end_));
      else if (NarrowTally::can_hold(volume.events, volume.largest))
        tally(c, narrow_, cells_end);
      else
        tally(c, wide_, cells_end);
      for (std::size_t r = 0; r < runs_.size(); ++r)
        last_[r * days_] = std::max(last_[r * days_], found_[r * customers.size() + c].latest);
      for (std::size_t i = days_; i < last_.size(); ++i)
        last_[i % days_] = std::max(last_[i % days_], last_[i]);
      std::uint64_t last = 0;
      for (std::size_t day = 0; day < days_; ++day) {
        last = std::max(last, last_[day]);
        days_since[day] = last == 0 ? -1 : days_between(last - a_second, question_->until[day]);
      }
    }
    return {cells_.data(), end_};
  }

 private:
  /// The events of a customer in a run that lie in windows.
  struct Found {
    std::size_t first{0};
    std::size_t last{0};
    std::uint64_t latest{0};  // before them, as in last_
  };

  /// The events of a customer that lie in windows: how many there are, and a size that none exceeds.
  struct Volume {
    std::uint64_t events{0};
    std::uint64_t largest{1};
  };

  /// For the events of a customer in a run that lie in windows.
  struct Search {
    std::size_t customer;
    std::size_t first;   // event of all
    std::size_t before;  // an event before the latest day
    std::size_t left;    // the last such one is among so many from there on
  };

  /// Events that lie so close to each other that memory brings them together.
  static constexpr std::size_t few = 32;

  static std::int32_t days_between(std::uint64_t from, std::uint64_t until) {
    return static_cast<std::int32_t>((PackedEvent::seconds_in(until) - PackedEvent::seconds_in(from)) /
                                     seconds_a_day);
  }

  /// Finds the events of all customers before any is counted: memory then answers for several at once.
  void find(std::span<const CustomerIndex> customers) {
    found_.assign(runs_.size() * customers.size(), {});
    volumes_.assign(customers.size(), {});
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      const EventRun& run = *runs_[r];
      const std::span found{found_.data() + r * customers.size(), customers.size()};
      const auto first = static_cast<std::uint32_t>(customers.front());
      auto c = static_cast<std::size_t>(std::lower_bound(run.customer.begin(), run.customer.end(), first) -
                                        run.customer.begin());
      searches_.clear();
      for (std::size_t i = 0; i < customers.size(); ++i) {
        const auto customer = static_cast<std::uint32_t>(customers[i]);
        while (c < run.customer.size() && run.customer[c] < customer) ++c;
        if (c == run.customer.size() || run.customer[c] != customer) continue;
        if (run.latest[c] < question_->start)
          found[i].latest = run.latest[c] + a_second;
        else if (run.earliest[c] < question_->until.back())
          searches_.push_back({i, run.first[c], run.first[c], run.first[c + 1] - run.first[c]});
      }
      come_near(run);
      for (const Search& search : searches_) note(run, search, found[search.customer]);
    }
  }

  /// Leaves few events in all searches: step by step, and without a guess at what a step finds.
  void come_near(const EventRun& run) {
    const PackedEvent* const events = run.events.data();
    const std::uint64_t until = question_->until.back();
    bool all_near = true;
    for (Search& search : searches_) {  // it is mostly the latest events that are asked for
      const std::size_t late = search.left - std::min(few, search.left);
      const bool is_before = events[search.before + late].when_and_kind < until;
      search.before += is_before ? late : 0;
      search.left = is_before ? search.left - late : late;
      all_near &= search.left <= few;
    }
    while (!all_near) {
      all_near = true;
      for (Search& search : searches_) {
        const std::size_t half = search.left > few ? search.left / 2 : 0;
        search.before += events[search.before + half].when_and_kind < until ? half : 0;
        search.left -= half;
        all_near &= search.left <= few;
      }
    }
  }

  /// Goes back to the first window, then looks for the end among the events that were passed.
  void note(const EventRun& run, const Search& search, Found& found) {
    const PackedEvent* const events = run.events.data();
    const std::uint64_t start = question_->start;
    const std::uint64_t until = question_->until.back();
    std::size_t from = search.before + search.left;
    while (from - search.first >= 4 && events[from - 4].when_and_kind >= start) from -= 4;
    for (const std::size_t step : {2U, 1U}) {
      const std::size_t back = std::min(step, from - search.first);
      from -= events[from - back].when_and_kind >= start ? back : 0;
    }
    std::size_t last = search.before;
    for (std::size_t left = search.left; left > 1;) {
      const std::size_t half = left / 2;
      last += events[last + half].when_and_kind < until ? half : 0;
      left -= half;
    }
    ++last;
    std::uint64_t bits = 0;
    for (std::size_t i = from; i < last; ++i)
      bits |= static_cast<std::uint64_t>(events[i].value < 0 ? ~events[i].value : events[i].value);
    found = {.first = from,
             .last = last,
             .latest = from == search.first ? 0 : events[from - 1].when_and_kind + a_second};
    Volume& volume = volumes_[search.customer];
    volume.events += found.last - found.first;
    volume.largest = std::max(volume.largest, bits + 1);
  }

  /// Counts the events of a customer, and writes its cells and their ends.
  template <class Tally>
  void tally(std::size_t customer, std::vector<Tally>& tallies, CellsEnd* cells_end) {
    tallies.resize(2 * days_ * question_->kinds);
    for (std::size_t r = 0; r < runs_.size(); ++r)
      read(*runs_[r], found_[r * volumes_.size() + customer], tallies.data(), last_.data() + r * days_);
    for (std::size_t day = 0; day < days_; ++day) {
      take_cells(day, tallies.data());
      cells_end[day] = static_cast<CellsEnd>(end_ + (Tally::words_a_cell == 2 ? 0 : 1));
    }
  }

  template <class Tally>
  void read(const EventRun& run, const Found& found, Tally* tallies, std::uint64_t* last) {
    const std::uint64_t start = question_->start;
    const std::uint32_t step = question_->step;
    const std::uint32_t* const stretch_at = question_->stretch_at.data();
    const Stretch* const stretches = question_->stretches.data();
    const std::uint32_t* const kind_of = question_->kind_of.data();
    const std::size_t kinds = question_->kinds;
    const std::size_t words = words_;
    std::uint64_t* const met = met_.data();
    const PackedEvent* const end = run.events.data() + found.last;
    for (const PackedEvent* next = run.events.data() + found.first; next != end; ++next) {
      const PackedEvent event = *next;
      const Stretch* stretch = stretches + stretch_at[(event.when_and_kind - start) >> step];
      while (event.when_and_kind < stretch->from) --stretch;
      last[stretch->day] = event.when_and_kind + a_second;
      const std::uint32_t kind = kind_of[event.kind()];
      if (kind == not_asked) continue;
      const std::uint64_t bit = std::uint64_t{1} << (kind % 64);
      std::uint64_t* word = met + stretch->first_window * words + kind / 64;
      Tally* tally = tallies + stretch->first_window * kinds + kind;
      for (std::uint32_t windows = stretch->windows; windows != 0; --windows) {
        *word |= bit;
        tally->add(event.value);
        word += words;
        tally += kinds;
      }
    }
  }

  /// Writes the cells of a day that are not zero, and empties what was counted.
  template <class Tally>
  void take_cells(std::size_t day, Tally* tallies) {
    const DayWindows& windows = question_->windows_of[day];
    Tally* current = tallies + windows.current * question_->kinds;
    Tally* before = tallies + windows.before * question_->kinds;
    for (std::size_t word = 0; word < words_; ++word, current += 64, before += 64) {
      std::uint64_t met = std::exchange(met_[windows.current * words_ + word], 0) |
                          std::exchange(met_[windows.before * words_ + word], 0);
      if (met == 0) continue;
      if (cells_.size() < end_ + 64 * Tally::words_a_cell) cells_.resize(2 * end_ + 64 * Tally::words_a_cell);
      std::uint64_t* cell = cells_.data() + end_;
      for (; met != 0; met &= met - 1, cell += Tally::words_a_cell) {
        const auto place = static_cast<std::size_t>(std::countr_zero(met));
        Tally::write(cell, static_cast<std::uint32_t>(word * 64 + place), current[place], before[place]);
        current[place] = before[place] = {};
      }
      end_ = static_cast<std::size_t>(cell - cells_.data());
    }
  }

  const Question* question_;
  std::span<const std::shared_ptr<const EventRun>> runs_;
  std::vector<Found> found_;     // run x customer
  std::vector<Volume> volumes_;  // by customer
  std::vector<Search> searches_;
  std::size_t days_;
  std::size_t words_;                // of 64 kinds each
  std::vector<std::uint64_t> last_;  // run x day: a second after the last event since the day before; 0: none
  std::vector<NarrowTally> narrow_;  // window x kind
  std::vector<WideTally> wide_;
  std::vector<std::uint64_t> met_;    // window x word: which tallies are not zero
  std::vector<std::uint64_t> cells_;  // those before `end_`
  std::size_t end_{0};
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

/// So many rows keep their cells together.
constexpr std::size_t rows_a_block = 64;

}  // namespace

struct EventWindows::Answers {
  PlainColumn<std::int32_t> days_since;           // row x day, -1: no event
  PlainColumn<CellsEnd> cells_end;                // row x day, within the block
  std::vector<const std::uint64_t*> block_cells;  // where the cells of each block begin
  std::vector<PlainColumn<std::uint64_t>> cells;  // of many blocks each, as they came
};

namespace {

/// Where cells stay. They are gathered in large pieces of memory, each as large as all before it together: how many
/// there are is known in the end only.
class CellStore {
 public:
  explicit CellStore(std::vector<PlainColumn<std::uint64_t>>& pieces) : pieces_(&pieces) {}

  /// A copy that stays. Of any thread.
  const std::uint64_t* keep(std::span<const std::uint64_t> words) {
    if (words.empty()) return nullptr;
    const std::span<std::uint64_t> room = take(words.size());
    std::copy(words.begin(), words.end(), room.begin());
    return room.data();
  }

 private:
  std::span<std::uint64_t> take(std::size_t words) {
    constexpr std::size_t fewest = 1024;
    const std::lock_guard lock{mutex_};
    if (left_ < words) {
      PlainColumn<std::uint64_t> piece;
      left_ = std::max(words, std::max(all_, fewest));
      piece.reserve(left_);
      pieces_->push_back(std::move(piece));
      all_ += left_;
    }
    left_ -= words;
    return pieces_->back().extend(words);
  }

  std::mutex mutex_;
  std::vector<PlainColumn<std::uint64_t>>* pieces_;
  std::size_t left_{0};  // in the last piece
  std::size_t all_{0};
};

}  // namespace

EventWindows EventWindows::count(const EventIndex& index, std::vector<Date> days,
                                 const EventWindowOptions& options) {
  check(index, days, options);
  const TimeZone& zone = index.book().conventions().book.time_zone;
  const std::vector<EventKind>& known = index.kinds();
  EventWindows windows;
  Question question = question_of(days, options.width, zone);
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
  constexpr std::size_t most_cells =
      UINT32_MAX / (4 * rows_a_block);  // of a customer; ends count their words
  if (question.kinds > most_cells / windows.days_.size())
    throw Error(ErrorCode::out_of_range,
                "Days x kinds are more than 16 million. Ask for fewer days at a time, or name the kinds.");

  windows.customers_ = customers_before(index.runs(), question.until.back());
  const std::size_t rows = windows.customers_.size();
  const std::size_t day_count = windows.days_.size();
  const auto answers = std::make_shared<Answers>();
  std::int32_t* const days_since = answers->days_since.extend(rows * day_count).data();
  CellsEnd* const cells_end = answers->cells_end.extend(rows * day_count).data();
  answers->block_cells.resize((rows + rows_a_block - 1) / rows_a_block);
  CellStore store{answers->cells};
  Watch watch{options.progress, answers->block_cells.size()};
  do_shares(answers->block_cells.size(), options.threads, [&] {
    return [&, counter = WindowCounter{question, index.runs()}](std::size_t block) mutable {
      const std::size_t first = block * rows_a_block;
      const std::size_t count = std::min(rows_a_block, rows - first);
      answers->block_cells[block] =
          store.keep(counter.count(std::span{windows.customers_}.subspan(first, count),
                                   days_since + first * day_count, cells_end + first * day_count));
      watch.add(1);
    };
  });
  windows.answers_ = answers;
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
  const std::int32_t days = answers_->days_since[place(row, day)];
  if (days < 0) return std::nullopt;
  return days;
}

EventCells EventWindows::cells(std::size_t row, std::size_t day) const& {
  const std::size_t at = place(row, day);
  const std::size_t rows_before = row % rows_a_block;
  const std::size_t first = rows_before == 0 && day == 0 ? 0 : words_before(answers_->cells_end[at - 1]);
  const CellsEnd end = answers_->cells_end[at];
  const std::size_t words_a_cell = end % 2 == 0 ? NarrowTally::words_a_cell : WideTally::words_a_cell;
  return {answers_->block_cells[row / rows_a_block] + first, (words_before(end) - first) / words_a_cell,
          words_a_cell};
}

EventCell EventWindows::cell(std::size_t row, std::size_t day, std::size_t kind) const {
  if (kind >= kinds_.size())
    throw Error(ErrorCode::out_of_range,
                "There are " + std::to_string(kinds_.size()) + " kinds, counted from 0.");
  for (const EventCell& cell : cells(row, day))
    if (cell.kind == kind) return cell;
  return {.kind = static_cast<std::uint32_t>(kind)};
}

bool EventWindows::equals(const EventWindows& other) const {
  if (days_ != other.days_ || width_ != other.width_ || kinds_ != other.kinds_ ||
      customers_ != other.customers_)
    return false;
  if (answers_ == other.answers_ || customers_.empty()) return true;
  if (answers_->days_since != other.answers_->days_since) return false;
  for (std::size_t row = 0; row < customers_.size(); ++row)
    for (std::size_t day = 0; day < days_.size(); ++day) {
      const EventCells own = cells(row, day);
      const EventCells others = other.cells(row, day);
      if (!std::equal(own.begin(), own.end(), others.begin(), others.end())) return false;
    }
  return true;
}

}  // namespace churn::inline v0
