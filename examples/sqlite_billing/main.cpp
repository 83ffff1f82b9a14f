// A billing system on SQLite that asks libchurn: half a year of business in its own tables, views over them, and the
// questions of the last day of June. Each figure can be checked by hand.
//
//   sqlite-billing FOLDER FILE      FOLDER has schema.sql and churn_views.sql, FILE is the database that is made
#include <churn/churn.hpp>
#include <churn/sql/sql_book.hpp>
#include <churn/sql/sql_table.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "billing.hpp"

using namespace churn;
using billing::Billing;

namespace {

// ---- The business

/// Half a year, day by day: what people do, and then what the system does by itself.
void half_a_year(Billing& system, Date from, Date until) {
  const int starter = system.offer("starter", 2000, 1, "2024-01-01");
  const int team = system.offer("team", 5000, 1, "2024-01-01");
  const int team_by_the_year = system.offer("team", 48000, 12, "2024-01-01");
  int starter_2024 = 0;
  std::map<std::string, int> account;
  std::map<std::string, int> contract;
  std::multimap<std::string, std::function<void(const std::string& day)>> agenda;

  const auto comes = [&](const std::string& on, const std::string& name, const std::string& industry,
                         const int& price, int seats, const std::string& card_expires) {
    agenda.emplace(on, [&, name, industry, seats, card_expires](const std::string& day) {
      account[name] = system.open_account(name, industry, day);
      system.add_card(account[name], day, card_expires);
      contract[name] = system.sign(account[name], price, seats, day);
    });
  };
  comes("2024-01-03", "Aspen Bakery", "retail", starter, 1, "2026-08");
  comes("2024-01-10", "Birch Clinic", "health", team, 1, "2025-11");
  comes("2024-01-15", "Cobalt Studio", "media", team, 3, "2027-02");
  comes("2024-01-20", "Delta Freight", "logistics", team_by_the_year, 2, "2025-05");
  comes("2024-02-05", "Ember Gym", "health", starter, 1, "2024-05");
  comes("2024-02-12", "Fjord Travel", "travel", starter, 1, "2026-01");
  comes("2024-02-20", "Garnet Books", "retail", team, 1, "2026-03");
  comes("2024-03-08", "Heron Legal", "legal", starter, 1, "2025-09");
  comes("2024-03-11", "Iris Optics", "health", starter, 1, "2024-07");
  comes("2024-03-28", "Moss Interiors", "media", starter, 1, "2025-10");
  comes("2024-04-02", "Juniper Events", "events", team, 1, "2026-12");
  comes("2024-06-14", "Kestrel Labs", "software", starter_2024, 1, "2028-06");

  agenda.emplace("2024-01-02", [&](const std::string& day) {
    const int ours = system.open_account("Our own tests", "", day, true);
    system.add_card(ours, day, "2030-12");
    system.sign(ours, team, 99, day);
  });
  agenda.emplace("2024-04-01", [&](const std::string& day) {
    system.cancel(contract["Fjord Travel"], day, "2024-04-12", "season over");
  });
  agenda.emplace("2024-05-20", [&](const std::string& day) {
    system.cancel(contract["Juniper Events"], day, "2024-06-02", "project finished");
  });
  agenda.emplace("2024-05-27",
                 [&](const std::string& day) { system.change(contract["Heron Legal"], team, 1, day); });
  agenda.emplace("2024-06-01",
                 [&](const std::string& day) { starter_2024 = system.offer("starter", 2400, 1, day); });
  agenda.emplace("2024-06-03", [&](const std::string& day) {
    system.cancel(contract["Garnet Books"], day, "2024-06-20", "too expensive");
  });
  agenda.emplace("2024-06-04",
                 [&](const std::string& day) { system.change(contract["Cobalt Studio"], team, 2, day); });
  agenda.emplace("2024-06-05", [&](const std::string&) {
    system.pause(contract["Iris Optics"], "2024-06-11", "2024-07-11");
    system.let_decline(account["Birch Clinic"], "2024-06-10", "insufficient_funds");
    system.let_decline(account["Moss Interiors"], "2024-06-28", "insufficient_funds");
  });
  agenda.emplace("2024-06-12", [&](const std::string& day) {  // back again, at the new price
    contract["Fjord Travel"] = system.sign(account["Fjord Travel"], starter_2024, 1, day);
  });

  for (Date date = from; date < until; date = date + std::chrono::days{1}) {
    const std::string day = date.to_string();
    const auto [first, last] = agenda.equal_range(day);
    for (auto what = first; what != last; ++what) what->second(day);
    system.run_day(day);
  }
}

// ---- The questions

const char* name_of(const Book& book, const CustomerId& id, std::string& name) {
  name = book.customer_name(*book.find(id));
  return name.c_str();
}

void churn_of(const Analyzer& analyzer, Period month) {
  const auto rates = analyzer.churn_rates(periods_at({month.first(), month.last()}));
  const auto place = rates.at(month);
  const auto customers = place.get<CustomerChurnRate>();
  const auto interval = customers.interval();
  if (!interval) return;
  std::printf("  %lld of %lld customers left: %.1f %% (95 %%: %.1f to %.1f)\n",
              static_cast<long long>(customers.numerator()), static_cast<long long>(customers.denominator()),
              100 * *customers.value(), 100 * interval->low, 100 * interval->high);
  const auto lost = place.get<GrossMrrChurnRate>();
  std::printf("  %s of %s MRR lost, contractions too\n", lost.numerator.mrr().to_string().c_str(),
              lost.denominator.mrr().to_string().c_str());
}

void bridge_of(const Analyzer& analyzer, const PeriodGrid& grid) {
  const MovementCube cube = analyzer.mrr_movements(grid);
  const auto mrr = [&](std::int64_t ticks) { return RunRate{ticks, cube.currency()}.mrr().to_string(); };
  for (std::size_t month = 0; month < grid.size(); ++month) {
    const MovementCell& cell = cube.at(0, month);
    std::printf("  %s: %s + new %s + returned %s + expansion %s - contraction %s - churn %s = %s\n",
                grid[month].first().to_string().substr(0, 7).c_str(), mrr(cell.opening).c_str(),
                mrr(cell.new_).c_str(), mrr(cell.reactivation).c_str(), mrr(cell.expansion).c_str(),
                mrr(cell.contraction).c_str(), mrr(cell.churn).c_str(), mrr(cell.closing).c_str());
  }
}

void why_they_left(const Analyzer& analyzer, Period month) {
  std::string name;
  for (const ListedDeparture& gone : analyzer.departure_list({.within = month}))
    std::printf("  %s  %-14s %6s  %s: %s\n", gone.departed_on.to_string().c_str(),
                name_of(analyzer.book(), gone.customer, name), gone.run_rate.mrr().to_string().c_str(),
                std::string(departure_type_name(gone.type)).c_str(), gone.reason.c_str());
}

void whom_to_remind(const Analyzer& analyzer) {
  std::string name;
  for (const ArrearsEntry& owing : analyzer.arrears().entries)
    for (const Money& amount : owing.owed)
      std::printf("  %s owes %s for %d days (%s)%s\n", name_of(analyzer.book(), owing.customer_id, name),
                  amount.to_string().c_str(), owing.days_overdue, owing.reason.c_str(),
                  owing.present ? "" : ", and is gone");
  for (const ExpiringCard& card : analyzer.expiring_cards({.days = 45}).cards)
    std::printf("  The card of %s expires on %s\n", name_of(analyzer.book(), card.customer_id, name),
                card.expires_on.to_string().c_str());
}

// ---- Answers for others, who know SQL

void show(Billing& system, const std::string& query) {
  for (const soci::row& row : soci::rowset<soci::row>(system.sql().prepare << query)) {
    for (std::size_t i = 0; i < row.size(); ++i)
      std::printf("  %s", row.get_indicator(i) == soci::i_null ? "-" : row.get<std::string>(i).c_str());
    std::printf("\n");
  }
}

void tables_for_others(Billing& system, const DatabaseUrl& url, const Analyzer& analyzer,
                       const PeriodGrid& grid) {
  write_table_sql(
      url, "churn_by_month",
      measure(analyzer.book()).over(grid).compute(CustomerChurnRate{}, GrossMrrChurnRate{}).table());
  write_table_sql(url, "win_back", win_back_table(analyzer.win_back({.within_days = 60})));
  std::puts("\nWhom to win back: libchurn's table, joined with ours");
  show(system,
       "SELECT printf('%d. %-14s %6.2f  %s', w.rank, a.name, w.mrr, w.action) "
       "FROM win_back w JOIN accounts a ON a.id = w.customer_id ORDER BY w.rank");
  std::puts("\nCustomer churn by month, from the table");
  show(system,
       "SELECT printf('%s  %d of %2d', substr(period, 1, 7), numerator, denominator) FROM churn_by_month "
       "WHERE metric = 'customer_churn_rate' ORDER BY period");
}

/// A database's URL takes a path, with a `%` written as %25.
std::string url_of(const std::string& file) {
  std::string url = "sqlite://";
  for (const char c : std::filesystem::absolute(file).string()) url += c == '%' ? "%25" : std::string(1, c);
  return url;
}

int ask(const std::string& folder, const std::string& file) {
  const Date as_of = Date::of(2024, 7, 1);  // the last known day is 30 June
  const PeriodGrid grid = months(Date::of(2024, 4, 1), as_of);
  const Period june = grid[2];

  Billing system{file, folder + "/schema.sql"};
  half_a_year(system, Date::of(2024, 1, 1), as_of);
  billing::run_file(system.sql(), folder + "/churn_views.sql");

  const DatabaseUrl url{url_of(file)};
  const LoadedBook loaded = read_book_sql(url);
  const auto [book, rejections] = Book::build(loaded.records, as_of, loaded.conventions);
  std::printf("%zu rows were left out\n", loaded.rejections.rejected() + rejections.rejected());
  const Analyzer analyzer{book};

  std::puts("\nChurn in June 2024");
  churn_of(analyzer, june);
  std::puts("\nHow MRR went");
  bridge_of(analyzer, grid);
  std::puts("\nWhy they left in June");
  why_they_left(analyzer, june);
  std::puts("\nWhom to remind");
  whom_to_remind(analyzer);
  tables_for_others(system, url, analyzer, grid);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: sqlite-billing FOLDER_OF_SQL DATABASE_FILE\n");
    return 2;
  }
  try {
    return ask(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sqlite-billing: %s\n", error.what());
    return 2;
  }
}
