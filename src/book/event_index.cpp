#include <churn/book/event_index.hpp>

#include <algorithm>
#include <array>
#include <compare>
#include <iterator>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "book/book_data.hpp"
#include "book/event_run.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::uint32_t excluded_account = no_index;
constexpr std::uint32_t unknown_account = no_index - 1;
constexpr std::int64_t last_moment = std::numeric_limits<std::int64_t>::max();

constexpr std::array<std::int64_t, Decimal::max_scale + 1> powers_of_ten = [] {
  std::array<std::int64_t, Decimal::max_scale + 1> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}();

[[noreturn]] void throw_overflow(const std::string& kind) {
  throw Error(ErrorCode::overflow, "The values of the event kind \"" + kind +
                                       "\", written with equally many decimals, add up to more than 64 bits "
                                       "can hold. Leave out the one that can't be right.");
}

/// Scales values by powers of ten, and sees to it that those of a kind, without their signs, fit 64 bits.
class Magnitudes {
 public:
  explicit Magnitudes(const std::vector<EventKind>& kinds) : kinds_(kinds), sum_(kinds.size(), 0) {}
  std::int64_t scaled(std::size_t kind, std::int64_t value, std::size_t zeros) {
    const std::int64_t size = value < 0 ? -value : value;
    if (size > limits[zeros] || size * powers_of_ten[zeros] > last_moment - sum_[kind])
      throw_overflow(kinds_[kind].name);
    sum_[kind] += size * powers_of_ten[zeros];
    return value * powers_of_ten[zeros];
  }
  std::vector<std::int64_t> take() && { return std::move(sum_); }

 private:
  static constexpr std::array<std::int64_t, powers_of_ten.size()> limits = [] {
    std::array<std::int64_t, powers_of_ten.size()> values{};
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = last_moment / powers_of_ten[i];
    return values;
  }();
  const std::vector<EventKind>& kinds_;
  std::vector<std::int64_t> sum_;
};

void note_ends(EventRun& run) {
  run.earliest.reserve(run.customer.size());
  run.latest.reserve(run.customer.size());
  for (std::size_t c = 0; c < run.customer.size(); ++c) {
    run.earliest.push_back(run.events[run.first[c]].when_and_kind);
    run.latest.push_back(run.events[run.first[c + 1] - 1].when_and_kind);
  }
}

std::span<const PackedEvent> span_of(const EventRun& run, std::size_t c) {
  return {run.events.data() + run.first[c], run.first[c + 1] - run.first[c]};
}

/// The events of both.
EventRun merge(const EventRun& a, const EventRun& b) {
  EventRun both;
  both.events.reserve(a.size() + b.size());
  const std::size_t customers = a.customer.size() + b.customer.size();
  both.customer.reserve(customers);
  both.first.reserve(customers + 1);
  std::size_t i = 0;  // customers of a and b
  std::size_t j = 0;
  while (i < a.customer.size() || j < b.customer.size()) {
    const bool from_a = i < a.customer.size() && (j == b.customer.size() || a.customer[i] <= b.customer[j]);
    const bool from_b = j < b.customer.size() && (i == a.customer.size() || b.customer[j] <= a.customer[i]);
    both.customer.push_back(from_a ? a.customer[i] : b.customer[j]);
    both.first.push_back(static_cast<std::uint32_t>(both.size()));
    const std::span of_a = from_a ? span_of(a, i) : std::span<const PackedEvent>{};
    const std::span of_b = from_b ? span_of(b, j) : std::span<const PackedEvent>{};
    std::merge(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::back_inserter(both.events));
    i += from_a ? 1 : 0;
    j += from_b ? 1 : 0;
  }
  both.first.push_back(static_cast<std::uint32_t>(both.size()));
  note_ends(both);
  return both;
}

/// Reads the events of records that belong to a book's customers and lie before an instant.
class RunBuilder {
 public:
  RunBuilder(const Records::Storage& records, std::span<const std::uint32_t> customer_of, std::int64_t until)
      : records_(records), table_(records.events), customer_of_(customer_of), until_(until) {}

  /// Counts the events of each account, sees which kinds there are, and with how many decimals.
  void count(EventsLeftOut& left_out) {
    next_.assign(customer_of_.size(), 0);
    decimals_.assign(records_.texts.size(), -1);
    for (std::size_t i = 0; i < table_.size(); ++i) {
      const std::uint32_t id = table_.customer[i];
      if (!counts(i)) {
        ++(customer_of_[id] == excluded_account  ? left_out.excluded
           : customer_of_[id] == unknown_account ? left_out.unknown
                                                 : left_out.later);
        continue;
      }
      ++next_[id];
      std::int8_t& decimals = decimals_[table_.kind[i]];
      decimals = std::max(decimals, static_cast<std::int8_t>(table_.value.scale(i)));
    }
  }

  /// The texts of the records that are kinds of what was counted.
  [[nodiscard]] std::vector<std::uint32_t> kinds() const {
    std::vector<std::uint32_t> texts;
    for (std::uint32_t text = 0; text < decimals_.size(); ++text)
      if (decimals_[text] >= 0) texts.push_back(text);
    return texts;
  }
  /// How many decimals the values of such a kind need.
  [[nodiscard]] int decimals(std::uint32_t text) const { return decimals_[text]; }

  /// The events that were counted. `kind_of` is by text, too.
  [[nodiscard]] EventRun build(std::span<const std::uint16_t> kind_of, const std::vector<EventKind>& kinds,
                               Magnitudes& magnitudes) {
    EventRun run;
    place_accounts(run);
    const std::span<PackedEvent> events = run.events.extend(run.first.back());
    for (std::size_t i = 0; i < table_.size(); ++i) {
      if (!counts(i)) continue;
      const std::uint16_t kind = kind_of[table_.kind[i]];
      const auto zeros = static_cast<std::size_t>(kinds[kind].decimals - table_.value.scale(i));
      const std::int64_t value = magnitudes.scaled(kind, table_.value.coefficient(i), zeros);
      events[next_[table_.customer[i]]++] = PackedEvent::of(table_.at[i], kind, value);
    }
    sort_customers(run.first, events);
    note_ends(run);
    return run;
  }

 private:
  [[nodiscard]] bool counts(std::size_t i) const {
    return customer_of_[table_.customer[i]] < unknown_account && table_.at[i] < until_;
  }

  /// Gives every account its place, those of one customer beside each other.
  void place_accounts(EventRun& run) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> accounts;  // customer and account
    for (std::uint32_t id = 0; id < next_.size(); ++id)
      if (next_[id] > 0) accounts.emplace_back(customer_of_[id], id);
    if (!std::is_sorted(accounts.begin(), accounts.end())) std::sort(accounts.begin(), accounts.end());
    std::uint32_t events = 0;
    for (const auto& [customer, id] : accounts) {
      if (run.customer.empty() || run.customer.back() != customer) {
        run.customer.push_back(customer);
        run.first.push_back(events);
      }
      events += std::exchange(next_[id], events);
    }
    run.first.push_back(events);
  }

  /// Rows mostly come in order of time; customers whose rows do not are sorted one by one.
  static void sort_customers(const std::vector<std::uint32_t>& firsts, std::span<PackedEvent> events) {
    for (std::size_t c = 0; c + 1 < firsts.size(); ++c) {
      const auto first = events.begin() + firsts[c];
      const auto last = events.begin() + firsts[c + 1];
      if (!std::is_sorted(first, last)) std::sort(first, last);
    }
  }

  const Records::Storage& records_;
  const EventTable& table_;
  std::span<const std::uint32_t> customer_of_;
  std::int64_t until_;
  std::vector<std::uint32_t> next_;    // by account: how many events, then where its next one goes
  std::vector<std::int8_t> decimals_;  // by text, -1 for one that is no kind
};

/// The kinds of both, each once, with the decimals that all of its values need.
std::vector<EventKind> united(std::vector<EventKind> kinds, const std::vector<EventKind>& more) {
  kinds.insert(kinds.end(), more.begin(), more.end());
  std::sort(kinds.begin(), kinds.end(), [](const EventKind& a, const EventKind& b) {
    return std::tie(a.name, b.decimals) < std::tie(b.name, a.decimals);  // most decimals first
  });
  const auto is_same = [](const EventKind& a, const EventKind& b) { return a.name == b.name; };
  kinds.erase(std::unique(kinds.begin(), kinds.end(), is_same), kinds.end());
  if (kinds.size() > std::size_t{std::numeric_limits<std::uint16_t>::max()} + 1)
    throw Error(ErrorCode::overflow, "There are more than 65,536 kinds of events. Map them to fewer.");
  return kinds;
}

std::uint16_t code_of(const std::vector<EventKind>& kinds, const std::string& name) {
  const auto found =
      std::lower_bound(kinds.begin(), kinds.end(), name,
                       [](const EventKind& kind, const std::string& text) { return kind.name < text; });
  return static_cast<std::uint16_t>(found - kinds.begin());
}

/// By account of other records, the customer that the book knows under its id.
std::vector<std::uint32_t> customers_of(const Book::Data& book, const IdTable& ids) {
  std::vector<std::uint32_t> customers;
  customers.reserve(ids.size());
  for (std::uint32_t id = 0; id < ids.size(); ++id) {
    const auto known = book.records->customer_ids.find(ids.text(id));
    customers.push_back(known ? book.accounts.customer_of[*known] : unknown_account);
  }
  return customers;
}

}  // namespace

EventIndex EventIndex::build(const Book& book, EventKindMap kinds) {
  EventIndex index{book, std::move(kinds)};
  index.add(book.records(), book.data().accounts.customer_of);
  return index;
}

void EventIndex::append(const Records& records, Date as_of) {
  if (as_of < as_of_)
    throw Error(ErrorCode::out_of_range, "Events are known before " + as_of_.to_string() +
                                             " already. Append them with that day or a later one.");
  EventIndex next = *this;
  next.as_of_ = as_of;
  next.add(records, customers_of(book_.data(), records.storage().customer_ids));
  *this = std::move(next);
}

void EventIndex::add(const Records& records, std::span<const std::uint32_t> customer_of) {
  const Records::Storage& storage = records.storage();
  const Timestamp until = book_.conventions().book.time_zone.start_of(as_of_);
  RunBuilder builder{storage, customer_of, until.seconds()};
  builder.count(left_out_);

  const std::vector<std::uint32_t> texts = builder.kinds();
  std::vector<EventKind> met;
  for (const std::uint32_t text : texts) {
    std::string name = storage.texts.text(text);
    if (const auto mapped = mapped_.find(name); mapped != mapped_.end()) name = mapped->second;
    met.push_back({std::move(name), builder.decimals(text)});
  }
  std::vector<EventKind> kinds = united(kinds_, met);
  std::vector<std::uint16_t> kind_of(storage.texts.size(), 0);
  for (std::size_t i = 0; i < texts.size(); ++i) kind_of[texts[i]] = code_of(kinds, met[i].name);

  Magnitudes magnitudes{kinds};
  std::vector<std::uint16_t> code(kinds_.size());   // by old code, the new one,
  std::vector<std::int64_t> factor(kinds_.size());  // and what its values are multiplied by
  bool unchanged = true;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    code[k] = code_of(kinds, kinds_[k].name);
    const auto zeros = static_cast<std::size_t>(kinds[code[k]].decimals - kinds_[k].decimals);
    factor[k] = powers_of_ten[zeros];
    static_cast<void>(magnitudes.scaled(code[k], magnitude_[k], zeros));
    unchanged = unchanged && code[k] == k && zeros == 0;
  }
  auto run = std::make_shared<EventRun>(builder.build(kind_of, kinds, magnitudes));
  if (run->size() + event_count() >= no_index)
    throw Error(ErrorCode::overflow, "An index holds at most 4 thousand million events.");

  std::vector<std::shared_ptr<const EventRun>> runs = runs_;
  if (!unchanged)
    for (auto& old : runs) {
      auto changed = std::make_shared<EventRun>(*old);
      for (PackedEvent& event : changed->events.writable())
        event = PackedEvent::of(event.seconds(), code[event.kind()], event.value * factor[event.kind()]);
      old = std::move(changed);
    }
  if (run->size() > 0) runs.push_back(std::move(run));
  while (runs.size() > 1 && runs[runs.size() - 2]->size() < 2 * runs.back()->size()) {
    auto both = std::make_shared<const EventRun>(merge(*runs[runs.size() - 2], *runs.back()));
    runs.pop_back();
    runs.back() = std::move(both);
  }
  kinds_ = std::move(kinds);
  magnitude_ = std::move(magnitudes).take();
  runs_ = std::move(runs);
}

void EventIndex::compact() {
  auto runs = runs_;
  while (runs.size() > 1) {
    auto both = std::make_shared<const EventRun>(merge(*runs[runs.size() - 2], *runs.back()));
    runs.pop_back();
    runs.back() = std::move(both);
  }
  runs_ = std::move(runs);
}

std::size_t EventIndex::event_count() const noexcept {
  return std::accumulate(runs_.begin(), runs_.end(), std::size_t{0},
                         [](std::size_t sum, const auto& run) { return sum + run->size(); });
}

std::size_t EventIndex::bytes() const noexcept {
  const auto bytes_of = [](const auto& column) { return column.size() * sizeof(column[0]); };
  std::size_t sum = 0;
  for (const auto& run : runs_)
    sum += bytes_of(run->customer) + bytes_of(run->first) + bytes_of(run->earliest) + bytes_of(run->latest) +
           bytes_of(run->events);
  return sum;
}

std::vector<IndexedEvent> EventIndex::events_of(CustomerIndex customer) const {
  std::vector<PackedEvent> packed;
  for (const auto& run : runs_) {
    const auto found =
        std::lower_bound(run->customer.begin(), run->customer.end(), static_cast<std::uint32_t>(customer));
    if (found == run->customer.end() || *found != static_cast<std::uint32_t>(customer)) continue;
    const auto own = span_of(*run, static_cast<std::size_t>(found - run->customer.begin()));
    packed.insert(packed.end(), own.begin(), own.end());
  }
  std::sort(packed.begin(), packed.end());
  std::vector<IndexedEvent> events;
  events.reserve(packed.size());
  for (const PackedEvent& event : packed)
    events.push_back({Timestamp::from_seconds(event.seconds()), event.kind(),
                      Decimal{event.value, kinds_[event.kind()].decimals}});
  return events;
}

bool operator==(const EventIndex& a, const EventIndex& b) {
  if (a.as_of_ != b.as_of_ || a.kinds_ != b.kinds_ || a.magnitude_ != b.magnitude_ ||
      a.left_out_ != b.left_out_)
    return false;
  EventIndex one = a;
  EventIndex other = b;
  one.compact();
  other.compact();
  if (one.runs_.empty() || other.runs_.empty()) return one.runs_.size() == other.runs_.size();
  return *one.runs_.front() == *other.runs_.front();
}

}  // namespace churn::inline v0
