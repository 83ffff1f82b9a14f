#include "cube/movement_fold.hpp"

#include <churn/core/exact.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "book/book_data.hpp"
#include "core/watch.hpp"
#include "cube/fixed_fold.hpp"
#include "cube/parallel.hpp"
#include "cube/segment_fold.hpp"
#include "cube/single_lane_fold.hpp"
#include "segment/labelling.hpp"

namespace churn::inline v0 {

Currency any_currency(const Book& book) {
  return book.currencies().empty() ? book.currency() : book.currencies().front();
}

void throw_too_many_cells() {
  throw Error(
      ErrorCode::out_of_range,
      "The segments and periods make more than 20 million cells. Take longer periods or fewer segments.");
}

void throw_mixed_currencies(Currency a, Currency b) {
  throw Error(ErrorCode::mixed_currencies,
              "Amounts in " + std::string(a.code()) + " and " + std::string(b.code()) +
                  " never add up. Report one of them at a time, or by currency.");
}

namespace {

void add(MovementCell& sum, const MovementCell& cell) {
  for (const auto field : MovementCell::fields()) sum.*field = checked_add(sum.*field, cell.*field);
}

template <bool Checked>
void post_all(const Book& book, const PeriodGrid& grid, const Labelling& labelling,
              const std::vector<bool>& keep, const RateRules& rules, unsigned threads,
              const Progress& progress, std::vector<MovementCell>& cells) {
  const PeriodLookup period_of{book, grid};
  // Each thread counts into cells of its own, so there are fewer threads where there are many cells.
  const std::size_t room = std::max<std::size_t>(1, max_cells / std::max<std::size_t>(1, cells.size()));
  const std::size_t chunks = std::min(chunks_for(threads), room);
  std::vector<std::vector<MovementCell>> partial(chunks, std::vector<MovementCell>(cells.size()));
  Watch watch{progress, book.customer_count()};
  for_each_chunk(book, chunks, [&](std::size_t chunk, std::size_t first, std::size_t last) {
    FixedFold<Checked> fold{book, grid, period_of, labelling, keep, rules, partial[chunk]};
    watch.pieces(first, last, [&](std::size_t from, std::size_t until) { fold.walk(from, until); });
    fold.finish();
  });
  for (const auto& part : partial)
    for (std::size_t i = 0; i < cells.size(); ++i)
      for (const auto field : MovementCell::fields())
        cells[i].*field =
            Checked ? checked_add(cells[i].*field, part[i].*field) : cells[i].*field + part[i].*field;
}

/// What one thread has counted where segments change.
struct Share {
  std::optional<SegmentTable> table;
  std::vector<MovementCell> cells;  // target x period
};
struct TooManyCells {};

/// Reads the steps of customers that lie apart, so that all of it is on its way from memory at once rather than a
/// customer at a time.
class StepsAhead {
 public:
  static constexpr std::size_t together = 64;
  explicit StepsAhead(const Timeline& timeline) : timeline_(timeline) {}
  /// Of the first of these.
  void read(std::span<const CustomerIndex> customers) const {
    std::int64_t all = 0;  // as what comes to nothing need not be read
    customers = customers.first(std::min(together, customers.size()));
    std::array<std::uint32_t, together> first{};
    for (std::size_t i = 0; i < customers.size(); ++i)
      first[i] = timeline_.first_step[static_cast<std::size_t>(customers[i])];
    for (std::size_t i = 0; i < customers.size(); ++i)
      if (first[i] < timeline_.day.size())
        all ^= timeline_.day[first[i]] ^ timeline_.level[first[i]] ^ timeline_.state[first[i]];
    [[maybe_unused]] const volatile std::int64_t seen = all;
  }

 private:
  const Timeline& timeline_;
};

/// Adds customers first to last (exclusive): `single` those that it takes, `fold` the others.
template <bool Checked, class Cells>
void add_customers(SingleLaneFold<Checked>& single, SegmentFold& fold, std::size_t first, std::size_t last,
                   Cells&& cells) {
  const auto receive = [&](const Contribution& contribution) {
    add(cells(contribution.target, contribution.period), contribution.cell);
  };
  single.add(first, last, cells);
  if (single.takes_all()) return;
  for (std::size_t c = first; c < last; ++c)
    if (const CustomerIndex customer{static_cast<std::uint32_t>(c)}; !single.takes(customer))
      fold.of(customer, receive);
}

template <bool Checked>
std::vector<Share> shares_of(const Book& book, const PeriodGrid& grid, const RateRules& rules,
                             const AppliedSegments& applied, unsigned threads, const Progress& progress) {
  const PeriodLookup period_of{book, grid};
  const std::size_t periods = grid.size();
  std::vector<Share> shares(chunks_for(threads));
  const std::size_t room = max_cells / shares.size() / periods;
  Watch watch{progress, book.customer_count()};
  try {
    for_each_chunk(book, shares.size(), [&](std::size_t chunk, std::size_t first, std::size_t last) {
      Share& share = shares[chunk];
      SegmentTable& table = share.table.emplace(applied);
      SegmentFold fold{book, grid, period_of, rules, applied, table};
      SingleLaneFold<Checked> single{book, grid, period_of, rules, applied, table};
      const auto cell = [&](std::uint32_t target, std::size_t period) -> MovementCell& {
        const std::size_t at = target * periods + period;
        if (at >= share.cells.size()) {
          if (table.targets().size() > room) throw TooManyCells{};
          share.cells.resize(table.targets().size() * periods);
        }
        return share.cells[at];
      };
      watch.pieces(first, last, [&](std::size_t from, std::size_t until) {
        add_customers(single, fold, from, until, cell);
      });
      share.cells.resize(table.targets().size() * periods);
      single.finish(share.cells);
    });
  } catch (const TooManyCells&) {  // for so many threads; an answer must not depend on their number
    if (shares.size() == 1) throw_too_many_cells();
    shares.clear();
    return shares_of<Checked>(book, grid, rules, applied, 1, progress);
  }
  return shares;
}

}  // namespace

void run_balances(const PeriodGrid& grid, Date as_of, std::optional<Date> records_from,
                  const std::vector<PeriodStatus>& status, std::vector<MovementCell>& cells) {
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
      const Date first = std::max(grid[p].first(), records_from.value_or(grid[p].first()));
      const Date last = std::min(grid[p].last(), as_of);
      cell.customer_days += cell.opening_customers * (last.days() - first.days());
    }
  }
}

MovementFold::MovementFold(const Book& book, const PeriodGrid& grid, const Segmenter& by, const Filter& where,
                           const RateRules& rules)
    : book_(book), grid_(grid), rules_(rules), names_(by.names()) {
  if (by.changes() || where.changes() || book.data().exchange.dated()) {
    applied_.emplace(book, by, where);
    return;
  }
  labelling_ = by(book);
  if (labelling_.labels.size() > max_cells / grid.size()) throw_too_many_cells();
  if (!where.keeps_everyone()) keep_ = where(book);
}

MovementRows MovementFold::everyone(unsigned threads, const Progress& progress) const {
  return applied_ ? everyone_where_segments_change(threads, progress)
                  : everyone_where_segments_stay(threads, progress);
}

std::vector<CountedRow> MovementFold::some(const Book& book, std::span<const CustomerIndex> customers) const {
  return applied_ ? some_where_segments_change(book, customers) : some_where_segments_stay(book, customers);
}

/// Where nothing is transferred, what rates are made of is what movements by period are.
void MovementFold::set_losses(std::span<MovementCell> cells) const {
  if (rules_.netting != Netting::by_period) return;
  for (MovementCell& cell : cells) {
    cell.lost = checked_add(cell.contraction, cell.churn);
    cell.gained = cell.expansion;
    cell.lost_customers = cell.churned_customers;
  }
}

MovementRows MovementFold::everyone_where_segments_stay(unsigned threads, const Progress& progress) const {
  MovementRows rows{.labels = labelling_.labels,
                    .currencies = std::vector<Currency>(labelling_.labels.size(), book_.currency()),
                    .cells = std::vector<MovementCell>(labelling_.labels.size() * grid_.size())};
  if (book_.sums_fit())
    post_all<false>(book_, grid_, labelling_, keep_, rules_, threads, progress, rows.cells);
  else
    post_all<true>(book_, grid_, labelling_, keep_, rules_, threads, progress, rows.cells);
  set_losses(rows.cells);
  return rows;
}

MovementRows MovementFold::everyone_where_segments_change(unsigned threads, const Progress& progress) const {
  const std::vector<Share> shares = book_.sums_fit()
                                        ? shares_of<false>(book_, grid_, rules_, *applied_, threads, progress)
                                        : shares_of<true>(book_, grid_, rules_, *applied_, threads, progress);
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
  if (names_.empty()) found.try_emplace(Label{});  // the total of nothing is a total
  require_room_for_labels(found.size());
  if (found.size() > max_cells / periods) throw_too_many_cells();
  MovementRows rows;
  for (const auto& [label, currency] : found) {
    rows.labels.push_back(label);
    rows.currencies.push_back(currency ? *currency : any_currency(book_));
  }
  rows.cells.resize(rows.labels.size() * periods);
  for (const Share& share : shares)
    for (std::size_t t = 0; t < share.table->targets().size(); ++t) {
      const auto at = std::lower_bound(rows.labels.begin(), rows.labels.end(), share.table->targets()[t]);
      const auto to = static_cast<std::size_t>(at - rows.labels.begin());
      for (std::size_t p = 0; p < periods; ++p)
        add(rows.cells[to * periods + p], share.cells[t * periods + p]);
    }
  return rows;
}

std::vector<CountedRow> MovementFold::some_where_segments_stay(
    const Book& book, std::span<const CustomerIndex> customers) const {
  const auto code = [this](CustomerIndex c) { return labelling_(static_cast<std::size_t>(c)); };
  std::vector<CustomerIndex> by_code(customers.begin(), customers.end());
  if (labelling_.labels.size() > 1)
    std::stable_sort(by_code.begin(), by_code.end(),
                     [&](CustomerIndex a, CustomerIndex b) { return code(a) < code(b); });
  const PeriodLookup period_of{book, grid_};
  const Labelling one_row;
  const StepsAhead steps_ahead{book.timeline()};
  const Currency currency = book.currency();
  std::vector<CountedRow> rows;
  for (std::size_t i = 0; i < by_code.size();) {
    const std::uint32_t row = code(by_code[i]);
    CountedRow& counted = rows.emplace_back(labelling_.labels[row]);
    counted.currency = currency;
    counted.cells.resize(grid_.size());
    FixedFold<true> fold{book, grid_, period_of, one_row, keep_, rules_, counted.cells};
    for (; i < by_code.size() && code(by_code[i]) == row; ++i) {
      if (i % StepsAhead::together == 0) steps_ahead.read(std::span{by_code}.subspan(i));
      const auto c = static_cast<std::size_t>(by_code[i]);
      fold.walk(c, c + 1);
      ++counted.customers;
    }
    counted.kept = counted.customers;
    fold.finish();
    set_losses(counted.cells);
  }
  return rows;
}

std::vector<CountedRow> MovementFold::some_where_segments_change(
    const Book& book, std::span<const CustomerIndex> customers) const {
  const PeriodLookup period_of{book, grid_};
  const std::size_t periods = grid_.size();
  SegmentTable table{*applied_};
  table.count_customers();
  SegmentFold fold{book, grid_, period_of, rules_, *applied_, table};
  SingleLaneFold<true> single{book, grid_, period_of, rules_, *applied_, table};
  std::vector<MovementCell> cells;
  const auto cell = [&](std::uint32_t target, std::size_t period) -> MovementCell& {
    if (target * periods >= cells.size()) {
      if (table.targets().size() > max_cells / periods) throw_too_many_cells();
      cells.resize(table.targets().size() * periods);
    }
    return cells[target * periods + period];
  };
  for (const CustomerIndex customer : customers) {
    table.next_customer();
    const auto c = static_cast<std::size_t>(customer);
    add_customers(single, fold, c, c + 1, cell);
  }
  cells.resize(table.targets().size() * periods);
  single.finish(cells);
  std::vector<CountedRow> rows;
  for (std::size_t t = 0; t < table.targets().size(); ++t) {
    const auto first = cells.begin() + static_cast<std::ptrdiff_t>(t * periods);
    rows.push_back({table.targets()[t], table.uses()[t].customers, table.uses()[t].kept,
                    table.currencies()[t],
                    std::vector<MovementCell>(first, first + static_cast<std::ptrdiff_t>(periods))});
  }
  return rows;
}

}  // namespace churn::inline v0
