// Writes the sample book: three invented years of a small software company that sells seats by subscription.
//
//     generate_sample_book OUT_DIR [--seed N] [--customers N] [--months N]
//
// The folder gets customers.csv, subscriptions.csv, events.csv and book.json. Without options the bytes are
// those of the committed folder `sample_book`, on every platform: nothing here is left to the machine.
//
//  * Random numbers come from splitmix64, written out below. The standard distributions are not used, since
//    their results differ between standard libraries.
//  * Every decision compares integers (chances are counted per 100 000), so no rounding mode or libm matters.
//  * No clock, locale or hash order takes part, and files are written in binary mode with '\n'.
//  * Each customer has a stream of its own, so a change to one life does not disturb the others.
//
// A customer is drawn in four steps: the profile (who they are, and what that does to their hazard), the
// stays (how they subscribe, grow, shrink, pause, leave and return), a second subscription for a few, and
// last the events. The events come last because they have to fit the outcome: use fades before most
// cancellations, cards expire before the renewals that fail. Whoever analyses the book should find what was
// put in; the README.md of the folder lists it.

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace {

// ---- random numbers

/// splitmix64: a few lines, no state but one word, and the same sequence everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// An independent stream for one purpose of one customer.
  Random(std::uint64_t seed, int customer, int purpose)
      : Random(mix(mix(seed) + static_cast<std::uint64_t>(customer) * 16 +
                   static_cast<std::uint64_t>(purpose))) {}

  /// Uniform in [0, n). Taking the high half of a product avoids the poor low bits of a remainder.
  int below(int n) { return static_cast<int>(((next() >> 32) * static_cast<std::uint64_t>(n)) >> 32); }

  /// Uniform in [low, high].
  int between(int low, int high) { return low + below(high - low + 1); }

  /// True so many times in 100 000.
  bool chance(std::int64_t per_100k) { return below(100'000) < per_100k; }

  /// True so many times in 100.
  bool percent(int share) { return below(100) < share; }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15U); }

  std::uint64_t state_;
};

/// One row of a table to draw from; `hazard` is what the row does to the chance of leaving, in percent.
struct Choice {
  std::string_view label;
  int weight;
  int hazard = 100;
};

const Choice& pick(std::span<const Choice> choices, Random& random) {
  int total = 0;
  for (const Choice& choice : choices) total += choice.weight;
  int left = random.below(total);
  for (const Choice& choice : choices) {
    if (left < choice.weight) return choice;
    left -= choice.weight;
  }
  return choices.back();
}

// ---- civil days

/// Days since 1970-01-01.
using Day = std::int32_t;

std::chrono::year_month_day civil(Day day) { return std::chrono::sys_days{std::chrono::days{day}}; }

Day to_day(std::chrono::year_month_day date) {
  return static_cast<Day>(std::chrono::sys_days{date}.time_since_epoch().count());
}

/// The same day of the month, `count` months on, or the last day of a shorter month. Always called with the
/// anchor of a subscription, so that 31 January is followed by 28 February and then by 31 March again.
Day add_months(Day anchor, int count) {
  const auto date = civil(anchor);
  const auto month = date.year() / date.month() + std::chrono::months{count};
  const auto last = (month / std::chrono::last).day();
  return to_day(month / std::min(date.day(), last));
}

constexpr auto first_date = std::chrono::year{2022} / std::chrono::January / 1;

std::string padded(unsigned value, std::size_t width) {
  std::string digits = std::to_string(value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

std::string month_text(Day day) {
  const auto date = civil(day);
  return padded(static_cast<unsigned>(static_cast<int>(date.year())), 4) + '-' +
         padded(static_cast<unsigned>(date.month()), 2);
}

std::string text(Day day) {
  return month_text(day) + '-' + padded(static_cast<unsigned>(civil(day).day()), 2);
}

std::string text(std::optional<Day> day) { return day ? text(*day) : std::string{}; }

// ---- the company's tables

enum class Plan { basic, pro, business, enterprise };

constexpr std::array<std::string_view, 4> plan_names{"basic", "pro", "business", "enterprise"};

/// Cents for one seat and one month. A year costs ten months.
constexpr std::array<std::int64_t, 4> list_price{1200, 2200, 3500, 5500};

/// Pro becomes dearer once: for new subscriptions from one month of the book, for old ones at the first
/// renewal some months later.
constexpr std::int64_t raised_pro_price = 2500;
constexpr int raised_for_new_month = 26;
constexpr int raised_for_old_month = 29;

/// Leaving in a month, per 100 000, before everything that raises or lowers it.
constexpr std::int64_t base_hazard = 2850;

constexpr std::array<Choice, 7> industries{{{"agencies", 18, 100},
                                            {"education", 13, 95},
                                            {"events", 13, 165},
                                            {"healthcare", 12, 85},
                                            {"manufacturing", 11, 85},
                                            {"retail", 15, 105},
                                            {"software", 18, 90}}};

constexpr std::array<Choice, 6> channels{{{"organic_search", 27, 95},
                                          {"outbound", 10, 100},
                                          {"paid_search", 19, 110},
                                          {"paid_social", 16, 260},
                                          {"partner", 11, 85},
                                          {"referral", 17, 80}}};

constexpr std::array<Choice, 9> countries{
    {{"US", 38}, {"GB", 14}, {"DE", 14}, {"FR", 8}, {"CA", 8}, {"NL", 6}, {"AU", 5}, {"PL", 4}, {"ES", 3}}};

/// How big the customer is decides with which plan and how many seats it starts.
struct SizeBand {
  std::string_view label;
  int weight;
  std::array<int, 4> plan_weights;
  int fewest_seats;
  int most_seats;
};

constexpr std::array<SizeBand, 4> size_bands{{{"micro", 38, {72, 28, 0, 0}, 1, 4},
                                              {"small", 34, {25, 55, 20, 0}, 3, 9},
                                              {"medium", 21, {0, 38, 54, 8}, 6, 20},
                                              {"large", 7, {0, 0, 50, 50}, 14, 40}}};

constexpr std::array<std::string_view, 30> name_heads{
    "Alder",   "Brix",   "Calder", "Dorrin", "Elm",   "Fenner", "Garth", "Hollin", "Ivor",   "Jun",
    "Kestrel", "Lomar",  "Merrow", "Nettle", "Oster", "Pell",   "Quill", "Rook",   "Sorrel", "Tarn",
    "Umber",   "Vesper", "Wick",   "Yarrow", "Zell",  "Amber",  "Birch", "Corin",  "Dun",    "Ever"};

constexpr std::array<std::string_view, 20> name_tails{
    "field", "stone", "vale", "moor",  "ridge", "bridge", "gate",  "mere", "combe", "hurst",
    "ford",  "well",  "holm", "crest", "lake",  "haven",  "brook", "wood", "march", "dale"};

constexpr std::array<std::string_view, 7> trades{"Studio", "Academy", "Events", "Clinics",
                                                 "Works",  "Trading", "Systems"};

constexpr std::array<std::string_view, 4> company_forms{"", "", " Ltd", ", Inc."};

// ---- the records

struct Settings {
  std::filesystem::path folder;
  std::uint64_t seed = 20220101;
  int customers = 600;
  int months = 36;

  Day first_day() const { return to_day(first_date); }
  Day month_start(int month) const { return add_months(first_day(), month); }
  /// The last day that the book knows; as_of is the day after.
  Day last_day() const { return month_start(months) - 1; }
};

struct Customer {
  int number = 0;
  Day signed_up_on = 0;
  std::string name;
  bool excluded = false;
  int merged_into = 0;
  std::string_view industry;
  std::string_view channel;
  std::string_view country;
  const SizeBand* size = nullptr;
  bool activated = false;
  int stages = 0;
  int integrations = 0;
  bool answers_campaigns = false;
  std::int64_t hazard_percent = 100;
};

struct Phase {
  int subscription = 0;
  int customer = 0;
  Plan plan = Plan::basic;
  Day starts_on = 0;
  std::optional<Day> ends_on;
  std::int64_t month_cents = 0;
  bool yearly = false;
  int quantity = 1;
  int discount_percent = 0;
  std::optional<Day> discount_ends_on;
  std::optional<Day> trial_ends_on;
  std::optional<Day> cancel_requested_on;
  std::string_view end_reason;
  std::optional<Day> paused_from;
  std::optional<Day> paused_until;
  std::optional<Day> term_ends_on;
};

struct Event {
  Day day = 0;
  int second = 0;
  int customer = 0;
  std::string_view kind;
  int value = 1;
  std::string label;
};

struct Book {
  std::vector<Customer> customers;
  std::vector<Phase> phases;
  std::vector<Event> events;
  int subscriptions = 0;
};

enum class How { running, cancelled, payment_failed, term_over, switched };

/// How a subscription or a stay ended, if it did.
struct Ending {
  How how = How::running;
  Day on = 0;
  std::optional<Day> requested_on;
  std::string_view reason;
};

/// An unbroken time of paying, over however many subscriptions.
struct Stay {
  Day from = 0;
  Ending ending;
};

/// What a new subscription starts with.
struct Offer {
  Day starts_on = 0;
  Plan plan = Plan::basic;
  int quantity = 1;
  bool yearly = false;
  int trial_days = 0;
  bool trial_converts = true;
  int discount_percent = 0;
  int discount_months = 0;
  int fixed_months = 0;
  int earlier_tenure = 0;
};

// ---- hazards and reasons

/// Those who stay are used to staying: hazard falls with tenure.
int tenure_percent(int months) {
  if (months < 4) return 145;
  if (months < 8) return 120;
  if (months < 13) return 100;
  if (months < 25) return 78;
  return 62;
}

/// The product gets better, so that everybody's hazard falls slowly.
int calendar_percent(int month_of_book) { return std::max(78, 120 - month_of_book * 5 / 4); }

int plan_percent(Plan plan) {
  constexpr std::array<int, 4> percents{115, 100, 80, 65};
  return percents[static_cast<std::size_t>(plan)];
}

int integration_percent(int count) {
  constexpr std::array<int, 4> percents{115, 100, 80, 65};
  return percents[static_cast<std::size_t>(count)];
}

/// Per 100 000, for one month of a monthly plan.
std::int64_t month_hazard(const Customer& customer, Plan plan, int tenure, int month_of_book) {
  const std::int64_t usual = base_hazard * customer.hazard_percent / 100 * tenure_percent(tenure) / 100;
  return usual * plan_percent(plan) / 100 * calendar_percent(month_of_book) / 100;
}

std::string_view cancel_reason(const Customer& customer, Plan plan, Random& random) {
  const bool event_maker = customer.industry == "events";
  const bool bought_on_impulse = customer.channel == "paid_social";
  const std::array<Choice, 5> reasons{{{"too_expensive", bought_on_impulse ? 45 : 24},
                                       {"missing_feature", plan == Plan::basic ? 28 : 18},
                                       {"competitor", 20},
                                       {"project_finished", event_maker ? 60 : 10},
                                       {"", 22}}};
  return pick(reasons, random).label;
}

// ---- the life of a subscription

/// One subscription from its first day to its end or to the end of the book, as a row a phase.
///
/// Time advances by months of the anchor day. A *term* is what the customer has agreed to pay for: a month, a
/// year, or the months of a fixed contract. Whether it is the last one is decided when it begins.
class SubscriptionLife {
 public:
  SubscriptionLife(const Settings& settings, const Customer& customer, const Offer& offer, int number,
                   Random& random)
      : settings_(settings),
        customer_(customer),
        offer_(offer),
        random_(random),
        anchor_(offer.starts_on + offer.trial_days) {
    Phase phase;
    phase.subscription = number;
    phase.customer = customer.number;
    phase.plan = offer.plan;
    phase.starts_on = offer.starts_on;
    phase.yearly = offer.yearly;
    phase.quantity = offer.quantity;
    phase.month_cents = current_price(offer.plan, offer.starts_on);
    rows_.push_back(phase);
  }

  Ending run() {
    if (offer_.trial_days > 0 && !run_trial()) return {};
    agree_terms();
    while (renewal(month_) <= settings_.last_day()) {
      begin_term();
      for (; month_ < term_end_ && renewal(month_) <= settings_.last_day(); ++month_) {
        if (live_one_month()) return ending_;
      }
      if (ending_.how != How::running) return close();
    }
    return {};
  }

  const std::vector<Phase>& rows() const { return rows_; }
  bool was_paid() const { return paid_; }
  Day first_paid_day() const { return anchor_; }
  int months_lived() const { return month_; }

 private:
  Day renewal(int month) const { return add_months(anchor_, month); }
  Phase& current() { return rows_.back(); }
  int month_of_book() const { return (renewal(month_) - settings_.first_day()) / 30; }

  std::int64_t current_price(Plan plan, Day day) const {
    const bool raised = plan == Plan::pro && day >= settings_.month_start(raised_for_new_month);
    return raised ? raised_pro_price : list_price[static_cast<std::size_t>(plan)];
  }

  /// A trial is a phase of its own. False if nothing was paid after it.
  bool run_trial() {
    current().trial_ends_on = anchor_;
    if (anchor_ > settings_.last_day()) return false;
    if (offer_.trial_converts) {
      change_phase(anchor_);
      current().trial_ends_on.reset();
      return true;
    }
    current().ends_on = anchor_;
    if (random_.percent(50)) {
      current().cancel_requested_on = random_.between(offer_.starts_on + 1, anchor_ - 1);
      current().end_reason = cancel_reason(customer_, offer_.plan, random_);
    }
    return false;
  }

  void agree_terms() {
    paid_ = true;
    if (offer_.discount_percent > 0) {
      current().discount_percent = offer_.discount_percent;
      current().discount_ends_on = renewal(offer_.discount_months);
    }
    if (offer_.fixed_months > 0) current().term_ends_on = renewal(offer_.fixed_months);
  }

  /// From `day` on something is different: closes the phase and opens a copy, ready to be changed. A phase
  /// that began on the same day is changed itself, since an empty phase would be no record of anything.
  void change_phase(Day day) {
    if (current().starts_on == day) return;
    Phase next = current();
    current().ends_on = day;
    next.starts_on = day;
    next.paused_from.reset();
    next.paused_until.reset();
    if (next.discount_ends_on && *next.discount_ends_on <= day) {
      next.discount_percent = 0;
      next.discount_ends_on.reset();
    }
    rows_.push_back(next);
  }

  void begin_term() {
    const bool fixed = month_ == 0 && offer_.fixed_months > 0;
    paused_ = false;
    if (month_ > 0) renew();
    if (fixed) {
      term_end_ = offer_.fixed_months;
      decide_fixed_term();
    } else if (!current().yearly && pauses()) {
      paused_ = true;
    } else {
      term_end_ = month_ + (current().yearly ? 12 : 1);
      decide_term();
    }
  }

  void renew() {
    const Day day = renewal(month_);
    if (current().term_ends_on) {
      change_phase(day);
      current().term_ends_on.reset();
    }
    if (!current().yearly && month_ > 2 && random_.chance(550)) {
      change_phase(day);
      current().yearly = true;
    }
    raise_price(day);
  }

  void raise_price(Day day) {
    const bool due = current().plan == Plan::pro && current().month_cents < raised_pro_price &&
                     day >= settings_.month_start(raised_for_old_month);
    if (!due) return;
    change_phase(day);
    current().month_cents = raised_pro_price;
    raised_in_month_ = month_;
  }

  /// Monthly customers may rest for a month or two. One rest a phase, because a phase has room for one.
  bool pauses() {
    if (month_ < 2 || current().paused_from || !random_.chance(450)) return false;
    term_end_ = month_ + random_.between(1, 2);
    current().paused_from = renewal(month_);
    current().paused_until = renewal(term_end_);
    return true;
  }

  void decide_fixed_term() {
    if (!random_.percent(62)) return;
    ending_ = {How::term_over, renewal(term_end_), {}, random_.percent(70) ? "project_finished" : ""};
  }

  void decide_term() {
    const int tenure = offer_.earlier_tenure + month_;
    std::int64_t hazard = month_hazard(customer_, current().plan, tenure, month_of_book());
    if (raised_in_month_ && month_ - *raised_in_month_ < 4) hazard = hazard * 160 / 100;
    // A year is decided once, at about five times a month's hazard: they lose less than half.
    if (current().yearly) hazard *= 5;
    if (!random_.chance(hazard)) return;
    const Day end = renewal(term_end_);
    if (tenure > 2 && random_.percent(30)) {
      // Two weeks of reminders pass before the service stops.
      ending_ = {
          How::payment_failed, end + 14, {}, random_.percent(60) ? "card_expired" : "insufficient_funds"};
      return;
    }
    const int most_notice = current().yearly ? 120 : end - renewal(month_) - 1;
    ending_ = {How::cancelled, end, end - random_.between(current().yearly ? 5 : 1, most_notice),
               cancel_reason(customer_, current().plan, random_)};
  }

  /// True if the subscription ended inside the month, by a switch to another one.
  bool live_one_month() {
    if (paused_) return false;
    if (ending_.how != How::running) {
      shrink_before_leaving();
      return false;
    }
    if (month_ == 0) return false;
    if (change_plan()) return true;
    change_seats();
    return false;
  }

  /// Some of those who are about to cancel try with less first.
  void shrink_before_leaving() {
    if (ending_.how != How::cancelled || current().yearly || month_ == 0 || current().quantity < 3) return;
    if (!random_.percent(22)) return;
    change_phase(renewal(month_));
    current().quantity -= 1 + current().quantity / 4;
  }

  bool change_plan() {
    const Day day = renewal(month_);
    const bool can_rise = current().plan != Plan::enterprise && current().quantity >= 2;
    if (can_rise && random_.chance(current().plan == Plan::business ? 700 : 1900)) {
      const Plan higher = static_cast<Plan>(static_cast<int>(current().plan) + 1);
      if (switches_subscription(day)) {
        ending_ = {How::switched, day, {}, ""};
        current().ends_on = day;
        return true;
      }
      move_to(higher, day);
    } else if (current().plan != Plan::basic && random_.chance(750)) {
      move_to(static_cast<Plan>(static_cast<int>(current().plan) - 1), day);
    }
    return false;
  }

  /// A few upgrades are made as a new subscription that starts on the day when the old one ends.
  bool switches_subscription(Day day) {
    return !current().yearly && !current().term_ends_on && day > current().starts_on && random_.percent(22);
  }

  void move_to(Plan plan, Day day) {
    change_phase(day);
    current().plan = plan;
    current().month_cents = current_price(plan, day);
  }

  void change_seats() {
    const Day begin = renewal(month_);
    const Day day = random_.percent(50) ? begin : random_.between(begin + 1, renewal(month_ + 1) - 1);
    const bool grows = random_.chance(current().plan == Plan::basic ? 4800 : 7000);
    const bool shrinks = !grows && current().quantity > 1 && random_.chance(2600);
    if (day > settings_.last_day() || !(grows || shrinks)) return;
    const int step = 1 + random_.below(1 + current().quantity / 5);
    change_phase(day);
    current().quantity = grows ? current().quantity + step : std::max(1, current().quantity - step);
  }

  /// The end is on record if it has happened, or if it was asked for before the book ends.
  Ending close() {
    const Day known_on = ending_.requested_on.value_or(ending_.on);
    if (known_on > settings_.last_day()) return {};
    current().ends_on = ending_.on;
    current().cancel_requested_on = ending_.requested_on;
    current().end_reason = ending_.reason;
    return ending_;
  }

  const Settings& settings_;
  const Customer& customer_;
  Offer offer_;
  Random& random_;
  Day anchor_;
  std::vector<Phase> rows_;
  Ending ending_;
  std::optional<int> raised_in_month_;
  int month_ = 0;
  int term_end_ = 0;
  bool paused_ = false;
  bool paid_ = false;
};

// ---- who they are

/// Sign-ups by month: a launch, then slow growth with a dip every July and December.
Day draw_sign_up(const Settings& settings, Random& random) {
  std::vector<Choice> months;
  for (int month = 0; month < settings.months; ++month) {
    const int dip = month % 12 == 6 || month % 12 == 11 ? 80 : 100;
    const int launch = month == 0 ? 150 : 0;
    months.push_back({"", (85 + month + launch) * dip / 100});
  }
  const int month = static_cast<int>(&pick(months, random) - months.data());
  return random.between(settings.month_start(month), settings.month_start(month + 1) - 1);
}

std::string company_name(int number, std::string_view industry, Random& random) {
  // 389 and 600 share no factor: the first 600 customers have 600 different names, in no visible order.
  const auto slot = (static_cast<std::size_t>(number) * 389 + 17) % 600;
  std::size_t trade = 0;
  while (industries[trade].label != industry) ++trade;
  std::string name{name_heads[slot % 30]};
  name += name_tails[slot / 30];
  name += ' ';
  name += trades[trade];
  name += company_forms[static_cast<std::size_t>(random.below(4))];
  return name;
}

const SizeBand& draw_size(Random& random) {
  std::array<Choice, size_bands.size()> choices{};
  for (std::size_t i = 0; i < choices.size(); ++i) choices[i] = {size_bands[i].label, size_bands[i].weight};
  return size_bands[static_cast<std::size_t>(&pick(choices, random) - choices.data())];
}

/// What happens in the first weeks, and what it does to the hazard.
void draw_onboarding(Customer& customer, Random& random) {
  customer.activated = random.percent(72);
  customer.stages = customer.activated ? 3 : random.below(3);
  customer.integrations = std::min(random.below(4), random.below(4));
  if (customer.activated && customer.integrations < 3 && random.percent(35)) ++customer.integrations;
  customer.answers_campaigns = random.percent(38);
  customer.hazard_percent = customer.hazard_percent * (customer.activated ? 88 : 150) / 100;
  customer.hazard_percent = customer.hazard_percent * integration_percent(customer.integrations) / 100;
  customer.hazard_percent = customer.hazard_percent * (customer.answers_campaigns ? 85 : 108) / 100;
}

/// Every hundredth customer is a test account; every two hundredth is an account merged into an earlier one.
void mark_special(Customer& customer, const std::vector<Customer>& earlier) {
  if (customer.number % 100 == 57) {
    customer.excluded = true;
    customer.name = "Test Account " + std::to_string(customer.number / 100 + 1);
  }
  if (customer.number % 200 == 133) {
    customer.merged_into = customer.number - 40;
    customer.name = earlier[static_cast<std::size_t>(customer.merged_into - 1)].name + " (second account)";
  }
}

Customer draw_customer(const Settings& settings, int number, Day signed_up_on,
                       const std::vector<Customer>& earlier) {
  Random random(settings.seed, number, 1);
  Customer customer;
  customer.number = number;
  customer.signed_up_on = signed_up_on;
  const Choice& industry = pick(industries, random);
  const Choice& channel = pick(channels, random);
  customer.industry = industry.label;
  customer.channel = channel.label;
  customer.country = pick(countries, random).label;
  customer.size = &draw_size(random);
  customer.name = company_name(number, industry.label, random);
  customer.hazard_percent = industry.hazard * channel.hazard / 100;
  draw_onboarding(customer, random);
  mark_special(customer, earlier);
  return customer;
}

void draw_customers(const Settings& settings, Book& book) {
  Random random(settings.seed, 0, 0);
  std::vector<Day> days;
  for (int i = 0; i < settings.customers; ++i) days.push_back(draw_sign_up(settings, random));
  // Somebody signs up on the last day, so that every book is known up to it.
  days.back() = settings.last_day();
  std::sort(days.begin(), days.end());
  for (const Day day : days) {
    const int number = static_cast<int>(book.customers.size()) + 1;
    book.customers.push_back(draw_customer(settings, number, day, book.customers));
  }
}

// ---- how they stay

void add_discount(Offer& offer, Random& random) {
  constexpr std::array<int, 3> percents{10, 20, 30};
  constexpr std::array<int, 3> months{3, 6, 12};
  offer.discount_percent = percents[static_cast<std::size_t>(random.below(3))];
  offer.discount_months = offer.yearly ? 12 : months[static_cast<std::size_t>(random.below(3))];
}

void draw_plan(Offer& offer, const SizeBand& size, Random& random) {
  std::array<Choice, 4> plans{};
  for (std::size_t i = 0; i < plans.size(); ++i) plans[i] = {plan_names[i], size.plan_weights[i]};
  offer.plan = static_cast<Plan>(&pick(plans, random) - plans.data());
  offer.quantity = random.between(size.fewest_seats, size.most_seats);
}

Offer first_offer(const Settings& settings, const Customer& customer, Random& random) {
  Offer offer;
  offer.starts_on = customer.signed_up_on;
  draw_plan(offer, *customer.size, random);
  offer.yearly = random.percent(21);
  if (random.percent(36)) {
    offer.trial_days = 14;
    offer.trial_converts = random.percent(customer.activated ? 68 : 22);
  } else {
    offer.starts_on = std::min(settings.last_day(), customer.signed_up_on + random.below(10));
  }
  if (!offer.yearly && random.percent(customer.industry == "events" ? 16 : 3)) {
    offer.fixed_months = 3 * random.between(1, 4);
  } else if (random.percent(20)) {
    add_discount(offer, random);
  }
  return offer;
}

/// Whoever was done comes back sooner and more often than whoever was unhappy.
std::optional<Offer> return_offer(const Settings& settings, const Phase& last, const Stay& stay,
                                  Random& random) {
  const bool done = stay.ending.reason == "project_finished" || stay.ending.how == How::term_over;
  const bool by_accident = stay.ending.how == How::payment_failed;
  if (!random.percent(done ? 45 : by_accident ? 38 : 15)) return {};
  Offer offer;
  offer.starts_on = stay.ending.on + (by_accident ? random.between(4, 45) : random.between(25, 240));
  if (offer.starts_on > settings.last_day()) return {};
  offer.plan = last.plan;
  offer.quantity = std::max(1, last.quantity - random.below(1 + last.quantity / 3));
  offer.yearly = random.percent(15);
  if (random.percent(30)) add_discount(offer, random);
  return offer;
}

Offer offer_after_switch(const Phase& old, Day day, int tenure) {
  Offer offer;
  offer.starts_on = day;
  offer.plan = static_cast<Plan>(static_cast<int>(old.plan) + 1);
  offer.quantity = old.quantity;
  offer.earlier_tenure = tenure;
  return offer;
}

/// Runs the subscriptions of one stay: one, or several that replace each other on the same day.
std::optional<Stay> live_stay(const Settings& settings, const Customer& customer, Offer offer, Book& book,
                              Random& random) {
  std::optional<Stay> stay;
  while (true) {
    SubscriptionLife life(settings, customer, offer, ++book.subscriptions, random);
    const Ending ending = life.run();
    book.phases.insert(book.phases.end(), life.rows().begin(), life.rows().end());
    if (!life.was_paid()) return {};
    if (!stay) stay = Stay{life.first_paid_day(), {}};
    stay->ending = ending;
    if (ending.how != How::switched) return stay;
    offer = offer_after_switch(life.rows().back(), ending.on, offer.earlier_tenure + life.months_lived());
  }
}

/// Ends a second subscription together with the first stay, whatever its own plans were.
void cut_rows(std::vector<Phase>& rows, const Ending& ending) {
  std::erase_if(rows, [&](const Phase& row) { return row.starts_on >= ending.on; });
  if (rows.empty()) return;
  Phase& last = rows.back();
  if (last.ends_on && *last.ends_on < ending.on) return;
  last.ends_on = ending.on;
  last.end_reason = ending.reason;
  last.cancel_requested_on = ending.requested_on;
  if (last.cancel_requested_on && *last.cancel_requested_on < last.starts_on) {
    last.cancel_requested_on = last.starts_on;
  }
  if (last.paused_from && *last.paused_from >= ending.on) {
    last.paused_from.reset();
    last.paused_until.reset();
  }
  if (last.paused_until) last.paused_until = std::min(*last.paused_until, ending.on);
}

/// A few customers have a second team with a subscription of its own.
void add_second_subscription(const Settings& settings, const Customer& customer, const Stay& stay,
                             Book& book) {
  Random random(settings.seed, customer.number, 3);
  if (!random.percent(6)) return;
  Offer offer;
  offer.starts_on = stay.from + random.between(60, 420);
  offer.plan = random.percent(50) ? Plan::basic : Plan::pro;
  offer.quantity = random.between(2, 6);
  // Nobody opens a second subscription after asking to cancel the first.
  const Ending& ending = stay.ending;
  const bool leaves = ending.how != How::running;
  if (offer.starts_on > settings.last_day()) return;
  if (leaves && offer.starts_on >= ending.requested_on.value_or(ending.on)) return;
  SubscriptionLife life(settings, customer, offer, ++book.subscriptions, random);
  life.run();
  std::vector<Phase> rows = life.rows();
  if (leaves) cut_rows(rows, ending);
  book.phases.insert(book.phases.end(), rows.begin(), rows.end());
}

std::vector<Stay> live(const Settings& settings, const Customer& customer, Book& book) {
  Random random(settings.seed, customer.number, 2);
  std::vector<Stay> stays;
  std::optional<Offer> offer = first_offer(settings, customer, random);
  while (offer) {
    const std::optional<Stay> stay = live_stay(settings, customer, *offer, book, random);
    if (!stay) break;
    const Phase last = book.phases.back();
    if (stays.empty()) add_second_subscription(settings, customer, *stay, book);
    stays.push_back(*stay);
    if (stay->ending.how == How::running || stay->ending.on > settings.last_day()) break;
    offer = return_offer(settings, last, *stay, random);
  }
  return stays;
}

// ---- what they do

/// Writes the events of one customer. Nothing is dated before the sign-up or after the last day of the book.
class EventWriter {
 public:
  EventWriter(const Settings& settings, const Customer& customer, Book& book)
      : settings_(settings),
        customer_(customer),
        book_(book),
        random_(settings.seed, customer.number, 4),
        usage_from_(settings.month_start(std::max(0, settings.months - 8))) {}

  void write(const std::vector<Stay>& stays) {
    const Day trial_end = customer_.signed_up_on + 13;
    onboard(stays.empty() ? std::min(trial_end, settings_.last_day()) : last_day_of(stays.front()));
    for (const Stay& stay : stays) {
      add_cards(stay);
      add_use(stay);
      add_opinions(stay);
      add_campaigns(stay);
      ask_why(stay);
    }
  }

 private:
  Day last_day_of(const Stay& stay) const {
    const bool ends = stay.ending.how != How::running;
    return ends ? std::min(stay.ending.on - 1, settings_.last_day()) : settings_.last_day();
  }

  void add(Day day, std::string_view kind, int value, std::string label) {
    const int second = random_.between(7 * 3600, 19 * 3600);
    book_.events.push_back({day, second, customer_.number, kind, value, std::move(label)});
  }

  void onboard(Day until) {
    constexpr std::array<std::string_view, 3> stages{"set_up", "first_project", "activated"};
    constexpr std::array<std::string_view, 4> partners{"calendar", "accounting", "chat", "crm"};
    Day day = customer_.signed_up_on + random_.below(3);
    for (std::size_t i = 0; i < static_cast<std::size_t>(customer_.stages); ++i) {
      if (day <= until) add(day, "stage_reached", 1, std::string{stages[i]});
      day += random_.between(1, 12);
    }
    std::size_t partner = static_cast<std::size_t>(random_.below(4));
    for (int i = 0; i < customer_.integrations; ++i) {
      const Day connected = customer_.signed_up_on + random_.between(5, 90);
      if (connected <= until) add(connected, "integration_connected", 1, std::string{partners[partner]});
      partner = (partner + 1) % partners.size();
    }
  }

  /// The card is replaced before it expires, unless the stay ended because it was not.
  void add_cards(const Stay& stay) {
    const Day until = last_day_of(stay);
    if (stay.ending.reason == "card_expired") {
      const Day failed_on = stay.ending.on - 14;
      const Day expiry = add_months(failed_on, -1);
      add(stay.from, "card_added", 1, month_text(expiry));
      return;
    }
    Day added = stay.from;
    while (added <= until) {
      const Day expiry = add_months(added, random_.between(12, 44));
      add(added, "card_added", 1, month_text(expiry));
      added = expiry - random_.between(1, 25);
    }
  }

  /// The day from which use fades, for most of those who decide to leave. Failed payments give no warning.
  std::optional<Day> fades_from(const Stay& stay) {
    if (stay.ending.how == How::cancelled && random_.percent(78)) {
      return *stay.ending.requested_on - random_.between(20, 60);
    }
    if (stay.ending.how == How::term_over) return stay.ending.on - random_.between(10, 40);
    return {};
  }

  /// Use is written down every 28 days: minutes as one sum, and a sample of the logins and features.
  void add_use(const Stay& stay) {
    const std::optional<Day> fading = fades_from(stay);
    const Day until = last_day_of(stay);
    const int usual_minutes = random_.between(90, 700) * (customer_.activated ? 100 : 60) / 100;
    for (Day day = stay.from + random_.between(10, 27); day <= until; day += 28) {
      const Day since = std::max(stay.from, day - 27);
      const int activity = activity_percent(day, fading);
      add_tickets(since, day, fading);
      if (day < usage_from_) continue;
      add(day, "session_minutes", std::max(1, usual_minutes * activity / 100), "");
      add_logins_and_features(since, day, activity);
    }
  }

  int activity_percent(Day day, std::optional<Day> fading) {
    const int noise = random_.between(75, 125);
    if (fading && day > *fading) return noise * (day - *fading < 20 ? 55 : 22) / 100;
    // Quiet months happen to those who stay, too: no sign is certain.
    return random_.percent(6) ? noise * 45 / 100 : noise;
  }

  /// Trouble comes before silence: more tickets before use fades, none after.
  void add_tickets(Day since, Day day, std::optional<Day> fading) {
    int share = 9;
    if (fading && day > *fading)
      share = 1;
    else if (fading && day > *fading - 45)
      share = 45;
    if (random_.percent(share)) add(random_.between(since, day), "ticket_opened", 1, "");
  }

  void add_logins_and_features(Day since, Day day, int activity) {
    constexpr std::array<std::string_view, 6> features{"reports",   "automation", "api",
                                                       "templates", "export",     "mobile"};
    if (random_.percent(45 * activity / 100)) add(random_.between(since, day), "login", 1, "");
    if (random_.percent(26 * activity / 100)) {
      const int known = std::min(6, 2 + customer_.integrations + (customer_.activated ? 1 : 0));
      const auto feature = static_cast<std::size_t>(random_.below(known));
      add(random_.between(since, day), "feature_used", 1, std::string{features[feature]});
    }
  }

  /// Twice a year each customer is asked how likely it would recommend the product; a third answers.
  void add_opinions(const Stay& stay) {
    const bool unhappy = stay.ending.how == How::cancelled && stay.ending.reason != "project_finished";
    for (Day day = stay.from + 80; day <= last_day_of(stay); day += 182) {
      if (!random_.percent(30)) continue;
      const int value = unhappy ? random_.between(1, 8) : random_.between(5, 10);
      add(day, "nps", value, "");
    }
  }

  /// Marketing to those who are customers already, each April and October.
  void add_campaigns(const Stay& stay) {
    if (!customer_.answers_campaigns) return;
    for (int month = 3; month < settings_.months; month += 6) {
      const Day day = settings_.month_start(month) + 11 + random_.below(10);
      const bool there = day >= stay.from && day <= last_day_of(stay);
      const std::string_view label = month % 12 == 3 ? "spring_webinar" : "autumn_webinar";
      if (there && random_.percent(65)) add(day, "campaign_engaged", 1, std::string{label});
    }
  }

  void ask_why(const Stay& stay) {
    const Ending& ending = stay.ending;
    if (ending.how == How::running || random_.percent(20)) return;
    const Day sent = ending.requested_on.value_or(ending.on);
    if (sent > settings_.last_day()) return;
    add(sent, "exit_survey_sent", 1, "");
    const Day answered = sent + random_.between(1, 8);
    if (answered > settings_.last_day() || !random_.percent(42)) return;
    const bool says_the_same = !ending.reason.empty() && random_.percent(88);
    const std::string_view reason = says_the_same ? ending.reason : other_reason();
    add(answered, "exit_survey", 1, std::string{reason});
  }

  std::string_view other_reason() {
    constexpr std::array<Choice, 4> reasons{
        {{"too_expensive", 30}, {"missing_feature", 30}, {"competitor", 25}, {"project_finished", 15}}};
    return pick(reasons, random_).label;
  }

  const Settings& settings_;
  const Customer& customer_;
  Book& book_;
  Random random_;
  /// Usage has been measured for the last eight months only; everything else goes back to the beginning.
  Day usage_from_;
};

// ---- the whole book

Book make_book(const Settings& settings) {
  Book book;
  draw_customers(settings, book);
  for (const Customer& customer : book.customers) {
    const std::vector<Stay> stays = live(settings, customer, book);
    EventWriter(settings, customer, book).write(stays);
  }
  // Every key that is printed takes part, so that the order does not depend on the sorting algorithm.
  std::sort(book.events.begin(), book.events.end(), [](const Event& a, const Event& b) {
    return std::tie(a.day, a.second, a.customer, a.kind, a.value, a.label) <
           std::tie(b.day, b.second, b.customer, b.kind, b.value, b.label);
  });
  return book;
}

// ---- the files

std::string customer_id(int number) { return 'C' + padded(static_cast<unsigned>(number), 4); }

std::string money(std::int64_t cents) {
  return std::to_string(cents / 100) + '.' + padded(static_cast<unsigned>(cents % 100), 2);
}

std::string time_text(int second) {
  const auto value = static_cast<unsigned>(second);
  return padded(value / 3600, 2) + ':' + padded(value / 60 % 60, 2) + ':' + padded(value % 60, 2) + 'Z';
}

/// RFC 4180: a field with a comma or a quote is put in quotes.
std::string field(std::string_view value) {
  if (value.find_first_of(",\"\n") == std::string_view::npos) return std::string{value};
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

void append_row(std::string& out, std::span<const std::string> fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    out += field(fields[i]);
  }
  out += '\n';
}

std::string customers_csv(const Book& book) {
  std::string out = "customer_id,signed_up_on,name,excluded,merged_into,industry,channel,country,size\n";
  for (const Customer& row : book.customers) {
    const std::array<std::string, 9> fields{customer_id(row.number),
                                            text(row.signed_up_on),
                                            row.name,
                                            row.excluded ? "1" : "",
                                            row.merged_into ? customer_id(row.merged_into) : "",
                                            std::string{row.industry},
                                            std::string{row.channel},
                                            std::string{row.country},
                                            std::string{row.size->label}};
    append_row(out, fields);
  }
  return out;
}

std::string subscriptions_csv(const Book& book) {
  std::string out =
      "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,interval_count,"
      "quantity,discount_percent,discount_ends_on,trial_ends_on,cancel_requested_on,end_reason,"
      "paused_from,paused_until,term_ends_on\n";
  for (const Phase& row : book.phases) {
    const std::array<std::string, 18> fields{'S' + padded(static_cast<unsigned>(row.subscription), 4),
                                             customer_id(row.customer),
                                             std::string{plan_names[static_cast<std::size_t>(row.plan)]},
                                             text(row.starts_on),
                                             text(row.ends_on),
                                             money(row.month_cents * (row.yearly ? 10 : 1)),
                                             "USD",
                                             row.yearly ? "year" : "month",
                                             "1",
                                             std::to_string(row.quantity),
                                             row.discount_percent ? std::to_string(row.discount_percent) : "",
                                             text(row.discount_ends_on),
                                             text(row.trial_ends_on),
                                             text(row.cancel_requested_on),
                                             std::string{row.end_reason},
                                             text(row.paused_from),
                                             text(row.paused_until),
                                             text(row.term_ends_on)};
    append_row(out, fields);
  }
  return out;
}

std::string events_csv(const Book& book) {
  std::string out = "customer_id,at,kind,value,label\n";
  for (const Event& row : book.events) {
    const bool plain = row.value == 1 && row.kind != "session_minutes" && row.kind != "nps";
    const std::array<std::string, 5> fields{
        customer_id(row.customer), text(row.day) + 'T' + time_text(row.second), std::string{row.kind},
        plain ? "" : std::to_string(row.value), row.label};
    append_row(out, fields);
  }
  return out;
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

void write_book(const std::filesystem::path& folder, const Book& book) {
  std::filesystem::create_directories(folder);
  write_file(folder / "customers.csv", customers_csv(book));
  write_file(folder / "subscriptions.csv", subscriptions_csv(book));
  write_file(folder / "events.csv", events_csv(book));
  write_file(folder / "book.json", "{\"currency\": \"USD\", \"time_zone\": \"UTC0\"}\n");
}

// ---- the command line

constexpr std::string_view usage =
    "usage: generate_sample_book OUT_DIR [--seed N] [--customers N] [--months N]\n";

std::uint64_t number_argument(std::string_view name, std::string_view value, std::uint64_t low,
                              std::uint64_t high) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = error == std::errc{} && end == value.data() + value.size();
  if (!whole || number < low || number > high) {
    throw std::invalid_argument(std::string{name} + " needs a number from " + std::to_string(low) + " to " +
                                std::to_string(high));
  }
  return number;
}

int small_number_argument(std::string_view name, std::string_view value, int high) {
  return static_cast<int>(number_argument(name, value, 1, static_cast<std::uint64_t>(high)));
}

void set_option(Settings& settings, std::string_view name, std::string_view value) {
  if (name == "--seed")
    settings.seed = number_argument(name, value, 0, UINT64_MAX);
  else if (name == "--customers")
    settings.customers = small_number_argument(name, value, 1'000'000);
  else if (name == "--months")
    settings.months = small_number_argument(name, value, 600);
  else
    throw std::invalid_argument("unknown option " + std::string{name});
}

Settings parse(std::span<const std::string_view> arguments) {
  Settings settings;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument.starts_with("--")) {
      if (++i == arguments.size()) throw std::invalid_argument(std::string{argument} + " needs a number");
      set_option(settings, argument, arguments[i]);
    } else if (settings.folder.empty()) {
      settings.folder = std::filesystem::path{argument};
    } else {
      throw std::invalid_argument("more than one output folder");
    }
  }
  if (settings.folder.empty()) throw std::invalid_argument("no output folder");
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string_view> arguments(argv + std::min(argc, 1), argv + argc);
    const Settings settings = parse(arguments);
    write_book(settings.folder, make_book(settings));
    return EXIT_SUCCESS;
  } catch (const std::invalid_argument& error) {
    std::cerr << "generate_sample_book: " << error.what() << '\n' << usage;
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "generate_sample_book: " << error.what() << '\n';
    return 2;
  }
}
