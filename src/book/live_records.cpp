#include "book/live_records.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace churn::inline v0 {

namespace {

/// Walks over what is given, in order of account, beside a walk over the accounts.
class GivenInTurn {
 public:
  explicit GivenInTurn(std::span<const LiveGiven> given) : rest_(given) {}
  [[nodiscard]] bool has(std::size_t place) const noexcept {
    return !rest_.empty() && rest_[0].place == place;
  }
  [[nodiscard]] std::span<const LiveGiven> rest() const noexcept { return rest_; }
  template <class Use>
  void each_of(std::size_t place, Use&& use) {
    for (; has(place); rest_ = rest_.subspan(1)) use(rest_[0]);
  }

 private:
  std::span<const LiveGiven> rest_;
};

/// Reads what is asked of objects and of rows that lie apart, so that all of it is on its way from memory at once rather
/// than one after the other. Gives something of it all, as what comes to nothing need not be read.
std::int64_t read_ahead(std::span<const Phase> phases) {
  std::int64_t all = 0;
  for (const Phase& phase : phases)
    all ^= std::int64_t{phase.starts_on.days()} ^ phase.price.amount.coefficient() ^ phase.quantity ^
           phase.discount_amount.coefficient() ^ static_cast<std::int64_t>(phase.end_reason.size()) ^
           static_cast<std::int64_t>(phase.term_ends_on.has_value());
  return all;
}
std::int64_t read_ahead(const PhaseTable& phases, std::uint32_t row) {
  return std::int64_t{phases.plan[row]} ^ phases.starts_on[row] ^ phases.ends_on[row] ^ phases.amount[row] ^
         phases.scale[row] ^ phases.currency[row] ^ static_cast<std::int64_t>(phases.interval[row]);
}

std::int64_t row_of(const LiveGiven& given) { return static_cast<std::int64_t>(given.at) + 1; }

}  // namespace

LiveRecords::LiveRecords(const LiveBook::State& state, const Changes& changes, const LiveTouched& touched,
                         std::size_t count)
    : state_(state), changes_(changes), touched_(touched), count_(count) {
  Records::Storage& to = *records_;
  copy_frame(state_.layers.front()->records(), to);
  for (const auto& layer : state_.layers)
    for (const AttributeColumn& column : layer->records().customers.attributes) to.attribute(column.name);
  const std::vector<Kept> kept = kept_phases();
  PhaseWriter phases{to, kept.size() + given_phases()};
  to.customer_ids.reserve(count_);
  to.subscription_ids.reserve(touched_.subscriptions().size());
  accounts_.reserve(count_);
  subscriptions_.reserve(touched_.subscriptions().size());
  GivenInTurn customers{touched_.customers()};
  GivenInTurn subscriptions{touched_.subscriptions()};
  GivenInTurn invoices{touched_.invoices()};
  auto phase = kept.begin();
  [[maybe_unused]] volatile std::int64_t seen = 0;
  for (std::size_t place = 0; place < count_; ++place) {
    constexpr std::size_t together = 16;
    if (place % together == 0) {
      std::int64_t all = 0;
      for (auto ahead = phase; ahead != kept.end() && ahead->place < place + together; ++ahead)
        all ^= read_ahead(state_.layers[ahead->layer]->records().phases, ahead->row);
      for (const LiveGiven& given : subscriptions.rest()) {
        if (given.place >= place + together) break;
        all ^= read_ahead(changes_.subscriptions[given.at].phases);
      }
      seen = all;
    }
    const std::uint32_t account = touched_.accounts()[place];
    const bool stays_there = stays(place);
    if (stays_there && !customers.has(place)) copy_customer(touched_.places()[place]);
    for (; phase != kept.end() && phase->place == place; ++phase) copy_phase(*phase, phases);
    if (stays_there) copy_invoices(touched_.places()[place]);
    customers.each_of(place,
                      [&](const LiveGiven& given) { to.add(changes_.customers[given.at], row_of(given)); });
    number_others();
    subscriptions.each_of(place, [&](const LiveGiven& given) { add_subscription(given, phases); });
    invoices.each_of(place,
                     [&](const LiveGiven& given) { to.add(changes_.invoices[given.at], row_of(given)); });
    number_others();
    const bool had_events = state_.has_events[account] != 0 && !touched_.is_removed(account);
    if (had_events || touched_.has_new_events(account)) static_cast<void>(local(account));
  }
}

/// In order of account and row. Of some accounts at a time it is read where their rows are, then which, then of which
/// subscriptions, so that no reading waits for another one.
std::vector<LiveRecords::Kept> LiveRecords::kept_phases() {
  constexpr std::size_t together = 64;
  struct Rows {
    const LiveLayer* layer;
    std::span<const std::uint32_t> rows;
  };
  std::array<Rows, together> of{};
  std::vector<Kept> kept;
  kept.reserve(count_);
  for (std::size_t first = 0; first < count_; first += together) {
    const std::size_t count = std::min(together, count_ - first);
    for (std::size_t i = 0; i < count; ++i) {
      const LivePlace there = touched_.places()[first + i];
      if (there.layer == no_index) {
        of[i] = {};
        continue;
      }
      const LiveLayer& layer = *state_.layers[there.layer];
      of[i] = {&layer, layer.rows.phases.of(there.account)};
      phases_before_ += of[i].rows.size();
      invoices_before_ += layer.rows.invoices.of(there.account).size();
      if (touched_.is_removed(touched_.accounts()[first + i])) of[i].rows = {};
    }
    std::uint32_t all = 0;
    for (std::size_t i = 0; i < count; ++i)
      if (!of[i].rows.empty()) all ^= of[i].rows.front();
    for (std::size_t i = 0; i < count; ++i)
      if (!of[i].rows.empty()) all ^= of[i].layer->records().phases.subscription[of[i].rows.front()];
    [[maybe_unused]] const volatile std::uint32_t seen = all;  // as what comes to nothing need not be read
    for (std::size_t i = 0; i < count; ++i)
      for (const std::uint32_t row : of[i].rows) {
        const std::uint32_t subscription =
            of[i].layer->subscription(of[i].layer->records().phases.subscription[row]);
        if (!touched_.is_replaced(subscription))
          kept.push_back(
              {static_cast<std::uint32_t>(first + i), touched_.places()[first + i].layer, row, subscription});
      }
  }
  return kept;
}

/// The id here of an account. Of which nothing is left is not known any more, so it is asked for where there is
/// something.
std::uint32_t LiveRecords::local(std::uint32_t account) {
  const std::uint32_t id = state_.accounts.intern_in(records_->customer_ids, account);
  if (id == accounts_.size()) accounts_.push_back(account);
  return id;
}

/// Of accounts that came with objects, and with what these name.
void LiveRecords::number_others() {
  while (accounts_.size() < records_->customer_ids.size())
    accounts_.push_back(
        state_.accounts.number_of(records_->customer_ids, static_cast<std::uint32_t>(accounts_.size())));
}

RowCopier& LiveRecords::copier_of(std::uint32_t layer) {
  if (copier_layer_ != layer) {
    copier_ = std::make_unique<RowCopier>(state_.layers[layer]->records(), *records_);
    copier_layer_ = layer;
  }
  return *copier_;
}

void LiveRecords::copy_customer(LivePlace there) {
  for (const std::uint32_t row : state_.layers[there.layer]->rows.customers.of(there.account))
    copier_of(there.layer).customer(row);
  number_others();
}

void LiveRecords::copy_invoices(LivePlace there) {
  const LiveLayer& layer = *state_.layers[there.layer];
  for (const std::uint32_t row : layer.rows.invoices.of(there.account))
    if (!touched_.is_replaced(layer.records().invoices[row].invoice.id)) copier_of(there.layer).invoice(row);
  number_others();
}

std::size_t LiveRecords::given_phases() const {
  std::size_t phases = 0;
  for (const LiveGiven& given : touched_.subscriptions())
    phases += changes_.subscriptions[given.at].phases.size();
  return phases;
}

void LiveRecords::copy_phase(const Kept& phase, PhaseWriter& writer) {
  const std::uint32_t customer = local(touched_.accounts()[phase.place]);
  const std::uint32_t subscription =
      state_.subscriptions.intern_in(records_->subscription_ids, phase.subscription);
  if (subscription == subscriptions_.size()) subscriptions_.push_back(phase.subscription);
  copier_of(phase.layer).phase(phase.row, subscription, customer, writer);
}

void LiveRecords::add_subscription(const LiveGiven& given, PhaseWriter& writer) {
  const Subscription& object = changes_.subscriptions[given.at];
  if (object.phases.empty()) return;
  // By its text, which is at hand.
  const std::uint32_t customer = records_->customer_ids.intern(object.customer.text());
  if (customer == accounts_.size()) accounts_.push_back(touched_.accounts()[given.place]);
  const std::uint32_t subscription = records_->subscription_ids.intern(object.id.text());
  subscriptions_.push_back(given.number);
  for (const Phase& phase : object.phases) writer.write(phase, subscription, customer, row_of(given));
}

void LiveRecords::add_event(std::size_t i) {
  const Event& event = changes_.events[i];
  records_->add(EventRecord{event.customer.text(), event.at, event.kind, event.value, event.label,
                            static_cast<std::int64_t>(i) + 1});
}

void LiveRecords::add_heeded_events() {
  GivenInTurn given{touched_.heeded_events()};
  for (std::size_t i = 0; i < count_; ++i) {
    const LivePlace there = touched_.places()[i];
    if (stays(i))
      state_.layers[there.layer]->heeded.each_of(
          there.account, [&](std::uint32_t row) { copier_of(there.layer).event(row); });
    given.each_of(i, [&](const LiveGiven& event) { add_event(event.at); });
  }
}

void LiveRecords::add_all_events() {
  const Records::Storage& base = state_.layers.front()->records();
  RowCopier copier{base, *records_};
  for (std::uint32_t i = 0; i < base.events.size(); ++i)
    if (!touched_.is_removed(base.events.customer[i]) && !state_.removed.contains(base.events.customer[i]))
      copier.event(i);
  for (const Event& event : state_.events)
    if (!touched_.is_removed(*state_.accounts.find(event.customer.text())))
      records_->add(EventRecord{event.customer.text(), event.at, event.kind, event.value, event.label, 0});
  for (std::size_t i = 0; i < changes_.events.size(); ++i) add_event(i);
}

void LiveRecords::add_rates() {
  Records::Storage& to = *records_;
  to.fx_rates = state_.layers.front()->records().fx_rates;
  for (std::size_t i = 0; i < changes_.fx_rates.size(); ++i) {
    const FxRate& rate = changes_.fx_rates[i];
    std::erase_if(to.fx_rates, [&](const FxRateRow& row) {
      return row.rate.on == rate.on && row.rate.currency == rate.currency;
    });
    to.add(rate, static_cast<std::int64_t>(i) + 1);
  }
}

}  // namespace churn::inline v0
