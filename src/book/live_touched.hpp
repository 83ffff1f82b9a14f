// LiveTouched: what changes are about: the accounts that are to be looked at, and the objects that count. Private to the
// library's sources.
//
// Accounts and subscriptions are asked for all at once, and marked in scratch memory of the state rather than kept in
// sets: what a step costs is mostly waiting for memory that nothing else has looked at lately.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "book/live_state.hpp"

namespace churn::inline v0 {

/// The last object of its id in the changes.
struct LiveGiven {
  std::uint32_t place;   // of its account, among those that are looked at
  std::size_t at;        // place in the changes
  std::uint32_t number;  // of a subscription, its own; else of the account
};

class LiveTouched {
 public:
  /// Both outlive it.
  LiveTouched(LiveBook::State& state, const Changes& changes) : state_(state), changes_(changes) {}
  LiveTouched(const LiveTouched&) = delete;
  LiveTouched& operator=(const LiveTouched&) = delete;
  ~LiveTouched() { forget(); }

  /// All that the changes name, to whom something happens by time alone until `as_of`, and who goes with them.
  void touch_all(Date as_of);
  /// Looks at an account, too, to which nothing happens, and which is where it is as long as all others are.
  void absorb(std::uint32_t account) {
    look_at(account);
    places_.push_back(state_.place[account]);
  }
  /// Takes the marks back.
  void forget() noexcept;

  /// Those that are looked at: first those that are touched, then those that are absorbed.
  [[nodiscard]] std::span<const std::uint32_t> accounts() const noexcept { return accounts_; }
  [[nodiscard]] std::span<const std::uint32_t> touched() const noexcept { return accounts().first(touched_); }
  /// Where each of those that are looked at is.
  [[nodiscard]] std::span<const LivePlace> places() const noexcept { return places_; }
  [[nodiscard]] bool is_touched(std::uint32_t account) const noexcept {
    return state_.mark[account] - 1U < touched_;
  }
  [[nodiscard]] bool is_looked_at(std::uint32_t account) const noexcept { return state_.mark[account] != 0; }

  /// Whether all that was known of an account goes.
  [[nodiscard]] bool is_removed(std::uint32_t account) const {
    return !removed_.empty() && removed_.contains(account);
  }
  /// Whether what was known of a subscription goes.
  [[nodiscard]] bool is_replaced(std::uint32_t subscription) const noexcept {
    return state_.replaced[subscription] != 0;
  }
  [[nodiscard]] bool is_replaced(const InvoiceId& invoice) const {
    return !replaced_invoices_.empty() && replaced_invoices_.contains(invoice.text());
  }
  [[nodiscard]] bool has_new_events(std::uint32_t account) const {
    return !with_events_.empty() && with_events_.contains(account);
  }

  // Of which each account, or each id, has the last. In order of account and place in the changes.
  [[nodiscard]] std::span<const LiveGiven> customers() const noexcept { return customers_; }
  [[nodiscard]] std::span<const LiveGiven> subscriptions() const noexcept { return subscriptions_; }
  [[nodiscard]] std::span<const LiveGiven> invoices() const noexcept { return invoices_; }
  /// All of those that somebody heeds, in the same order.
  [[nodiscard]] std::span<const LiveGiven> heeded_events() const noexcept { return heeded_; }
  /// By event of the changes, its account.
  [[nodiscard]] std::span<const std::uint32_t> accounts_of_events() const noexcept { return of_events_; }
  /// Subscriptions that are replaced or removed, each once.
  [[nodiscard]] std::span<const std::uint32_t> replaced() const noexcept { return replaced_; }
  [[nodiscard]] const std::unordered_set<std::uint32_t>& removed() const noexcept { return removed_; }

 private:
  void look_at(std::uint32_t account);
  [[nodiscard]] std::uint32_t place_of(std::uint32_t account) const noexcept {
    return state_.mark[account] - 1;
  }
  void have_room();
  [[nodiscard]] std::uint32_t account(const CustomerId& id);
  template <class Objects, class IdOf>
  [[nodiscard]] std::vector<std::uint32_t> accounts_of(const Objects& objects, IdOf&& id_of);
  static constexpr std::size_t together = 256;
  void read_ahead(std::span<const std::uint32_t> subscriptions,
                  std::span<const std::uint32_t> accounts) const;
  void touch_holders(std::uint32_t subscription);
  void replace(std::uint32_t subscription);
  void link(std::uint32_t account, std::uint32_t other);
  void touch_removed();
  void touch_customers();
  void touch_subscriptions();
  void touch_invoice(std::size_t i, std::uint32_t debtor);
  void touch_invoices();
  void touch_events();
  void touch_due(Date as_of);
  void touch_linked();

  LiveBook::State& state_;
  const Changes& changes_;
  std::vector<std::uint32_t> accounts_;
  std::vector<LivePlace> places_;
  std::size_t touched_{0};
  std::vector<std::uint32_t> replaced_;
  std::unordered_set<std::uint32_t> removed_;
  std::vector<std::uint32_t> of_events_;
  std::unordered_set<std::uint32_t> with_events_;
  std::unordered_map<std::string, std::optional<std::size_t>> replaced_invoices_;  // empty: removed
  std::vector<LiveGiven> customers_;
  std::vector<LiveGiven> subscriptions_;
  std::vector<LiveGiven> invoices_;
  std::vector<LiveGiven> heeded_;
};

}  // namespace churn::inline v0
