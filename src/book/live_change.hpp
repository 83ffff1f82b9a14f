// LiveChange: one call of LiveBook::apply. Private to the library's sources.
//
// Everything that may fail happens here, beside the state; `commit` puts it in.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "book/live_records.hpp"
#include "book/live_state.hpp"
#include "book/live_touched.hpp"

namespace churn::inline v0 {

class LiveChange {
 public:
  LiveChange(LiveBook::State& state, const Changes& changes, Date as_of)
      : state_(state),
        changes_(changes),
        as_of_(as_of),
        touched_(state, changes),
        phase_count_(state.phase_count),
        invoice_count_(state.invoice_count) {}

  Rejections make(bool everything);

 private:
  static constexpr std::size_t worth_a_new_base = 1000;  // accounts

  [[nodiscard]] bool absorb();
  [[nodiscard]] bool must_be_one_book(const LiveRecords& made);
  [[nodiscard]] bool has_other_currencies() const;
  [[nodiscard]] Rejections make_layer(LiveRecords& made);
  [[nodiscard]] Rejections rejections_of_touched(Rejections of_all, RevenueSource source) const;
  [[nodiscard]] LiveStep step();
  void tell(const LiveStep& step);
  void count(const LivePortion& portion, std::int64_t sign);
  void put_into_calendar();
  void prepare_events();
  void commit() noexcept;
  void commit_events() noexcept;
  Rejections make_anew(bool everything);

  LiveBook::State& state_;
  const Changes& changes_;
  Date as_of_;
  LiveTouched touched_;
  std::size_t kept_layers_{0};  // below the new one
  std::shared_ptr<LiveLayer> layer_;
  std::map<std::int32_t, std::int64_t> pending_;
  std::array<std::int64_t, 256> paid_in_{};
  std::size_t phase_count_;
  std::size_t invoice_count_;
  bool several_change_{false};  // a customer that paid in several currencies
  std::vector<Event> events_;
  std::unordered_set<std::uint32_t> removed_;
  std::vector<std::shared_ptr<LiveFollower>> followers_;
};

/// The first day of the absences that may be gaps.
[[nodiscard]] inline std::optional<Date> first_pending(const std::map<std::int32_t, std::int64_t>& pending) {
  if (pending.empty()) return std::nullopt;
  return Date::from_days(pending.begin()->first);
}

}  // namespace churn::inline v0
