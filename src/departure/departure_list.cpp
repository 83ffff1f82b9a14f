#include <churn/departure/departure_list.hpp>

#include <algorithm>
#include <tuple>

#include <churn/metric/measurement.hpp>

#include "departure/departure_segments.hpp"

namespace churn::inline v0 {

std::string evidence_text(const Book& book, std::span<const Evidence> evidence) {
  const Records::Storage& records = *book.data().records;
  std::string text;
  for (const Evidence& one : evidence) {
    if (!text.empty()) text += "; ";
    text += records.source(one.table) + " row " + std::to_string(one.row);
    if (!one.says.empty()) text += " (" + one.says + ")";
  }
  return text;
}

std::vector<ListedDeparture> departure_list(const Book& book, const DepartureListOptions& options) {
  const Currency currency = book.currency();
  DepartureSegments segments{book, {}, options.where};
  std::vector<ListedDeparture> list;
  for_each_departure(book, options.rules, [&](const Departure& departure) {
    if (options.within && !options.within->contains(departure.departed_on)) return;
    const auto parts = segments.parts_of(departure);
    if (parts.empty()) return;
    list.push_back({book.customer_id(departure.customer), departure.departed_on,
                    RunRate{ticks_of(parts), currency}, departure.tenure, departure.type,
                    std::string(departure.reason), std::string(departure.rule),
                    evidence_text(book, departure.evidence), departure.returned_on});
  });
  std::sort(list.begin(), list.end(), [](const ListedDeparture& a, const ListedDeparture& b) {
    return std::tie(a.departed_on, a.customer) < std::tie(b.departed_on, b.customer);
  });
  return list;
}

Table departures_table(const std::vector<ListedDeparture>& departures, bool exact) {
  Table table{{"customer_id", "departed_on", "mrr", "tenure_days", "type", "reason", "rule", "evidence",
               "recovery_effort", "returned_on"},
              {}};
  for (const ListedDeparture& gone : departures)
    table.rows.push_back({gone.customer.text(), gone.departed_on,
                          to_cell(gone.run_rate.ticks(), Unit::run_rate, gone.run_rate.currency(), exact),
                          std::int64_t{gone.tenure_days}, std::string(departure_type_name(gone.type)),
                          gone.reason, gone.rule.empty() ? Cell{} : Cell{gone.rule},
                          gone.evidence.empty() ? Cell{} : Cell{gone.evidence},
                          std::string(recovery_effort_name(recovery_effort(gone.type))),
                          gone.returned_on ? Cell{*gone.returned_on} : Cell{}});
  return table;
}

}  // namespace churn::inline v0
