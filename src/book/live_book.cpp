#include <churn/book/live_book.hpp>

#include <algorithm>
#include <utility>

#include "book/live_change.hpp"
#include "book/live_state.hpp"

namespace churn::inline v0 {

std::optional<std::uint32_t> LiveIds::find(std::string_view text) const {
  if (const auto known = base_->find(text)) return known;
  if (const auto more = more_.find(text)) return base_size() + *more;
  return std::nullopt;
}

std::uint32_t LiveIds::intern(std::string_view text) {
  if (const auto known = base_->find(text)) return *known;
  return base_size() + more_.intern(text);
}

std::vector<std::uint32_t> LiveIds::intern(std::span<const std::string_view> texts) {
  std::vector<std::uint32_t> numbers(texts.size());
  base_->find(texts, numbers);
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (numbers[i] == IdTable::no_id) numbers[i] = base_size() + more_.intern(texts[i]);
  return numbers;
}

std::uint32_t LiveIds::intern_in(IdTable& table, std::uint32_t number) const {
  return number < base_size() ? table.intern(*base_, number) : table.intern(more_, number - base_size());
}

std::uint32_t LiveIds::number_of(const IdTable& table, std::uint32_t index) const {
  if (const auto known = base_->find(table, index)) return *known;
  const auto more = more_.find(table, index);
  return more ? base_size() + *more : no_index;
}

// ---- The state

LiveBook::State::State(const Book& book)
    : as_of(book.as_of()),
      accounts(book.data().records->customer_ids),
      subscriptions(book.data().records->subscription_ids) {
  layers.push_back(
      std::make_shared<LiveLayer>(LiveLayer{0, book, AccountRows{*book.data().records}, {}, {}, 0, {}}));
  LiveLayer& base = *layers.front();
  const Records::Storage& records = base.records();
  base.placed = accounts.size();
  const std::size_t room = accounts.size() + accounts.size() / 8;  // for those to come
  mark.reserve(room);
  has_events.reserve(room);
  place.reserve(room);
  holder.reserve(subscriptions.size() + subscriptions.size() / 8);
  replaced.reserve(subscriptions.size() + subscriptions.size() / 8);
  replaced.assign(subscriptions.size(), 0);
  mark.assign(accounts.size(), 0);
  has_events.assign(accounts.size(), 0);
  for (const std::uint32_t account : records.events.customer) has_events[account] = 1;
  place.resize(accounts.size());
  for (std::uint32_t account = 0; account < place.size(); ++account) place[account] = {0, account};
  holder.assign(subscriptions.size(), no_index);
  for (std::size_t i = 0; i < records.phases.size(); ++i) {
    const std::uint32_t subscription = records.phases.subscription[i];
    const std::uint32_t account = records.phases.customer[i];
    if (holder[subscription] == no_index) holder[subscription] = account;
    if (holder[subscription] != account) others.emplace(subscription, account);
  }
  // Invoices of one id that contradict each other may be of several accounts, and only together do they.
  const auto link = [this](std::uint32_t account, std::uint32_t other) {
    std::vector<std::uint32_t>& list = linked[account];
    if (std::find(list.begin(), list.end(), other) == list.end()) list.push_back(other);
  };
  for (const InvoiceRow& row : records.invoices) {
    const std::uint32_t account = *records.customer_ids.find(row.invoice.customer.text());
    const auto [first, last] = invoiced.equal_range(row.invoice.id.text());
    bool is_known = false;
    for (auto at = first; at != last; ++at) {
      is_known = is_known || at->second == account;
      if (at->second == account) continue;
      link(account, at->second);
      link(at->second, account);
    }
    if (!is_known) invoiced.emplace(row.invoice.id.text(), account);
  }
  for (std::size_t i = 0; i < records.customers.size(); ++i) {
    const std::uint32_t into = records.customers.merged_into[i];
    if (into == no_index) continue;
    linked[into].push_back(records.customers.id[i]);
    linked[records.customers.id[i]].push_back(into);
  }
  for (const TimelineColumns::PendingGap& gap : book.data().timeline.pending_gaps) ++pending[gap.since];
  for (const std::uint8_t currency : book.data().paid_in) ++paid_in[currency];
  phase_count = records.phases.size();
  invoice_count = records.invoices.size();
  set_calendar();
}

std::vector<std::int32_t> LiveBook::State::tenure_cuts() const {
  std::vector<std::int32_t> cuts;
  for (const auto& follower : followers)
    if (const auto alive = follower.lock())
      cuts.insert(cuts.end(), alive->tenure_cuts().begin(), alive->tenure_cuts().end());
  return cuts;
}

bool LiveBook::State::asks_why() const {
  return std::any_of(followers.begin(), followers.end(), [](const auto& follower) {
    const auto alive = follower.lock();
    return alive && alive->asks_why();
  });
}

bool LiveBook::State::heeds(std::string_view kind) const {
  return std::any_of(followers.begin(), followers.end(), [kind](const auto& follower) {
    const auto alive = follower.lock();
    return alive && alive->asks_why() && alive->heeds(kind);
  });
}

void LiveBook::State::set_for_followers() {
  const bool why = asks_why();
  if (!why && tenure_cuts().empty()) return;
  if (why)
    layers.front()->heeded =
        HeededEvents{layers.front()->records(), [this](std::string_view kind) { return heeds(kind); }};
  set_calendar();
}

void LiveBook::State::become_one_book() {
  const Book& base = layers.front()->book;
  if (layers.size() > 1 || !events.empty() || !removed.empty() || base.as_of() != as_of)
    apply({}, as_of, true);
}

void LiveBook::State::set_calendar() {
  const std::vector<std::int32_t> cuts = tenure_cuts();
  const bool why = asks_why();
  Calendar next;
  for (std::uint32_t l = 0; l < layers.size(); ++l) {
    const LiveLayer& layer = *layers[l];
    const std::vector<std::int32_t> days = next_days(layer, as_of.days(), cuts, why);
    for (std::size_t customer = 0; customer < days.size(); ++customer) {
      const std::uint32_t account = layer.account(layer.book.data().accounts.id[customer]);
      if (days[customer] != no_day && place[account].layer == l)
        next[days[customer]].push_back({account, layer.serial});
    }
  }
  calendar.swap(next);
}

void LiveBook::State::add(const std::shared_ptr<LiveFollower>& follower) {
  std::erase_if(followers, [](const auto& other) { return other.expired(); });
  followers.push_back(follower);
  if (follower->tenure_cuts().empty() && !follower->asks_why()) return;
  try {
    set_for_followers();
  } catch (...) {
    followers.pop_back();
    throw;
  }
}

LiveStep LiveBook::State::everyone() const {
  LiveStep step{.as_of = as_of, .pending_gap_since = first_pending(pending), .anew = true};
  for (std::uint32_t l = 0; l < layers.size(); ++l) {
    const LiveLayer& layer = *layers[l];
    LivePortion portion{carried(layer.book, as_of), {}};
    const PlainColumn<std::uint32_t>& ids = layer.book.data().accounts.id;
    for (std::uint32_t customer = 0; customer < ids.size(); ++customer)
      if (place[layer.account(ids[customer])].layer == l)
        portion.customers.push_back(CustomerIndex{customer});
    step.come.push_back(std::move(portion));
    step.books.push_back(&layer.book.data());
  }
  return step;
}

Rejections LiveBook::State::apply(const Changes& changes, Date until, bool everything) {
  return LiveChange{*this, changes, until}.make(everything);
}

LiveBook::LiveBook(const Book& book) : state_(std::make_shared<State>(book)) {}
LiveBook::LiveBook(LiveBook&&) noexcept = default;
LiveBook& LiveBook::operator=(LiveBook&&) noexcept = default;
LiveBook::~LiveBook() = default;

Rejections LiveBook::apply(const Changes& changes, Date as_of) {
  return state_->apply(changes, as_of, false);
}
Date LiveBook::as_of() const noexcept { return state_->as_of; }

Book LiveBook::book() {
  state_->become_one_book();
  return state_->layers.front()->book;
}

BuiltBook Book::apply(const Changes& changes, Date as_of) const {
  LiveBook live{*this};
  Rejections rejections = live.state()->apply(changes, as_of, true);
  return {live.book(), std::move(rejections)};
}

}  // namespace churn::inline v0
