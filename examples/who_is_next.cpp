// Who is next: a risk model that is trained where the records are, and a service that scores customers as they change.
#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>
#include <churn/io/book_json.hpp>
#include <churn/io/domain_json.hpp>
#include <churn/io/risk_model_json.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace churn;

namespace {

/// All that the host's database has of each customer, to be asked for when something about it changes.
std::map<std::string, Records> database(const Records& everything) {
  std::stringstream lines;
  write_book_json(lines, everything, {}, JsonLayout::lines);
  std::map<std::string, Records> customers;
  for (std::string line; std::getline(lines, line);) {
    nlohmann::json object = nlohmann::json::parse(line);
    if (!object.contains("customer_id")) continue;  // settings of the book
    Records& own = customers[object["customer_id"]];
    const std::string type = object["type"];
    object.erase("type");  // or it were an attribute
    if (type == "customers") own.add(from_json<Customer>(object));
    if (type == "subscriptions") own.add(from_json<Subscription>(object));
    if (type == "invoices") own.add(from_json<Invoice>(object));
    if (type == "events") own.add(from_json<Event>(object));
  }
  return customers;
}

/// The indicators that a model was trained with: a library that is newer than the model may have more of them.
std::vector<Indicator> indicators_of(const RiskModel& model) {
  const std::vector<Indicator> known = standard_indicators();
  std::vector<IndicatorColumn> columns;
  for (const Indicator& indicator : known) columns.push_back(indicator.column);
  std::vector<Indicator> chosen;
  for (const std::size_t place : columns_of(model, columns)) chosen.push_back(known[place]);
  return chosen;
}

class RiskService {
 public:
  RiskService(const std::string& model, const Book& nightly)
      : model_(risk_model_from_json(model)),
        conventions_(nightly.conventions()),
        observer_(nightly, indicators_of(model_)) {
    const RiskList everybody = risk_list(nightly, model_, observer_.indicators());
    std::printf("%s\n", risk_list_sentence(everybody).c_str());
    for (const RiskListRow& row : everybody.rows) risk_[row.customer.text()] = row.risk;
  }

  /// Something about a customer was recorded: how its risk moved, and what it is made of now.
  void changed(Date day, const std::string& id, const Records& own) {
    // Records of one customer make a book in microseconds; how others like it fare is in the nightly one.
    const Book book = Book::build(own, day, conventions_).book;
    const std::optional<CustomerIndex> customer = book.find(CustomerId{id});
    const std::optional<ObservedRow> row = customer ? observer_.row(book, *customer, day) : std::nullopt;
    std::optional<double>& risk = risk_[id];
    std::printf("%s %s:", day.to_string().c_str(), id.c_str());
    if (!row) {  // not there on the day before: the score of the day it left is its last
      std::printf(" has left; its risk stays %.1f %%\n", 100 * risk.value());
      return;
    }
    if (risk) std::printf(" %.1f %% ->", 100 * *risk);
    const RiskScore score = model_.score(row->values, row->missing, row->tenure);
    risk = score.risk;
    std::printf(" %.1f %%\n", 100 * score.risk);
    for (const RiskReason& reason : risk_reasons(model_, score, *row, observer_.indicators()))
      std::printf("  %s\n", reason.words.c_str());
  }

 private:
  RiskModel model_;
  Conventions conventions_;
  Observer observer_;
  std::map<std::string, std::optional<double>> risk_;  // as last told; none of who is new
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: who-is-next BOOK_FOLDER\n");
    return 2;
  }
  const LoadedBook loaded = read_book_folder(argv[1]);
  const Book nightly = Book::build(loaded.records, Date::of(2024, 11, 1), loaded.conventions).book;

  // Now and then, where the records are. The text is all that a service needs of it.
  const RiskModel trained = Analyzer{nightly}.risk_model();
  std::printf("Trained on %zu rows of %zu customers; AUC of those held out %.2f\n", trained.provenance.rows,
              trained.provenance.customers, trained.provenance.held_out_auc.value());
  const std::string model = to_json(trained);

  RiskService service{model, nightly};
  // Here the database knows what will have happened. A book as of a day does not: no score looks ahead.
  const std::map<std::string, Records> customers = database(loaded.records);
  const std::pair<Date, const char*> changes[] = {
      {Date::of(2024, 11, 8), "C0344"},  {Date::of(2024, 11, 15), "C0208"},  // a payment failed
      {Date::of(2024, 11, 15), "C0344"}, {Date::of(2024, 11, 25), "C0208"},  // given up
      {Date::of(2024, 11, 26), "C0208"}, {Date::of(2024, 11, 29), "C0344"},
      {Date::of(2024, 11, 29), "C0721"}, {Date::of(2024, 12, 6), "C0935"},
      {Date::of(2024, 12, 13), "C0721"}, {Date::of(2024, 12, 15), "C0935"},  // it leaves
      {Date::of(2024, 12, 16), "C0935"},
  };
  for (const auto& [day, id] : changes) service.changed(day, id, customers.at(id));
}
