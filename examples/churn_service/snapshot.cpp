#include "snapshot.hpp"

#include <algorithm>
#include <chrono>

using namespace churn;

namespace churn_service {

void Findings::add(const Rejections& rejections) {
  rejected += rejections.rejected();
  notices += rejections.notices();
  for (const Rejection& finding : rejections.entries()) ++by_code[std::string(rejection_name(finding.code))];
}

std::vector<Indicator> indicators_of(const RiskModel& model) {
  const std::vector<Indicator> known = standard_indicators();
  std::vector<IndicatorColumn> columns;
  columns.reserve(known.size());
  for (const Indicator& indicator : known) columns.push_back(indicator.column);
  std::vector<Indicator> chosen;
  for (const std::size_t place : columns_of(model, columns)) chosen.push_back(known[place]);
  return chosen;
}

const RiskList& Snapshot::risks() const {
  return risks_.get([&] { return risk_list(book, *model, indicators_of(*model)); });
}

const RiskListRow* Snapshot::risk_of(const CustomerId& customer) const {
  const RiskList& list = risks();
  const auto& by_id = risk_of_.get([&] {
    std::map<std::string, const RiskListRow*> rows;
    for (const RiskListRow& row : list.rows) rows.emplace(row.customer.text(), &row);
    return rows;
  });
  const auto found = by_id.find(customer.text());
  return found == by_id.end() ? nullptr : found->second;
}

const RosterEntry* Snapshot::entry_of(const CustomerId& customer) const {
  const auto& entries = roster_.get([&] { return roster(book, book.as_of() - std::chrono::days{1}); });
  const auto found = std::ranges::lower_bound(entries, customer, {}, &RosterEntry::customer);
  return found == entries.end() || found->customer != customer ? nullptr : &*found;
}

const std::vector<ListedDeparture>& Snapshot::departures() const {
  return departures_.get([&] { return departure_list(book); });
}

const Arrears& Snapshot::arrears() const {
  return arrears_.get([&] { return churn::arrears(book); });
}

}  // namespace churn_service
