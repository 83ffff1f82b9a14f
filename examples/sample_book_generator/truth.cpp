#include "truth.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "files.hpp"
#include "hazard.hpp"

namespace sample_book {

namespace {

// ---- departures

/// Accounts that were merged are one customer. The surviving one is always the earlier.
int surviving(const Customer& customer) {
  return customer.merged_into != 0 ? customer.merged_into : customer.number;
}

std::map<int, std::vector<const Stay*>> stays_by_customer(const Book& book) {
  std::map<int, std::vector<const Stay*>> out;
  for (const Customer& customer : book.customers) {
    if (customer.excluded) continue;
    for (const Stay& stay : book.stays[static_cast<std::size_t>(customer.number - 1)]) {
      out[surviving(customer)].push_back(&stay);
    }
  }
  return out;
}

bool present_elsewhere(const std::vector<const Stay*>& stays, const Stay& leaving) {
  return std::any_of(stays.begin(), stays.end(), [&](const Stay* other) {
    const bool goes_on = other->ending.how != How::left || other->ending.on > leaving.ending.on;
    return other != &leaving && other->from <= leaving.ending.on && goes_on;
  });
}

}  // namespace

std::vector<Departure> departures(const Settings& settings, const Book& book, bool coming) {
  std::vector<Departure> out;
  for (const auto& [customer, stays] : stays_by_customer(book)) {
    for (const Stay* stay : stays) {
      const Ending& ending = stay->ending;
      const bool wanted = ending.how == How::left && ending.happened(settings) != coming;
      if (!wanted || present_elsewhere(stays, *stay)) continue;
      out.push_back({customer, ending.on, ending.type, ending.reason, stay->use_falls_on,
                     !ending.recorded_reason.empty()});
    }
  }
  std::sort(out.begin(), out.end(), [](const Departure& a, const Departure& b) {
    return std::tie(a.on, a.customer) < std::tie(b.on, b.customer);
  });
  return out;
}

std::string departures_csv(const std::vector<Departure>& rows) {
  std::string out = "customer_id,departed_on,type,reason,use_falls_on\n";
  for (const Departure& row : rows) {
    const std::array<std::string, 5> fields{
        customer_id(row.customer), text(row.on),
        std::string{departure_type_names[static_cast<std::size_t>(row.type)]}, std::string{row.reason},
        text(row.use_falls_on)};
    append_row(out, fields);
  }
  return out;
}

namespace {

// ---- what was realised

/// Only decisions whose outcome the book knows count.
void sum_up_decisions(const Settings& settings, Book& book) {
  for (const Decision& decision : book.decisions) {
    const Customer& customer = book.customers[static_cast<std::size_t>(decision.customer - 1)];
    if (customer.excluded || decision.leaving_on > settings.last_day()) continue;
    for (std::size_t i = 0; i < hazard_effect_count; ++i) {
      const bool exposed = decision.factors[i].has_value();
      Realised& realised = book.realised[i];
      Counted& counted = exposed ? realised.exposed : realised.unexposed;
      counted.base += decision.months;
      counted.events += decision.left ? 1 : 0;
      if (!exposed) continue;
      const std::int64_t without = std::min(
          decision.month_hazard * 1000 / std::max<std::int64_t>(1, *decision.factors[i]), highest_hazard);
      realised.expected += leaving_within(decision.month_hazard, decision.months);
      realised.expected_without += leaving_within(without, decision.months);
    }
  }
}

void sum_up_types(const std::vector<Departure>& rows, Book& book) {
  const auto count = [&](Effect effect, DepartureType type) {
    Counted& counted = book.realised[index(effect)].exposed;
    counted.base = static_cast<std::int64_t>(rows.size());
    counted.events =
        std::count_if(rows.begin(), rows.end(), [&](const auto& row) { return row.type == type; });
  };
  count(Effect::involuntary_share, DepartureType::involuntary);
  count(Effect::completed_share, DepartureType::completed);
  count(Effect::unknown_share, DepartureType::unknown);
}

// ---- JSON

std::string json_text(std::string_view value) { return '"' + std::string{value} + '"'; }

/// events / base with six decimals, rounded down.
std::string rate_text(std::int64_t events, std::int64_t base) {
  if (base == 0) return "null";
  const std::int64_t millionths = events * 1'000'000 / base;
  return std::to_string(millionths / 1'000'000) + '.' +
         padded(static_cast<unsigned>(millionths % 1'000'000), 6);
}

/// Millionths as a number with one decimal.
std::string tenths_text(std::int64_t millionths) {
  const std::int64_t tenths = (millionths + 50'000) / 100'000;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

std::string counted_json(const Counted& counted) {
  return "{\"base\": " + std::to_string(counted.base) + ", \"events\": " + std::to_string(counted.events) +
         ", \"rate\": " + rate_text(counted.events, counted.base) + "}";
}

std::string_view direction(const EffectInfo& row, std::int64_t size, bool on_hazard) {
  if (size == row.off) return "none";
  if (on_hazard) return size > row.off ? "raises churn" : "lowers churn";
  return size > row.off ? "raises the counted rate" : "lowers the counted rate";
}

std::string effect_json(const Settings& settings, const Book& book, std::size_t i) {
  const EffectInfo& row = all_effects()[i];
  const std::int64_t size = settings.effects[static_cast<Effect>(i)];
  const bool on_hazard = i < hazard_effect_count;
  const Realised& realised = book.realised[i];
  std::string out =
      "    {\"name\": " + json_text(row.name) + ", \"kind\": " + json_text(row.kind) +
      ", \"size\": " + thousandths_text(size) + ", \"default\": " + thousandths_text(row.usual) +
      ", \"does_nothing_at\": " + thousandths_text(row.off) +
      ",\n     \"direction\": " + json_text(direction(row, size, on_hazard)) +
      ",\n     \"seen_in\": " + json_text(row.seen_in) + ",\n     \"meaning\": " + json_text(row.meaning) +
      ",\n     \"counted\": " + json_text(row.counted) +
      ",\n     \"exposed\": " + counted_json(realised.exposed);
  const bool compared = realised.unexposed.base > 0;
  out += ", \"unexposed\": " + (compared ? counted_json(realised.unexposed) : std::string{"null"});
  if (on_hazard) {
    out += ",\n     \"expected_of_exposed\": " + tenths_text(realised.expected) +
           ", \"expected_without_effect\": " + tenths_text(realised.expected_without);
  }
  return out + "}";
}

std::string label_counts_json(const std::map<std::string, int>& counts) {
  std::string out = "{";
  for (const auto& [label, count] : counts) {
    out += (out.size() > 1 ? ", " : "") + json_text(label) + ": " + std::to_string(count);
  }
  return out + "}";
}

std::string departures_json(const std::vector<Departure>& rows) {
  std::array<int, 4> by_type{};
  std::array<int, 4> recorded{};
  std::array<std::map<std::string, int>, 4> by_reason;
  for (const Departure& row : rows) {
    const auto type = static_cast<std::size_t>(row.type);
    ++by_type[type];
    if (row.reason_recorded) ++recorded[type];
    ++by_reason[type][std::string{row.reason}];
  }
  std::string out = "{\"total\": " + std::to_string(rows.size());
  for (std::size_t i = 0; i < by_type.size(); ++i) {
    out += ",\n    " + json_text(departure_type_names[i]) + ": {\"total\": " + std::to_string(by_type[i]) +
           ", \"with_end_reason\": " + std::to_string(recorded[i]) +
           ", \"by_reason\": " + label_counts_json(by_reason[i]) + "}";
  }
  return out + "}";
}

std::string payment_codes_json() {
  std::map<std::string_view, std::string_view> codes;
  for (const PaymentReason& row : payment_reasons) {
    for (const std::string_view code : row.codes) codes[code] = row.reason;
  }
  std::string out = "{";
  for (const auto& [code, reason] : codes) {
    out += (out.size() > 1 ? ",\n    " : "") + json_text(code) + ": " + json_text(reason);
  }
  return out + "}";
}

std::string oversold_json(const Book& book) {
  std::string out = "[";
  for (const Customer& customer : book.customers) {
    const bool paid = !book.stays[static_cast<std::size_t>(customer.number - 1)].empty();
    if (!customer.oversold || customer.excluded || !paid) continue;
    out += (out.size() > 1 ? ", " : "") + json_text(customer_id(customer.number));
  }
  return out + "]";
}

std::string price_change_json(const Settings& settings) {
  return "{\"plan\": \"pro\", \"from\": 22.00, \"to\": 26.00, \"new_customers_from\": " +
         json_text(text(settings.raised_for_new())) +
         ", \"existing_customers_from\": " + json_text(text(settings.raised_for_old())) + "}";
}

}  // namespace

std::string truth_json(const Settings& settings, Book& book) {
  const std::vector<Departure> rows = departures(settings, book, false);
  sum_up_decisions(settings, book);
  sum_up_types(rows, book);
  std::string out =
      "{\n  \"about\": \"What was put into this book on purpose. Nothing of the library reads this.\"";
  out += ",\n  \"seed\": " + std::to_string(settings.seed);
  out += ", \"customers\": " + std::to_string(settings.customers);
  out += ", \"months\": " + std::to_string(settings.months);
  out += ",\n  \"first_day\": " + json_text(text(settings.first_day()));
  out += ", \"last_day\": " + json_text(text(settings.last_day()));
  out += ",\n  \"effects\": [\n";
  for (std::size_t i = 0; i < effect_count; ++i) {
    out += effect_json(settings, book, i) + (i + 1 < effect_count ? ",\n" : "],\n");
  }
  out +=
      "  \"no_effect\": [\"customers.csv country\", \"customers.csv size\", \"customers.csv sales_region\", "
      "\"customers.csv success_manager\", \"events.csv newsletter_opened\", "
      "\"events.csv help_page_viewed\", \"the number of features used\", \"late payments\"],\n";
  out += "  \"price_change\": " + price_change_json(settings) + ",\n";
  out += "  \"departures\": " + departures_json(rows) + ",\n";
  out += "  \"coming_departures\": " + std::to_string(departures(settings, book, true).size()) + ",\n";
  out += "  \"oversold_customers\": " + oversold_json(book) + ",\n";
  out += "  \"payment_codes\": " + payment_codes_json() + "\n}\n";
  return out;
}

}  // namespace sample_book
