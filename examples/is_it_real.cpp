// What of a book is more than chance: how rates move, who leaks, whether first months get worse, how long customers
// stay and what is to come, each in a sentence.
#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>

#include <cstdio>

using namespace churn;

namespace {

void say(const char* question, const std::string& answer) {
  std::printf("%s\n  %s\n", question, answer.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: is-it-real BOOK_FOLDER\n");
    return 2;
  }
  const LoadedBook loaded = read_book_folder(argv[1]);
  const Date as_of = loaded.records.day_after_latest().value();
  const Analyzer analyzer{Book::build(loaded.records, as_of, loaded.conventions).book};
  const PeriodGrid months = Analyzer::whole_book(analyzer.book(), PeriodKind::month);

  say("Is churn getting better or worse?", trend_sentence(analyzer.trend(months), months.first_days()));
  say("Which channel leaks?", contrast_sentence(analyzer.contrasts(months, by::attribute("channel"))));
  say("Are new customers' first months getting worse?",
      cohort_contrast_sentence(analyzer.cohorts(months).contrasts()));
  say("How long do customers stay?", survival_sentence(analyzer.stays().curve()));
  say("When do those of pro leave?", hazard_sentence(analyzer.stays(by::plan).hazard({"pro"})));
  say("Do plans differ?", log_rank_sentence(analyzer.stays(by::plan).log_rank()));

  const MrrForecast forecast = analyzer.forecast(PeriodKind::month, {.horizon = 12});
  say("What will MRR be in a year?", forecast_sentence(forecast));
  say("What have such forecasts been worth?", backtest_sentence(analyzer.backtest(PeriodKind::month)));

  const auto sure = measure(analyzer.book())
                        .over(years(Date::of(2024, 1, 1), Date::of(2025, 1, 1)))
                        .money_intervals()
                        .compute(NetRevenueRetention{});
  const Measurement nrr = sure.rows().front().measurement;
  std::printf("How sure is net revenue retention of 2024?\n  %.2f, from %.2f to %.2f\n", nrr.value.value(),
              nrr.interval.value().low, nrr.interval.value().high);
  const HorizonValue value = analyzer.customer_value({.horizon = 36, .discount_rate = 0.01});
  std::printf(
      "What is a new customer worth?\n  %s within three years, and %s by average and churn rate alone\n",
      value.value.value().to_string().c_str(), value.naive.value().to_string().c_str());
}
