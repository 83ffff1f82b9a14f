#include <churn/indicator/standard_indicators.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/indicator/past.hpp>

#include "core/card_expiry.hpp"
#include "indicator/integrations.hpp"
#include "indicator/resemblance.hpp"
#include "indicator/segment_rates.hpp"

namespace churn::inline v0 {

namespace {

using Value = std::optional<double>;

/// The first day of a stay that is not the first. Empty: it is, as far as the records tell.
std::optional<Date> returned_on(const Past& past) {
  const std::span<const PastStay> stays = past.stays();
  if (stays.size() < 2) return std::nullopt;
  return stays.back().starts_on;
}

/// Whether a customer was known for so many days.
bool is_known_for(const Past& past, std::int32_t days) {
  std::optional<Date> since = returned_on(past);
  if (!since) since = past.known_since();
  return since && past.day().days() - since->days() >= days;
}

/// Of who came back only what has fallen due since: what was left unpaid then says nothing of this stay.
std::vector<PastInvoice> invoices_of_stay(const Past& past) {
  const std::span<const PastInvoice> all = past.invoices();
  std::vector<PastInvoice> invoices(all.begin(), all.end());
  if (const std::optional<Date> since = returned_on(past))
    std::erase_if(invoices, [&](const PastInvoice& invoice) { return invoice.due_on < *since; });
  return invoices;
}

std::string count_of(double number, const std::string& one, const std::string& many) {
  const auto whole = static_cast<std::int64_t>(std::llround(number));
  return std::to_string(whole) + " " + (whole == 1 ? one : many);
}

std::string percent_of(double share) {
  return std::to_string(static_cast<std::int64_t>(std::llround(share * 100))) + " %";
}

std::string one_decimal(double number) {
  const auto tenths = static_cast<std::int64_t>(std::llround(std::abs(number) * 10));
  return (number < 0 && tenths != 0 ? "-" : "") + std::to_string(tenths / 10) + "." +
         std::to_string(tenths % 10);
}

std::string days_of(std::int32_t days) { return std::to_string(days) + " days"; }

/// Of the difference of two logarithms of 1 + x: by how much the second is below the first.
std::string change_in_words(const std::string& what, double fall, std::int32_t days) {
  const double share = 1 - std::exp(-fall);
  if (std::abs(share) < 0.005) return what + " stayed the same over " + days_of(days);
  const std::string by = percent_of(std::abs(share));
  return what + (share > 0 ? " fell by " : " rose by ") + by + " in " + days_of(days);
}

Value usage_decline(const Past& past, std::int32_t width) {
  if (!past.use_recorded(width, width) || !is_known_for(past, 2 * width)) return std::nullopt;
  return std::log1p(static_cast<double>(past.uses(width, width))) -
         std::log1p(static_cast<double>(past.uses(width)));
}

Value time_decline(const Past& past, std::int32_t width) {
  constexpr std::string_view kind = "session_minutes";
  if (!past.recorded(kind, width, width) || !is_known_for(past, 2 * width)) return std::nullopt;
  return std::log1p(std::max(past.sum(kind, width, width), 0.0)) -
         std::log1p(std::max(past.sum(kind, width), 0.0));
}

Value days_since_last_event(const Past& past) {
  if (const auto days = past.days_since_use()) return *days;
  // Nothing yet: since it came, or recording began.
  std::optional<Date> recorded = past.use_recorded_since();
  const std::optional<Date> minutes = past.recorded_since("session_minutes");
  if (minutes && (!recorded || *minutes < *recorded)) recorded = minutes;
  const std::optional<Date> known = past.known_since();
  if (!recorded || !known) return std::nullopt;
  return past.day().days() - (*known > *recorded ? *known : *recorded).days();
}

bool became_overdue(const PastInvoice& invoice, std::int64_t from, std::int64_t until) {
  const std::int64_t late_on = std::int64_t{invoice.due_on.days()} + 1;
  const bool is_late = !invoice.paid_on || *invoice.paid_on > invoice.due_on;
  return is_late && from <= late_on && late_on < until;
}

Value late_payments(const Past& past, std::int32_t width) {
  const std::vector<PastInvoice> invoices = invoices_of_stay(past);
  if (invoices.empty()) return std::nullopt;
  const std::int64_t t = past.day().days();
  double change = 0;
  for (const PastInvoice& invoice : invoices) {
    if (became_overdue(invoice, t - width, t)) ++change;
    if (became_overdue(invoice, t - std::int64_t{2} * width, t - width)) --change;
  }
  return change;
}

/// What an invoice bills in a currency by its lines, in minor units. Empty: they don't say.
Value billed_in(const Invoice& invoice, Currency currency) {
  if (invoice.lines.empty()) return std::nullopt;
  double amount = 0;
  const auto add = [&](const Money& money) {
    amount += static_cast<double>(money.minor_units());
    return money.currency() == currency;
  };
  for (const InvoiceLine& line : invoice.lines)
    if (!add(line.amount) || (line.tax && !add(*line.tax))) return std::nullopt;
  return amount;
}

/// The one currency of what it pays. Empty: it pays nothing, or in several.
std::optional<Currency> currency_of(const Past& past) {
  std::optional<Currency> currency;
  for (const PastPhase& phase : past.phases()) {
    if (phase.ticks == 0) continue;
    if (currency && *currency != phase.currency) return std::nullopt;
    currency = phase.currency;
  }
  return currency;
}

Value arrears(const Past& past) {
  const std::vector<PastInvoice> invoices = invoices_of_stay(past);
  if (invoices.empty()) return std::nullopt;
  const auto is_overdue = [&](const PastInvoice& invoice) { return invoice.is_overdue_on(past.day()); };
  if (std::none_of(invoices.begin(), invoices.end(), is_overdue)) return 0;
  const std::optional<Currency> currency = currency_of(past);
  // Ticks are 1/360 minor units a year.
  const double month = static_cast<double>(past.balance_on(past.last_day()).ticks) / (360.0 * 12.0);
  if (!currency || month <= 0) return std::nullopt;
  double owed = 0;
  for (const PastInvoice& invoice : invoices) {
    if (!is_overdue(invoice)) continue;
    const Value billed = billed_in(*invoice.invoice, *currency);
    if (!billed) return std::nullopt;
    owed += *billed;
  }
  return owed / month;
}

Value days_overdue(const Past& past) {
  const std::vector<PastInvoice> invoices = invoices_of_stay(past);
  if (invoices.empty()) return std::nullopt;
  std::int32_t days = 0;
  for (const PastInvoice& invoice : invoices)
    if (invoice.is_overdue_on(past.day())) days = std::max(days, past.day().days() - invoice.due_on.days());
  return days;
}

Value payment_failures(const Past& past, std::int32_t width) {
  if (invoices_of_stay(past).empty()) return std::nullopt;
  const std::optional<Date> since = returned_on(past);
  return past.failed_payments(since ? std::min(width, past.day().days() - since->days()) : width);
}

Value seat_decline(const Past& past, std::int32_t width) {
  const std::optional<std::int32_t> tenure = past.tenure();
  if (!tenure || *tenure <= width) return std::nullopt;
  const auto before = static_cast<double>(past.quantity_on(past.last_day() - std::chrono::days{width}));
  const auto now = static_cast<double>(past.quantity_on(past.last_day()));
  if (before <= 0 || now <= 0) return std::nullopt;
  return std::log(before) - std::log(now);
}

constexpr std::string_view ticket_kind = "ticket_opened";

Value ticket_silence(const Past& past, std::int32_t width) {
  if (!past.recorded(ticket_kind, width, width) || !is_known_for(past, 2 * width)) return std::nullopt;
  const Value use = usage_decline(past, width);
  const Value time = time_decline(past, width);
  if (!use && !time) return std::nullopt;
  const bool falls = use.value_or(0) > 0 || time.value_or(0) > 0;
  const bool silent = past.count(ticket_kind, width, width) > 0 && past.count(ticket_kind, width) == 0;
  return falls && silent ? 1 : 0;
}

Value ticket_surge(const Past& past, std::int32_t width) {
  if (!past.recorded(ticket_kind, width, width) || !is_known_for(past, 2 * width)) return std::nullopt;
  return std::log1p(static_cast<double>(past.count(ticket_kind, width))) -
         std::log1p(static_cast<double>(past.count(ticket_kind, width, width)));
}

constexpr std::string_view stage_kind = "stage_reached";

std::optional<Date> day_of_event(const Past& past, const PastEvent* event) {
  if (event == nullptr) return std::nullopt;
  return past.book().conventions().book.time_zone.day_of(event->at);
}

/// The first event by which the customer was activated.
const PastEvent* activation(const Past& past) {
  for (const PastEvent& event : past.events_of(stage_kind))
    if (past.label(event) == "activated") return &event;
  return nullptr;
}

/// Since when the customer is known, if stages were recorded then.
std::optional<Date> came_with_stages(const Past& past) {
  const std::optional<Date> recorded = past.recorded_since(stage_kind);
  const std::optional<Date> since = past.known_since();
  return recorded && since && *recorded < *since ? since : std::nullopt;
}

Value stage_stall(const Past& past) {
  if (activation(past) != nullptr) return 0;
  std::optional<Date> since = day_of_event(past, past.last(stage_kind));
  if (!since) since = came_with_stages(past);
  if (!since) return std::nullopt;
  return past.day().days() - since->days();
}

Value not_activated(const Past& past, std::int32_t days) {
  const std::optional<Date> came_on = past.known_since();
  if (!came_on || past.day().days() - came_on->days() < days) return std::nullopt;
  const std::optional<Date> activated = day_of_event(past, activation(past));
  if (activated && activated->days() - came_on->days() < days) return 0;
  return came_with_stages(past) ? Value{1} : std::nullopt;
}

Value integrations(const Past& past) {
  if (!past.recorded_since("integration_connected")) return std::nullopt;
  return static_cast<double>(integrations_of(past));
}

Value campaign_engagement(const Past& past, std::int32_t days) {
  constexpr std::string_view kind = "campaign_engaged";
  if (!past.recorded(kind, days) || !is_known_for(past, days)) return std::nullopt;
  return static_cast<double>(past.count(kind, days));
}

Value nps(const Past& past) {
  constexpr std::int32_t valid_days = 365;
  const PastEvent* const last = past.last("nps");
  if (last == nullptr || past.day().days() - day_of_event(past, last)->days() > valid_days)
    return std::nullopt;
  return last->value;
}

Value card_expiring(const Past& past) {
  constexpr std::int32_t soon_days = 30;
  const PastEvent* const last = past.last("card_added");
  if (last == nullptr) return std::nullopt;
  const std::optional<Date> expires_on = card_expiry(past.label(*last));
  if (!expires_on) return std::nullopt;
  return expires_on->days() < past.day().days() + soon_days ? 1 : 0;
}

Indicator feature_breadth(std::int32_t days) {
  constexpr const char* kind = "feature_used";
  Indicator indicator{
      .column = {"feature_breadth", Direction::lowers},
      .words = [days](double v) { return "uses " + percent_of(v) + " of the features, in " + days_of(days); },
      .about = "distinct features used in " + days_of(days) + ", of those seen in the book"};
  indicator.prepare = [days](const PastReader& reader) -> IndicatorValue {
    const std::span<const Date> seen = reader.first_seen_labels(kind);
    return [days, seen = std::vector<Date>(seen.begin(), seen.end())](const Past& past) -> Value {
      if (!past.recorded(kind, days) || !is_known_for(past, days)) return std::nullopt;
      const auto known = std::lower_bound(seen.begin(), seen.end(), past.day()) - seen.begin();
      if (known == 0) return std::nullopt;
      std::vector<std::uint32_t> used;
      for (const PastEvent& event : past.events_of(kind, days))
        if (event.label != UINT32_MAX) used.push_back(event.label);
      std::sort(used.begin(), used.end());
      const auto distinct = std::unique(used.begin(), used.end()) - used.begin();
      // A small book of one customer knows its labels by other numbers than the whole, and may know more of them.
      return std::min(1.0, static_cast<double>(distinct) / static_cast<double>(known));
    };
  };
  return indicator;
}

Indicator rates_of(std::string name, std::string about, std::function<SegmentRates(const Book&)> rates_in) {
  Indicator indicator{
      .column = {std::move(name), Direction::raises},
      .words = [](double v) { return one_decimal(v * 100) + " % of customers like this leave in 30 days"; },
      .about = std::move(about)};
  indicator.prepare = [rates_in = std::move(rates_in)](const PastReader& reader) -> IndicatorValue {
    const auto rates = std::make_shared<const SegmentRates>(rates_in(reader.book()));
    return [rates](const Past& past) { return (*rates)(past); };
  };
  return indicator;
}

Indicator resemblance(const IndicatorOptions& options) {
  Indicator indicator{
      .column = {"resemblance", Direction::raises},
      .words =
          [](double v) { return percent_of(v) + " of those most like it at this age left within a month"; },
      .about = "share that left among the customers most like it at its tenure"};
  indicator.prepare = [width = options.width,
                       neighbours = options.neighbours](const PastReader& reader) -> IndicatorValue {
    const auto others = std::make_shared<const Resemblance>(reader, width, neighbours);
    return [others](const Past& past) { return (*others)(past); };
  };
  return indicator;
}

}  // namespace

std::vector<Indicator> standard_indicators(const IndicatorOptions& options) {
  if (options.width < 1 || options.long_width < 1 || options.activation_days < 1 || options.neighbours < 1 ||
      options.width > 36500 || options.long_width > 36500)
    throw Error(ErrorCode::bad_number,
                "Indicators look back over 1 to 36500 days, and at one neighbour at least.");
  const std::int32_t w = options.width;
  const std::int32_t l = options.long_width;
  const std::int32_t n = options.activation_days;
  const std::string in_w = " in " + days_of(w);
  const std::string against = in_w + ", against the " + days_of(w) + " before";
  const auto raises = [](std::string name, std::string about, IndicatorValue value,
                         std::function<std::string(double)> words) {
    return Indicator{
        {std::move(name), Direction::raises}, std::move(value), {}, std::move(words), std::move(about)};
  };
  const auto lowers = [](std::string name, std::string about, IndicatorValue value,
                         std::function<std::string(double)> words) {
    return Indicator{
        {std::move(name), Direction::lowers}, std::move(value), {}, std::move(words), std::move(about)};
  };
  std::vector<Indicator> all;
  all.push_back(raises(
      "usage_decline", "fall of use" + against, [w](const Past& p) { return usage_decline(p, w); },
      [w](double v) { return change_in_words("use", v, w); }));
  all.push_back(raises(
      "time_decline", "fall of session minutes" + against, [w](const Past& p) { return time_decline(p, w); },
      [w](double v) { return change_in_words("time in the product", v, w); }));
  all.push_back(raises("days_since_last_event", "days since the last use", days_since_last_event,
                       [](double v) { return "last used " + count_of(v, "day", "days") + " ago"; }));
  all.push_back(raises(
      "late_payments", "invoices that became overdue" + against,
      [w](const Past& p) { return late_payments(p, w); },
      [w](double v) {
        return count_of(std::abs(v), "late payment", "late payments") + (v < 0 ? " less" : " more") +
               " than in the " + days_of(w) + " before";
      }));
  all.push_back(raises("arrears", "what is overdue, in months of MRR", arrears,
                       [](double v) { return "owes " + one_decimal(v) + " months of MRR"; }));
  all.push_back(raises("days_overdue", "days that the oldest open invoice is overdue", days_overdue,
                       [](double v) { return count_of(v, "day", "days") + " overdue"; }));
  all.push_back(raises(
      "payment_failures", "payments that failed" + in_w,
      [w](const Past& p) { return payment_failures(p, w); },
      [w](double v) { return count_of(v, "failed payment", "failed payments") + " in " + days_of(w); }));
  all.push_back(raises(
      "downgrades", "falls of MRR in " + days_of(l),
      [l](const Past& p) -> Value { return p.contractions(l); },
      [l](double v) { return count_of(v, "downgrade", "downgrades") + " in " + days_of(l); }));
  all.push_back(raises(
      "seat_decline", "fall of seats" + in_w, [w](const Past& p) { return seat_decline(p, w); },
      [w](double v) { return change_in_words("seats", v, w); }));
  all.push_back(raises(
      "ticket_silence", "tickets stopped while use falls",
      [w](const Past& p) { return ticket_silence(p, w); },
      [](double v) {
        return std::string(v > 0 ? "no tickets any more while use falls" : "no sudden silence of tickets");
      }));
  all.push_back(raises(
      "ticket_surge", "rise of tickets" + against, [w](const Past& p) { return ticket_surge(p, w); },
      [w](double v) { return change_in_words("tickets", -v, w); }));
  all.push_back(feature_breadth(l));
  all.push_back(raises(
      "stage_stall", "days since the last onboarding stage, until activated", stage_stall, [](double v) {
        return v > 0 ? "stuck in onboarding for " + count_of(v, "day", "days") : std::string("activated");
      }));
  all.push_back(raises(
      "not_activated", "not activated within " + days_of(n),
      [n](const Past& p) { return not_activated(p, n); },
      [n](double v) { return (v > 0 ? "not activated within " : "activated within ") + days_of(n); }));
  all.push_back(rates_of("segment_risk",
                         "trailing departure rate of customers with its attributes, without it",
                         SegmentRates::by_attributes));
  all.push_back(resemblance(options));
  all.push_back(lowers("integrations", "integrations connected", integrations,
                       [](double v) { return count_of(v, "integration", "integrations"); }));
  all.push_back(lowers(
      "campaign_engagement", "campaigns engaged with in " + days_of(l),
      [l](const Past& p) { return campaign_engagement(p, l); },
      [l](double v) { return count_of(v, "campaign", "campaigns") + " engaged with in " + days_of(l); }));
  all.push_back(lowers("nps", "last NPS answer within a year", nps,
                       [](double v) { return "NPS answer " + one_decimal(v); }));
  all.push_back(lowers(
      "tenure", "days of the stay",
      [](const Past& p) -> Value {
        const auto tenure = p.tenure();
        return tenure ? Value{*tenure} : std::nullopt;
      },
      [](double v) { return "customer for " + count_of(v, "day", "days"); }));
  all.push_back(lowers(
      "time_to_renewal", "days to the next renewal",
      [](const Past& p) -> Value {
        const std::optional<Date> next = p.next_renewal();
        return next ? Value{next->days() - p.day().days()} : std::nullopt;
      },
      [](double v) { return "renews in " + count_of(v, "day", "days"); }));
  all.push_back(raises("card_expiring", "card expires within 30 days", card_expiring, [](double v) {
    return std::string(v > 0 ? "card expires within 30 days, or has expired" : "card is valid");
  }));
  return all;
}

Indicator segment_risk(const Segmenter& segmenter) {
  std::string name = "segment_risk:";
  const std::vector<std::string> names = segmenter.names();
  for (std::size_t i = 0; i < names.size(); ++i) name += (i == 0 ? "" : "*") + names[i];
  return rates_of(std::move(name), "trailing departure rate of its segment, without it",
                  [segmenter](const Book& book) {
                    return SegmentRates{book, {segmenter}};
                  });
}

Indicator event_indicator(std::string name, std::string kind, Direction direction, std::int32_t days,
                          bool sum) {
  if (days < 1 || days > 36500)
    throw Error(ErrorCode::bad_number, "Indicators look back over 1 to 36500 days.");
  const std::string about = (sum ? "sum of " : "count of ") + kind + " in " + days_of(days);
  Indicator indicator{.column = {std::move(name), direction}, .about = about};
  indicator.value = [kind, days, sum](const Past& past) -> Value {
    if (!past.recorded(kind, days) || !is_known_for(past, days)) return std::nullopt;
    return sum ? past.sum(kind, days) : static_cast<double>(past.count(kind, days));
  };
  indicator.words = [kind = std::move(kind), days](double v) {
    return one_decimal(v) + " " + kind + " in " + days_of(days);
  };
  return indicator;
}

}  // namespace churn::inline v0
