// A service's answer to a book: JSON on stdin, JSON on stdout. What a process behind a queue or an HTTP handler
// does with libchurn; the book is a document or lines, as churn/io/book_json.hpp has them.
//
//   json_service < json_service.input.json
//
// The answer holds the rates of the last complete month, the movements of every month, and what was rejected.
// A book that can't be read is answered with {"error": {"code", "message"}} and exit status 2.
#include <churn/churn.hpp>
#include <churn/io/book_json.hpp>
#include <churn/io/result_json.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <optional>

using namespace churn;
using nlohmann::ordered_json;

namespace {

/// The last month of which everything is known.
std::optional<Period> last_complete_period(const MovementCube& cube) {
  for (std::size_t period = cube.grid().size(); period-- > 0;)
    if (cube.status(period).complete) return cube.grid()[period];
  return std::nullopt;
}

/// Metric by metric: {"customer_churn_rate": {"numerator": 1, "denominator": 4, …}, …}.
ordered_json rates_of(const Analyzer& analyzer, Period month) {
  const auto rates = analyzer.churn_rates(periods_at({month.first(), month.last()}));
  ordered_json answer;
  answer["month"] = month.first().to_string();
  for (const MeasuredRow& row : rates.rows()) answer[row.metric] = row.measurement;
  return answer;
}

/// What a reader needs of a cube: the whole of it, with its counts in ticks, is `ordered_json(cube)`.
ordered_json bridge_of(const MovementCube& cube) {
  ordered_json answer;
  answer["currency"] = cube.currency().code();
  answer["as_of"] = cube.as_of().to_string();
  answer["conventions"]["name"] = cube.conventions().name;
  answer["conventions"]["version"] = cube.conventions().version;
  answer["movements"] = movements_table(cube);
  return answer;
}

ordered_json answer_to(std::istream& request) {
  LoadedBook loaded = read_book_json(request, "request");
  const auto as_of = loaded.records.day_after_latest(loaded.conventions.book.time_zone);
  if (!as_of) throw Error(ErrorCode::unreadable, "The book has no records.");
  const auto [book, rejections] = Book::build(loaded.records, *as_of, loaded.conventions);
  loaded.rejections.append(rejections);
  loaded.rejections.sort();

  const Analyzer analyzer{book};
  const MovementCube bridge = analyzer.mrr_movements(Analyzer::whole_book(book, PeriodKind::month));
  const auto month = last_complete_period(bridge);
  ordered_json answer;
  answer["rates"] = month ? rates_of(analyzer, *month) : ordered_json(nullptr);
  answer["bridge"] = bridge_of(bridge);
  answer["rejections"] = loaded.rejections;
  return answer;
}

}  // namespace

int main() {
  try {
    std::cout << answer_to(std::cin).dump(2) << "\n";
    return 0;
  } catch (const Error& error) {
    std::cout << ordered_json{{"error", error}}.dump(2) << "\n";
    return 2;
  }
}
