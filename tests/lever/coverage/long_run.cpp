// How often the intervals of the levers hold the truth, over many made-up books in which the truth is known.
//
//   churn-lever-coverage --books 2000 --customers 10000 --threads 2
//
// In each book one lever changes the chance to leave (each in its turn; in every tenth book none does), by a size that is
// known, and so do the industry and the plan, which the analysis adjusts for; all other levers do nothing. A customer comes on
// a day of thirty months, does what its exposures say in the first ten weeks, and at each renewal leaves with chance
// 1 - exp(-hazard x months): log hazard = base + industry + plan + lever. Monthly payers only, but where the lever is the annual
// plan.
//
// Truth: of the hazard ratio what was planted (1 of a lever that does nothing); of the difference of retention, given the
// customers that were there at the landmark, the mean chance to stay of those who had the lever less that of those who
// had not. The generator shares nothing with the library but its records.
//
// Prints how many intervals held it, of the lever planted and of those that do nothing, and how often one of these is
// claimed, by itself (p < 0.05) and by verdict (p adjusted over all levers). Ends with 1 if a share of intervals lies
// outside 93.5 to 96.5 % by more than two of its standard errors (shares of 200 and more).
#include <churn/churn.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using churn::Date;

// What is planted, on the log of the hazard, a step of the exposure.

struct Planted {
  std::string lever;
  std::string name;
  double ratio;
};

const std::vector<Planted>& planted_levers() {
  static const std::vector<Planted> levers{
      {"first_deal", "started_larger", 1.6}, {"campaigns", "engaged", 0.7},
      {"activation", "activated", 0.5},      {"integrations", "connected", 0.8},
      {"breadth", "products", 0.6},          {"breadth", "seats", 0.75},
      {"breadth", "features", 0.8},          {"annual_plan", "by_the_year", 0.6},
      {"product_health", "reports", 0.7}};
  return levers;
}

struct Settings {
  int books = 100;
  int customers = 10'000;
  int threads = 2;
  std::uint64_t seed = 1;
};

constexpr int days_of_book = 36 * 30;
constexpr double month_hazard = 0.025;
const std::array<double, 5> industry_effects{-0.3, -0.1, 0.0, 0.2, 0.5};
constexpr double pro_effect = -0.25;
const std::array<const char*, 5> feature_names{"alerts", "boards", "exports", "forms", "reports"};

const Date first_day = Date::of(2021, 1, 1);
Date on_day(int day) { return Date::from_days(first_day.days() + day); }

struct Person {
  int starts = 0;  // day of the book
  int industry = 0;
  bool pro = false;
  bool yearly = false;
  int shrinks_after = 0;  // months; 0: does not
  bool engaged = false;
  bool activated = false;
  int integrations = 0;
  bool second_product = false;
  int seats = 1;
  std::array<bool, 5> uses{};
  double hazard = 0;          // a month
  std::optional<int> leaves;  // day of the book

  [[nodiscard]] int features() const {
    int count = 0;
    for (const bool used : uses) count += used ? 1 : 0;
    return count;
  }
};

/// The level of an exposure as it is at its landmark.
int level_of(const Person& person, const std::string& lever, const std::string& name) {
  if (name == "started_larger") return person.shrinks_after > 0 ? 1 : 0;
  if (name == "by_the_year") return person.yearly ? 1 : 0;
  if (name == "engaged") return person.engaged ? 1 : 0;
  if (name == "activated") return person.activated ? 1 : 0;
  if (name == "connected") return person.integrations;
  if (name == "products") return person.second_product ? 1 : 0;
  if (name == "seats") return person.seats == 1 ? 0 : person.seats <= 5 ? 1 : 2;
  if (name == "features") return person.features() <= 1 ? 0 : person.features() <= 3 ? 1 : 2;
  if (lever == "product_health")
    for (std::size_t f = 0; f < feature_names.size(); ++f)
      if (name == feature_names[f]) return person.uses[f] ? 1 : 0;
  return 0;
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  bool chance(double p) { return unit() < p; }
  int between(int low, int high) {  // both included
    return low + static_cast<int>(unit() * (high - low + 1));
  }
  double unit() { return static_cast<double>(engine_() >> 11U) * 0x1.0p-53; }

 private:
  std::mt19937_64 engine_;
};

/// The n-th renewal of who started on a day.
Date renewal(int starts, bool yearly, int n) {
  using namespace std::chrono;
  const year_month_day anchor{sys_days{days{on_day(starts).days()}}};
  year_month_day at = anchor + months{yearly ? 12 * n : n};
  if (!at.ok()) at = at.year() / at.month() / last;
  return Date::from_days(static_cast<std::int32_t>(sys_days{at}.time_since_epoch().count()));
}

Person draw_person(Random& random, bool with_yearly, const Planted* planted) {
  Person person;
  person.starts = random.between(0, 30 * 30);
  person.industry = random.between(0, 4);
  person.pro = random.chance(0.4);
  person.yearly = with_yearly && random.chance(0.3);
  if (random.chance(0.14)) person.shrinks_after = random.between(2, 4);
  person.engaged = random.chance(0.3);
  person.activated = random.chance(0.5);
  person.integrations = random.between(0, 3);
  person.second_product = random.chance(0.2);
  person.seats = random.chance(0.4) ? 1 : random.chance(0.6) ? random.between(2, 5) : random.between(6, 12);
  if (person.second_product) person.seats = std::max(person.seats, 2);
  for (bool& used : person.uses) used = random.chance(0.4);
  double log_hazard = std::log(month_hazard) + industry_effects[static_cast<std::size_t>(person.industry)] +
                      (person.pro ? pro_effect : 0);
  if (planted != nullptr)
    log_hazard += std::log(planted->ratio) * level_of(person, planted->lever, planted->name);
  person.hazard = std::exp(log_hazard);
  for (int n = 1;; ++n) {
    const int day = renewal(person.starts, person.yearly, n).days() - first_day.days();
    if (day >= days_of_book) break;
    if (!random.chance(1 - std::exp(-person.hazard * (person.yearly ? 12 : 1)))) continue;
    person.leaves = day;
    break;
  }
  return person;
}

/// The seats of the second product and those that are given up are beside those that count.
void add(churn::Records& records, int number, const Person& person, Random& random) {
  const churn::CustomerId id{"c" + std::to_string(number)};
  churn::Customer customer{.id = id, .signed_up_on = on_day(person.starts)};
  customer.attributes["industry"] = "industry" + std::to_string(person.industry);
  records.add(customer);

  const churn::Currency usd{"USD"};
  const churn::BillingCycle cycle{
      person.yearly ? churn::BillingInterval::year : churn::BillingInterval::month, 1};
  const std::optional<Date> ends = person.leaves ? std::optional{on_day(*person.leaves)} : std::nullopt;
  // A larger first deal is one of a higher price, so that seats say nothing of it.
  const std::int64_t price = (person.pro ? 5000 : 2000) * (person.yearly ? 12 : 1);
  churn::Phase phase{.plan = person.pro ? "pro" : "basic",
                     .starts_on = on_day(person.starts),
                     .ends_on = ends,
                     .price = churn::Money{price, usd},
                     .cycle = cycle,
                     .quantity = person.second_product ? person.seats - 1 : person.seats};
  churn::Subscription first{churn::SubscriptionId{"s" + std::to_string(number)}, id, {}};
  const std::optional<Date> shrinks = person.shrinks_after > 0
                                          ? std::optional{renewal(person.starts, false, person.shrinks_after)}
                                          : std::nullopt;
  if (shrinks) {
    churn::Phase larger = phase;
    larger.price = churn::Money{2 * price, usd};
    if (!ends || *shrinks < *ends) {
      larger.ends_on = *shrinks;
      first.phases.push_back(larger);
      phase.starts_on = *shrinks;
    } else {
      phase = larger;
    }
  }
  first.phases.push_back(phase);
  records.add(first);
  if (person.second_product) {
    churn::Subscription second{churn::SubscriptionId{"t" + std::to_string(number)}, id, {}};
    second.phases.push_back({.plan = "addon",
                             .starts_on = on_day(person.starts),
                             .ends_on = ends,
                             .price = churn::Money{price / 4, usd},
                             .cycle = cycle,
                             .quantity = 1});
    records.add(second);
  }

  const auto did = [&](const char* kind, std::string label, int earliest, int latest) {
    const int day = person.starts + random.between(earliest, latest);
    if (day >= days_of_book || (person.leaves && day >= *person.leaves)) return;
    records.add(churn::Event{id,
                             churn::Timestamp::from_seconds(std::int64_t{on_day(day).days()} * 86400 + 36000),
                             kind, churn::Decimal{1}, std::move(label)});
  };
  if (person.engaged) did("campaign_engaged", "webinar", 3, 70);
  did("stage_reached", "signed", 0, 0);
  if (person.activated) did("stage_reached", "activated", 1, 25);
  for (int i = 0; i < person.integrations; ++i)
    did("integration_connected", std::string{"partner"} + std::to_string(i), 2, 70);
  for (std::size_t f = 0; f < feature_names.size(); ++f)
    if (person.uses[f]) did("feature_used", feature_names[f], 1, 70);
}

/// Of those there on the landmark day whose horizon is over.
struct Truth {
  std::array<double, 2> stays{};
  std::array<int, 2> customers{};
  [[nodiscard]] std::optional<double> difference() const {
    if (customers[0] == 0 || customers[1] == 0) return std::nullopt;
    return stays[1] / customers[1] - stays[0] / customers[0];
  }
};

Truth truth_of(const std::vector<Person>& people, const churn::Exposure& exposure) {
  Truth truth;
  for (const Person& person : people) {
    const int landmark = person.starts + exposure.landmark;
    const int end = landmark + exposure.horizon;
    if (end > days_of_book || (person.leaves && *person.leaves < landmark)) continue;
    double hazard = 0;
    for (int n = 1;; ++n) {
      const int day = renewal(person.starts, person.yearly, n).days() - first_day.days();
      if (day >= end) break;
      if (day >= landmark) hazard += person.hazard * (person.yearly ? 12 : 1);
    }
    const std::size_t arm = level_of(person, exposure.lever, exposure.name) > 0 ? 1 : 0;
    truth.stays[arm] += std::exp(-hazard);
    ++truth.customers[arm];
  }
  return truth;
}

/// Two products have two seats; and of features and how many there are, one says something of the other.
bool says_something_of(const Planted& planted, const churn::Exposure& exposure) {
  const auto of_features = [](const std::string& lever, const std::string& name) {
    return name == "features" || lever == "product_health";
  };
  const auto of_size = [](const std::string& name) { return name == "products" || name == "seats"; };
  return (of_features(planted.lever, planted.name) && of_features(exposure.lever, exposure.name)) ||
         (of_size(planted.name) && of_size(exposure.name));
}

struct Share {
  std::int64_t hits = 0;
  std::int64_t of = 0;
  void count(bool hit) {
    ++of;
    if (hit) ++hits;
  }
};

struct Tally {
  Share ratio_held;
  Share difference_held;
  Share weighted_held;
  Share claimed;         // p < 0.05
  Share claimed_of_all;  // by verdict
  double log_ratio = 0;  // sum of log(estimate / truth)
};

/// By "planted" or "nothing", then lever and exposure.
using Tallies = std::map<std::pair<std::string, std::string>, Tally>;

void study(const Settings& settings, std::uint64_t number, Tallies& tallies, std::mutex& mutex) {
  Random random{settings.seed * 1'000'003 + number};
  const std::size_t turn = number % (planted_levers().size() + 1);
  const Planted* const planted = turn < planted_levers().size() ? &planted_levers()[turn] : nullptr;
  // Of those in which nothing is planted, half have yearly payers, too.
  const bool with_yearly =
      planted != nullptr ? planted->name == "by_the_year" : number / (planted_levers().size() + 1) % 2 == 1;
  std::vector<Person> people;
  churn::Records records;
  for (int i = 0; i < settings.customers; ++i) {
    people.push_back(draw_person(random, with_yearly, planted));
    add(records, i, people.back(), random);
  }
  const churn::Book book = churn::Book::build(records, on_day(days_of_book), churn::Conventions{}).book;
  churn::LeversOptions options;
  options.profile.horizon = 370;
  const churn::LeverReport report = churn::levers(book, options);

  const std::lock_guard lock{mutex};
  for (const churn::LeverRow& row : report.rows) {
    if (!row.effect.adjusted.interval) continue;
    const bool it = planted != nullptr && row.exposure.name == planted->name;
    if (planted != nullptr && !it && says_something_of(*planted, row.exposure)) continue;
    if (row.exposure.name == "by_the_year" && !with_yearly) continue;
    const double truth = it ? planted->ratio : 1;
    Tally& tally = tallies[{it ? "planted" : "nothing", row.exposure.lever + " " + row.exposure.name}];
    const auto holds = [](const churn::Interval& interval, double value) {
      return interval.low <= value && value <= interval.high;
    };
    tally.ratio_held.count(holds(*row.effect.adjusted.interval, truth));
    tally.log_ratio += std::log(*row.effect.adjusted.value / truth);
    const std::optional<double> difference = truth_of(people, row.exposure).difference();
    if (difference && row.effect.retained.difference)
      tally.difference_held.count(holds(row.effect.retained.difference->interval, *difference));
    if (difference && row.effect.weighted_interval)
      tally.weighted_held.count(holds(*row.effect.weighted_interval, *difference));
    if (row.effect.p) tally.claimed.count(row.effect.p->value < 0.05);
    tally.claimed_of_all.count(row.verdict == churn::LeverVerdict::keeps ||
                               row.verdict == churn::LeverVerdict::loses);
  }
}

std::string percent(const Share& share) {
  if (share.of == 0) return "-";
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.1f",
                      100.0 * static_cast<double>(share.hits) / static_cast<double>(share.of));
  return text.data();
}

bool within(const Share& share) {
  if (share.of < 200) return true;  // too few to say
  const auto n = static_cast<double>(share.of);
  const double part = static_cast<double>(share.hits) / n;
  const double chance = 2 * std::sqrt(0.95 * 0.05 / n);
  return part + chance >= 0.935 && part - chance <= 0.965;
}

int number_of(std::string_view text) {
  int value = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int run(const Settings& settings) {
  Tallies tallies;
  std::mutex mutex;
  std::atomic<int> next{0};
  const auto work = [&] {
    for (int number = next++; number < settings.books; number = next++)
      study(settings, static_cast<std::uint64_t>(number), tallies, mutex);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < settings.threads; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();

  std::printf("%d books of %d customers; shares in %%\n", settings.books, settings.customers);
  std::printf("%-8s %-28s %6s %8s %8s %8s %10s %8s %8s\n", "", "exposure", "books", "ratio", "diff",
              "weighted", "bias", "p<0.05", "claimed");
  std::map<std::string, Tally> sums;
  bool sound = true;
  const auto print = [](const std::string& kind, const std::string& name, const Tally& tally) {
    std::printf("%-8s %-28s %6lld %8s %8s %8s %10.4f %8s %8s\n", kind.c_str(), name.c_str(),
                static_cast<long long>(tally.ratio_held.of), percent(tally.ratio_held).c_str(),
                percent(tally.difference_held).c_str(), percent(tally.weighted_held).c_str(),
                tally.log_ratio / static_cast<double>(tally.ratio_held.of), percent(tally.claimed).c_str(),
                percent(tally.claimed_of_all).c_str());
  };
  const auto join = [](Share& sum, const Share& part) {
    sum.hits += part.hits;
    sum.of += part.of;
  };
  for (const auto& [key, tally] : tallies) {
    print(key.first, key.second, tally);
    Tally& sum = sums[key.first];
    join(sum.ratio_held, tally.ratio_held);
    join(sum.difference_held, tally.difference_held);
    join(sum.weighted_held, tally.weighted_held);
    join(sum.claimed, tally.claimed);
    join(sum.claimed_of_all, tally.claimed_of_all);
    sum.log_ratio += tally.log_ratio;
    sound = sound && within(tally.ratio_held) && within(tally.difference_held);
  }
  for (const auto& [kind, tally] : sums) print(kind, "all", tally);
  return sound ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--books") settings.books = number_of(argv[i + 1]);
    if (name == "--customers") settings.customers = number_of(argv[i + 1]);
    if (name == "--threads") settings.threads = number_of(argv[i + 1]);
    if (name == "--seed") settings.seed = static_cast<std::uint64_t>(number_of(argv[i + 1]));
  }
  return run(settings);
}
