#include "profile.hpp"

#include <algorithm>

namespace sample_book {

namespace {

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
  // 389 and 900 share no factor: names repeat after 900 customers only, in no visible order.
  const auto slot = (static_cast<std::size_t>(number) * 389 + 17) % 900;
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

/// Half of them are activated within three weeks, a fifth later, the others get stuck on the way.
void draw_onboarding(Customer& customer, Random& random) {
  const int luck = random.below(100);
  const bool activates = luck < 72;
  const bool early = luck < 52;
  const int last_day = early ? random.between(4, early_activation_days) : random.between(35, 150);
  const int reached = activates ? 4 : random.between(1, 3);
  for (int stage = 0; stage < reached; ++stage) {
    // The stages between lie at a third and two thirds of the way, give or take.
    const int way = last_day * stage / 3;
    const int shift = stage == 1 || stage == 2 ? random.below(1 + last_day / 6) : 0;
    customer.stages.push_back(customer.signed_up_on + way + shift);
  }
}

void draw_integrations(Customer& customer, Random& random) {
  constexpr std::array<std::string_view, 4> partners{"calendar", "accounting", "chat", "crm"};
  constexpr std::array<Choice, 4> counts{{{"", 34}, {"", 28}, {"", 22}, {"", 16}}};
  const auto count = &pick(counts, random) - counts.data();
  auto partner = static_cast<std::size_t>(random.below(4));
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const int days = random.percent(70) ? random.between(2, 30) : random.between(31, 240);
    customer.integrations.push_back({customer.signed_up_on + days, partners[partner]});
    partner = (partner + 1) % partners.size();
  }
}

/// Marketing to those who are customers already, each April and October. Whom it reaches is chance.
void draw_engagements(const Settings& settings, Customer& customer, Random& random) {
  for (int month = 3; month < settings.months; month += 6) {
    const Day day = settings.month_start(month) + 11 + random.below(10);
    const std::string_view campaign = month % 12 == 3 ? "spring_webinar" : "autumn_webinar";
    // Nobody is written to in the first two weeks.
    const bool there = day >= customer.signed_up_on + 14;
    if (random.percent(25) && there) customer.engagements.push_back({day, campaign});
  }
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
  customer.industry = pick(industries, random).label;
  customer.channel = pick(channels, random).label;
  customer.country = pick(countries, random).label;
  customer.sales_region = pick(sales_regions, random).label;
  customer.success_manager = pick(success_managers, random).label;
  customer.size = &draw_size(random);
  customer.name = company_name(number, customer.industry, random);
  customer.oversold = random.percent(14);
  draw_onboarding(customer, random);
  draw_integrations(customer, random);
  draw_engagements(settings, customer, random);
  mark_special(customer, earlier);
  return customer;
}

}  // namespace

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

}  // namespace sample_book
