#include "indicator/segment_rates.hpp"

#include <algorithm>

#include "indicator/timeline_stays.hpp"

namespace churn::inline v0 {

SegmentRates::SegmentRates(const Book& book, const std::vector<Segmenter>& segmenters) : book_(book) {
  const std::optional<Date> first = book.first_change_on();
  if (!first) return;
  first_day_ = first->days();
  if (book.records_from()) first_day_ = std::min(first_day_, book.records_from()->days());
  const std::int32_t as_of = book.as_of().days();
  day_count_ = static_cast<std::size_t>(std::max(as_of - first_day_, 0)) + 1;
  const auto make = [&] {
    return Sums{std::vector<std::int64_t>(day_count_ + 1), std::vector<std::int64_t>(day_count_ + 1)};
  };
  all_ = make();
  for (const Segmenter& segmenter : segmenters) {
    labellings_.push_back(segmenter(book));
    of_label_.emplace_back(labellings_.back().labels.size(), make());
  }
  // First changes: a departure on its day; presence begins and ends.
  const auto add = [&](Sums& sums, std::int32_t from, std::int32_t until) {
    const auto place = [&](std::int32_t day) {
      return static_cast<std::size_t>(std::max(day, first_day_) - first_day_);
    };
    ++sums.days[place(from)];
    if (until == no_day || until >= as_of) return;
    --sums.days[place(until)];
    ++sums.departures[place(until)];
  };
  for (std::size_t c = 0; c < book.customer_count(); ++c)
    for_each_stay(book, c, [&](std::int32_t from, std::int32_t until) {
      add(all_, from, until);
      for (std::size_t s = 0; s < labellings_.size(); ++s) add(of_label_[s][labellings_[s](c)], from, until);
    });
  // Then counts of a day, then sums of all days before.
  const auto sum_up = [&](Sums& sums) {
    std::int64_t present = 0;
    std::int64_t days = 0;
    std::int64_t departures = 0;
    for (std::size_t d = 0; d <= day_count_; ++d) {
      present += sums.days[d];
      const std::int64_t left = sums.departures[d];
      sums.days[d] = days;
      sums.departures[d] = departures;
      days += present;
      departures += left;
    }
  };
  sum_up(all_);
  for (auto& labels : of_label_)
    for (Sums& sums : labels) sum_up(sums);
}

std::vector<Segmenter> SegmentRates::attributes_of(const Book& book) {
  std::vector<Segmenter> result;
  for (const std::string& name : book.attribute_names()) {
    const Segmenter segmenter = by::attribute(name);
    const std::size_t labels = segmenter(book).labels.size();
    if (labels > 1 && labels <= most_labels) result.push_back(segmenter);
  }
  return result;
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
  for (std::size_t s = 0; s < labellings_.size() && here; ++s) {
    Counts group = in_window(of_label_[s][labellings_[s](static_cast<std::size_t>(*here))], day);
    group.departures -= own.departures;
    group.days -= own.days;
    risk *= (group.departures + drawn_to_one) / (group.days * rate + drawn_to_one);
  }
  return std::min(risk, 1.0);
}

}  // namespace churn::inline v0
