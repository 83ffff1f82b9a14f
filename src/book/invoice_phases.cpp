#include "book/invoice_phases.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace churn::inline v0 {

namespace {

/// An amount in 10^-12 of the major unit: the sum of prices of any number of decimals, exactly.
using Exact = boost::multiprecision::int256_t;

Exact exact_power_of_ten(int exponent) {
  Exact power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}
Exact exact(Decimal amount) {
  return Exact{amount.coefficient()} * exact_power_of_ten(Decimal::max_scale - amount.scale());
}
Exact exact(Money money) { return exact(Decimal{money.minor_units(), money.currency().decimals()}); }

/// Half-even; the denominator is above 0.
Exact divide(const Exact& numerator, const Exact& denominator) {
  const bool negative = numerator < 0;
  const Exact magnitude = negative ? Exact{-numerator} : numerator;
  Exact quotient = magnitude / denominator;
  const Exact twice = 2 * (magnitude - quotient * denominator);
  if (twice > denominator || (twice == denominator && quotient % 2 != 0)) ++quotient;
  return negative ? Exact{-quotient} : quotient;
}

/// As a Decimal; none if it has more digits than one holds.
std::optional<Decimal> decimal(Exact amount) {
  int scale = Decimal::max_scale;
  for (; scale > 0 && amount % 10 == 0; --scale) amount /= 10;
  if (amount > INT64_MAX || amount < -Exact{INT64_MAX}) return std::nullopt;
  return Decimal{static_cast<std::int64_t>(amount), scale};
}

bool is_by_months(BillingCycle cycle) {
  return cycle.interval != BillingInterval::day && cycle.interval != BillingInterval::week;
}

/// Whether a day is n cycles after another. A month's last day may stand for a later one that the month has not: of
/// what began on the 31st, 29 February to 31 March is a month.
bool is_after(Date start, Date end, BillingCycle cycle, std::int64_t n) {
  const auto day = renewal_day(start, cycle, n);
  if (!day || *day == end) return day.has_value();
  const bool starts_at_month_end = (start + std::chrono::days{1}).month() != start.month();
  return is_by_months(cycle) && starts_at_month_end && end > *day && end.month() == day->month() &&
         end.year() == day->year();
}

/// The cycle of which a span of days is one.
BillingCycle cycle_of(Date start, Date end) {
  const int months =
      (end.year() - start.year()) * 12 + static_cast<int>(end.month()) - static_cast<int>(start.month());
  if (months > 0 && is_after(start, end, {BillingInterval::month, months}, 1)) {
    if (months % 12 == 0) return {BillingInterval::year, months / 12};
    if (months == 6) return {BillingInterval::half_year, 1};
    if (months == 3) return {BillingInterval::quarter, 1};
    return {BillingInterval::month, months};
  }
  const std::int32_t days = end.days() - start.days();
  if (days % 7 == 0) return {BillingInterval::week, days / 7};
  return {BillingInterval::day, days};
}

/// How many whole cycles a span is; 0 if it ends within one.
std::int64_t whole_cycles(Date start, Date end, BillingCycle cycle) {
  const std::int64_t days = end.days() - start.days();
  if (!is_by_months(cycle)) {
    const std::int64_t length = std::int64_t{cycle.count} * (cycle.interval == BillingInterval::day ? 1 : 7);
    return days % length == 0 ? days / length : 0;
  }
  // About as many as its length says; which it is exactly, the anchor tells.
  const std::int64_t months = std::int64_t{end.year() - start.year()} * 12 + static_cast<int>(end.month()) -
                              static_cast<int>(start.month());
  const auto months_of_one = [&]() -> std::int64_t {
    switch (cycle.interval) {
      case BillingInterval::quarter: return 3;
      case BillingInterval::half_year: return 6;
      case BillingInterval::year: return 12;
      default: return 1;
    }
  }() * cycle.count;
  const std::int64_t n = months / months_of_one;
  return n > 0 && is_after(start, end, cycle, n) ? n : 0;
}

/// A line that counts, and what it is worth.
struct Line {
  const InvoiceRow* row;
  const InvoiceLine* line;
  std::uint32_t customer;  // of the accounts
  std::uint32_t subscription;
  std::uint32_t plan;
  bool is_usage;
  Date start;
  Date end;
  BillingCycle cycle{};
  // The full price, before discount. Of a line that names unit and quantity, quantity x unit.
  Exact full{};
  std::int64_t quantity{1};
  std::optional<Decimal> unit{};
  Exact discount{};

  [[nodiscard]] bool is_proration() const { return line->kind == LineKind::proration; }
  [[nodiscard]] Currency currency() const { return line->amount.currency(); }
  [[nodiscard]] bool is_negative() const { return line->amount.minor_units() < 0; }
  [[nodiscard]] auto chain() const {
    return std::tuple(customer, subscription, plan, currency().index(), is_usage);
  }
  /// Later ones go before earlier ones.
  [[nodiscard]] auto order() const { return std::tie(start, row->invoice.issued_on, row->invoice.id); }
};

/// Something that is paid on each day of a span.
struct Share {
  std::int32_t from;
  std::int32_t until;
  const Line* line;
};

/// The charges of one invoice that begin on one day, for one chain.
struct Charge {
  std::vector<const Line*> lines;
  std::int32_t from;
  std::int32_t until;
  bool lapses{true};  // false: a credit ended it
};

/// A phase to be.
struct Piece {
  std::int32_t from;
  std::int32_t until;
  Decimal price;
  std::int64_t quantity;
  Decimal discount;
  BillingCycle cycle;
  const Line* line;
};

class PhaseMaker {
 public:
  PhaseMaker(const Records::Storage& records, const Accounts& accounts, const BookRules& rules, Date as_of,
             Rejections& rejections)
      : records_(records),
        accounts_(accounts),
        rules_(rules),
        as_of_(as_of.days()),
        rejections_(rejections) {}

  InvoicePhases make(const std::vector<const InvoiceRow*>& invoices) {
    for (const InvoiceRow* row : invoices) read(*row);
    std::stable_sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) {
      return std::tuple(a.chain(), a.order()) < std::tuple(b.chain(), b.order());
    });
    for_each_subscription([this](std::span<Line> lines) { find_worth(lines); });
    for_each_subscription([this](std::span<Line> lines) { make_phases(lines); });
    return std::move(made_);
  }

 private:
  void report(RejectionCode code, const InvoiceRow& row, const char* field, std::string reason) {
    rejections_.add({code, records_.source(RecordTable::invoices), row.row, field, std::move(reason)});
  }
  static std::string called(const InvoiceRow& row, const InvoiceLine& line) {
    return "A line of invoice " + row.invoice.id.text() + (line.id.empty() ? "" : " (" + line.id + ")");
  }

  // ---- Lines

  void read(const InvoiceRow& row) {
    const Invoice& invoice = row.invoice;
    const std::uint32_t customer =
        accounts_.customer_of[*records_.customer_ids.find(invoice.customer.text())];
    if (customer == no_index) return;
    for (std::size_t i = 0; i < invoice.lines.size(); ++i) {
      const InvoiceLine& line = invoice.lines[i];
      const bool is_usage = line.kind == LineKind::usage;
      if (line.kind == LineKind::one_time || (is_usage && rules_.usage == UsagePolicy::excluded)) continue;
      const auto before = invoice.lines.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find(invoice.lines.begin(), before, line) != before) {
        report(RejectionCode::duplicate_row, row, "", called(row, line) + " is there twice and counts once.");
        continue;
      }
      if (!is_usable(row, line)) continue;
      const std::string& id = line.subscription      ? line.subscription->text()
                              : invoice.subscription ? invoice.subscription->text()
                                                     : invoice.customer.text();
      Line read{&row,
                &line,
                customer,
                made_.named.intern(id),
                made_.plans.intern(line.plan),
                is_usage,
                *line.period_start,
                *line.period_end};
      lines_.push_back(std::move(read));
    }
  }

  bool is_usable(const InvoiceRow& row, const InvoiceLine& line) {
    const auto fails = [&](RejectionCode code, const char* field, const char* what) {
      report(code, row, field, called(row, line) + what);
      return false;
    };
    if (!line.period_start || !line.period_end)
      return fails(RejectionCode::no_service_period, "period_start", " does not say which days it is for.");
    if (*line.period_end <= *line.period_start)
      return fails(RejectionCode::ends_before_start, "period_end", " ends on or before the day it starts.");
    if (line.quantity.value_or(0) < 0)
      return fails(RejectionCode::negative_quantity, "quantity", " has a negative quantity.");
    if (line.cycle && line.cycle->count < 1)
      return fails(RejectionCode::bad_interval_count, "interval_count", " has an interval count below 1.");
    if (line.amount.minor_units() < 0 && line.kind != LineKind::proration)
      return fails(RejectionCode::negative_amount, "amount", " is a credit, which leaves MRR alone.");
    return true;
  }

  /// Lines lie by chain; those of a subscription lie together.
  template <class Use>
  void for_each_subscription(Use&& use) {
    for (std::size_t first = 0; first < lines_.size();) {
      std::size_t last = first + 1;
      while (last < lines_.size() && lines_[last].customer == lines_[first].customer &&
             lines_[last].subscription == lines_[first].subscription)
        ++last;
      use(std::span(lines_).subspan(first, last - first));
      first = last;
    }
  }

  // ---- What a line is worth

  void find_worth(std::span<Line> lines) {
    for (Line& line : lines) {
      if (line.line->cycle)
        line.cycle = *line.line->cycle;
      else if (!line.is_proration())
        line.cycle = cycle_of(line.start, line.end);
    }
    std::vector<Line*> unknown;
    for (Line& line : lines) {
      if (!line.is_proration() || line.line->cycle) continue;
      const Line* like = charge_before(lines, line);
      if (like != nullptr) {
        line.cycle = like->cycle;
      } else {
        report(RejectionCode::no_interval, *line.row, "interval",
               called(*line.row, *line.line) + " is a proration, and nothing says how often it is charged.");
        unknown.push_back(&line);
      }
    }
    for (Line& line : lines) {
      const bool is_known = std::find(unknown.begin(), unknown.end(), &line) == unknown.end();
      if (!is_known)
        line.end = line.start;  // of no day
      else
        find_full_price(lines, line);
    }
  }

  /// The recurring line that starts latest on or before a line, of its plan or else of its subscription.
  static const Line* charge_before(std::span<const Line> lines, const Line& line) {
    const Line* best = nullptr;
    const auto rank = [&](const Line& other) { return std::tuple(other.plan == line.plan, other.order()); };
    for (const Line& other : lines)
      if (other.line->kind == LineKind::recurring && other.start <= line.start &&
          (best == nullptr || rank(*best) < rank(other)))
        best = &other;
    return best;
  }

  static void find_full_price(std::span<const Line> lines, Line& line) {
    const InvoiceLine& from = *line.line;
    const Exact amount = exact(from.amount);
    if (from.unit_price && from.quantity) {
      line.unit = from.unit_price->amount;
      line.quantity = line.is_negative() ? -*from.quantity : *from.quantity;
      line.full = exact(*line.unit) * line.quantity;
      const bool is_one_cycle = is_after(line.start, line.end, line.cycle, 1);
      if (from.kind == LineKind::recurring && is_one_cycle && amount < line.full)
        line.discount = line.full - amount;
      return;
    }
    const Exact unit =
        exact_power_of_ten(std::max(0, Decimal::max_scale - from.amount.currency().decimals() - 4));
    const auto rounded = [&](const Exact& numerator, const Exact& denominator) {
      return Exact{divide(numerator, denominator * unit) * unit};
    };
    const std::int64_t cycles =
        from.kind == LineKind::proration ? 0 : whole_cycles(line.start, line.end, line.cycle);
    if (cycles > 0) {
      line.full = rounded(amount, cycles);
      return;
    }
    const std::int32_t days = line.end.days() - line.start.days();
    line.full = rounded(amount * days_of_cycle(lines, line), days);
  }

  /// The days of the whole cycle of which a line is a part.
  static std::int32_t days_of_cycle(std::span<const Line> lines, const Line& line) {
    const Line* around = nullptr;
    for (const Line& other : lines)
      if (other.line->kind == LineKind::recurring && other.plan == line.plan && other.cycle == line.cycle &&
          &other != &line && other.start <= line.start && line.end <= other.end &&
          is_after(other.start, other.end, other.cycle, 1) &&
          (around == nullptr || around->order() < other.order()))
        around = &other;
    if (around != nullptr) return around->end.days() - around->start.days();
    const auto before = renewal_day(line.end, line.cycle, -1);
    return before ? line.end.days() - before->days() : line.end.days() - line.start.days();
  }

  // ---- Phases of one subscription

  void make_phases(std::span<Line> lines) {
    std::map<decltype(std::declval<Line>().chain()), std::vector<Charge>> chains;
    for (std::size_t first = 0; first < lines.size();) {
      std::size_t last = first + 1;
      while (last < lines.size() && lines[last].chain() == lines[first].chain()) ++last;
      chains[lines[first].chain()] = charges_of(lines.subspan(first, last - first));
      first = last;
    }
    std::vector<const Charge*> charges;  // that can be renewed
    for (const auto& [chain, list] : chains)
      for (const Charge& charge : list)
        if (!charge.lines.front()->is_usage) charges.push_back(&charge);

    std::vector<Piece> pieces;
    for (std::size_t first = 0; first < lines.size();) {
      std::size_t last = first + 1;
      while (last < lines.size() && lines[last].chain() == lines[first].chain()) ++last;
      std::vector<Share> shares = shares_of(lines.subspan(first, last - first), chains[lines[first].chain()]);
      if (!lines[first].is_usage) add_late_renewals(chains[lines[first].chain()], charges, shares);
      append_pieces(shares, pieces);
      first = last;
    }
    append_rows(lines, pieces);
  }

  /// In order of start, each cut by the next; without those that another replaces.
  static std::vector<Charge> charges_of(std::span<const Line> lines) {
    std::vector<Charge> charges;
    for (const Line& line : lines) {
      if (line.is_proration() || line.start == line.end) continue;
      const std::int32_t from = line.start.days();
      const std::int32_t until = line.end.days();
      if (!charges.empty() && charges.back().from == from) {
        Charge& last = charges.back();
        if (last.lines.front()->row == line.row) {
          last.lines.push_back(&line);
          last.until = std::max(last.until, until);
        } else {
          last = {{&line}, from, until};
        }
        continue;
      }
      charges.push_back({{&line}, from, until});
    }
    for (std::size_t i = 0; i + 1 < charges.size(); ++i)
      charges[i].until = std::min(charges[i].until, charges[i + 1].from);
    // A credit that is for all that was there.
    for (const Line& credit : lines)
      if (ends_what_was_there(credit))
        for (Charge& charge : charges)
          if (charge.lines.front()->order() < credit.order() && charge.until > credit.start.days()) {
            charge.until = std::max(charge.from, credit.start.days());
            charge.lapses = false;
          }
    return charges;
  }

  static bool ends_what_was_there(const Line& line) {
    return line.is_proration() && line.is_negative() && !line.unit && line.start != line.end;
  }

  static std::vector<Share> shares_of(std::span<const Line> lines, const std::vector<Charge>& charges) {
    std::vector<Share> shares;
    for (const Charge& charge : charges)
      for (const Line* line : charge.lines)
        shares.push_back({charge.from, std::min(charge.until, line->end.days()), line});
    for (const Line& line : lines) {
      if (!line.is_proration() || line.start == line.end || ends_what_was_there(line)) continue;
      std::int32_t until = line.end.days();
      for (const Line& credit : lines)
        if (ends_what_was_there(credit) && credit.row != line.row && line.order() < credit.order())
          until = std::min(until, std::max(line.start.days(), credit.start.days()));
      shares.push_back({line.start.days(), until, &line});
    }
    return shares;
  }

  /// What a line adds to its chain, after a discount that counts.
  [[nodiscard]] Exact worth(const Line& line) const {
    return rules_.discounts == DiscountPolicy::none ? line.full : line.full - line.discount;
  }

  /// Whether a chain is above nothing on a day at any of its cycles, each of which counts by itself.
  [[nodiscard]] bool is_worth_something(const std::vector<Share>& shares, std::int32_t day) const {
    std::map<std::pair<BillingInterval, std::int32_t>, Exact> levels;
    for (const Share& share : shares)
      if (share.from <= day && day < share.until)
        levels[{share.line->cycle.interval, share.line->cycle.count}] += worth(*share.line);
    return std::any_of(levels.begin(), levels.end(), [](const auto& level) { return level.second > 0; });
  }

  void add_late_renewals(const std::vector<Charge>& chain, const std::vector<const Charge*>& all,
                         std::vector<Share>& shares) const {
    std::vector<Share> more;
    for (const Charge& charge : chain) {
      if (!charge.lapses || charge.from == charge.until || !is_worth_something(shares, charge.until - 1))
        continue;
      std::int32_t next = no_day;
      bool goes_on = false;
      for (const Charge* other : all) {
        if (other->from == other->until) continue;
        goes_on = goes_on || (other->from <= charge.until && charge.until < other->until);
        if (other->from > charge.until) next = std::min(next, other->from);
      }
      if (goes_on) continue;
      const std::int32_t until = renewed_until(charge, next);
      if (until > charge.until)
        for (const Line* line : charge.lines)
          if (line->end.days() >= charge.until) more.push_back({charge.until, until, line});
    }
    shares.insert(shares.end(), more.begin(), more.end());
  }

  [[nodiscard]] std::int32_t renewed_until(const Charge& charge, std::int32_t next) const {
    if (rules_.past_due == PastDuePolicy::dropped_after_days) {
      const std::int64_t grace = std::int64_t{charge.until} + rules_.past_due_days;
      return static_cast<std::int32_t>(std::min<std::int64_t>({grace, next, Date::max_days}));
    }
    const auto limit = renewal_day(Date::from_days(charge.until), charge.lines.front()->cycle, 1);
    return limit && next < limit->days() ? next : charge.until;
  }

  /// Spans of one worth, for each cycle by itself.
  void append_pieces(const std::vector<Share>& shares, std::vector<Piece>& pieces) {
    std::vector<BillingCycle> cycles;
    for (const Share& share : shares)
      if (std::find(cycles.begin(), cycles.end(), share.line->cycle) == cycles.end())
        cycles.push_back(share.line->cycle);
    for (const BillingCycle cycle : cycles) {
      std::vector<std::pair<std::int32_t, std::size_t>> begins;
      std::vector<std::int32_t> days;
      for (std::size_t i = 0; i < shares.size(); ++i) {
        if (shares[i].line->cycle != cycle || shares[i].from >= shares[i].until) continue;
        begins.emplace_back(shares[i].from, i);
        days.push_back(shares[i].from);
        days.push_back(shares[i].until);
      }
      std::sort(begins.begin(), begins.end());
      std::sort(days.begin(), days.end());
      days.erase(std::unique(days.begin(), days.end()), days.end());
      std::vector<const Share*> active;
      const std::size_t first_piece = pieces.size();
      for (std::size_t d = 0, next = 0; d + 1 < days.size(); ++d) {
        std::erase_if(active, [&](const Share* share) { return share->until <= days[d]; });
        for (; next < begins.size() && begins[next].first == days[d]; ++next)
          active.push_back(&shares[begins[next].second]);
        append_piece(active, days[d], days[d + 1], first_piece, pieces);
      }
    }
  }

  void append_piece(const std::vector<const Share*>& active, std::int32_t from, std::int32_t until,
                    std::size_t first_piece, std::vector<Piece>& pieces) {
    if (active.empty()) return;
    const Line& first = *active.front()->line;
    Exact full{};
    Exact discount{};
    Exact level{};
    boost::multiprecision::int128_t quantity = 0;
    bool one_unit = true;
    bool credited = false;
    for (const Share* share : active) {
      const Line& line = *share->line;
      full += line.full;
      discount += line.discount;
      level += worth(line);
      quantity += line.quantity;
      one_unit = one_unit && line.unit && line.unit == first.unit;
      credited = credited || line.is_negative();
    }
    if (credited && level <= 0) return;
    const auto price = one_unit ? first.unit : decimal(full);
    const auto off = decimal(discount);
    if (!price || !off || quantity > INT64_MAX) {
      report(RejectionCode::run_rate_out_of_range, *first.row, "amount",
             called(*first.row, *first.line) + " is larger than any price can be.");
      return;
    }
    Piece piece{from, until,       *price, one_unit ? static_cast<std::int64_t>(quantity) : 1,
                *off, first.cycle, &first};
    if (pieces.size() > first_piece) {
      Piece& last = pieces.back();
      if (last.until == from && last.price == piece.price && last.quantity == piece.quantity &&
          last.discount == piece.discount) {
        last.until = until;
        return;
      }
    }
    pieces.push_back(piece);
  }

  // ---- Rows

  static bool overlap(std::vector<Piece> pieces) {
    std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.from < b.from; });
    for (std::size_t i = 0; i + 1 < pieces.size(); ++i)
      if (pieces[i + 1].from < pieces[i].until) return true;
    return false;
  }

  void append_rows(std::span<const Line> lines, const std::vector<Piece>& pieces) {
    if (lines.empty()) return;
    const std::string id = made_.named.text(lines.front().subscription);
    if (!overlap(pieces)) {
      for (const Piece& piece : pieces) append_row(piece, id);
      return;
    }
    // And each cycle and currency of a plan that has several at once.
    std::map<std::pair<std::uint32_t, bool>, std::vector<Piece>> plans;
    for (const Piece& piece : pieces) plans[{piece.line->plan, piece.line->is_usage}].push_back(piece);
    for (const auto& [plan, list] : plans) {
      const std::string plan_id = id + "/" + made_.plans.text(plan.first) + (plan.second ? "/usage" : "");
      const bool apart = overlap(list);
      for (const Piece& piece : list)
        append_row(piece, apart ? plan_id + "/" + std::to_string(piece.cycle.count) + " " +
                                      std::string(billing_interval_name(piece.cycle.interval)) + "/" +
                                      std::string(piece.line->currency().code())
                                : plan_id);
    }
  }

  void append_row(const Piece& piece, const std::string& id) {
    PhaseTable& table = made_.phases;
    const std::size_t i = table.size();
    const std::uint32_t subscription = made_.subscription_ids.intern(id);
    if (subscription == made_.named_of.size()) made_.named_of.push_back(piece.line->subscription);
    table.subscription.push_back(subscription);
    table.customer.push_back(accounts_.id[piece.line->customer]);
    table.plan.push_back(piece.line->plan);
    table.ends_on.push_back(piece.until >= as_of_ ? no_day : piece.until);
    table.amount.push_back(piece.price.coefficient());
    table.scale.push_back(static_cast<std::uint8_t>(piece.price.scale()));
    table.currency.push_back(piece.line->currency().index());
    table.interval.push_back(piece.cycle.interval);
    table.interval_count.set(i, piece.cycle.count);
    table.quantity.set(i, piece.quantity);
    table.discount_amount.set(i, piece.discount);
    table.row.set(i, piece.line->row->row);
    table.starts_on.push_back(piece.from);
  }

  const Records::Storage& records_;
  const Accounts& accounts_;
  const BookRules& rules_;
  std::int32_t as_of_;
  Rejections& rejections_;
  InvoicePhases made_;
  std::vector<Line> lines_;
};

}  // namespace

InvoicePhases phases_of_invoices(const Records::Storage& records,
                                 const std::vector<const InvoiceRow*>& invoices, const Accounts& accounts,
                                 const BookRules& rules, Date as_of, Rejections& rejections) {
  return PhaseMaker{records, accounts, rules, as_of, rejections}.make(invoices);
}

}  // namespace churn::inline v0
