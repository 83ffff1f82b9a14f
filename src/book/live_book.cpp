#include <churn/book/live_book.hpp>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "book/live_state.hpp"
#include "book/row_copier.hpp"

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

namespace {

std::optional<Date> first_of(const std::map<std::int32_t, std::int64_t>& pending) {
  if (pending.empty()) return std::nullopt;
  return Date::from_days(pending.begin()->first);
}

}  // namespace

LiveStep LiveBook::State::everyone() const {
  LiveStep step{.as_of = as_of, .pending_gap_since = first_of(pending), .anew = true};
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

// ---- One call of apply

/// Everything that may fail happens here, beside the state; `commit` puts it in.
class LiveChange {
 public:
  LiveChange(LiveBook::State& state, const Changes& changes, Date as_of)
      : state_(state), changes_(changes), as_of_(as_of) {}
  LiveChange(const LiveChange&) = delete;
  LiveChange& operator=(const LiveChange&) = delete;
  ~LiveChange() {
    for (const std::uint32_t account : touched_) state_.mark[account] = 0;
    for (const std::uint32_t account : absorbed_) state_.mark[account] = 0;
  }

  Rejections make(bool everything);

 private:
  using Storage = Records::Storage;

  // What is touched.
  static constexpr std::size_t worth_a_new_base = 1000;  // accounts
  static constexpr std::uint8_t touched = 1;             // marks of accounts
  static constexpr std::uint8_t absorbed = 2;            // into the new layer, unchanged
  void touch(std::uint32_t account);
  [[nodiscard]] std::uint32_t account(const CustomerId& id);
  void touch_holders(std::uint32_t subscription);
  void touch_changed();
  void touch_customer(std::size_t i);
  void link(std::uint32_t account, std::uint32_t other);
  void touch_subscription(std::size_t i);
  void touch_invoice(std::size_t i);
  void touch_due();
  void touch_linked();
  [[nodiscard]] bool absorb();

  // What they are now.
  [[nodiscard]] std::shared_ptr<Storage> records_of(const std::vector<std::uint32_t>& accounts,
                                                    const std::vector<std::uint32_t>& more);
  [[nodiscard]] RowCopier& copier_of(std::uint32_t layer, Storage& to);
  void copy_account(std::uint32_t account, Storage& to);
  void add_changed(std::uint32_t account, Storage& to);
  void copy_heeded(const std::vector<std::uint32_t>& accounts, Storage& to);
  void add_event(std::size_t i, Storage& to) const;
  void copy_events(Storage& to);
  void copy_rates(Storage& to) const;
  [[nodiscard]] bool must_be_one_book(const Storage& records);
  [[nodiscard]] bool has_other_currencies() const;

  [[nodiscard]] Rejections rejections_of_touched(Rejections of_all, RevenueSource source);
  [[nodiscard]] LiveStep step();
  void tell(const LiveStep& step);
  void count(const LivePortion& portion, std::int64_t sign);
  void count_rows(std::size_t phases, std::size_t invoices);
  void put_into_calendar();
  void prepare_events();
  void commit() noexcept;
  Rejections make_anew(bool everything);

  LiveBook::State& state_;
  const Changes& changes_;
  Date as_of_;
  std::vector<std::uint32_t> touched_;
  std::vector<std::uint32_t> absorbed_;
  std::size_t kept_layers_{0};  // below it
  std::unordered_set<std::uint32_t> removed_;
  // The last object of each id, by its place in the changes.
  struct Given {
    std::uint32_t account;
    std::size_t at;
  };
  std::unordered_map<std::uint32_t, std::size_t> customer_;           // by account
  std::unordered_map<std::uint32_t, std::optional<Given>> replaced_;  // by subscription; empty: removed
  std::unordered_map<std::string, std::optional<Given>> replaced_invoices_;
  std::vector<std::pair<std::uint32_t, std::size_t>> subscriptions_;  // account and place, in order
  std::vector<std::pair<std::uint32_t, std::size_t>> invoices_;
  std::vector<std::pair<std::uint32_t, std::size_t>> heeded_;  // events

  std::unique_ptr<RowCopier> copier_;  // from the layer that was read last
  std::uint32_t copier_layer_{no_index};
  std::shared_ptr<LiveLayer> layer_;
  std::vector<std::uint32_t> layer_accounts_;  // of the records that are made: their numbers
  std::vector<std::uint32_t> layer_subscriptions_;
  std::map<std::int32_t, std::int64_t> pending_;
  std::array<std::int64_t, 256> paid_in_{};
  std::size_t phase_count_{0};
  std::size_t invoice_count_{0};
  bool several_change_{false};  // a customer that paid in several currencies
  std::vector<Event> events_;
  std::unordered_set<std::uint32_t> with_events_;  // of these changes
  std::vector<std::shared_ptr<LiveFollower>> followers_;
};

void LiveChange::touch(std::uint32_t account) {
  if (state_.mark[account] != 0) return;
  touched_.push_back(account);
  state_.mark[account] = touched;
}

/// The number of an account, which may be new.
std::uint32_t LiveChange::account(const CustomerId& id) {
  const std::uint32_t number = state_.accounts.intern(id.text());
  if (number >= state_.place.size()) {
    state_.mark.resize(std::size_t{number} + 1, 0);
    state_.has_events.resize(std::size_t{number} + 1, 0);
    state_.place.resize(std::size_t{number} + 1);  // last: the others have room
  }
  return number;
}

void LiveChange::touch_holders(std::uint32_t subscription) {
  if (subscription >= state_.holder.size()) return;
  if (state_.holder[subscription] != no_index) touch(state_.holder[subscription]);
  const auto [first, last] = state_.others.equal_range(subscription);
  for (auto at = first; at != last; ++at) touch(at->second);
}

void LiveChange::touch_customer(std::size_t i) {
  const Customer& customer = changes_.customers[i];
  const std::uint32_t number = account(customer.id);
  touch(number);
  customer_[number] = i;
  if (!customer.merged_into) return;
  const std::uint32_t into = account(*customer.merged_into);
  link(number, into);
  link(into, number);
}

void LiveChange::link(std::uint32_t account, std::uint32_t other) {
  std::vector<std::uint32_t>& linked = state_.linked[account];
  if (std::find(linked.begin(), linked.end(), other) == linked.end()) linked.push_back(other);
}

void LiveChange::touch_subscription(std::size_t i) {
  const Subscription& subscription = changes_.subscriptions[i];
  const std::uint32_t number = state_.subscriptions.intern(subscription.id.text());
  if (number >= state_.holder.size()) state_.holder.resize(std::size_t{number} + 1, no_index);
  touch_holders(number);
  const std::uint32_t holder = account(subscription.customer);
  touch(holder);
  replaced_[number] = Given{holder, i};
}

void LiveChange::touch_invoice(std::size_t i) {
  const Invoice& invoice = changes_.invoices[i];
  const auto [first, last] = state_.invoiced.equal_range(invoice.id.text());
  bool known = false;
  const std::uint32_t debtor = account(invoice.customer);
  for (auto at = first; at != last; ++at) {
    touch(at->second);
    known = known || at->second == debtor;
  }
  touch(debtor);
  replaced_invoices_[invoice.id.text()] = Given{debtor, i};
  if (!known) state_.invoiced.emplace(invoice.id.text(), debtor);
}

void LiveChange::touch_changed() {
  for (const CustomerId& id : changes_.removed_customers)
    if (const auto number = state_.accounts.find(id.text()); number && *number < state_.place.size()) {
      touch(*number);
      removed_.insert(*number);
    }
  for (const SubscriptionId& id : changes_.removed_subscriptions)
    if (const auto number = state_.subscriptions.find(id.text()); number && *number < state_.holder.size()) {
      touch_holders(*number);
      replaced_[*number] = std::nullopt;
    }
  for (const InvoiceId& id : changes_.removed_invoices) {
    const auto [first, last] = state_.invoiced.equal_range(id.text());
    for (auto at = first; at != last; ++at) touch(at->second);
    replaced_invoices_[id.text()] = std::nullopt;
  }
  for (std::size_t i = 0; i < changes_.customers.size(); ++i) touch_customer(i);
  for (std::size_t i = 0; i < changes_.subscriptions.size(); ++i) touch_subscription(i);
  for (std::size_t i = 0; i < changes_.invoices.size(); ++i) touch_invoice(i);
  // An event alone makes its customer known, as in a book.
  for (std::size_t i = 0; i < changes_.events.size(); ++i) {
    const Event& event = changes_.events[i];
    const std::uint32_t number = account(event.customer);
    with_events_.insert(number);
    const bool is_heeded = state_.heeds(event.kind);
    if (is_heeded) heeded_.emplace_back(number, i);
    if (is_heeded || state_.place[number].layer == no_index) touch(number);
  }
  std::sort(heeded_.begin(), heeded_.end());
  for (const auto& [number, given] : replaced_)
    if (given) subscriptions_.emplace_back(given->account, given->at);
  for (const auto& [id, given] : replaced_invoices_)
    if (given) invoices_.emplace_back(given->account, given->at);
  std::sort(subscriptions_.begin(), subscriptions_.end());
  std::sort(invoices_.begin(), invoices_.end());
}

/// Those to whom something happens by time alone.
void LiveChange::touch_due() {
  for (const auto& [day, entries] : state_.calendar) {
    if (day >= as_of_.days()) break;
    for (const LiveBook::State::Entry& entry : entries) {
      const LivePlace place = state_.place[entry.account];
      if (place.layer != no_index && state_.layers[place.layer]->serial == entry.serial) touch(entry.account);
    }
  }
}

/// Accounts that are merged go together.
void LiveChange::touch_linked() {
  if (state_.linked.empty()) return;
  for (std::size_t i = 0; i < touched_.size(); ++i)  // NOLINT(modernize-loop-convert): it grows on the way
    if (const auto at = state_.linked.find(touched_[i]); at != state_.linked.end())
      for (const std::uint32_t other : at->second) touch(other);
}

/// A layer that would not be larger than the new one becomes part of it, so that there are few; false if all do.
bool LiveChange::absorb() {
  for (kept_layers_ = state_.layers.size(); kept_layers_ > 0; --kept_layers_) {
    const LiveLayer& top = *state_.layers[kept_layers_ - 1];
    const std::size_t taken = touched_.size() + absorbed_.size();
    if (top.placed > taken || touched_.empty()) return true;
    if (kept_layers_ == 1) return taken < worth_a_new_base;
    for (const std::uint32_t account : top.accounts) {
      if (state_.mark[account] != 0 || state_.place[account].layer != kept_layers_ - 1) continue;
      absorbed_.push_back(account);
      state_.mark[account] = absorbed;
    }
  }
  return false;
}

// ---- Records

RowCopier& LiveChange::copier_of(std::uint32_t layer, Storage& to) {
  if (copier_layer_ != layer) {
    copier_ = std::make_unique<RowCopier>(state_.layers[layer]->records(), to);
    copier_layer_ = layer;
  }
  return *copier_;
}

void LiveChange::copy_account(std::uint32_t account, Storage& to) {
  const LivePlace place = state_.place[account];
  if (place.layer == no_index) return;
  const LiveLayer& layer = *state_.layers[place.layer];
  const Storage& from = layer.records();
  RowCopier& copier = copier_of(place.layer, to);
  if (!customer_.contains(account))
    for (const std::uint32_t row : layer.rows.customers.of(place.account)) copier.customer(row);
  std::uint32_t local = no_index;  // an account of which nothing is left is not known any more
  for (const std::uint32_t row : layer.rows.phases.of(place.account)) {
    const std::uint32_t subscription = layer.subscription(from.phases.subscription[row]);
    if (!replaced_.empty() && replaced_.contains(subscription)) continue;
    if (local == no_index) local = state_.accounts.intern_in(to.customer_ids, account);
    const std::uint32_t there = state_.subscriptions.intern_in(to.subscription_ids, subscription);
    if (there == layer_subscriptions_.size()) layer_subscriptions_.push_back(subscription);
    copier.phase(row, there, local);
  }
  for (const std::uint32_t row : layer.rows.invoices.of(place.account))
    if (replaced_invoices_.empty() || !replaced_invoices_.contains(from.invoices[row].invoice.id.text()))
      copier.invoice(row);
}

/// What the changes say of an account.
void LiveChange::add_changed(std::uint32_t account, Storage& to) {
  const auto of_account = [account](const auto& list, auto&& use) {
    auto at = std::lower_bound(list.begin(), list.end(), std::pair(account, std::size_t{0}));
    for (; at != list.end() && at->first == account; ++at) use(at->second);
  };
  if (const auto at = customer_.find(account); at != customer_.end())
    to.add(changes_.customers[at->second], static_cast<std::int64_t>(at->second) + 1);
  of_account(subscriptions_, [&](std::size_t i) {
    const Subscription& subscription = changes_.subscriptions[i];
    to.add(subscription, static_cast<std::int64_t>(i) + 1);
    if (to.subscription_ids.size() > layer_subscriptions_.size())
      layer_subscriptions_.push_back(*state_.subscriptions.find(subscription.id.text()));
  });
  of_account(invoices_,
             [&](std::size_t i) { to.add(changes_.invoices[i], static_cast<std::int64_t>(i) + 1); });
}

std::shared_ptr<Records::Storage> LiveChange::records_of(const std::vector<std::uint32_t>& accounts,
                                                         const std::vector<std::uint32_t>& more) {
  auto to = std::make_shared<Storage>();
  copy_frame(state_.layers.front()->records(), *to);
  for (const auto& layer : state_.layers)
    for (const AttributeColumn& column : layer->records().customers.attributes) to->attribute(column.name);
  layer_accounts_.clear();
  layer_subscriptions_.clear();
  copier_.reset();
  copier_layer_ = no_index;
  for (const auto* list : {&accounts, &more})
    for (const std::uint32_t account : *list) {
      if (!removed_.contains(account)) copy_account(account, *to);
      add_changed(account, *to);
      const bool has_events =
          with_events_.contains(account) || (state_.has_events[account] != 0 && !removed_.contains(account));
      if (has_events) static_cast<void>(state_.accounts.intern_in(to->customer_ids, account));
    }
  layer_accounts_.resize(to->customer_ids.size(), no_index);
  std::uint32_t local = 0;
  for (std::uint32_t& account : layer_accounts_) {
    if (account == no_index) account = state_.accounts.number_of(to->customer_ids, local);
    ++local;
  }
  return to;
}

void LiveChange::add_event(std::size_t i, Storage& to) const {
  const Event& event = changes_.events[i];
  to.add(EventRecord{event.customer.text(), event.at, event.kind, event.value, event.label,
                     static_cast<std::int64_t>(i) + 1});
}

/// The events of accounts that somebody heeds.
void LiveChange::copy_heeded(const std::vector<std::uint32_t>& accounts, Storage& to) {
  for (const std::uint32_t account : accounts) {
    const LivePlace place = state_.place[account];
    if (place.layer != no_index && !removed_.contains(account))
      state_.layers[place.layer]->heeded.each_of(
          place.account, [&](std::uint32_t row) { copier_of(place.layer, to).event(row); });
    auto at = std::lower_bound(heeded_.begin(), heeded_.end(), std::pair(account, std::size_t{0}));
    for (; at != heeded_.end() && at->first == account; ++at) add_event(at->second, to);
  }
}

/// Every event that is still there. Only a book of everyone has them.
void LiveChange::copy_events(Storage& to) {
  const Storage& base = state_.layers.front()->records();
  RowCopier copier{base, to};
  for (std::uint32_t i = 0; i < base.events.size(); ++i)
    if (!removed_.contains(base.events.customer[i]) && !state_.removed.contains(base.events.customer[i]))
      copier.event(i);
  for (const Event& event : state_.events)
    if (!removed_.contains(*state_.accounts.find(event.customer.text())))
      to.add(EventRecord{event.customer.text(), event.at, event.kind, event.value, event.label, 0});
  for (std::size_t i = 0; i < changes_.events.size(); ++i) add_event(i, to);
}

/// Only a book of everyone has them: where they are asked, everyone is counted again.
void LiveChange::copy_rates(Storage& to) const {
  to.fx_rates = state_.layers.front()->records().fx_rates;
  for (std::size_t i = 0; i < changes_.fx_rates.size(); ++i) {
    const FxRate& rate = changes_.fx_rates[i];
    std::erase_if(to.fx_rates, [&](const FxRateRow& row) {
      return row.rate.on == rate.on && row.rate.currency == rate.currency;
    });
    to.add(rate, static_cast<std::int64_t>(i) + 1);
  }
}

// ---- The new layer

/// Where what is known of one customer may change what all others are worth.
bool LiveChange::must_be_one_book(const Storage& records) {
  const Book& base = state_.layers.front()->book;
  count_rows(records.phases.size(), records.invoices.size());
  return reads_invoices(base.conventions().book.source, phase_count_, invoice_count_) !=
         (base.revenue_source() == RevenueSource::invoices);
}

/// How many there are in all, if those of the accounts at hand are as many as this.
void LiveChange::count_rows(std::size_t phases, std::size_t invoices) {
  phase_count_ = state_.phase_count + phases;
  invoice_count_ = state_.invoice_count + invoices;
  for (const auto* list : {&touched_, &absorbed_})
    for (const std::uint32_t account : *list) {
      const LivePlace place = state_.place[account];
      if (place.layer == no_index) continue;
      phase_count_ -= state_.layers[place.layer]->rows.phases.of(place.account).size();
      invoice_count_ -= state_.layers[place.layer]->rows.invoices.of(place.account).size();
    }
}

/// Those of customers that paid in several are not told apart: where one of them changes, others may come and go.
bool LiveChange::has_other_currencies() const {
  if (several_change_) return true;
  for (std::size_t i = 0; i < paid_in_.size(); ++i)
    if (i != Book::Data::never_paid && (paid_in_[i] > 0) != (state_.paid_in[i] > 0)) return true;
  return false;
}

void LiveChange::count(const LivePortion& portion, std::int64_t sign) {
  const Book::Data& data = portion.book.data();
  std::size_t gap = 0;
  const auto& gaps = data.timeline.pending_gaps;
  for (const CustomerIndex index : portion.customers) {
    const auto customer = static_cast<std::uint32_t>(index);
    paid_in_[data.paid_in[customer]] += sign;
    several_change_ = several_change_ || data.paid_in[customer] == Book::Data::paid_in_several;
    while (gap < gaps.size() && gaps[gap].customer < customer) ++gap;
    if (gap == gaps.size() || gaps[gap].customer != customer) continue;
    std::int64_t& absences = pending_[gaps[gap].since];
    absences += sign;
    if (absences == 0) pending_.erase(gaps[gap].since);
  }
}

/// What the customers that were touched were, and what they are.
LiveStep LiveChange::step() {
  LiveStep step{.as_of = as_of_};
  std::vector<std::vector<CustomerIndex>> gone(state_.layers.size());
  for (const std::uint32_t account : touched_) {
    const LivePlace place = state_.place[account];
    if (place.layer == no_index) continue;
    const Accounts& there = state_.layers[place.layer]->book.data().accounts;
    const std::uint32_t customer = there.customer_of[place.account];
    if (customer != no_index && there.id[customer] == place.account)
      gone[place.layer].push_back(CustomerIndex{customer});
  }
  for (std::size_t l = 0; l < gone.size(); ++l) {
    if (gone[l].empty()) continue;
    std::sort(gone[l].begin(), gone[l].end());
    step.gone.push_back({LiveBook::State::carried(state_.layers[l]->book, state_.as_of), std::move(gone[l])});
  }
  if (layer_) {
    LivePortion come{layer_->book, {}};
    const PlainColumn<std::uint32_t>& ids = layer_->book.data().accounts.id;
    for (std::uint32_t customer = 0; customer < ids.size(); ++customer)
      if (state_.mark[layer_->accounts[ids[customer]]] == touched)
        come.customers.push_back(CustomerIndex{customer});
    step.come.push_back(std::move(come));
  }
  pending_ = state_.pending;
  paid_in_ = state_.paid_in;
  for (const LivePortion& portion : step.gone) count(portion, -1);
  for (const LivePortion& portion : step.come) count(portion, 1);
  for (std::size_t l = 0; l < kept_layers_; ++l) step.books.push_back(&state_.layers[l]->book.data());
  if (layer_) step.books.push_back(&layer_->book.data());
  step.pending_gap_since = first_of(pending_);
  return step;
}

/// All followers prepare, or none.
void LiveChange::tell(const LiveStep& step) {
  for (const auto& follower : state_.followers)
    if (auto alive = follower.lock()) followers_.push_back(std::move(alive));
  try {
    for (const auto& follower : followers_) follower->prepare(step);
  } catch (...) {
    for (const auto& follower : followers_) follower->forget();
    throw;
  }
}

void LiveChange::put_into_calendar() {
  const std::vector<std::int32_t> days =
      next_days(*layer_, as_of_.days(), state_.tenure_cuts(), state_.asks_why());
  const PlainColumn<std::uint32_t>& ids = layer_->book.data().accounts.id;
  for (std::size_t customer = 0; customer < days.size(); ++customer)
    if (days[customer] != no_day)
      state_.calendar[days[customer]].push_back({layer_->accounts[ids[customer]], layer_->serial});
}

/// What was rejected may be of customers that nothing was said of.
Rejections LiveChange::rejections_of_touched(Rejections of_all, RevenueSource source) {
  if (of_all.empty()) return of_all;
  const auto records = records_of(touched_, {});
  copy_rates(*records);
  Rejections rejections;
  static_cast<void>(
      build_data(records, as_of_, state_.layers.front()->book.conventions(), source, {}, rejections));
  return rejections;
}

void LiveChange::prepare_events() {
  events_ = changes_.events;
  state_.events.reserve(state_.events.size() + events_.size());
  state_.removed.reserve(state_.removed.size() + removed_.size());
}

Rejections LiveChange::make(bool everything) {
  if (as_of_ < state_.as_of)
    throw Error(ErrorCode::out_of_range, "The book is known until the day before " +
                                             state_.as_of.to_string() + " already, and can't go back to " +
                                             as_of_.to_string() + ".");
  const Book& base = state_.layers.front()->book;
  touch_changed();
  touch_due();
  touch_linked();
  if (everything || base.data().exchange.on() || !changes_.fx_rates.empty() || !absorb())
    return make_anew(everything);
  Rejections rejections;
  if (!touched_.empty()) {
    const auto records = records_of(touched_, absorbed_);
    if (must_be_one_book(*records)) return make_anew(everything);
    if (state_.asks_why()) {
      copy_heeded(touched_, *records);
      copy_heeded(absorbed_, *records);
    }
    auto data = build_data(records, as_of_, base.conventions(), base.revenue_source(), {}, rejections);
    data->currencies = base.currencies();
    layer_ = std::make_shared<LiveLayer>(LiveLayer{
        state_.next_serial++, LiveBook::State::book_of(std::move(data), as_of_), AccountRows{*records},
        std::move(layer_accounts_), std::move(layer_subscriptions_), records->customer_ids.size(),
        HeededEvents{*records, [](std::string_view) { return true; }}});
  } else {
    count_rows(0, 0);
  }
  const LiveStep next = step();
  if (has_other_currencies()) return make_anew(everything);
  if (!absorbed_.empty()) rejections = rejections_of_touched(std::move(rejections), base.revenue_source());
  if (layer_) put_into_calendar();
  prepare_events();
  state_.layers.reserve(state_.layers.size() + 1);
  tell(next);
  commit();
  return rejections;
}

void LiveChange::commit() noexcept {
  if (layer_) {
    for (const auto* list : {&touched_, &absorbed_})
      for (const std::uint32_t account : *list) {
        LivePlace& place = state_.place[account];
        if (place.layer != no_index) --state_.layers[place.layer]->placed;
        place = {};
      }
    state_.layers.resize(kept_layers_);
    for (std::uint32_t local = 0; local < layer_->accounts.size(); ++local)
      state_.place[layer_->accounts[local]] = {static_cast<std::uint32_t>(kept_layers_), local};
    state_.layers.push_back(std::move(layer_));
  }
  for (const auto& [subscription, given] : replaced_) {
    state_.holder[subscription] = given ? given->account : no_index;
    state_.others.erase(subscription);
  }
  std::erase_if(state_.events, [this](const Event& event) {
    return !removed_.empty() && removed_.contains(*state_.accounts.find(event.customer.text()));
  });
  for (const std::uint32_t account : removed_) state_.has_events[account] = 0;
  for (Event& event : events_) {
    state_.has_events[*state_.accounts.find(event.customer.text())] = 1;
    state_.events.push_back(std::move(event));
  }
  state_.removed.merge(removed_);
  state_.calendar.erase(state_.calendar.begin(), state_.calendar.lower_bound(as_of_.days()));
  state_.pending.swap(pending_);
  state_.paid_in = paid_in_;
  state_.phase_count = phase_count_;
  state_.invoice_count = invoice_count_;
  state_.as_of = as_of_;
  for (const auto& follower : followers_) follower->go_on();
}

/// Everyone as one book, with all of their records.
Rejections LiveChange::make_anew(bool everything) {
  std::vector<std::uint32_t> accounts;
  for (std::uint32_t account = 0; account < state_.place.size(); ++account)
    if (state_.place[account].layer != no_index || state_.mark[account] == touched)
      accounts.push_back(account);
  const Conventions conventions = state_.layers.front()->book.conventions();
  const auto records = records_of(accounts, {});
  copy_events(*records);
  copy_rates(*records);
  Rejections rejections;
  auto data = build_data(records, as_of_, conventions, std::nullopt, {}, rejections);
  const Book book = LiveBook::State::book_of(std::move(data), as_of_);
  if (!everything) rejections = rejections_of_touched(std::move(rejections), book.revenue_source());
  LiveBook::State next{book};
  next.followers = state_.followers;
  next.set_for_followers();
  tell(next.everyone());
  touched_.clear();  // marks of a state that is no more
  absorbed_.clear();
  state_ = std::move(next);
  for (const auto& follower : followers_) follower->go_on();
  return rejections;
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
