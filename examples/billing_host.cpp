// How a billing system asks libchurn: a thin layer that maps its types, and the questions of the mail that its
// board gets every month. To copy it, put your own structs in place of those of billing_system.hpp.
#include <churn/churn.hpp>

#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "billing_system.hpp"

using namespace churn;

namespace {

// The layer between: a function for each type, and the only place where both sides meet.

const Currency dollars{"USD"};

Date to_date(billing::Day day) {  // throws Error(bad_date) if there is no such day
  return Date::of(day / 10000, static_cast<unsigned>(day / 100 % 100), static_cast<unsigned>(day % 100));
}

BillingCycle to_cycle(billing::Interval interval) {
  switch (interval) {
    case billing::Interval::quarterly: return {BillingInterval::quarter};
    case billing::Interval::yearly: return {BillingInterval::year};
    default: return {BillingInterval::month};
  }
}

Customer to_customer(const billing::Account& account) {
  return {.id = CustomerId{account.number},
          .name = account.name,
          .excluded = account.internal,
          .attributes = {{"industry", account.industry}}};
}

/// Each price is a phase that lasts until the next one, the last until the contract ends, if it does.
Subscription to_subscription(const billing::Contract& contract) {
  Subscription subscription{SubscriptionId{contract.number}, CustomerId{contract.account}, {}};
  for (std::size_t i = 0; i < contract.prices.size(); ++i) {
    const billing::PriceChange& price = contract.prices[i];
    const bool is_last = i + 1 == contract.prices.size();
    const billing::Day ends = is_last ? contract.ends : contract.prices[i + 1].from;
    subscription.phases.push_back({.plan = price.plan,
                                   .starts_on = to_date(price.from),
                                   .ends_on = ends == 0 ? std::nullopt : std::optional{to_date(ends)},
                                   .price = Money{price.cents_a_seat, dollars},
                                   .cycle = to_cycle(contract.interval),
                                   .quantity = price.seats,
                                   .end_reason = is_last ? contract.why : ""});
  }
  return subscription;
}

/// The same without an object a row: the columns are read where they lie.
PhaseColumns to_columns_of_the_bought_firm() {
  using namespace billing;
  static constexpr BillingCycle monthly{};
  return {.subscription = bought::contract,
          .customer = bought::account,
          .plan = bought::plan,
          .plan_names = bought::plan_names,
          .starts_on = bought::starts,
          .ends_on = bought::ends,
          .amount = bought::cents,
          .currency = dollars,
          .cycle = {&monthly, 1}};
}

/// Everything, with what the operator must look at: a day that does not exist can't become a Date, and what
/// can't be true is found when the book is built. Nothing is dropped in silence. `taken` are the
/// contracts that could be mapped.
Book load(Date as_of, std::vector<billing::Contract>& taken) {
  Records records;
  std::vector<std::string> origin;  // of each row that rejections may speak of
  records.set_source(RecordTable::customers, "accounts");
  for (const billing::Account& account : billing::accounts) records.add(to_customer(account), account.number);
  for (const billing::Contract& contract : billing::contracts) {
    const std::string name = "contract " + std::to_string(contract.number);
    try {
      records.add(to_subscription(contract));
      origin.resize(records.phase_count(), name);
      taken.push_back(contract);
    } catch (const Error& error) {
      std::printf("  left out, %s: %s\n", name.c_str(), error.what());
    }
  }
  records.add(to_columns_of_the_bought_firm());
  origin.resize(records.phase_count(), "the bought firm");

  auto [book, rejections] = Book::build(records, as_of);
  for (const Rejection& r : rejections.entries())
    std::printf("  %s, %s: %s\n", is_notice(r.code) ? "note" : "left out",
                r.source == "subscriptions" ? origin.at(static_cast<std::size_t>(r.row) - 1).c_str()
                                            : r.source.c_str(),
                r.reason.c_str());
  return book;
}

// The questions.

std::string dollars_a_month(std::int64_t ticks) { return RunRate{ticks, dollars}.mrr().to_string(); }

void churn_by(const Segmenter& segmenter, const Analyzer& analyzer, const PeriodGrid& quarter) {
  const auto rates = analyzer.churn_rates(quarter, segmenter);
  for (const Label& label : rates.cube().segments()) {
    const auto place = rates.at(label, quarter[0]);
    const auto customers = place.get<CustomerChurnRate>();
    const auto mrr = place.get<GrossMrrChurnRate>();
    const auto interval = customers.interval();
    if (!interval) continue;  // nobody was there to leave
    std::printf("  %s: %lld of %lld customers left (95 %% interval %.2f to %.2f), %s of %s a month lost\n",
                label[0].c_str(), static_cast<long long>(customers.numerator()),
                static_cast<long long>(customers.denominator()), interval->low, interval->high,
                mrr.numerator.mrr().to_string().c_str(), mrr.denominator.mrr().to_string().c_str());
  }
}

/// A segment whose name someone typed. A bad question throws and leaves everything as it was.
void churn_by_name(const std::string& name, const Analyzer& analyzer, const PeriodGrid& quarter) {
  try {
    churn_by(by::name(name), analyzer, quarter);
  } catch (const Error& error) {
    std::printf("  %s\n", error.what());
  }
}

void bridge(const Analyzer& analyzer, const PeriodGrid& months) {
  const MovementCube cube = analyzer.mrr_movements(months);
  for (std::size_t month = 0; month < months.size(); ++month) {
    const MovementCell& cell = cube.at(0, month);
    std::printf("  %s: %s + new %s + returned %s + expansion %s - contraction %s - churn %s = %s\n",
                months[month].first().to_string().c_str(), dollars_a_month(cell.opening).c_str(),
                dollars_a_month(cell.new_).c_str(), dollars_a_month(cell.reactivation).c_str(),
                dollars_a_month(cell.expansion).c_str(), dollars_a_month(cell.contraction).c_str(),
                dollars_a_month(cell.churn).c_str(), dollars_a_month(cell.closing).c_str());
  }
}

void who_left(const Analyzer& analyzer, const PeriodGrid& quarter,
              const std::vector<billing::Contract>& contracts) {
  std::map<CustomerId, const billing::Contract*> last_contract;
  for (const billing::Contract& contract : contracts) last_contract[CustomerId{contract.account}] = &contract;
  for (const Explanation& e : analyzer.explain(quarter, 0, Movement::churn)) {
    const auto contract = last_contract.find(e.customer);
    std::printf("  %s  account %s  %6s  %s\n", e.day.to_string().c_str(), e.customer.text().c_str(),
                e.amount.mrr().to_string().c_str(),
                contract == last_contract.end() ? "(no reason known)" : contract->second->why.c_str());
  }
}

/// Ends that are known already, and contracts of more than a month that renew within 60 days.
void what_comes(const Analyzer& analyzer, const std::vector<billing::Contract>& contracts) {
  const Date as_of = analyzer.book().as_of();
  std::multimap<Date, std::string> agenda;
  for (const ScheduledEnd& end : analyzer.scheduled_ends())
    agenda.emplace(end.ends_on, "contract " + end.subscription.text() + " ends, " +
                                    end.run_rate.mrr().to_string() + " a month");
  for (const billing::Contract& contract : contracts) {
    if (contract.prices.empty() || contract.ends != 0 || contract.interval == billing::Interval::monthly)
      continue;
    const Date start = to_date(contract.prices.front().from);
    const int months = contract.interval == billing::Interval::yearly ? 12 : 3;
    int renewals = 1;  // counted from the start, so that the 31st stays the 31st
    while (anniversary(start, renewals * months) < as_of) ++renewals;
    const Date renews = anniversary(start, renewals * months);
    if (renews - as_of < std::chrono::days{60})
      agenda.emplace(renews, "contract " + std::to_string(contract.number) + " renews");
  }
  for (const auto& [day, what] : agenda) std::printf("  %s  %s\n", day.to_string().c_str(), what.c_str());
}

void cohorts(const Analyzer& analyzer) {
  const CohortMatrix kept = analyzer.cohorts(PeriodKind::quarter).logo_retention();
  for (Eigen::Index cohort = 0; cohort < kept.value.rows(); ++cohort) {
    std::printf("  %s: %2lld customers,", kept.cohorts[static_cast<std::size_t>(cohort)].to_string().c_str(),
                static_cast<long long>(kept.sizes(cohort)));
    for (Eigen::Index age = 0; age < kept.value.cols(); ++age)
      if (kept.observed(cohort, age)) std::printf(" %3.0f %%", 100 * kept.value(cohort, age));
    std::printf("\n");
  }
}

}  // namespace

int main() {
  const Date as_of = to_date(20240701);  // the last known day is 30 June
  std::vector<billing::Contract> contracts;
  std::puts("To the operator");
  const Analyzer analyzer{load(as_of, contracts)};

  const PeriodGrid quarter = quarters(to_date(20240401), as_of);
  std::puts("\nThe second quarter of 2024, by product");
  const Segmenter product = by::custom_lane("product", [](const PhaseView& phase) {
    return phase.plan().substr(0, phase.plan().find('-'));  // team-2023 and team-2024 are one
  });
  churn_by(product, analyzer, quarter);
  std::puts("\nHow MRR went");
  bridge(analyzer, months(quarter.from(), as_of));
  std::puts("\nWho left, and why");
  who_left(analyzer, quarter, contracts);
  std::puts("\nWhat comes");
  what_comes(analyzer, contracts);
  std::puts("\nCustomers kept, by the quarter in which they came");
  cohorts(analyzer);
  std::puts("\nAsked by the board: by industry, and by sector");
  churn_by_name("industry", analyzer, quarter);
  churn_by_name("sector", analyzer, quarter);
}
