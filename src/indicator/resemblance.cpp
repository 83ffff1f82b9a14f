#include "indicator/resemblance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <utility>

#include <churn/segment/customer_groups.hpp>

#include "indicator/integrations.hpp"
#include "indicator/timeline_stays.hpp"

namespace churn::inline v0 {

namespace {

/// Spread over all of 64 bits, two halves of 32: a customer's place in an order that no book decides.
std::uint64_t hash_of(const std::string& id) {
  constexpr std::uint32_t most = UINT32_MAX;
  return std::uint64_t{customer_group(id, most)} << 32U | customer_group(id + "'", most);
}

double log_of(double x) { return std::log1p(std::max(x, 0.0)); }

struct Asked {
  std::uint64_t hash;
  std::uint32_t customer;
  std::int32_t came_on;
  std::int32_t until;  // the last observation day on which it is asked
};

/// On every day, of the customers who had come before it the `most` that are first by hash: who is asked depends on
/// nobody who comes later. In order of hash.
std::vector<Asked> asked_customers(const Book& book, std::size_t most) {
  std::vector<Asked> all;
  for (std::uint32_t c = 0; c < book.customer_count(); ++c)
    if (const auto came = book.first_present_on(CustomerIndex{c}))
      all.push_back({hash_of(book.customer_id(CustomerIndex{c}).text()), c, came->days(), no_day});
  const auto by_hash = [](const Asked& a, const Asked& b) { return a.hash < b.hash; };
  std::sort(all.begin(), all.end(), [&](const Asked& a, const Asked& b) {
    return a.came_on != b.came_on ? a.came_on < b.came_on : by_hash(a, b);
  });
  std::priority_queue<std::pair<std::uint64_t, std::size_t>> now;  // by hash, the place among all
  for (std::size_t i = 0; i < all.size(); ++i) {
    now.emplace(all[i].hash, i);
    if (now.size() <= most) continue;
    all[now.top().second].until = all[i].came_on;  // on that day nobody knew of the new one yet
    now.pop();
  }
  std::erase_if(all, [](const Asked& asked) { return asked.until <= asked.came_on; });
  std::sort(all.begin(), all.end(), by_hash);
  return all;
}

}  // namespace

Resemblance::Resemblance(const PastReader& reader, std::int32_t width, std::uint32_t neighbours)
    : width_(width), neighbours_(neighbours) {
  const Book& book = reader.book();
  PastReader own{reader};
  const std::int32_t as_of = book.as_of().days();
  for (const Asked& asked : asked_customers(book, most_customers)) {
    const auto rank = static_cast<std::uint32_t>(names_.size());
    names_.push_back(asked.hash);
    for_each_stay(book, asked.customer, [&](std::int32_t from, std::int32_t until) {
      // Day 0 has nothing before it; the last day must be one whose next band is known.
      const std::int32_t last = std::min({as_of, asked.until, until});
      for (std::int32_t day = from + band_days;
           day <= last && day + band_days <= std::min(as_of, asked.until); day += band_days) {
        if (book.records_from() && day <= book.records_from()->days()) continue;
        const auto band = static_cast<std::size_t>((day - from) / band_days);
        if (bands_.size() <= band) bands_.resize(band + 1);
        const bool departed = until < day + band_days;
        bands_[band].push_back({day + band_days, asked.until, rank, departed,
                                point_of(own.at(CustomerIndex{asked.customer}, Date::from_days(day)))});
      }
    });
  }
  for (std::vector<Known>& band : bands_)
    std::stable_sort(band.begin(), band.end(),
                     [](const Known& a, const Known& b) { return a.from < b.from; });
}

Resemblance::Point Resemblance::point_of(const Past& past) const {
  const Date last = past.last_day();
  return {log_of(static_cast<double>(past.uses(width_))), log_of(past.sum("session_minutes", width_)),
          log_of(static_cast<double>(past.count("ticket_opened", width_))),
          log_of(static_cast<double>(past.quantity_on(last))),
          // MRR in major units: 100 cents, 12 months, 360 ticks.
          log_of(static_cast<double>(past.balance_on(last).ticks) / 432000),
          log_of(static_cast<double>(integrations_of(past)))};
}

std::optional<double> Resemblance::operator()(const Past& past) const {
  const std::optional<std::int32_t> tenure = past.tenure();
  if (!tenure) return std::nullopt;
  const auto band = static_cast<std::size_t>(*tenure / band_days);
  if (band >= bands_.size()) return std::nullopt;
  const std::int32_t day = past.day().days();
  const std::vector<Known>& known = bands_[band];
  const auto end =
      std::partition_point(known.begin(), known.end(), [&](const Known& other) { return other.from <= day; });
  if (static_cast<std::size_t>(end - known.begin()) < 2 * neighbours_) return std::nullopt;

  struct Near {
    double distance;
    std::uint32_t rank;
    bool departed;
    bool operator<(const Near& other) const {
      return distance != other.distance ? distance < other.distance : rank < other.rank;
    }
  };
  const std::uint64_t name = hash_of(past.book().customer_id(past.customer()).text());
  const auto self =
      static_cast<std::size_t>(std::lower_bound(names_.begin(), names_.end(), name) - names_.begin());
  const bool is_asked = self < names_.size() && names_[self] == name;
  const Point here = point_of(past);
  std::vector<Near> nearest;  // a heap, the farthest of them first
  nearest.reserve(neighbours_ + 1);
  double farthest = std::numeric_limits<double>::infinity();
  std::size_t count = 0;
  for (auto other = known.begin(); other != end; ++other) {
    if (other->until < day || (is_asked && other->rank == self)) continue;
    ++count;
    double distance = 0;
    for (std::size_t k = 0; k < features; ++k) {
      const double apart = other->point[k] - here[k];
      distance += apart * apart;
    }
    if (distance > farthest) continue;
    nearest.push_back({distance, other->rank, other->departed});
    std::push_heap(nearest.begin(), nearest.end());
    if (nearest.size() <= neighbours_) continue;
    std::pop_heap(nearest.begin(), nearest.end());
    nearest.pop_back();
    farthest = nearest.front().distance;
  }
  if (count < 2 * neighbours_) return std::nullopt;
  const auto departed =
      std::count_if(nearest.begin(), nearest.end(), [](const Near& n) { return n.departed; });
  return static_cast<double>(departed) / static_cast<double>(neighbours_);
}

}  // namespace churn::inline v0
