// What goes with staying, which day of onboarding counts, what a price change did, and where MRR would be if something changed:
// each question in a line, each answer in a sentence.
#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>

#include <cstdio>
#include <string>

using namespace churn;

namespace {

void say(const char* question, const std::string& answer) {
  std::printf("%s\n  %s\n", question, answer.c_str());
}

/// A lever of this house: whether somebody opened a ticket, and so spoke to us, in the first sixty days.
Exposure spoke_to_us() {
  return {.lever = "campaigns",
          .name = "spoke_to_us",
          .levels = {"not", "spoke"},
          .landmark = 60,
          .level = [](const Past& past) { return past.count("ticket_opened", 60) > 0 ? 1 : 0; }};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: what-would-change-it BOOK_FOLDER\n");
    return 2;
  }
  const LoadedBook loaded = read_book_folder(argv[1]);
  const Date as_of = loaded.records.day_after_latest().value();
  const Analyzer analyzer{Book::build(loaded.records, as_of, loaded.conventions).book};

  say("What goes with staying?", levers_sentence(analyzer.levers()));
  const LeverReport ours = analyzer.levers({.standard_levers = false, .exposures = {spoke_to_us()}});
  say("Does it help that they speak to us early?", levers_sentence(ours));
  say("Whom should we sell to?", customer_profile_sentence(analyzer.customer_profile()));
  say("How soon must they reach value?", time_to_value_sentence(analyzer.time_to_value()));

  const Decision dearer{.effective_on = Date::of(2024, 6, 1),
                        .name = "the price change",
                        .where = by::primary_plan == "pro",
                        .control = by::primary_plan == "basic"};
  say("What did the price change do?", decision_sentence(analyzer.decision(dearer)));

  const WhatIfReport changed = analyzer.what_if(
      PeriodKind::month,
      {{.change = RaiseRetention{.where = by::attribute("channel") == "paid_social", .points = 10}},
       {.change = AnnualShare{.share = 0.7, .discount = 0.15}},
       {.change = RecoverPayments{.share = 0.9}}});
  say("If we plug this hole, where is MRR in a year?", what_if_sentence(changed));
}
