#include "indicator/resemblance.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <churn/segment/customer_groups.hpp>

#include "indicator/timeline_stays.hpp"

namespace churn::inline v0 {

namespace {

/// Spread over all of 64 bits, two halves of 32: a customer's place in an order that no book decides.
std::uint64_t hash_of(const std::string& id) {
  constexpr std::uint32_t most = UINT32_MAX;
  return std::uint64_t{customer_group(id, most)} << 32U | customer_group(id + "'", most);
}

double log_of(double x) { return std::log1p(std::max(x, 0.0)); }

}  // namespace

Resemblance::Resemblance(const PastReader& reader, std::int32_t width, std::uint32_t neighbours)
    : width_(width), neighbours_(neighbours) {
  const Book& book = reader.book();
  std::vector<std::pair<std::uint64_t, std::uint32_t>> chosen;
  chosen.reserve(book.customer_count());
  for (std::uint32_t c = 0; c < book.customer_count(); ++c)
    chosen.emplace_back(hash_of(book.customer_id(CustomerIndex{c}).text()), c);
  const std::size_t kept = std::min<std::size_t>(chosen.size(), most_customers);
  std::partial_sort(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(kept), chosen.end());
  chosen.resize(kept);

  PastReader own{reader};
  const std::int32_t as_of = book.as_of().days();
  for (std::uint32_t rank = 0; rank < chosen.size(); ++rank) {
    names_.push_back(chosen[rank].first);
    for_each_stay(book, chosen[rank].second, [&](std::int32_t from, std::int32_t until) {
      // Day 0 has nothing before it; the last day must be one whose next band is known.
      for (std::int32_t day = from + band_days; day + band_days <= as_of; day += band_days) {
        if (until != no_day && day > until) break;
        if (book.records_from() && day <= book.records_from()->days()) continue;
        const auto band = static_cast<std::size_t>((day - from) / band_days);
        if (bands_.size() <= band) bands_.resize(band + 1);
        const bool departed = until != no_day && until < day + band_days;
        bands_[band].push_back({day + band_days, rank, departed,
                                point_of(own.at(CustomerIndex{chosen[rank].second}, Date::from_days(day)))});
      }
    });
  }
}

Resemblance::Point Resemblance::point_of(const Past& past) const {
  double connected = 0;
  const auto in = past.kind("integration_connected");
  const auto out = past.kind("integration_removed");
  for (const PastEvent& event : past.events()) {
    if (event.kind == in) ++connected;
    if (event.kind == out) --connected;
  }
  const Date last = past.last_day();
  return {log_of(static_cast<double>(past.uses(width_))), log_of(past.sum("session_minutes", width_)),
          log_of(static_cast<double>(past.count("ticket_opened", width_))),
          log_of(static_cast<double>(past.quantity_on(last))),
          // MRR in major units: 100 cents, 12 months, 360 ticks.
          log_of(static_cast<double>(past.balance_on(last).ticks) / 432000), log_of(connected)};
}

std::uint64_t Resemblance::name_of(const Past& past) const {
  return hash_of(past.book().customer_id(past.customer()).text());
}

std::optional<double> Resemblance::operator()(const Past& past) const {
  const std::optional<std::int32_t> tenure = past.tenure();
  if (!tenure) return std::nullopt;
  const auto band = static_cast<std::size_t>(*tenure / band_days);
  if (band >= bands_.size()) return std::nullopt;
  struct Near {
    double distance;
    std::uint32_t rank;
    bool departed;
    bool operator<(const Near& other) const {
      return distance != other.distance ? distance < other.distance : rank < other.rank;
    }
  };
  const std::uint64_t self = name_of(past);
  const Point here = point_of(past);
  std::vector<Near> near;
  near.reserve(bands_[band].size());
  for (const Known& known : bands_[band]) {
    if (known.known_on > past.day().days() || names_[known.rank] == self) continue;
    double distance = 0;
    for (std::size_t k = 0; k < features; ++k) {
      const double apart = known.point[k] - here[k];
      distance += apart * apart;
    }
    near.push_back({distance, known.rank, known.departed});
  }
  if (near.size() < std::size_t{2} * neighbours_) return std::nullopt;
  std::nth_element(near.begin(), near.begin() + neighbours_ - 1, near.end());
  const auto departed =
      std::count_if(near.begin(), near.begin() + neighbours_, [](const Near& n) { return n.departed; });
  return static_cast<double>(departed) / neighbours_;
}

}  // namespace churn::inline v0
