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

struct Near {
  double distance;
  std::uint32_t rank;
  bool departed;
  bool operator<(const Near& other) const noexcept {
    if (distance != other.distance) return distance < other.distance;
    return rank != other.rank ? rank < other.rank : !departed && other.departed;
  }
};

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
  struct Placed {
    Known known;
    Point point;
  };
  std::vector<std::vector<Placed>> placed;  // by band
  for (const Asked& asked : asked_customers(book, most_customers)) {
    const auto rank = static_cast<std::uint32_t>(names_.size());
    names_.push_back(asked.hash);
    const std::int32_t last_known = std::min(as_of, asked.until);
    for_each_stay(book, asked.customer, [&](std::int32_t from, std::int32_t until) {
      // Day 0 has nothing before it; of the last day it must be known how the band after it went.
      for (std::int32_t day = from + band_days; day <= until && day + band_days <= last_known;
           day += band_days) {
        if (book.records_from() && day <= book.records_from()->days()) continue;
        const auto band = static_cast<std::size_t>((day - from) / band_days);
        if (placed.size() <= band) placed.resize(band + 1);
        placed[band].push_back({{day + band_days, asked.until, rank, until < day + band_days},
                                point_of(own.at(CustomerIndex{asked.customer}, Date::from_days(day)))});
      }
    });
  }
  for (std::vector<Placed>& all : placed) {
    std::stable_sort(all.begin(), all.end(),
                     [](const Placed& a, const Placed& b) { return a.known.from < b.known.from; });
    Band& band = bands_.emplace_back();
    band.points.resize(static_cast<Eigen::Index>(all.size()), Eigen::NoChange);
    for (const Placed& one : all) {
      band.points.row(static_cast<Eigen::Index>(band.known.size())) = one.point.transpose();
      band.known.push_back(one.known);
    }
  }
}

Resemblance::Point Resemblance::point_of(const Past& past) const {
  const Date last = past.last_day();
  Point point;
  point << log_of(static_cast<double>(past.uses(width_))), log_of(past.sum("session_minutes", width_)),
      log_of(static_cast<double>(past.count("ticket_opened", width_))),
      log_of(static_cast<double>(past.quantity_on(last))),
      // MRR in major units: 100 cents, 12 months, 360 ticks.
      log_of(static_cast<double>(past.balance_on(last).ticks) / 432000),
      log_of(static_cast<double>(integrations_of(past)));
  return point;
}

std::optional<double> Resemblance::operator()(const Past& past) const {
  const std::optional<std::int32_t> tenure = past.tenure();
  if (!tenure) return std::nullopt;
  const auto band = static_cast<std::size_t>(*tenure / band_days);
  if (band >= bands_.size()) return std::nullopt;
  const std::int32_t day = past.day().days();
  const std::vector<Known>& known = bands_[band].known;
  const auto end =
      std::partition_point(known.begin(), known.end(), [&](const Known& other) { return other.from <= day; });
  const auto count = static_cast<std::size_t>(end - known.begin());
  if (count < 2 * neighbours_) return std::nullopt;

  const Point here = point_of(past);
  Eigen::ArrayXd distance = Eigen::ArrayXd::Zero(static_cast<Eigen::Index>(count));
  for (Eigen::Index k = 0; k < features; ++k)
    distance += (bands_[band].points.col(k).head(distance.size()) - here[k]).square();

  const std::uint64_t name = hash_of(past.book().customer_id(past.customer()).text());
  const auto self = std::lower_bound(names_.begin(), names_.end(), name);
  const auto own_rank =
      self != names_.end() && *self == name ? static_cast<std::uint32_t>(self - names_.begin()) : no_index;
  // Of those who are equally near the first by hash are taken.
  std::vector<Near> nearest;
  nearest.reserve(2 * neighbours_);
  const auto last_taken = static_cast<std::ptrdiff_t>(neighbours_) - 1;
  double farthest = std::numeric_limits<double>::infinity();
  std::size_t asked = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (known[i].until < day || known[i].rank == own_rank) continue;
    ++asked;
    const double its = distance[static_cast<Eigen::Index>(i)];
    if (its > farthest) continue;
    nearest.push_back({its, known[i].rank, known[i].departed});
    if (nearest.size() < 2 * neighbours_) continue;
    std::nth_element(nearest.begin(), nearest.begin() + last_taken, nearest.end());
    nearest.resize(neighbours_);
    farthest = nearest.back().distance;
  }
  if (asked < 2 * neighbours_) return std::nullopt;
  std::nth_element(nearest.begin(), nearest.begin() + last_taken, nearest.end());
  const auto departed = std::count_if(nearest.begin(), nearest.begin() + last_taken + 1,
                                      [](const Near& near) { return near.departed; });
  return static_cast<double>(departed) / static_cast<double>(neighbours_);
}

}  // namespace churn::inline v0
