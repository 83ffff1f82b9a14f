// LiveRecords: the records of some accounts, as changes leave them, out of the layers of a LiveBook and the changes.
// Private to the library's sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "book/live_state.hpp"
#include "book/live_touched.hpp"
#include "book/phase_writer.hpp"
#include "book/row_copier.hpp"

namespace churn::inline v0 {

class LiveRecords {
 public:
  /// Of the first `count` of the accounts that are looked at. All that is given outlives it.
  LiveRecords(const LiveBook::State& state, const Changes& changes, const LiveTouched& touched,
              std::size_t count);
  LiveRecords(const LiveRecords&) = delete;
  LiveRecords& operator=(const LiveRecords&) = delete;
  ~LiveRecords() = default;

  /// Adds the events that somebody heeds.
  void add_heeded_events();
  /// Adds every event that is still there, of a state whose followers heed none: only a book of everyone has them.
  void add_all_events();
  /// Adds exchange rates, which only a book of everyone has: where they are asked, everyone is counted again.
  void add_rates();

  [[nodiscard]] const std::shared_ptr<Records::Storage>& records() const noexcept { return records_; }
  /// How many rows there were of these accounts.
  [[nodiscard]] std::size_t phases_before() const noexcept { return phases_before_; }
  [[nodiscard]] std::size_t invoices_before() const noexcept { return invoices_before_; }
  /// The numbers of what the records know, to be taken.
  [[nodiscard]] std::vector<std::uint32_t> take_accounts() noexcept { return std::move(accounts_); }
  [[nodiscard]] std::vector<std::uint32_t> take_subscriptions() noexcept { return std::move(subscriptions_); }

 private:
  /// A phase that stays.
  struct Kept {
    std::uint32_t place;  // of its account
    std::uint32_t layer;
    std::uint32_t row;
    std::uint32_t subscription;
  };

  [[nodiscard]] std::vector<Kept> kept_phases();
  /// Of the account at a place among those that are looked at.
  [[nodiscard]] bool stays(std::size_t place) const {
    return touched_.places()[place].layer != no_index && !touched_.is_removed(touched_.accounts()[place]);
  }
  [[nodiscard]] std::uint32_t local(std::uint32_t account);
  void number_others();
  [[nodiscard]] RowCopier& copier_of(std::uint32_t layer);
  void copy_customer(LivePlace there);
  void copy_invoices(LivePlace there);
  [[nodiscard]] std::size_t given_phases() const;
  void copy_phase(const Kept& phase, PhaseWriter& writer);
  void add_subscription(const LiveGiven& given, PhaseWriter& writer);
  void add_event(std::size_t i);

  const LiveBook::State& state_;
  const Changes& changes_;
  const LiveTouched& touched_;
  std::size_t count_;
  std::shared_ptr<Records::Storage> records_{std::make_shared<Records::Storage>()};
  std::vector<std::uint32_t> accounts_;
  std::vector<std::uint32_t> subscriptions_;
  std::size_t phases_before_{0};
  std::size_t invoices_before_{0};
  std::unique_ptr<RowCopier> copier_;  // from the layer that was read last
  std::uint32_t copier_layer_{no_index};
};

}  // namespace churn::inline v0
