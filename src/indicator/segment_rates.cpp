#include "indicator/segment_rates.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "indicator/timeline_stays.hpp"

namespace churn::inline v0 {

SegmentRates::SegmentRates(const Book& book, const std::vector<Segmenter>& segmenters,
                           std::size_t most_labels)
    : book_(book) {
  const std::optional<Date> first = book.first_change_on();
  if (!first && !book.records_from()) return;
  first_day_ = first.value_or(book.as_of()).days();
  if (book.records_from()) first_day_ = std::min(first_day_, book.records_from()->days());
  day_count_ = static_cast<std::size_t>(std::max(book.as_of().days() - first_day_, 0)) + 1;
  all_ = no_sums();
  for (const Segmenter& segmenter : segmenters) groups_.push_back(groups_of(segmenter, most_labels));
  for (std::size_t c = 0; c < book.customer_count(); ++c)
    for_each_stay(book, c, [&](std::int32_t from, std::int32_t until) {
      add(all_, from, until);
      for (Groups& groups : groups_)
        if (const std::uint32_t number = groups.number[groups.labelling(c)]; number != no_index)
          add(groups.sums[number], from, until);
    });
  sum_up(all_);
  for (Groups& groups : groups_)
    for (Sums& sums : groups.sums) sum_up(sums);
}

SegmentRates SegmentRates::by_attributes(const Book& book) {
  std::vector<Segmenter> segmenters;
  for (const std::string& name : book.attribute_names()) segmenters.push_back(by::attribute(name));
  return {book, segmenters, 50};
}

SegmentRates::Groups SegmentRates::groups_of(const Segmenter& segmenter, std::size_t most_labels) const {
  Groups groups{segmenter(book_), no_day, {}, {}};
  const std::size_t labels = groups.labelling.labels.size();
  std::vector<std::int32_t> came(labels, no_day);
  for (std::size_t c = 0; c < book_.customer_count(); ++c) {
    const std::optional<Date> day = book_.first_present_on(CustomerIndex{static_cast<std::uint32_t>(c)});
    std::int32_t& first = came[groups.labelling(c)];
    if (day) first = std::min(first, day->days());
  }
  std::vector<std::uint32_t> order(labels);
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return came[a] < came[b]; });
  if (labels > most_labels) groups.until = came[order[most_labels]];
  groups.number.assign(labels, no_index);
  for (std::size_t i = 0; i < std::min(labels, most_labels); ++i) {
    groups.number[order[i]] = static_cast<std::uint32_t>(i);
    groups.sums.push_back(no_sums());
  }
  return groups;
}

SegmentRates::Sums SegmentRates::no_sums() const {
  return {std::vector<std::int64_t>(day_count_ + 1), std::vector<std::int64_t>(day_count_ + 1)};
}

/// First changes by day: presence begins and ends, and a departure is on its day.
void SegmentRates::add(Sums& sums, std::int32_t from, std::int32_t until) const {
  const auto place = [&](std::int32_t day) {
    return static_cast<std::size_t>(std::max(day, first_day_) - first_day_);
  };
  ++sums.days[place(from)];
  if (until == no_day || until >= book_.as_of().days()) return;
  --sums.days[place(until)];
  ++sums.departures[place(until)];
}

/// Then counts of a day, then sums of all days before.
void SegmentRates::sum_up(Sums& sums) {
  std::int64_t present = 0;
  std::int64_t days = 0;
  std::int64_t departures = 0;
  for (std::size_t d = 0; d < sums.days.size(); ++d) {
    present += sums.days[d];
    const std::int64_t left = sums.departures[d];
    sums.days[d] = days;
    sums.departures[d] = departures;
    days += present;
    departures += left;
  }
}

SegmentRates::Counts SegmentRates::in_window(const Sums& sums, std::int32_t day) const {
  const auto place = [&](std::int32_t d) {
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(std::int64_t{d} - first_day_, 0, static_cast<std::int64_t>(day_count_)));
  };
  const std::size_t from = place(day - window_days);
  const std::size_t until = place(day);
  return {static_cast<double>(sums.departures[until] - sums.departures[from]),
          static_cast<double>(sums.days[until] - sums.days[from])};
}

std::optional<double> SegmentRates::operator()(const Past& past) const {
  if (day_count_ == 0) return std::nullopt;
  std::optional<CustomerIndex> here = past.customer();
  if (&past.book().data() != &book_.data()) here = book_.find(past.book().customer_id(past.customer()));
  const std::int32_t day = past.day().days();
  Counts own;
  if (here)
    for_each_stay(book_, static_cast<std::size_t>(*here), [&](std::int32_t from, std::int32_t until) {
      const std::int32_t since = std::max({from, day - window_days, first_day_});
      const std::int32_t end = until == no_day ? day : std::min(until, day);
      if (end > since) own.days += end - since;
      if (until != no_day && until < day && until >= day - window_days) own.departures += 1;
    });
  Counts all = in_window(all_, day);
  all.departures -= own.departures;
  all.days -= own.days;
  if (all.departures <= 0 || all.days <= 0) return std::nullopt;
  const double rate = all.departures / all.days;
  double risk = rate * 30;
  for (const Groups& groups : groups_) {
    if (!here || (groups.until != no_day && day > groups.until)) continue;
    const std::uint32_t number = groups.number[groups.labelling(static_cast<std::size_t>(*here))];
    if (number == no_index) continue;
    Counts group = in_window(groups.sums[number], day);
    group.departures -= own.departures;
    group.days -= own.days;
    risk *= (group.departures + drawn_to_one) / (group.days * rate + drawn_to_one);
  }
  return std::min(risk, 1.0);
}

}  // namespace churn::inline v0
