// Why customers left, what it cost, and whom to win back, each in a sentence; and a rule of the house's own.
#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>

#include <cstdio>
#include <optional>
#include <string>

using namespace churn;

namespace {

void say(const char* question, const std::string& answer) {
  std::printf("%s\n  %s\n", question, answer.c_str());
}

/// This house gives every customer a trial month, and takes who leaves within it for one who looked around.
std::optional<Finding> looked_around(const DepartureFacts& facts) {
  if (facts.departed_on - facts.stay_starts_on > std::chrono::days{31}) return {};
  return Finding{DepartureType::voluntary, "wrong_fit"};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: why-they-left BOOK_FOLDER\n");
    return 2;
  }
  const LoadedBook loaded = read_book_folder(argv[1]);
  const Date as_of = loaded.records.day_after_latest().value();
  const Analyzer analyzer{Book::build(loaded.records, as_of, loaded.conventions).book};
  const PeriodGrid months = Analyzer::whole_book(analyzer.book(), PeriodKind::month);

  say("Why did they leave?", causes_sentence(analyzer.departures(months)));
  say("Does it depend on the industry?",
      causes_sentence(analyzer.departures(months, by::attribute("industry"))));
  std::printf("Wrong customers, a competitor, or a product gone stale?\n");
  for (const DepartureShare& story : story_shares(analyzer.departures(months)))
    std::printf("  %-14s %3lld of %lld who chose to leave\n", story.name.c_str(),
                static_cast<long long>(story.leavers.customers), static_cast<long long>(story.all.customers));

  say("Which payments fail, and which are recovered?", dunning_sentence(analyzer.dunning(months)));
  say("Who is in arrears?", arrears_sentence(analyzer.arrears()));
  say("Whose card expires?", expiring_cards_sentence(analyzer.expiring_cards({.days = 45})));
  say("What do they say?", survey_sentence(analyzer.exit_surveys()));
  say("Who comes back?", returns_sentence(analyzer.returns()));
  say("Whom to win back first?", win_back_sentence(analyzer.win_back()));

  DepartureRules ours = DepartureRules::standard();
  ours.before("cancel_before_trouble", {"looked_around", looked_around});
  say("And by our own rules?", causes_sentence(analyzer.departures(months, {}, ours)));
}
