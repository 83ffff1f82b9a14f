#include "book/live_touched.hpp"

#include <algorithm>
#include <string_view>

namespace churn::inline v0 {

namespace {

void put_in_order(std::vector<LiveGiven>& given) {
  const auto before = [](const LiveGiven& a, const LiveGiven& b) {
    return a.place != b.place ? a.place < b.place : a.at < b.at;
  };
  if (!std::is_sorted(given.begin(), given.end(), before)) std::sort(given.begin(), given.end(), before);
}

}  // namespace

void LiveTouched::forget() noexcept {
  for (const std::uint32_t account : accounts_) state_.mark[account] = 0;
  for (const std::uint32_t subscription : replaced_) state_.replaced[subscription] = 0;
  accounts_.clear();
  places_.clear();
  replaced_.clear();
  touched_ = 0;
}

void LiveTouched::look_at(std::uint32_t account) {
  if (state_.mark[account] != 0) return;
  accounts_.push_back(account);
  state_.mark[account] = static_cast<std::uint32_t>(accounts_.size());
}

/// For accounts and subscriptions that are new.
void LiveTouched::have_room() {
  const std::size_t accounts = state_.accounts.size();
  if (accounts > state_.place.size()) {
    state_.mark.resize(accounts, 0);
    state_.has_events.resize(accounts, 0);
    state_.place.resize(accounts);  // last: the others have room
  }
  const std::size_t subscriptions = state_.subscriptions.size();
  if (subscriptions > state_.holder.size()) {
    state_.replaced.resize(subscriptions, 0);
    state_.holder.resize(subscriptions, no_index);
  }
}

std::uint32_t LiveTouched::account(const CustomerId& id) {
  const std::uint32_t number = state_.accounts.intern(id.text());
  have_room();
  return number;
}

template <class Objects, class IdOf>
std::vector<std::uint32_t> LiveTouched::accounts_of(const Objects& objects, IdOf&& id_of) {
  std::vector<std::string_view> texts;
  texts.reserve(objects.size());
  for (const auto& object : objects) texts.push_back(id_of(object).text());
  std::vector<std::uint32_t> numbers = state_.accounts.intern(texts);
  have_room();
  return numbers;
}

void LiveTouched::touch_holders(std::uint32_t subscription) {
  if (state_.holder[subscription] != no_index) look_at(state_.holder[subscription]);
  if (state_.others.empty()) return;
  const auto [first, last] = state_.others.equal_range(subscription);
  for (auto at = first; at != last; ++at) look_at(at->second);
}

void LiveTouched::replace(std::uint32_t subscription) {
  replaced_.push_back(subscription);
  state_.replaced[subscription] = 1;
}

void LiveTouched::touch_removed() {
  for (const CustomerId& id : changes_.removed_customers)
    if (const auto number = state_.accounts.find(id.text()); number && *number < state_.place.size()) {
      look_at(*number);
      removed_.insert(*number);
    }
  for (const SubscriptionId& id : changes_.removed_subscriptions)
    if (const auto number = state_.subscriptions.find(id.text()); number && *number < state_.holder.size()) {
      touch_holders(*number);
      if (!is_replaced(*number)) replace(*number);
    }
  for (const InvoiceId& id : changes_.removed_invoices) {
    const auto [first, last] = state_.invoiced.equal_range(id.text());
    for (auto at = first; at != last; ++at) look_at(at->second);
    replaced_invoices_[id.text()] = std::nullopt;
  }
}

void LiveTouched::link(std::uint32_t account, std::uint32_t other) {
  std::vector<std::uint32_t>& linked = state_.linked[account];
  if (std::find(linked.begin(), linked.end(), other) == linked.end()) linked.push_back(other);
}

void LiveTouched::touch_customers() {
  const std::vector<std::uint32_t> numbers = accounts_of(
      changes_.customers, [](const Customer& customer) -> const auto& { return customer.id; });
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    look_at(numbers[i]);
    customers_.push_back({place_of(numbers[i]), i, numbers[i]});
    const auto& merged_into = changes_.customers[i].merged_into;
    if (!merged_into) continue;
    const std::uint32_t into = account(*merged_into);
    link(numbers[i], into);
    link(into, numbers[i]);
  }
  put_in_order(customers_);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < customers_.size(); ++i)
    if (i + 1 == customers_.size() || customers_[i].place != customers_[i + 1].place)
      customers_[kept++] = customers_[i];
  customers_.resize(kept);
}

/// Reads what is about to be asked of the first of these, so that all of it is on its way from memory at once. Most
/// subscriptions stay with their account.
void LiveTouched::read_ahead(std::span<const std::uint32_t> subscriptions,
                             std::span<const std::uint32_t> accounts) const {
  std::uint32_t all = 0;
  for (std::size_t i = 0; i < std::min(together, accounts.size()); ++i)
    all ^= state_.holder[subscriptions[i]] ^ state_.replaced[subscriptions[i]] ^ state_.mark[accounts[i]] ^
           state_.place[accounts[i]].account;
  [[maybe_unused]] const volatile std::uint32_t seen = all;  // as what comes to nothing need not be read
}

void LiveTouched::touch_subscriptions() {
  const std::vector<Subscription>& given = changes_.subscriptions;
  if (given.empty()) return;
  std::vector<std::string_view> texts;
  texts.reserve(given.size());
  for (const Subscription& subscription : given) texts.push_back(subscription.id.text());
  const std::vector<std::uint32_t> numbers = state_.subscriptions.intern(texts);
  const std::vector<std::uint32_t> holders = accounts_of(
      given, [](const Subscription& subscription) -> const auto& { return subscription.customer; });
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (i % together == 0) read_ahead(std::span{numbers}.subspan(i), std::span{holders}.subspan(i));
    touch_holders(numbers[i]);
    look_at(holders[i]);
  }
  replaced_.reserve(replaced_.size() + given.size());
  subscriptions_.reserve(given.size());
  for (std::size_t i = given.size(); i-- > 0;) {
    if (is_replaced(numbers[i])) continue;  // by a later one
    replace(numbers[i]);
    subscriptions_.push_back({place_of(holders[i]), i, numbers[i]});
  }
  std::reverse(subscriptions_.begin(), subscriptions_.end());
  put_in_order(subscriptions_);
}

void LiveTouched::touch_invoice(std::size_t i, std::uint32_t debtor) {
  const std::string& id = changes_.invoices[i].id.text();
  const auto [first, last] = state_.invoiced.equal_range(id);
  bool known = false;
  for (auto at = first; at != last; ++at) {
    look_at(at->second);
    known = known || at->second == debtor;
  }
  look_at(debtor);
  replaced_invoices_[id] = i;
  if (!known) state_.invoiced.emplace(id, debtor);
}

void LiveTouched::touch_invoices() {
  const std::vector<std::uint32_t> debtors = accounts_of(
      changes_.invoices, [](const Invoice& invoice) -> const auto& { return invoice.customer; });
  for (std::size_t i = 0; i < debtors.size(); ++i) touch_invoice(i, debtors[i]);
  for (const auto& [id, at] : replaced_invoices_)
    if (at) invoices_.push_back({place_of(debtors[*at]), *at, debtors[*at]});
  put_in_order(invoices_);
}

/// An event alone makes its customer known, as in a book.
void LiveTouched::touch_events() {
  of_events_ = accounts_of(
      changes_.events, [](const Event& event) -> const auto& { return event.customer; });
  const std::vector<std::uint32_t>& numbers = of_events_;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    with_events_.insert(numbers[i]);
    const bool is_heeded = state_.heeds(changes_.events[i].kind);
    if (is_heeded || state_.place[numbers[i]].layer == no_index) look_at(numbers[i]);
    if (is_heeded) heeded_.push_back({place_of(numbers[i]), i, numbers[i]});
  }
  put_in_order(heeded_);
}

/// Those to whom something happens by time alone.
void LiveTouched::touch_due(Date as_of) {
  for (const auto& [day, entries] : state_.calendar) {
    if (day >= as_of.days()) break;
    for (const LiveBook::State::Entry& entry : entries) {
      const LivePlace place = state_.place[entry.account];
      if (place.layer != no_index && state_.layers[place.layer]->serial == entry.serial)
        look_at(entry.account);
    }
  }
}

/// Accounts that are merged go together.
void LiveTouched::touch_linked() {
  if (state_.linked.empty()) return;
  for (std::size_t i = 0; i < accounts_.size(); ++i)  // NOLINT(modernize-loop-convert): it grows on the way
    if (const auto at = state_.linked.find(accounts_[i]); at != state_.linked.end())
      for (const std::uint32_t other : at->second) look_at(other);
}

void LiveTouched::touch_all(Date as_of) {
  touch_customers();
  touch_subscriptions();
  touch_removed();
  touch_invoices();
  touch_events();
  touch_due(as_of);
  touch_linked();
  touched_ = accounts_.size();
  places_.reserve(touched_);
  for (const std::uint32_t account : accounts_) places_.push_back(state_.place[account]);
}

}  // namespace churn::inline v0
