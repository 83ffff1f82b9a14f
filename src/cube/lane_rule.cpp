#include "cube/lane_rule.hpp"

#include <churn/core/exact.hpp>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <utility>

namespace churn::inline v0 {

namespace {

/// amount x part / whole and what remains of the division; amount <= whole.
std::pair<std::int64_t, std::int64_t> quota(std::int64_t amount, std::int64_t part, std::int64_t whole) {
  constexpr std::int64_t small = std::int64_t{1} << 31;
  if (amount < small && part < small) {
    const std::int64_t product = amount * part;
    return {product / whole, product % whole};
  }
  using boost::multiprecision::int128_t;
  const int128_t product = int128_t{amount} * part;
  return {static_cast<std::int64_t>(product / whole), static_cast<std::int64_t>(product % whole)};
}

/// Shares `part` of `whole` out among the amounts of the lanes on one side.
template <class Amount>
void share_among(std::span<LaneChange> changes, std::uint8_t currency, std::int64_t part, std::int64_t whole,
                 Amount&& amount) {
  std::vector<std::pair<std::int64_t, std::size_t>> remainders;
  std::int64_t left = part;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].currency != currency || amount(changes[i]) == 0) continue;
    const auto [share, remainder] = quota(amount(changes[i]), part, whole);
    changes[i].transferred = share;
    left -= share;
    remainders.emplace_back(remainder, i);
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; left > 0; ++i, --left) ++changes[remainders[i].second].transferred;
}

void share_out_currency(std::span<LaneChange> changes, std::uint8_t currency) {
  std::int64_t gained = 0;
  std::int64_t lost = 0;
  for (const LaneChange& change : changes) {
    if (change.currency != currency) continue;
    gained = checked_add(gained, change.gain());
    lost = checked_add(lost, change.loss());
  }
  if (gained == 0 || lost == 0) return;
  const auto gain = [](const LaneChange& change) { return change.gain(); };
  const auto loss = [](const LaneChange& change) { return change.loss(); };
  const std::int64_t matched = std::min(gained, lost);
  share_among(changes, currency, matched, gained, gain);
  share_among(changes, currency, matched, lost, loss);
}

}  // namespace

void share_out(std::span<LaneChange> changes) {
  for (LaneChange& change : changes) change.transferred = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const std::uint8_t currency = changes[i].currency;
    const bool is_first = std::none_of(changes.begin(), changes.begin() + static_cast<std::ptrdiff_t>(i),
                                       [currency](const LaneChange& c) { return c.currency == currency; });
    if (is_first) share_out_currency(changes, currency);
  }
}

}  // namespace churn::inline v0
