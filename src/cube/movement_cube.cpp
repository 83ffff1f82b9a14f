#include <churn/cube/movement_cube.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <churn/core/exact.hpp>
#include <churn/row/step.hpp>

#include "cube/combine.hpp"
#include "cube/only_changes.hpp"
#include "cube/parallel.hpp"
#include "cube/segment_fold.hpp"
#include "cube/single_lane_fold.hpp"
#include "segment/labelling.hpp"

namespace churn::inline v0 {

const std::array<MovementCell::Field, MovementCell::field_count>& MovementCell::fields() noexcept {
  using C = MovementCell;
  static constexpr std::array<Field, field_count> all{&C::opening,
                                                      &C::new_,
                                                      &C::reactivation,
                                                      &C::expansion,
                                                      &C::transfer_in,
                                                      &C::fx,
                                                      &C::contraction,
                                                      &C::churn,
                                                      &C::transfer_out,
                                                      &C::closing,
                                                      &C::opening_customers,
                                                      &C::new_customers,
                                                      &C::reactivated_customers,
                                                      &C::expanded_customers,
                                                      &C::contracted_customers,
                                                      &C::churned_customers,
                                                      &C::closing_customers,
                                                      &C::transferred_in_customers,
                                                      &C::transferred_out_customers,
                                                      &C::lost,
                                                      &C::gained,
                                                      &C::lost_customers,
                                                      &C::departures_of_opening,
                                                      &C::joined_customers,
                                                      &C::joined_and_left_customers,
                                                      &C::departures_of_joined,
                                                      &C::departures,
                                                      &C::customer_days};
  static_assert(sizeof(MovementCell) == field_count * sizeof(std::int64_t), "fields() names every member");
  return all;
}

namespace {

constexpr std::size_t max_cells = 20'000'000;

[[noreturn]] void throw_too_many_cells() {
  throw Error(
      ErrorCode::out_of_range,
      "The segments and periods make more than 20 million cells. Take longer periods or fewer segments.");
}

[[noreturn]] void throw_mixed_currencies(Currency a, Currency b) {
  throw Error(ErrorCode::mixed_currencies,
              "Amounts in " + std::string(a.code()) + " and " + std::string(b.code()) +
                  " never add up. Report one of them at a time, or by currency.");
}

/// Posts the steps of a range of customers into the cells of one chunk. `Checked` is for books whose sums
/// may not fit 64 bits; for all others the build has proved that nothing here can overflow.
template <bool Checked>
class Poster {
 public:
  Poster(const Book& book, const PeriodGrid& grid, const Labelling& labelling, const std::vector<bool>& keep,
         bool by_day, std::vector<MovementCell>& cells)
      : labelling_(labelling), keep_(keep), by_day_(by_day), periods_(grid.size()), cells_(cells) {
    only_changes_.resize(cells.size());
    for (std::size_t p = 0; p < periods_; ++p) ends_.push_back(std::min(grid[p].last(), book.as_of()).days());
  }

  /// What walk_steps does, over the steps of these customers as one flat loop.
  void walk(const Book& book, const PeriodGrid& grid, const PeriodLookup& period_of, History history,
            std::size_t first, std::size_t last) {
    const Timeline& timeline = book.timeline();
    const std::span<const std::int32_t> day = timeline.day;
    const std::span<const std::uint8_t> state = timeline.state;
    const auto periods = static_cast<std::int32_t>(periods_);
    const std::size_t end = timeline.first_step[last];
    const auto starts = [&](std::size_t i) { return (state[i] & Timeline::first_of_customer) != 0; };
    const auto balance = [&](std::size_t i) {
      return Balance{timeline.level[i], (state[i] & Timeline::present) != 0};
    };
    std::size_t c = first;
    std::size_t i = timeline.first_step[first];
    Balance now{};
    bool seen = false;  // at the close of a period
    std::int32_t next_period = i < end ? period_of(day[i]) : periods;
    for (; i < end; ++i) {
      c += static_cast<std::size_t>(timeline.first_step[c + 1] <= i);
      while (timeline.first_step[c + 1] <= i) ++c;  // hardly ever: those without any step
      const CustomerIndex customer{static_cast<std::uint32_t>(c)};
      const bool is_first = starts(i);
      const Balance before{is_first ? 0 : now.ticks, !is_first && now.present};
      seen = seen && !is_first;
      now = balance(i);
      const std::int32_t period = next_period;
      const bool is_last = i + 1 == end || starts(i + 1);
      next_period = i + 1 < end ? period_of(day[i + 1]) : periods;
      if (period < 0) {
        if (!is_last && next_period < 0) continue;
        if (now.present) opening(customer, now);
        seen = history == History::period_ends && present_at_an_earlier_close(book, grid, customer);
        continue;
      }
      if (period >= periods) {  // so are the customer's later ones
        i = timeline.first_step[c + 1] - 1;
        next_period = i + 1 < end ? period_of(day[i + 1]) : periods;
        continue;
      }
      if (is_last || next_period != period) {
        const bool is_new = (state[i] & Timeline::enters_as_new) != 0 ||
                            (!by_day_ && history == History::period_ends && !seen);
        if (keeps(customer))
          only_changes_.add(index(customer, static_cast<std::size_t>(period)), day[i], before, now, is_new);
        seen = seen || now.present;
        continue;
      }
      i = add_several(timeline, period_of, customer, period, i, end, before,
                      history == History::period_ends && !seen);
      now = balance(i);
      next_period = i + 1 < end ? period_of(day[i + 1]) : periods;
      seen = seen || now.present;
    }
  }

  /// To be called after the last customer.
  void finish() {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      only_changes_.add_to(cells_[i], i, ends_[i % periods_], by_day_);
  }

 private:
  /// The changes of a customer in a period that has several, from step `i` on; gives the last of them.
  std::size_t add_several(const Timeline& timeline, const PeriodLookup& period_of, CustomerIndex customer,
                          std::int32_t period, std::size_t i, std::size_t end, Balance before,
                          bool is_first) {
    Balance now = before;
    std::uint8_t entry = 0;
    std::int32_t last_day = timeline.day[i];
    for (;; ++i) {
      const std::uint8_t state = timeline.state[i];
      if ((state & Timeline::same_balance) == 0) {
        const Balance then = now;
        now = {timeline.level[i], (state & Timeline::present) != 0};
        last_day = timeline.day[i];
        if ((entry & Timeline::enters) == 0) entry = state;
        change(customer, static_cast<std::uint32_t>(period), last_day, then, now, state);
      }
      const bool is_last = i + 1 == end || (timeline.state[i + 1] & Timeline::first_of_customer) != 0;
      if (is_last || period_of(timeline.day[i + 1]) != period) break;
    }
    const bool as_new = (entry & Timeline::enters_as_new) != 0 || is_first;
    step(Step{customer, static_cast<std::uint32_t>(period), last_day, before, now,
              classify(before, now, as_new)});
    return i;
  }
  void opening(CustomerIndex customer, Balance balance) {
    if (!keeps(customer)) return;
    MovementCell& cell = at(customer, 0);
    add(cell.opening, balance.ticks);
    ++cell.opening_customers;
  }

  void change(CustomerIndex customer, std::uint32_t period, std::int32_t day, Balance before, Balance after,
              std::uint8_t state) {
    if (!keeps(customer)) return;
    MovementCell& cell = at(customer, period);
    if (before.present != after.present) {
      const std::int64_t days_left = ends_[period] - day;
      cell.customer_days += after.present ? days_left : -days_left;
      cell.departures += before.present ? 1 : 0;
      departures_ += before.present ? 1 : 0;
    }
    if (by_day_) post(cell, classify(before, after, (state & Timeline::enters_as_new) != 0), before, after);
  }

  void step(const Step& step) {
    if (!keeps(step.customer)) return;
    MovementCell& cell = at(step.customer, step.period);
    if (step.opening.present) {
      cell.departures_of_opening += departures_;
    } else {  // a step from absence holds an entry
      ++cell.joined_customers;
      cell.departures_of_joined += departures_;
      cell.joined_and_left_customers += step.closing.present ? 0 : 1;
    }
    departures_ = 0;
    if (!by_day_) {
      post(cell, step.movement, step.opening, step.closing);
    } else if (step.opening.present) {
      const std::int64_t growth = step.closing.ticks - step.opening.ticks;
      if (growth > 0) add(cell.gained, growth);
      if (growth < 0) add(cell.lost, -growth);
      if (!step.closing.present) ++cell.lost_customers;
    }
  }

  [[nodiscard]] bool keeps(CustomerIndex customer) const {
    return keep_.empty() || keep_[static_cast<std::size_t>(customer)];
  }
  [[nodiscard]] std::size_t index(CustomerIndex customer, std::size_t period) const {
    return labelling_(static_cast<std::size_t>(customer)) * periods_ + period;
  }
  [[nodiscard]] MovementCell& at(CustomerIndex customer, std::size_t period) {
    return cells_[index(customer, period)];
  }
  static void add(std::int64_t& sum, std::int64_t amount) {
    if constexpr (Checked)
      sum = checked_add(sum, amount);
    else
      sum += amount;
  }
  static void post(MovementCell& cell, Movement movement, Balance from, Balance to) {
    switch (movement) {
      case Movement::none:
      case Movement::transfer_in:  // a customer as a whole is nowhere else to come from or to go to
      case Movement::transfer_out:
      case Movement::fx: return;
      case Movement::new_:
        add(cell.new_, to.ticks);
        ++cell.new_customers;
        return;
      case Movement::reactivation:
        add(cell.reactivation, to.ticks);
        ++cell.reactivated_customers;
        return;
      case Movement::expansion:
        add(cell.expansion, to.ticks - from.ticks);
        ++cell.expanded_customers;
        return;
      case Movement::contraction:
        add(cell.contraction, from.ticks - to.ticks);
        ++cell.contracted_customers;
        return;
      case Movement::churn:
        add(cell.churn, from.ticks);
        ++cell.churned_customers;
        return;
    }
  }

  const Labelling& labelling_;
  const std::vector<bool>& keep_;
  bool by_day_;
  std::size_t periods_;
  std::int64_t departures_{0};      // of the customer at hand in the period at hand
  std::vector<std::int32_t> ends_;  // of what is known of each period
  std::vector<MovementCell>& cells_;
  OnlyChanges<Checked> only_changes_;
};

template <bool Checked>
void post_all(const Book& book, const PeriodGrid& grid, const Labelling& labelling,
              const std::vector<bool>& keep, const RateRules& rules, unsigned threads,
              std::vector<MovementCell>& cells) {
  const PeriodLookup period_of{book, grid};
  // Each thread counts into cells of its own, so there are fewer threads where there are many cells.
  const std::size_t room = std::max<std::size_t>(1, max_cells / std::max<std::size_t>(1, cells.size()));
  const std::size_t chunks = std::min(chunks_for(threads), room);
  std::vector<std::vector<MovementCell>> partial(chunks, std::vector<MovementCell>(cells.size()));
  for_each_chunk(book, chunks, [&](std::size_t chunk, std::size_t first, std::size_t last) {
    Poster<Checked> poster{book, grid, labelling, keep, rules.netting == Netting::by_day, partial[chunk]};
    poster.walk(book, grid, period_of, rules.history, first, last);
    poster.finish();
  });
  for (const auto& part : partial)
    for (std::size_t i = 0; i < cells.size(); ++i)
      for (const auto field : MovementCell::fields())
        cells[i].*field =
            Checked ? checked_add(cells[i].*field, part[i].*field) : cells[i].*field + part[i].*field;
  // Where nothing is transferred, what rates are made of is what movements by period are.
  if (rules.netting == Netting::by_period)
    for (MovementCell& cell : cells) {
      cell.lost = checked_add(cell.contraction, cell.churn);
      cell.gained = cell.expansion;
      cell.lost_customers = cell.churned_customers;
    }
}

/// What one thread has counted where segments change.
struct Share {
  std::optional<SegmentTable> table;
  std::vector<MovementCell> cells;  // target x period
};
struct TooManyCells {};

std::vector<Share> shares_of(const Book& book, const PeriodGrid& grid, const RateRules& rules,
                             const AppliedSegments& applied, unsigned threads) {
  const PeriodLookup period_of{book, grid};
  const std::size_t periods = grid.size();
  std::vector<Share> shares(chunks_for(threads));
  const std::size_t room = max_cells / shares.size() / periods;
  try {
    for_each_chunk(book, shares.size(), [&](std::size_t chunk, std::size_t first, std::size_t last) {
      Share& share = shares[chunk];
      SegmentTable& table = share.table.emplace(applied);
      SegmentFold fold{book, grid, period_of, rules, applied, table};
      SingleLaneFold single{book, grid, period_of, rules, applied, table};
      const auto cell = [&](std::uint32_t target, std::size_t period) -> MovementCell& {
        const std::size_t at = target * periods + period;
        if (at >= share.cells.size()) {
          if (table.targets().size() > room) throw TooManyCells{};
          share.cells.resize(table.targets().size() * periods);
        }
        return share.cells[at];
      };
      const auto receive = [&](const Contribution& contribution) {
        MovementCell& sum = cell(contribution.target, contribution.period);
        for (const auto field : MovementCell::fields())
          sum.*field = checked_add(sum.*field, contribution.cell.*field);
      };
      for (std::size_t c = first; c < last; ++c) {
        const CustomerIndex customer{static_cast<std::uint32_t>(c)};
        if (single.takes(customer))
          single.add(customer, cell);
        else
          fold.of(customer, receive);
      }
      share.cells.resize(table.targets().size() * periods);
      single.finish(share.cells);
    });
  } catch (const TooManyCells&) {  // for so many threads; an answer must not depend on their number
    if (shares.size() == 1) throw_too_many_cells();
    shares.clear();
    return shares_of(book, grid, rules, applied, 1);
  }
  return shares;
}

/// From what moved to what stood: balances are running sums over the periods of a segment.
void run_balances(const Book& book, const PeriodGrid& grid, const std::vector<PeriodStatus>& status,
                  std::vector<MovementCell>& cells) {
  const std::size_t periods = grid.size();
  for (std::size_t segment = 0; segment * periods < cells.size(); ++segment) {
    MovementCell* const row = &cells[segment * periods];
    std::int64_t ticks = row[0].opening;
    std::int64_t customers = row[0].opening_customers;
    for (std::size_t p = 0; p < periods; ++p) {
      MovementCell& cell = row[p];
      cell.opening = ticks;
      cell.opening_customers = customers;
      // Sums of what comes and of what goes, so that not even a sum on the way is larger than these.
      const std::int64_t gone = checked_add(checked_add(cell.contraction, cell.churn), cell.transfer_out);
      const std::int64_t come = checked_add(checked_add(cell.new_, cell.reactivation),
                                            checked_add(cell.expansion, cell.transfer_in));
      ticks = ticks >= gone ? checked_add(ticks - gone, come) : checked_add(ticks, come - gone);
      ticks = checked_add(ticks, cell.fx);
      customers += cell.new_customers + cell.reactivated_customers + cell.transferred_in_customers -
                   cell.churned_customers - cell.transferred_out_customers;
      cell.closing = ticks;
      cell.closing_customers = customers;
      if (!status[p].observable) {
        cell = {};
        continue;
      }
      const Date first = std::max(grid[p].first(), book.records_from().value_or(grid[p].first()));
      const Date last = std::min(grid[p].last(), book.as_of());
      cell.customer_days += cell.opening_customers * (last.days() - first.days());
    }
  }
}

}  // namespace

MovementCube::MovementCube(const Book& book, const PeriodGrid& grid, const RateRules& rules)
    : grid_(grid), as_of_(book.as_of()), conventions_(book.conventions()), status_(status_of(book, grid)) {
  conventions_.rate = rules;
}

void MovementCube::set_segments(std::vector<std::string> names, std::vector<Label> labels,
                                std::vector<Currency> currencies) {
  segment_names_ = std::move(names);
  segments_ = std::move(labels);
  currencies_ = std::move(currencies);
  if (segments_.size() > max_cells / grid_.size()) throw_too_many_cells();
  cells_.resize(segments_.size() * grid_.size());
}

void MovementCube::count_fixed(const Book& book, const Segmenter& segmenter, const FoldOptions& options) {
  const Labelling labelling = segmenter(book);
  set_segments(labelling.names, labelling.labels,
               std::vector<Currency>(labelling.labels.size(), book.currency()));
  const std::vector<bool> keep = options.where.keeps_everyone() ? std::vector<bool>{} : options.where(book);
  if (book.sums_fit())
    post_all<false>(book, grid_, labelling, keep, conventions_.rate, options.threads, cells_);
  else
    post_all<true>(book, grid_, labelling, keep, conventions_.rate, options.threads, cells_);
}

void MovementCube::count_changing(const Book& book, const Segmenter& segmenter, const FoldOptions& options) {
  const AppliedSegments applied{book, segmenter, options.where};
  const std::vector<Share> shares = shares_of(book, grid_, conventions_.rate, applied, options.threads);
  const std::size_t periods = grid_.size();

  // The segments of all threads, in order of their bytes. Where the filter keeps nothing, any currency will do.
  std::map<Label, std::optional<Currency>> found;
  for (const Share& share : shares)
    for (std::size_t t = 0; t < share.table->targets().size(); ++t) {
      std::optional<Currency>& currency = found[share.table->targets()[t]];
      const std::optional<Currency>& here = share.table->currencies()[t];
      if (currency && here && *currency != *here) throw_mixed_currencies(*currency, *here);
      if (here) currency = here;
    }
  std::vector<Label> labels;
  std::vector<Currency> currencies;
  for (const auto& [label, currency] : found) {
    labels.push_back(label);
    currencies.push_back(
        currency.value_or(book.currencies().empty() ? book.currency() : book.currencies().front()));
  }
  if (segmenter.factors().empty() && labels.empty()) {  // the total of nothing is a total
    labels.emplace_back();
    currencies.push_back(book.currencies().empty() ? book.currency() : book.currencies().front());
  }
  require_room_for_labels(labels.size());
  set_segments(applied.names(), std::move(labels), std::move(currencies));
  for (const Share& share : shares)
    for (std::size_t t = 0; t < share.table->targets().size(); ++t) {
      const std::size_t to = segment(share.table->targets()[t]);
      for (std::size_t p = 0; p < periods; ++p)
        for (const auto field : MovementCell::fields()) {
          std::int64_t& sum = cells_[to * periods + p].*field;
          sum = checked_add(sum, share.cells[t * periods + p].*field);
        }
    }
}

MovementCube MovementCube::fold(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter,
                                const FoldOptions& options) {
  MovementCube cube{book, grid, options.rules.value_or(book.conventions().rate)};
  if (segmenter.changes() || options.where.changes() || book.data().exchange.dated())
    cube.count_changing(book, segmenter, options);
  else
    cube.count_fixed(book, segmenter, options);
  run_balances(book, grid, cube.status_, cube.cells_);
  return cube;
}

MovementCube MovementCube::fold_trailing(const Book& book, const PeriodGrid& grid, std::int32_t days,
                                         const Segmenter& segmenter, const FoldOptions& options) {
  MovementCube result{book, grid, options.rules.value_or(book.conventions().rate)};
  result.trailing_days_ = days;
  std::vector<MovementCube> windows;
  std::map<Label, Currency> found;
  for (std::size_t p = 0; p < grid.size(); ++p) {
    windows.push_back(fold(book, grid.trailing(p, days), segmenter, options));
    result.status_[p] = windows.back().status(0);
    for (std::size_t s = 0; s < windows.back().segments_.size(); ++s)
      found.emplace(windows.back().segments_[s], windows.back().currencies_[s]);
  }
  std::vector<Label> labels;
  std::vector<Currency> currencies;
  for (const auto& [label, currency] : found) {
    labels.push_back(label);
    currencies.push_back(currency);
  }
  result.set_segments(segmenter.names(), std::move(labels), std::move(currencies));
  for (std::size_t p = 0; p < grid.size(); ++p)
    for (std::size_t s = 0; s < windows[p].segments_.size(); ++s)
      result.cells_[result.segment(windows[p].segments_[s]) * grid.size() + p] = windows[p].at(s, 0);
  return result;
}

Period MovementCube::span(std::size_t period) const {
  return trailing_days_ ? grid_.trailing(period, *trailing_days_)[0] : grid_[period];
}

Currency MovementCube::currency() const {
  if (currencies_.empty()) return conventions_.book.currency.value_or(Currency{"USD"});
  for (const Currency other : currencies_)
    if (other != currencies_.front()) throw_mixed_currencies(currencies_.front(), other);
  return currencies_.front();
}

std::size_t MovementCube::segment(const Label& label) const {
  const auto at = std::lower_bound(segments_.begin(), segments_.end(), label);
  if (at == segments_.end() || *at != label) {
    std::string text;
    for (const std::string& part : label) text += (text.empty() ? "" : ", ") + part;
    throw Error(ErrorCode::out_of_range, "There is no segment \"" + text + "\".");
  }
  return static_cast<std::size_t>(at - segments_.begin());
}

const MovementCell& MovementCube::at(std::size_t segment, std::size_t period) const& {
  if (segment >= segments_.size() || period >= grid_.size())
    throw Error(ErrorCode::out_of_range, "The cube has fewer segments or periods than that.");
  return cells_[segment * grid_.size() + period];
}

bool MovementCube::is_empty(std::size_t segment) const {
  const auto row = cells_.begin() + static_cast<std::ptrdiff_t>(segment * grid_.size());
  return std::all_of(row, row + static_cast<std::ptrdiff_t>(grid_.size()),
                     [](const MovementCell& cell) { return cell == MovementCell{}; });
}

/// A segment has one currency, whichever cube it comes from. Where there is nothing in it, any will do.
bool MovementCube::same_currencies(const MovementCube& other) const {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const auto at = std::lower_bound(other.segments_.begin(), other.segments_.end(), segments_[s]);
    if (at == other.segments_.end() || *at != segments_[s]) continue;
    const auto there = static_cast<std::size_t>(at - other.segments_.begin());
    if (other.currencies_[there] != currencies_[s] && !is_empty(s) && !other.is_empty(there)) return false;
  }
  return true;
}

MovementCube MovementCube::combined(const MovementCube& other,
                                    std::int64_t (*operation)(std::int64_t, std::int64_t)) const {
  const bool same_rules = conventions_.name == other.conventions_.name &&
                          conventions_.version == other.conventions_.version &&
                          conventions_.book == other.conventions_.book &&
                          conventions_.rate.netting == other.conventions_.rate.netting &&
                          conventions_.rate.history == other.conventions_.rate.history;
  if (grid_ != other.grid_ || trailing_days_ != other.trailing_days_ ||
      !observe_the_same(status_, other.status_) || !same_currencies(other) || as_of_ != other.as_of_ ||
      !same_rules || segment_names_ != other.segment_names_)
    throw Error(
        ErrorCode::mismatched_cubes,
        "Cubes can be combined if they have the same periods, currency, as_of, conventions and segments.");
  MovementCube result = *this;
  const SegmentUnion all = unite(segments_, other.segments_);
  const auto& place = all.place;
  result.segments_ = all.labels;
  result.currencies_.assign(place.size(), Currency{"USD"});
  std::vector<bool> settled(place.size());
  for (const MovementCube* cube : {this, &other})
    for (std::size_t s = 0; s < cube->segments_.size(); ++s) {
      const std::size_t to = place.at(cube->segments_[s]);
      if (settled[to]) continue;
      result.currencies_[to] = cube->currencies_[s];
      settled[to] = !cube->is_empty(s);
    }
  const std::size_t periods = grid_.size();
  result.cells_.assign(place.size() * periods, {});
  for (std::size_t s = 0; s < segments_.size(); ++s)
    std::copy_n(cells_.begin() + static_cast<std::ptrdiff_t>(s * periods), periods,
                result.cells_.begin() + static_cast<std::ptrdiff_t>(place.at(segments_[s]) * periods));
  for (std::size_t s = 0; s < other.segments_.size(); ++s)
    for (std::size_t p = 0; p < periods; ++p)
      for (const auto field : MovementCell::fields()) {
        std::int64_t& value = result.cells_[place.at(other.segments_[s]) * periods + p].*field;
        value = operation(value, other.cells_[s * periods + p].*field);
      }
  keep_what_is_complete_in_both(result.status_, other.status_);
  return result;
}

void MovementCube::include(const std::vector<Label>& labels) {
  const SegmentUnion all = unite(segments_, labels);
  if (all.labels.size() == segments_.size()) return;
  const std::size_t periods = grid_.size();
  std::vector<Currency> currencies(all.labels.size(), currencies_.empty() ? currency() : currencies_.front());
  std::vector<MovementCell> cells(all.labels.size() * periods);
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const std::size_t to = all.place.at(segments_[s]);
    currencies[to] = currencies_[s];
    std::copy_n(cells_.begin() + static_cast<std::ptrdiff_t>(s * periods), periods,
                cells.begin() + static_cast<std::ptrdiff_t>(to * periods));
  }
  segments_ = all.labels;
  currencies_.swap(currencies);
  cells_.swap(cells);
}

MovementCube& MovementCube::operator+=(const MovementCube& other) {
  return *this = combined(other, checked_add);
}
MovementCube& MovementCube::operator-=(const MovementCube& other) {
  return *this = combined(other, checked_subtract);
}

bool operator==(const MovementCube& a, const MovementCube& b) {
  return a.grid_ == b.grid_ && a.trailing_days_ == b.trailing_days_ && a.currencies_ == b.currencies_ &&
         a.as_of_ == b.as_of_ && a.status_ == b.status_ && a.segment_names_ == b.segment_names_ &&
         a.segments_ == b.segments_ && a.cells_ == b.cells_;
}

}  // namespace churn::inline v0
