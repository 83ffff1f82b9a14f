#include "book/live_change.hpp"

#include <algorithm>
#include <utility>

namespace churn::inline v0 {

/// A layer that would not be larger than the new one becomes part of it, so that there are few; false if all do.
bool LiveChange::absorb() {
  const bool is_anything_touched = !touched_.accounts().empty();
  for (kept_layers_ = state_.layers.size(); kept_layers_ > 0; --kept_layers_) {
    const LiveLayer& top = *state_.layers[kept_layers_ - 1];
    const std::size_t taken = touched_.accounts().size();
    if (top.placed > taken || !is_anything_touched) return true;
    if (kept_layers_ == 1) return taken < worth_a_new_base;
    for (const std::uint32_t account : top.accounts)
      if (!touched_.is_looked_at(account) && state_.place[account].layer == kept_layers_ - 1)
        touched_.absorb(account);
  }
  return false;
}

/// Where what is known of one customer may change what all others are worth.
bool LiveChange::must_be_one_book(const LiveRecords& made) {
  phase_count_ = state_.phase_count - made.phases_before() + made.records()->phases.size();
  invoice_count_ = state_.invoice_count - made.invoices_before() + made.records()->invoices.size();
  const Book& base = state_.layers.front()->book;
  return reads_invoices(base.conventions().book.source, phase_count_, invoice_count_) !=
         (base.revenue_source() == RevenueSource::invoices);
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
  const std::span<const LivePlace> places = touched_.places().first(touched_.touched().size());
  const auto accounts_at = [&](LivePlace place) -> const Accounts& {
    return state_.layers[place.layer]->book.data().accounts;
  };
  std::vector<std::uint32_t> customers;  // all asked for before any is looked at
  customers.reserve(places.size());
  for (const LivePlace place : places)
    customers.push_back(place.layer == no_index ? no_index : accounts_at(place).customer_of[place.account]);
  gone.front().reserve(places.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    if (customers[i] != no_index && accounts_at(places[i]).id[customers[i]] == places[i].account)
      gone[places[i].layer].push_back(CustomerIndex{customers[i]});
  for (std::size_t l = 0; l < gone.size(); ++l) {
    if (gone[l].empty()) continue;
    if (!std::is_sorted(gone[l].begin(), gone[l].end())) std::sort(gone[l].begin(), gone[l].end());
    step.gone.push_back({LiveBook::State::carried(state_.layers[l]->book, state_.as_of), std::move(gone[l])});
  }
  if (layer_) {
    LivePortion come{layer_->book, {}};
    const PlainColumn<std::uint32_t>& ids = layer_->book.data().accounts.id;
    for (std::uint32_t customer = 0; customer < ids.size(); ++customer)
      if (touched_.is_touched(layer_->accounts[ids[customer]]))
        come.customers.push_back(CustomerIndex{customer});
    step.come.push_back(std::move(come));
  }
  pending_ = state_.pending;
  paid_in_ = state_.paid_in;
  for (const LivePortion& portion : step.gone) count(portion, -1);
  for (const LivePortion& portion : step.come) count(portion, 1);
  for (std::size_t l = 0; l < kept_layers_; ++l) step.books.push_back(&state_.layers[l]->book.data());
  if (layer_) step.books.push_back(&layer_->book.data());
  step.pending_gap_since = first_pending(pending_);
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
Rejections LiveChange::rejections_of_touched(Rejections of_all, RevenueSource source) const {
  if (of_all.empty()) return of_all;
  LiveRecords made{state_, changes_, touched_, touched_.touched().size()};
  made.add_rates();
  Rejections rejections;
  static_cast<void>(
      build_data(made.records(), as_of_, state_.layers.front()->book.conventions(), source, {}, rejections));
  return rejections;
}

/// The accounts that are looked at, in a book of their own.
Rejections LiveChange::make_layer(LiveRecords& made) {
  const Book& base = state_.layers.front()->book;
  if (state_.asks_why()) made.add_heeded_events();
  const std::shared_ptr<Records::Storage>& records = made.records();
  Rejections rejections;
  auto data = build_data(records, as_of_, base.conventions(), base.revenue_source(), {}, rejections);
  data->currencies = base.currencies();
  layer_ = std::make_shared<LiveLayer>(
      LiveLayer{state_.next_serial++, LiveBook::State::book_of(std::move(data), as_of_),
                AccountRows{*records}, made.take_accounts(), made.take_subscriptions(),
                records->customer_ids.size(), HeededEvents{*records, [](std::string_view) { return true; }}});
  return rejections;
}

void LiveChange::prepare_events() {
  events_ = changes_.events;
  removed_ = touched_.removed();
  state_.events.reserve(state_.events.size() + events_.size());
  state_.removed.reserve(state_.removed.size() + removed_.size());
}

Rejections LiveChange::make(bool everything) {
  if (as_of_ < state_.as_of)
    throw Error(ErrorCode::out_of_range, "The book is known until the day before " +
                                             state_.as_of.to_string() + " already, and can't go back to " +
                                             as_of_.to_string() + ".");
  const Book& base = state_.layers.front()->book;
  touched_.touch_all(as_of_);
  if (everything || base.data().exchange.on() || !changes_.fx_rates.empty() || !absorb())
    return make_anew(everything);
  Rejections rejections;
  if (!touched_.accounts().empty()) {
    LiveRecords made{state_, changes_, touched_, touched_.accounts().size()};
    if (must_be_one_book(made)) return make_anew(everything);
    rejections = make_layer(made);
  }
  const LiveStep next = step();
  if (has_other_currencies()) return make_anew(everything);
  if (touched_.touched().size() < touched_.accounts().size())
    rejections = rejections_of_touched(std::move(rejections), base.revenue_source());
  if (layer_) put_into_calendar();
  prepare_events();
  state_.layers.reserve(state_.layers.size() + 1);
  tell(next);
  commit();
  return rejections;
}

void LiveChange::commit_events() noexcept {
  std::erase_if(state_.events, [this](const Event& event) {
    return !removed_.empty() && removed_.contains(*state_.accounts.find(event.customer.text()));
  });
  for (const std::uint32_t account : removed_) state_.has_events[account] = 0;
  for (const std::uint32_t account : touched_.accounts_of_events()) state_.has_events[account] = 1;
  for (Event& event : events_) state_.events.push_back(std::move(event));
  state_.removed.merge(removed_);
}

void LiveChange::commit() noexcept {
  if (layer_) {
    for (const std::uint32_t account : touched_.accounts()) {
      LivePlace& place = state_.place[account];
      if (place.layer != no_index) --state_.layers[place.layer]->placed;
      place = {};
    }
    state_.layers.resize(kept_layers_);
    for (std::uint32_t local = 0; local < layer_->accounts.size(); ++local)
      state_.place[layer_->accounts[local]] = {static_cast<std::uint32_t>(kept_layers_), local};
    state_.layers.push_back(std::move(layer_));
  }
  for (const std::uint32_t subscription : touched_.replaced()) {
    state_.holder[subscription] = no_index;
    if (!state_.others.empty()) state_.others.erase(subscription);
  }
  for (const LiveGiven& given : touched_.subscriptions())
    state_.holder[given.number] = touched_.accounts()[given.place];
  commit_events();
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
  for (std::uint32_t account = 0; account < state_.place.size(); ++account)
    if (state_.place[account].layer != no_index && !touched_.is_looked_at(account)) touched_.absorb(account);
  const Conventions conventions = state_.layers.front()->book.conventions();
  LiveRecords made{state_, changes_, touched_, touched_.accounts().size()};
  made.add_all_events();
  made.add_rates();
  Rejections rejections;
  auto data = build_data(made.records(), as_of_, conventions, std::nullopt, {}, rejections);
  const Book book = LiveBook::State::book_of(std::move(data), as_of_);
  if (!everything) rejections = rejections_of_touched(std::move(rejections), book.revenue_source());
  LiveBook::State next{book};
  next.followers = state_.followers;
  next.set_for_followers();
  tell(next.everyone());
  touched_.forget();  // marks of a state that is no more
  state_ = std::move(next);
  for (const auto& follower : followers_) follower->go_on();
  return rejections;
}

}  // namespace churn::inline v0
