#include <churn/decision/decision_mrr.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>
#include <churn/row/spell.hpp>
#include <churn/segment/customer_groups.hpp>

#include "decision/decision_walk.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::uint32_t mrr_groups = 50;

/// Of one window and side.
struct MrrSums {
  std::int64_t customers{0};
  std::int64_t churned{0};
  std::int64_t eve{0};
  std::int64_t churn{0};
  std::int64_t contraction{0};
  std::int64_t expansion{0};

  void add(const MrrSums& other) {
    customers += other.customers;
    churned += other.churned;
    eve = checked_add(eve, other.eve);
    churn = checked_add(churn, other.churn);
    contraction = checked_add(contraction, other.contraction);
    expansion = checked_add(expansion, other.expansion);
  }
  /// Of its own part.
  void subtract(const MrrSums& other) {
    customers -= other.customers;
    churned -= other.churned;
    eve -= other.eve;
    churn -= other.churn;
    contraction -= other.contraction;
    expansion -= other.expansion;
  }
  [[nodiscard]] std::optional<double> gross() const {
    if (eve <= 0) return std::nullopt;
    return (static_cast<double>(churn) + static_cast<double>(contraction)) / static_cast<double>(eve);
  }
  [[nodiscard]] std::optional<double> net() const {
    if (eve <= 0) return std::nullopt;
    return *gross() - static_cast<double>(expansion) / static_cast<double>(eve);
  }
};

/// By window (after, mirror) and side (concerned, control).
using MrrCells = std::array<std::array<MrrSums, 2>, 2>;

template <class Rate>
std::optional<double> difference_of(const MrrCells& cells, bool has_control, Rate&& rate) {
  double difference = 0;
  for (std::size_t side = 0; side < (has_control ? 2U : 1U); ++side) {
    const std::optional<double> after = rate(cells[0][side]);
    const std::optional<double> mirror = rate(cells[1][side]);
    if (!after || !mirror) return std::nullopt;
    difference += (side == 0 ? 1 : -1) * (*after - *mirror);
  }
  return difference;
}

class MrrCount {
 public:
  MrrCount(const Book& book, const Decision& decision)
      : book_(book), decision_(decision), sides_(book, decision), spans_(book) {
    by_group_.resize(mrr_groups);
  }
  void count(const std::array<DecisionDays, 2>& windows, bool with_mirror);
  [[nodiscard]] MrrCells total() const {
    MrrCells all{};
    for (const MrrCells& group : by_group_)
      for (std::size_t w = 0; w < 2; ++w)
        for (std::size_t s = 0; s < 2; ++s) all[w][s].add(group[w][s]);
    return all;
  }
  template <class Rate>
  [[nodiscard]] DecisionMrrDifference difference(double confidence, Rate&& rate) const {
    const bool has_control = decision_.control.has_value();
    const MrrCells all = total();
    DecisionMrrDifference result{.value = difference_of(all, has_control, rate)};
    std::vector<std::optional<double>> replicates;
    for (const MrrCells& group : by_group_) {
      MrrCells rest = all;
      bool is_empty = true;
      for (std::size_t w = 0; w < 2; ++w)
        for (std::size_t s = 0; s < 2; ++s) {
          rest[w][s].subtract(group[w][s]);
          is_empty = is_empty && group[w][s].customers == 0;
        }
      if (!is_empty) replicates.push_back(difference_of(rest, has_control, rate));
    }
    result.error = jackknife(result.value, replicates, Scale::plain, confidence);
    return result;
  }

 private:
  /// The side of a customer in a window, and what became of it.
  [[nodiscard]] std::optional<std::pair<std::size_t, MrrSums>> seen(CustomerIndex customer,
                                                                    std::span<const Spell> stays,
                                                                    std::span<const PaidSpan> paid,
                                                                    const DecisionDays& window) const;
  const Book& book_;
  const Decision& decision_;
  DecisionSides sides_;
  PaidSpans spans_;
  std::vector<MrrCells> by_group_;
};

std::optional<std::pair<std::size_t, MrrSums>> MrrCount::seen(CustomerIndex customer,
                                                              std::span<const Spell> stays,
                                                              std::span<const PaidSpan> paid,
                                                              const DecisionDays& window) const {
  for (const Spell& stay : stays) {
    const std::int32_t starts_on = stay.starts_on.days();
    const std::int32_t ends_on = stay.ends_on ? stay.ends_on->days() : no_day;
    if (starts_on >= window.effective) return std::nullopt;
    const std::int32_t renewal = first_renewal_of(paid, starts_on, ends_on, window.effective);
    // At its entry, or as it began, nothing is known of the day before.
    if (renewal >= window.until || renewal > ends_on || renewal <= starts_on + stay.entry) continue;
    const DecisionSideOf who = sides_.on(std::max(window.announced - 1, starts_on + stay.entry));
    if (who == DecisionSideOf::both || who == DecisionSideOf::none) return std::nullopt;
    const Balance eve = book_.balance_on(customer, Date::from_days(renewal - 1));
    const Balance end = book_.balance_on(customer, Date::from_days(window.until - 1));
    MrrSums sums{.customers = 1, .eve = eve.ticks};
    if (!end.present) {
      sums.churned = 1;
      sums.churn = eve.ticks;
    } else if (end.ticks < eve.ticks) {
      sums.contraction = eve.ticks - end.ticks;
    } else {
      sums.expansion = end.ticks - eve.ticks;
    }
    return std::pair{who == DecisionSideOf::control ? std::size_t{1} : std::size_t{0}, sums};
  }
  return std::nullopt;
}

void MrrCount::count(const std::array<DecisionDays, 2>& windows, bool with_mirror) {
  SpellReader spells{book_, SpellUnit::every_of_customer};
  const bool adds_up = book_.currencies().size() < 2;
  for (std::uint32_t c = 0; c < book_.customer_count(); ++c) {
    const CustomerIndex customer{c};
    const std::span<const Spell> stays = spells.of(customer);
    if (stays.empty()) continue;
    sides_.load(customer);
    const std::span<const PaidSpan> paid = spans_.of(customer);
    std::optional<std::uint32_t> group;
    for (std::size_t w = 0; w < (with_mirror ? 2U : 1U); ++w) {
      const auto found = seen(customer, stays, paid, windows[w]);
      if (!found) continue;
      if (!group) group = customer_group(book_.customer_id(customer).text(), mrr_groups);
      auto [side, sums] = *found;
      if (!adds_up) sums = {.customers = sums.customers, .churned = sums.churned};
      by_group_[*group][w][side].add(sums);
    }
  }
}

DecisionMrrWindow window_of_sums(const MrrSums& sums, const DecisionDays& days) {
  return {Date::from_days(days.effective),
          Date::from_days(days.until),
          sums.customers,
          sums.churned,
          sums.eve,
          sums.churn,
          sums.contraction,
          sums.expansion};
}

MrrSums sums_of(const DecisionMrrWindow& window) {
  return {window.customers, window.churned, window.eve, window.churn, window.contraction, window.expansion};
}

}  // namespace

std::optional<double> DecisionMrrWindow::gross() const { return sums_of(*this).gross(); }
std::optional<double> DecisionMrrWindow::net() const { return sums_of(*this).net(); }

DecisionMrr decision_mrr(const Book& book, const Decision& decision, double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "A confidence is between 0 and 1.");
  const DecisionDays after = days_of(book, decision);
  const std::int32_t length = std::max(0, after.until - after.effective);
  const std::int32_t lead = after.effective - after.announced;
  DecisionDays mirror = after;
  mirror.until = after.announced;
  mirror.effective = std::max(Date::min_days + 1, after.announced - length);
  mirror.announced = std::max(Date::min_days + 1, mirror.effective - lead);
  const bool with_mirror = length > 0 && mirror.announced > after.from;
  const bool is_future = length == 0;
  DecisionDays shown = after;
  if (is_future) shown.until = shown.effective;  // nothing of it is known

  MrrCount count{book, decision};
  if (!is_future) count.count({after, mirror}, with_mirror);
  const MrrCells all = count.total();
  DecisionMrr result{.after = window_of_sums(all[0][0], shown), .mirror = window_of_sums(all[1][0], mirror)};
  if (decision.control) {
    result.control_after = window_of_sums(all[0][1], shown);
    result.control_mirror = window_of_sums(all[1][1], mirror);
  }
  if (book.currencies().size() < 2) result.currency = book.currency();
  const auto nobody = [&](std::size_t window) {
    return all[window][0].customers == 0 || (decision.control && all[window][1].customers == 0);
  };
  if (is_future)
    result.why_not =
        "The decision takes effect on " + decision.effective_on.to_string() + ", and the book ends before.";
  else if (!result.currency)
    result.why_not = "The book has amounts in several currencies: say into which one to convert.";
  else if (nobody(0))
    result.why_not = "Nobody has come to an affected renewal yet.";
  else if (!with_mirror)
    result.why_not = "Records do not reach back to " + Date::from_days(mirror.announced).to_string() +
                     ", as a window as long as the one after would need: ask with an earlier end.";
  else if (nobody(1))
    result.why_not = "Nobody came to a renewal in the window before the decision.";
  if (!result.why_not.empty()) return result;
  result.gross = count.difference(confidence, [](const MrrSums& sums) { return sums.gross(); });
  result.net = count.difference(confidence, [](const MrrSums& sums) { return sums.net(); });
  const auto money = [&](double difference) -> std::optional<RunRate> {
    constexpr double beyond = 9e18;
    const double ticks = std::round(-difference * static_cast<double>(result.after.eve));
    if (!(std::abs(ticks) < beyond)) return std::nullopt;
    return RunRate{static_cast<std::int64_t>(ticks), *result.currency};
  };
  if (result.net.value) result.change = money(*result.net.value);
  if (result.net.error.interval) {
    result.change_low = money(result.net.error.interval->high);
    result.change_high = money(result.net.error.interval->low);
  }
  if (!result.net.value) result.why_not = "Those who came to a renewal paid nothing.";
  return result;
}

}  // namespace churn::inline v0
