#include "book/past_due.hpp"

#include <algorithm>
#include <utility>

#include "book/claim.hpp"

namespace churn::inline v0 {

namespace {

/// An invoice as a claim on one subscription of a customer, or on all that no invoice names.
struct Claim {
  std::uint32_t customer;
  std::uint32_t subscription;  // no_index: not named
  std::int32_t issued_on;
  std::int32_t paid_on;  // no_day: open
  std::int32_t from;     // from when on it would drop its subscriptions; no_day: never
};

}  // namespace

std::int32_t first_dropped_day(const Invoice& invoice, const BookRules& rules, std::int32_t as_of) {
  if (rules.past_due == PastDuePolicy::counted) return no_day;
  if (rules.past_due == PastDuePolicy::dropped_after_days) {
    const std::int64_t day = std::int64_t{due_on(invoice).days()} + rules.past_due_days;
    return day > Date::max_days ? no_day : static_cast<std::int32_t>(day);
  }
  if (invoice.status != InvoiceStatus::uncollectible) return no_day;
  std::int32_t day = due_on(invoice).days();
  for (const Payment& payment : invoice.payments) {
    const std::int32_t on = rules.time_zone.day_of(payment.at).days();
    if (payment.status == PaymentStatus::failed && on < as_of) day = std::max(day, on);
  }
  return day;
}

Debts::Debts(const Records::Storage& records, const std::vector<const InvoiceRow*>& invoices,
             const Accounts& accounts, const BookRules& rules, Date as_of) {
  if (rules.past_due == PastDuePolicy::counted) return;
  std::vector<Claim> claims;
  for (const InvoiceRow* row : invoices) {
    const Invoice& invoice = row->invoice;
    const std::uint32_t customer = accounts.customer_of[*records.customer_ids.find(invoice.customer.text())];
    if (customer == no_index || !is_claim(invoice)) continue;
    Claim claim{customer, no_index, invoice.issued_on.days(), day_or_none(paid_on(invoice, as_of)),
                first_dropped_day(invoice, rules, as_of.days())};
    const std::vector<std::string_view> names = subscriptions_of(invoice);
    if (names.empty()) claims.push_back(claim);
    for (const std::string_view name : names) {
      claim.subscription = names_.intern(name);
      claims.push_back(claim);
    }
  }
  const auto in_order = [](const Claim& a, const Claim& b) {
    return std::pair(a.customer, a.subscription) < std::pair(b.customer, b.subscription);
  };
  std::sort(claims.begin(), claims.end(), in_order);

  std::vector<Claim> about;  // one subscription: those that name it, and those that name none
  for (std::size_t begin = 0; begin < claims.size();) {
    std::size_t end = begin;
    while (end < claims.size() && claims[end].customer == claims[begin].customer) ++end;
    const auto first = claims.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = claims.begin() + static_cast<std::ptrdiff_t>(end);
    const auto unnamed = std::find_if(first, last, [](const Claim& c) { return c.subscription == no_index; });
    for (auto at = first; at != last;) {
      const std::uint32_t subscription = at->subscription;
      const auto next =
          std::find_if(at, last, [&](const Claim& c) { return c.subscription != subscription; });
      about.assign(at, next);
      if (subscription != no_index) about.insert(about.end(), unnamed, last);
      // From the latest issued to the earliest, so that the first payment of what is not older is known.
      std::sort(about.begin(), about.end(),
                [](const Claim& a, const Claim& b) { return a.issued_on > b.issued_on; });
      keys_.push_back({at->customer, subscription, spans_.size()});
      std::int32_t first_payment = no_day;
      for (std::size_t i = 0; i < about.size();) {
        std::size_t same_day = i;
        for (; same_day < about.size() && about[same_day].issued_on == about[i].issued_on; ++same_day)
          first_payment = std::min(first_payment, about[same_day].paid_on);
        for (; i < same_day; ++i)
          if (about[i].from != no_day && about[i].from < first_payment && about[i].from < as_of.days())
            spans_.push_back({about[i].from, first_payment});
      }
      const std::span<DebtSpan> own = spans_.writable().subspan(keys_.back().first);
      std::sort(own.begin(), own.end(), [](const DebtSpan& a, const DebtSpan& b) { return a.from < b.from; });
      at = next;
    }
    begin = end;
  }
  keys_.push_back({no_index, no_index, spans_.size()});
}

bool Debts::is_sound() const noexcept {
  if (!names_.is_sound() || (keys_.empty() && !spans_.empty())) return false;
  for (std::size_t k = 0; k < keys_.size(); ++k)
    if (keys_[k].first > (k + 1 < keys_.size() ? keys_[k + 1].first : spans_.size())) return false;
  const auto is_day = [](std::int32_t day) { return day >= Date::min_days && day <= Date::max_days; };
  return std::all_of(spans_.begin(), spans_.end(), [&](const DebtSpan& span) {
    return is_day(span.from) && (span.until == no_day || is_day(span.until));
  });
}

std::span<const DebtSpan> Debts::of(std::uint32_t customer, std::uint32_t subscription) const {
  const auto find = [&](std::uint32_t wanted) {
    return std::lower_bound(keys_.begin(), keys_.end(), std::pair(customer, wanted),
                            [](const Key& key, const auto& sought) {
                              return std::pair(key.customer, key.subscription) < sought;
                            });
  };
  if (spans_.empty()) return {};
  auto at = find(subscription);
  const auto is_it = [&](std::uint32_t wanted) {
    return at != keys_.end() && at->customer == customer && at->subscription == wanted;
  };
  if (!is_it(subscription)) at = find(no_index);
  if (at == keys_.end() || at->customer != customer || std::next(at) == keys_.end()) return {};
  return std::span<const DebtSpan>(spans_).subspan(at->first, std::next(at)->first - at->first);
}

}  // namespace churn::inline v0
