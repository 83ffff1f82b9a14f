// The C++ of the guide: what its pages show under a question stands here between `// [N]` and `// [/N]`. guide.expected
// is what it prints of examples/sample_book.
// [start]
#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>

#include <cstdio>
#include <string>

using namespace churn;

namespace {

void say(const std::string& text) { std::printf("%s\n", text.c_str()); }
// [/start]

void what_happened(const Analyzer& analyzer, const PeriodGrid& every_month) {
  say("1");
  // [1]
  const PeriodGrid quarter = quarters(Date::of(2024, 10, 1), Date::of(2025, 1, 1));
  const auto rates = analyzer.churn_rates(quarter);
  const auto rate = rates.at(quarter[0]).get<CustomerChurnRate>();
  std::printf("%lld of %lld left: %.1f %% (95 %%: %.1f to %.1f)\n", static_cast<long long>(rate.numerator()),
              static_cast<long long>(rate.denominator()), 100 * rate.value().value(),
              100 * rate.interval().value().low, 100 * rate.interval().value().high);
  // [/1]
  say("2");
  // [2]
  const auto money = measure(analyzer.book())
                         .over(quarter)
                         .money_intervals()
                         .compute(GrossMrrChurnRate{}, NetMrrChurnRate{}, GrossRevenueRetention{});
  say(to_csv(money.table()));
  // [/2]
  say("3");
  // [3]
  say(trend_sentence(analyzer.trend(every_month), every_month.first_days()));
  // [/3]
  say("4");
  // [4]
  const auto by_month = analyzer.churn_rates(every_month);
  for (std::size_t month = 0; month < every_month.size(); ++month)
    if (const auto net = by_month.at(every_month[month]).get<NetMrrChurnRate>().value(); net && *net < 0)
      std::printf("%s: net MRR churn %.1f %%\n", every_month[month].first().to_string().c_str(), 100 * *net);
  // [/4]
  say("5");
  // [5]
  const Cohorts cohorts = analyzer.cohorts(PeriodKind::quarter);
  say(cohort_contrast_sentence(cohorts.contrasts()));
  say(hazard_sentence(analyzer.stays().hazard()));
  // [/5]
}

void who_leaves(const Analyzer& analyzer) {
  say("6");
  // [6]
  const PeriodGrid year = years(Date::of(2024, 1, 1), Date::of(2025, 1, 1));
  say(contrast_sentence(analyzer.contrasts(year, by::attribute("industry"))));
  // [/6]
  say("7");
  // [7]
  say(contrast_sentence(analyzer.contrasts(year, by::plan)));
  say(causes_sentence(analyzer.departures(year, by::primary_plan)));
  // [/7]
  say("8");
  // [8]
  say(contrast_sentence(analyzer.contrasts(year, by::attribute("channel"))));
  // [/8]
  say("9");
  // [9]
  say(customer_profile_sentence(analyzer.customer_profile({.horizon = 370})));
  // [/9]
  say("10");
  // [10]
  const Segmenter crossed = by::attribute("country") * by::attribute("size");
  say(contrast_sentence(analyzer.contrasts(year, crossed)));
  // [/10]
}

void why_they_left(const Analyzer& analyzer, const PeriodGrid& every_month) {
  say("11");
  // [11]
  const DepartureCube causes = analyzer.departures(every_month);
  say(causes_sentence(causes));
  // [/11]
  say("12");
  // [12]
  say(returns_sentence(analyzer.returns()));
  // [/12]
  say("13");
  // [13]
  say(dunning_sentence(analyzer.dunning(every_month)));
  say(arrears_sentence(analyzer.arrears()));
  say(expiring_cards_sentence(analyzer.expiring_cards({.days = 60})));
  // [/13]
  say("14");
  // [14]
  say(survey_sentence(analyzer.exit_surveys()));
  // [/14]
  say("15");
  // [15]
  for (const DepartureShare& story : story_shares(analyzer.departures(every_month)))
    std::printf("%-14s %3lld of %lld who chose to leave\n", story.name.c_str(),
                static_cast<long long>(story.leavers.customers), static_cast<long long>(story.all.customers));
  // [/15]
  say("16");
  // [16]
  say(win_back_sentence(analyzer.win_back()));
  // [/16]
}

void who_is_next(const Analyzer& analyzer) {
  say("17");
  // [17]
  const LeadReport leads = analyzer.leading_indicators();
  say(lead_sentence(leads));
  // [/17]
  say("18");
  // [18]
  for (const IndicatorLead& lead : leads.rows)
    if (lead.column.name == "ticket_silence")
      std::printf("%s: AUC %.2f, %s\n", lead.column.name.c_str(), lead.auc.value.value(),
                  lead.leads ? "leads" : "does not lead");
  // [/18]
  say("19");
  // [19]
  say(onboarding_sentence(analyzer.onboarding()));
  say(feature_use_sentence(analyzer.feature_use()));
  // [/19]
  say("20");
  // [20]
  const Arrears owing = analyzer.arrears();
  say(arrears_sentence(owing));
  // [/20]
  say("21");
  // [21]
  const RiskModel model = analyzer.risk_model();
  say(risk_list_sentence(analyzer.risk_scores(model)));
  say(backtest_sentence(analyzer.risk_backtest({.cuts = 2})));
  // [/21]
}

void what_would_change_it(const Analyzer& analyzer) {
  say("22");
  // [22]
  const WhatIf better_customers{
      .change = RaiseRetention{.where = by::attribute("channel") == "paid_social", .points = 20}};
  say(what_if_sentence(analyzer.what_if(PeriodKind::month, {better_customers})));
  // [/22]
  say("23");
  // [23]
  const LeverReport levers = analyzer.levers();
  say(levers_sentence(levers));
  // [/23]
  say("24");
  // [24]
  const WhatIf annual{.change = AnnualShare{.share = 0.7, .discount = 0.15}};
  const WhatIfOptions two_years{.forecast = {.horizon = 24}};
  say(what_if_sentence(analyzer.what_if(PeriodKind::month, {annual}, two_years)));
  // [/24]
  say("25");
  // [25]
  const auto row_of = [&](const char* name) -> const LeverRow& {
    for (const LeverRow& row : levers.rows)
      if (row.exposure.name == name) return row;
    throw Error(ErrorCode::unknown_name, name);
  };
  const LandmarkEffect& campaigns = row_of("engaged").effect;
  std::printf("Campaigns: leave %.2f times as often (95 %%: %.2f to %.2f)\n",
              campaigns.adjusted.value.value(), campaigns.adjusted.interval.value().low,
              campaigns.adjusted.interval.value().high);
  // [/25]
  say("26");
  // [26]
  say(time_to_value_sentence(analyzer.time_to_value()));
  // [/26]
  say("27");
  // [27]
  for (const LandmarkArm& arm : row_of("connected").effect.arms)
    std::printf("%s integrations: %lld of %lld stayed\n", arm.level.c_str(),
                static_cast<long long>(arm.retained.numerator()),
                static_cast<long long>(arm.retained.denominator()));
  // [/27]
  say("28");
  // [28]
  for (const LandmarkArm& arm : row_of("seats").effect.arms)
    std::printf("%s: %lld of %lld stayed\n", arm.level.c_str(),
                static_cast<long long>(arm.retained.numerator()),
                static_cast<long long>(arm.retained.denominator()));
  // [/28]
  say("29");
  // [29]
  for (const LeverRow& row : levers.rows)
    if (row.exposure.lever == "product_health")
      std::printf("%s: %s\n", row.exposure.name.c_str(),
                  std::string(lever_verdict_name(row.verdict)).c_str());
  // [/29]
  say("30");
  // [30]
  const Decision dearer{.effective_on = Date::of(2024, 6, 1),
                        .name = "the price change",
                        .where = by::primary_plan == "pro",
                        .control = by::primary_plan == "basic"};
  say(decision_sentence(analyzer.decision(dearer)));
  // [/30]
  say("31");
  // [31]
  const WhatIf plugged{.change = RecoverPayments{.share = 0.9}};
  say(what_if_sentence(analyzer.what_if(PeriodKind::month, {plugged})));
  // [/31]
}

void can_i_believe_it(const Analyzer& analyzer, const LoadedBook& loaded, const Rejections& rejections) {
  say("32");
  // [32]
  const PeriodGrid december = months(Date::of(2024, 12, 1), Date::of(2025, 1, 1));
  const auto differing =
      analyzer.who_differs(december, 0, Conventions::standard(), Conventions::stripe(), CustomerChurnRate{});
  std::size_t departures = 0;
  for (const DifferingCustomer& one : differing)
    if (one.first.numerator != one.second.numerator) ++departures;
  std::printf("%zu customers count in one of them only, %zu of them as departures\n", differing.size(),
              departures);
  // [/32]
  say("33");
  // [33]
  const auto behind = analyzer.explain(december, 0, Movement::churn, by::plan, {"enterprise"});
  for (const Explanation& one : behind)
    std::printf("%s left on %s: %s\n", one.customer.text().c_str(), one.day.to_string().c_str(),
                one.record.c_str());
  // [/33]
  say("34");
  // [34]
  std::printf("%zu rows could not be read, %zu could not be true, %zu notices\n",
              loaded.rejections.rejected(), rejections.rejected(),
              loaded.rejections.notices() + rejections.notices());
  for (const Rejection& one : rejections.entries()) say(one.reason);
  // [/34]
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: guide BOOK_FOLDER\n");
    return 2;
  }
  const char* folder = argv[1];
  // [book]
  const LoadedBook loaded = read_book_folder(folder);
  const Date as_of = loaded.records.day_after_latest().value();
  const auto [book, rejections] = Book::build(loaded.records, as_of, loaded.conventions);
  const Analyzer analyzer{book};
  const PeriodGrid every_month = Analyzer::whole_book(book, PeriodKind::month);
  // [/book]
  what_happened(analyzer, every_month);
  who_leaves(analyzer);
  why_they_left(analyzer, every_month);
  who_is_next(analyzer);
  what_would_change_it(analyzer);
  can_i_believe_it(analyzer, loaded, rejections);
}
