#include "effects.hpp"

#include <algorithm>
#include <stdexcept>

#include "calendar.hpp"

namespace sample_book {

namespace {

constexpr std::array<EffectInfo, effect_count> infos{{
    {"leaky_channel", "hazard_multiplier", 3000, 1000, 50, 20000, "customers.csv channel=paid_social",
     "departures per month at risk", "customers from this channel leave more often"},
    {"misfit_vertical", "hazard_multiplier", 3000, 1000, 50, 20000, "customers.csv industry=healthcare",
     "departures per month at risk", "the product does not fit this industry"},
    {"basic_plan", "hazard_multiplier", 1300, 1000, 50, 20000, "subscriptions.csv plan=basic",
     "departures per month at risk", "the smallest plan holds less well"},
    {"early_months", "hazard_multiplier", 1400, 1000, 50, 20000, "tenure below 3 months, interval=month",
     "departures per month at risk", "the first three months of a stay are the riskiest"},
    {"early_activation", "hazard_multiplier", 450, 1000, 50, 20000,
     "events.csv stage_reached=activated at most 21 days after signed_up_on", "departures per month at risk",
     "who is activated within 21 days stays; later activation does nothing"},
    {"integrations", "hazard_multiplier", 750, 1000, 50, 20000, "events.csv integration_connected",
     "departures per month at risk", "each connected integration (up to 3) multiplies once more"},
    {"campaign", "hazard_multiplier", 1000, 1000, 50, 20000, "events.csv campaign_engaged",
     "departures per month at risk",
     "does nothing: who engages is drawn by chance among those who are there. Those who stay longer have "
     "more "
     "occasions, so that comparing without a landmark makes it look good"},
    {"annual_plan", "hazard_multiplier", 450, 1000, 50, 20000, "subscriptions.csv interval=year",
     "departures per month at risk",
     "who pays by the year decides once a year, as a year of months at this multiple"},
    {"oversold_first_deal", "hazard_multiplier", 2500, 1000, 50, 20000,
     "subscriptions.csv: the first quantity is about three times what is kept",
     "departures per month at risk",
     "one customer in seven is sold three times the seats it needs: most of them contract after 2 to 4 "
     "months (by the year: at the first renewal), and for two years they leave more often"},
    {"price_change", "hazard_multiplier", 2600, 1000, 50, 20000,
     "subscriptions.csv plan=pro at the old price, from the first renewal at the new one",
     "departures per month at risk",
     "at the first renewal at the new price and the three after it, existing customers leave more often; new "
     "customers do not mind"},
    {"january", "hazard_multiplier", 1000, 1000, 50, 20000, "departures dated in January",
     "departures per month at risk", "a season; there is none unless it is set"},
    {"trend", "slope", -6, 0, -25, 25, "the month of the book", "departures per month at risk",
     "hazard changes by this share of itself a month, counted from the middle of the book"},
    {"involuntary_share", "share", 280, 0, 0, 1000,
     "payments.csv, invoices.csv; subscriptions.csv end_reason (partly)",
     "involuntary departures per departure",
     "share of departures in which a payment failed and stayed unpaid"},
    {"completed_share", "share", 80, 0, 0, 1000,
     "subscriptions.csv end_reason=project_finished or term_ends_on; events.csv exit_survey",
     "completed departures per departure",
     "share of departures in which the project was done; three times as large in events and agencies, and "
     "agreed terms that run out come on top"},
    {"unknown_share", "share", 80, 0, 0, 1000, "nothing on record", "unknown departures per departure",
     "share of departures of which nothing is known"},
    {"completed_return", "multiplier", 5000, 1000, 0, 10000,
     "subscriptions.csv: a later subscription of the customer", "returns within the book per departure",
     "who was done comes back so many times as often as who chose to leave, 40 to 200 days later"},
    {"involuntary_return", "multiplier", 3500, 1000, 0, 10000,
     "subscriptions.csv: a later subscription of the customer", "returns within the book per departure",
     "who did not want to leave comes back so many times as often, 4 to 45 days later"},
    {"usage_decline", "share", 850, 0, 0, 1000, "events.csv session_minutes, login, feature_used",
     "departures with falling use per voluntary departure",
     "share of voluntary departures whose use falls 30 to 60 days before; no other departure has that sign"},
    {"ticket_surge", "multiplier", 5000, 1000, 50, 20000, "events.csv ticket_opened",
     "tickets per customer week",
     "tickets come so many times as often in the 45 days before use falls, and then stop; at 1 neither"},
    {"nps_drop", "points", 3000, 0, 0, 10000, "events.csv nps", "points per answer",
     "points less from who chooses to leave within 120 days"},
    {"shrink_before_leaving", "share", 220, 0, 0, 1000, "subscriptions.csv quantity",
     "departures with fewer seats in the last month per voluntary departure of a monthly plan with 3 seats",
     "share of those leaving who try with fewer seats in the last month"},
    {"recovered_failures", "share", 30, 0, 0, 1000, "payments.csv failed, then succeeded",
     "failed and recovered invoices per invoice paid by card",
     "share of card invoices that fail at first for no lasting cause; expired cards come on top"},
    {"survey_contradicts", "share", 150, 0, 0, 1000, "events.csv exit_survey",
     "answers that contradict per answer", "share of answers that name another reason than the true one"},
}};

std::int64_t parse_thousandths(std::string_view name, std::string_view value) {
  const auto fail = [&] {
    throw std::invalid_argument("--effect " + std::string{name} +
                                " needs a number with at most three decimals, or off");
  };
  const bool negative = value.starts_with('-');
  if (negative) value.remove_prefix(1);
  const std::size_t point = value.find('.');
  const std::string_view whole = value.substr(0, point);
  const std::string_view part = point == std::string_view::npos ? "" : value.substr(point + 1);
  if (whole.empty() || whole.size() > 4 || part.size() > 3) fail();
  std::int64_t thousandths = 0;
  for (const char digit : std::string{whole} + std::string{part} + std::string(3 - part.size(), '0')) {
    if (digit < '0' || digit > '9') fail();
    thousandths = thousandths * 10 + (digit - '0');
  }
  return negative ? -thousandths : thousandths;
}

}  // namespace

const EffectInfo& info(Effect effect) { return infos[index(effect)]; }

std::span<const EffectInfo> all_effects() { return infos; }

Effects::Effects() : sizes_{} {
  for (std::size_t i = 0; i < effect_count; ++i) sizes_[i] = infos[i].usual;
}

void Effects::set(std::string_view assignment) {
  if (assignment == "all=off") {
    for (std::size_t i = 0; i < effect_count; ++i) sizes_[i] = infos[i].off;
    return;
  }
  const std::size_t equals = assignment.find('=');
  const std::string_view name = assignment.substr(0, equals);
  const auto found =
      std::find_if(infos.begin(), infos.end(), [&](const auto& row) { return row.name == name; });
  if (found == infos.end() || equals == std::string_view::npos) {
    throw std::invalid_argument("--effect needs NAME=VALUE with a name that --effects lists, not " +
                                std::string{assignment});
  }
  const std::string_view text = assignment.substr(equals + 1);
  const std::int64_t value = text == "off" ? found->off : parse_thousandths(name, text);
  if (value < found->lowest || value > found->highest) {
    throw std::invalid_argument("--effect " + std::string{name} + " needs a number from " +
                                thousandths_text(found->lowest) + " to " + thousandths_text(found->highest));
  }
  sizes_[static_cast<std::size_t>(found - infos.begin())] = value;
}

std::string thousandths_text(std::int64_t thousandths) {
  const std::int64_t size = thousandths < 0 ? -thousandths : thousandths;
  std::string part = padded(static_cast<unsigned>(size % 1000), 3);
  while (!part.empty() && part.back() == '0') part.pop_back();
  return (thousandths < 0 ? "-" : "") + std::to_string(size / 1000) + (part.empty() ? "" : '.' + part);
}

std::string effects_text() {
  std::string out =
      "Set one with --effect NAME=VALUE, switch it off with --effect NAME=off, and all with --effect "
      "all=off.\n"
      "\nname (kind; default; does nothing at)\n";
  for (const EffectInfo& row : infos) {
    out += std::string{row.name} + " (" + std::string{row.kind} + "; " + thousandths_text(row.usual) + "; " +
           thousandths_text(row.off) + ")\n    " + std::string{row.meaning} + "\n    seen in " +
           std::string{row.seen_in} + '\n';
  }
  return out;
}

}  // namespace sample_book
