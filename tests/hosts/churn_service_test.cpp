// examples/churn_service as a process that follows a real PostgreSQL server, asked over HTTP. What it answers is what the
// library gives for the same records; what changes in the database changes it as a book read anew has it.
#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>
#include <churn/io/result_json.hpp>
#include <churn/io/risk_model_json.hpp>
#include <churn/sql/sql_book.hpp>

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "hosts/running_service.hpp"
#include "sql/support/postgresql_server.hpp"
#include "sql/support/test_database.hpp"

namespace churn {
namespace {

using nlohmann::ordered_json;
using support::RunningService;

const Date as_of = Date::of(2025, 1, 1);

/// A model that is trained in a moment; how good it is, is no question here.
RiskModel small_model(const Book& book) {
  ObserveOptions few;
  few.one_in = 8;
  return train_risk_model(observe(book, standard_indicators(), observation_days(book, 56), few),
                          {.ridges = {10}, .step = 56});
}

/// Rows of a book come in another order out of a database, so the same records have other places.
ordered_json without_evidence(ordered_json rows) {
  for (ordered_json& row : rows) row.erase("evidence");
  return rows;
}

/// The sample book in a database that says when a row changed, and a service that follows it.
class ChurnService : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!support::PostgresqlServer::programs()) return;
    model_file =
        std::filesystem::temp_directory_path() / ("churn model " + std::to_string(::getpid()) + ".json");
    const LoadedBook loaded = read_book_folder(CHURN_SOURCE_DIR "/examples/sample_book");
    from_folder = std::make_unique<Book>(Book::build(loaded.records, as_of, loaded.conventions).book);
    model = std::make_unique<RiskModel>(small_model(*from_folder));
    std::ofstream(model_file) << to_json(*model);
    database = std::make_unique<support::TestDatabase>(DatabaseKind::postgresql);
    load();
    service = std::make_unique<RunningService>(url_with_password(), options());
  }
  /// The folder, in a moment, and what a database needs to be followed.
  static void load() {
    const std::string folder = CHURN_SOURCE_DIR "/examples/sample_book/";
    std::string psql = "'" + *support::PostgresqlServer::programs() + "/psql' --quiet --set ON_ERROR_STOP=1";
    for (const std::string table :
         {"customers", "subscriptions", "invoices", "invoice_lines", "payments", "events"}) {
      std::ifstream in(folder + table + ".csv");
      std::string header;
      std::getline(in, header);
      std::vector<std::string> columns;
      std::istringstream names(header);
      for (std::string name; std::getline(names, name, ',');) columns.push_back(name);
      database->make_table(table, columns);
      psql += " --command \"\\copy " + table + " FROM '" + folder + table + ".csv' CSV HEADER\"";
    }
    psql += " --file '" CHURN_SOURCE_DIR "/examples/churn_service/followed.sql' '" + database->url() + "'";
    ASSERT_EQ(std::system(psql.c_str()), 0) << psql;
  }
  static void TearDownTestSuite() {
    service.reset();
    database.reset();
    model.reset();
    from_folder.reset();
    std::error_code ignored;
    std::filesystem::remove(model_file, ignored);
  }
  void SetUp() override {
    if (!support::PostgresqlServer::programs()) GTEST_SKIP() << "PostgreSQL is not installed.";
    ASSERT_TRUE(service);
  }

  static std::string url_with_password() {
    const std::string& url = database->url();
    return support::shared_server().url_by_port(support::PostgresqlServer::password(),
                                                url.substr(url.find("options=")));
  }
  /// It follows when it is asked to, so that no test waits.
  static std::vector<std::string> options() {
    return {"--as-of", as_of.to_string(), "--poll", "0", "--overlap", "1", "--model", model_file.string()};
  }
  static Book anew() {
    const LoadedBook loaded = read_book_sql(database->url());
    return Book::build(loaded.records, as_of, loaded.conventions).book;
  }
  static ordered_json body_of(const std::string& path) {
    const RunningService::Answer answer = service->get(path);
    EXPECT_EQ(answer.status, 200) << path << answer.text;
    return answer.body;
  }
  static void run(const std::string& sql) {
    const std::string& url = database->url();
    const std::string schema = url.substr(url.rfind("%3D") + 3);
    support::shared_server().run("SET search_path = " + schema + "; " + sql);
  }
  static void refresh() {
    const RunningService::Answer answer = service->refresh();
    ASSERT_EQ(answer.status, 200) << answer.text;
  }

  static void expect_answers_of(const Book& book);

  static std::unique_ptr<Book> from_folder;
  static std::unique_ptr<RiskModel> model;
  static std::filesystem::path model_file;
  static std::unique_ptr<support::TestDatabase> database;
  static std::unique_ptr<RunningService> service;
};
std::unique_ptr<Book> ChurnService::from_folder;
std::unique_ptr<RiskModel> ChurnService::model;
std::filesystem::path ChurnService::model_file;
std::unique_ptr<support::TestDatabase> ChurnService::database;
std::unique_ptr<RunningService> ChurnService::service;

template <class Table>
ordered_json json_of(const Table& table) {
  return table;
}

ordered_json rates_of(const Book& book, const PeriodGrid& grid, const Segmenter& by = {}) {
  return json_of(measure(book)
                     .over(grid)
                     .by(by)
                     .compute(CustomerChurnRate{}, GrossMrrChurnRate{}, NetMrrChurnRate{},
                              GrossRevenueRetention{}, NetRevenueRetention{}, QuickRatio{},
                              AverageRevenuePerAccount{}, AnnualRecurringRevenue{}, LifetimeValueByRate{},
                              AnnualisedCustomerChurnRate{}, ExposureChurnRate{})
                     .table());
}

ordered_json movements_of(const Book& book, const PeriodGrid& grid, const Segmenter& by = {}) {
  return json_of(movements_table(MovementCube::fold(book, grid, by)));
}

void ChurnService::expect_answers_of(const Book& book) {
  const Date begin = Date::of(2024, 1, 1);
  EXPECT_EQ(body_of("/rates")["rates"], rates_of(book, months(begin, as_of)));
  EXPECT_EQ(body_of("/rates?from=2022-01-01&to=2025-03-01&by=plan")["rates"],
            rates_of(book, months(Date::of(2022, 1, 1), Date::of(2025, 3, 1)), by::plan));
  EXPECT_EQ(body_of("/rates?period=quarter&by=country,plan&from=2024-02-10")["rates"],
            rates_of(book, quarters(Date::of(2024, 2, 10), as_of), by::attribute("country") * by::plan));
  EXPECT_EQ(body_of("/movements")["movements"], movements_of(book, months(begin, as_of)));
  EXPECT_EQ(body_of("/movements?by=plan&from=2023-06-01")["movements"],
            movements_of(book, months(Date::of(2023, 6, 1), as_of), by::plan));
  EXPECT_EQ(body_of("/movements?from=2024-11-12&to=2024-12-24&period=week")["movements"],
            movements_of(book, weeks(Date::of(2024, 11, 12), Date::of(2024, 12, 24))));

  const std::vector<ListedDeparture> december =
      departure_list(book, {.within = Period{Date::of(2024, 12, 1), as_of}});
  const ordered_json departures = body_of("/departures?from=2024-12-01&to=2025-01-01&top=3");
  EXPECT_EQ(departures["departures"], december.size());
  ASSERT_GT(december.size(), 3U);
  EXPECT_EQ(without_evidence(departures["latest"]),
            without_evidence(json_of(departures_table({december.rbegin(), december.rbegin() + 3}))));

  const RiskList list = risk_list(book, *model, standard_indicators());
  const ordered_json risks = body_of("/risk?top=5");
  EXPECT_EQ(risks["customers"], list.rows.size());
  EXPECT_EQ(risks["summary"], risk_list_sentence(list));
  ASSERT_EQ(risks["risks"].size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(risks["risks"][i]["customer_id"], list.rows[i].customer.text());
    EXPECT_EQ(risks["risks"][i]["risk"], list.rows[i].risk);
    ASSERT_EQ(risks["risks"][i]["reasons"].size(), list.rows[i].reasons.size());
    for (std::size_t k = 0; k < list.rows[i].reasons.size(); ++k)
      EXPECT_EQ(risks["risks"][i]["reasons"][k]["words"], list.rows[i].reasons[k].words);
  }
}

TEST_F(ChurnService, answers_what_the_library_gives_for_the_folder) {
  EXPECT_EQ(body_of("/health")["customers"], from_folder->customer_count());
  EXPECT_EQ(body_of("/health")["rows"]["events"], from_folder->records().event_count());
  EXPECT_EQ(body_of("/health")["findings_when_read"]["by_code"], (ordered_json{{"excluded_customer", 10}}));
  expect_answers_of(*from_folder);
}

TEST_F(ChurnService, tells_what_is_on_record_of_a_customer) {
  const ordered_json gone = body_of("/customers/C0935");
  EXPECT_EQ(gone["present"], false);
  EXPECT_EQ(gone["risk"], nullptr);
  EXPECT_EQ(gone["attributes"]["industry"], "healthcare");
  EXPECT_EQ(gone["departures"][0]["reason"], "competitor");
  const std::vector<RosterEntry> present = roster(*from_folder, Date::of(2024, 12, 31));
  const RosterEntry& entry = present.at(100);
  const ordered_json there = body_of("/customers/" + entry.customer.text());
  EXPECT_EQ(there["mrr"], entry.run_rate.mrr().to_string());
  EXPECT_EQ(there["plan"], entry.plan);
  EXPECT_EQ(there["since"], entry.since.to_string());
  EXPECT_TRUE(there["risk"]["rank"].is_number());
}

TEST_F(ChurnService, refuses_what_it_can_not_answer_with_a_code_and_what_to_do) {
  const std::string long_text(6000, 'a');
  const struct {
    const char* method;
    std::string path;
    int status;
    const char* code;
  } cases[] = {{"GET", "/nothing", 404, "unknown_path"},
               {"GET", "/../../etc/passwd", 404, "unknown_path"},
               {"GET", "/customers/", 404, "unknown_customer"},
               {"GET", "/customers/nobody", 404, "unknown_customer"},
               {"GET", "/customers/%00", 404, "unknown_customer"},
               {"GET", "/customers/%FF%FE", 404, "unknown_customer"},
               {"GET", "/customers/../health", 404, "unknown_customer"},
               {"GET", "/rates?by=%FF%3Cb%3E", 400, "unknown_attribute"},
               {"GET", "/rates?by=plan&by=country", 400, "bad_parameter"},
               {"GET", "/rates?by=plan,country,industry,size", 400, "too_much"},
               {"GET", "/rates?frm=2024-01-01", 400, "unknown_parameter"},
               {"GET", "/rates?from=2024-02-30", 400, "bad_date"},
               {"GET", "/rates?from=2024-02-01&to=2024-02-01", 400, "bad_period"},
               {"GET", "/rates?from=0001-01-01&to=9999-12-31", 400, "too_much"},
               {"GET", "/movements?period=day&from=2023-01-01", 400, "too_much"},
               {"GET", "/movements?by=industry,country,success_manager&period=week", 400, "too_much"},
               {"GET", "/movements?period=fortnight", 400, "bad_parameter"},
               {"GET", "/risk?top=0", 400, "bad_number"},
               {"GET", "/risk?top=-1", 400, "bad_number"},
               {"GET", "/risk?top=99999999999999999999", 400, "bad_number"},
               {"GET", "/rates?by=" + long_text, 400, "bad_parameter"},
               {"GET", "/" + long_text, 414, "too_long"},
               {"GET", "/" + long_text + long_text, 414, "too_long"},
               {"GET", "/refresh", 405, "wrong_method"},
               {"POST", "/rates", 405, "wrong_method"},
               {"DELETE", "/customers/C0935", 405, "wrong_method"},
               {"POST", "/refresh?anew=perhaps", 400, "bad_parameter"}};
  for (const auto& [method, path, status, code] : cases) {
    const RunningService::Answer answer = service->ask(method, path);
    EXPECT_EQ(answer.status, status) << path.substr(0, 60) << ": " << answer.text;
    ASSERT_TRUE(answer.body.is_object()) << path.substr(0, 60) << ": " << answer.text;
    EXPECT_EQ(answer.body["error"]["code"], code) << path.substr(0, 60);
    EXPECT_TRUE(answer.body["error"]["message"].is_string());
    EXPECT_TRUE(answer.body["error"]["help"].is_string()) << path.substr(0, 60);
  }
  EXPECT_EQ(service->ask("POST", "/rates", long_text).status, 413);
  EXPECT_EQ(service->get("/health").status, 200);
}

TEST_F(ChurnService, follows_what_is_written_inserted_and_deleted) {
  const std::string before = service->get("/movements?by=plan").text;
  run("UPDATE subscriptions SET ends_on = '2024-12-20', end_reason = 'competitor' WHERE ends_on IS NULL AND "
      "plan = "
      "'pro' AND subscription_id < 'S0300'");
  EXPECT_EQ(service->get("/movements?by=plan").text, before);  // nobody has told it
  refresh();
  EXPECT_NE(service->get("/movements?by=plan").text, before);

  run("INSERT INTO customers (customer_id, signed_up_on, name, country) VALUES ('NEW', '2024-12-01', "
      "'Newcomer', 'DE');"
      "INSERT INTO subscriptions (subscription_id, customer_id, plan, starts_on, amount, currency, interval, "
      "quantity) "
      "VALUES ('SNEW', 'NEW', 'pro', '2024-12-02', 26, 'USD', 'month', 3)");
  refresh();
  EXPECT_EQ(body_of("/customers/NEW")["mrr"], "78.00");

  run("DELETE FROM subscriptions WHERE subscription_id = 'SNEW'; DELETE FROM payments WHERE invoice_id IN "
      "(SELECT "
      "invoice_id FROM invoices WHERE customer_id = 'C0468')");
  refresh();
  EXPECT_EQ(body_of("/customers/NEW")["present"], false);
  const Book read = anew();
  expect_answers_of(read);
  EXPECT_EQ(service->refresh("?anew=true").status, 200);
  expect_answers_of(read);
}

TEST_F(ChurnService, shows_many_who_ask_at_once_one_state_or_the_next) {
  const std::string path = "/movements?by=plan&from=2024-12-01";
  std::mutex mutex;
  std::set<std::string> seen;
  std::set<std::string> states{service->get(path).text};
  std::atomic<bool> done{false};
  std::atomic<int> failed{0};
  std::atomic<int> asked{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i)
    clients.emplace_back([&] {
      while (!done) {
        const RunningService::Answer answer = service->get(path);
        if (answer.status != 200) ++failed;
        ++asked;
        {
          const std::lock_guard lock(mutex);
          seen.insert(answer.text);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});  // leaves the machine to others
      }
    });
  for (int i = 1; i <= 3; ++i) {
    run("UPDATE subscriptions SET quantity = quantity + 1 WHERE ends_on IS NULL AND subscription_id LIKE "
        "'S%" +
        std::to_string(i) + "'");
    refresh();
    states.insert(service->get(path).text);
  }
  done = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GT(asked, 5);
  EXPECT_EQ(states.size(), 4U);
  for (const std::string& text : seen) EXPECT_TRUE(states.contains(text)) << text;
  EXPECT_EQ(body_of(path)["movements"], movements_of(anew(), months(Date::of(2024, 12, 1), as_of), by::plan));
}

TEST_F(ChurnService, answers_on_without_its_database_and_says_so_until_it_is_back) {
  const ordered_json known = body_of("/rates");
  support::shared_server().kill();
  const RunningService::Answer lost = service->refresh();
  EXPECT_EQ(lost.status, 503);
  EXPECT_EQ(lost.body["error"]["code"], "database_lost");
  ordered_json still = body_of("/rates");
  EXPECT_EQ(still["stale"], true);
  EXPECT_EQ(still["rates"], known["rates"]);
  EXPECT_TRUE(body_of("/health")["why"].is_string());

  support::shared_server().restart();
  run("UPDATE subscriptions SET quantity = quantity + 1 WHERE ends_on IS NULL AND plan = 'basic'");
  refresh();
  EXPECT_EQ(body_of("/health")["stale"], false);
  EXPECT_EQ(body_of("/health")["why"], nullptr);
  EXPECT_NE(body_of("/rates")["rates"], known["rates"]);
  expect_answers_of(anew());

  const std::string said = service->log() + lost.text + body_of("/health").dump();
  EXPECT_EQ(said.find("s3cret"), std::string::npos) << said;
  EXPECT_NE(service->log().find("following again"), std::string::npos) << service->log();
}

TEST_F(ChurnService, follows_by_itself_and_ends_when_it_is_told_to) {
  std::vector<std::string> by_itself = options();
  by_itself[3] = "1";  // --poll
  RunningService second(url_with_password(), by_itself);
  const std::string before = second.get("/movements").text;
  run("UPDATE subscriptions SET quantity = quantity + 1 WHERE ends_on IS NULL AND plan = 'business'");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (second.get("/movements").text == before && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  EXPECT_EQ(second.get("/movements").body["movements"],
            movements_of(anew(), months(Date::of(2024, 1, 1), as_of)));
  EXPECT_EQ(second.end(), 0) << second.log();
  EXPECT_EQ(second.get("/health").status, 0);
}

TEST(ChurnServiceThatCanNotStart, says_why_in_a_line_and_no_password) {
  std::string said;
  EXPECT_EQ(support::run_service(
                {"--database", "postgresql://churn:s3cret@127.0.0.1:1/shop?connect_timeout=2"}, said),
            2);
  EXPECT_NE(said.find("127.0.0.1:1/shop"), std::string::npos) << said;
  EXPECT_EQ(said.find("s3cret"), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
  for (const std::vector<std::string>& options : std::vector<std::vector<std::string>>{
           {}, {"--port"}, {"--port", "70000"}, {"--as-of", "today"}, {"--what", "x"}}) {
    EXPECT_EQ(support::run_service(options, said), 2);
    EXPECT_NE(said.find("usage: churn-service"), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace churn
