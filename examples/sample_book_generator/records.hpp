// What is generated: customers, how they stay and leave, what they are billed and what they do.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar.hpp"
#include "company.hpp"
#include "effects.hpp"

namespace sample_book {

struct Settings {
  std::filesystem::path folder;
  /// One in whose book chance leaves the effects near the sizes that were put in, and what does nothing quiet.
  std::uint64_t seed = 20220107;
  int customers = 1000;
  int months = 36;
  Effects effects;

  Day first_day() const { return to_day(first_date); }
  Day month_start(int month) const { return add_months(first_day(), month); }
  /// The last day that the book knows; as_of is the day after.
  Day last_day() const { return month_start(months) - 1; }
  /// The day from which pro is dearer for new and for old subscriptions; after the book if it is too short.
  Day raised_for_new() const {
    return month_start(months < 12 ? months + 12 : months - raised_for_new_months_before_end);
  }
  Day raised_for_old() const {
    return month_start(months < 12 ? months + 12 : months - raised_for_old_months_before_end);
  }
};

struct Connection {
  Day day = 0;
  std::string_view partner;
};

struct Engagement {
  Day day = 0;
  std::string_view campaign;
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
  std::string_view sales_region;
  std::string_view success_manager;
  const SizeBand* size = nullptr;
  /// The days of the onboarding stages; all four if the customer gets as far as `activated`.
  std::vector<Day> stages;
  std::vector<Connection> integrations;
  /// Campaigns that reach the customer, if it is there on that day.
  std::vector<Engagement> engagements;
  bool oversold = false;

  std::optional<Day> activated_on() const {
    return stages.size() == 4 ? std::optional<Day>{stages.back()} : std::nullopt;
  }
  bool activated_early() const {
    return stages.size() == 4 && stages.back() <= signed_up_on + early_activation_days;
  }
};

struct Phase {
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

  /// Of one unit for one interval.
  std::int64_t unit_cents() const { return month_cents * (yearly ? 10 : 1); }
};

struct Subscription {
  int number = 0;
  int customer = 0;
  Day anchor = 0;  ///< the first paid day
  bool paid = false;
  std::vector<Phase> phases;
  std::optional<Day> unpaid_from;  ///< the billing date of the invoice that is never paid
  std::string_view payment_reason;
};

enum class DepartureType { voluntary, involuntary, completed, unknown };

inline constexpr std::array<std::string_view, 4> departure_type_names{"voluntary", "involuntary", "completed",
                                                                      "unknown"};

enum class How { running, left, switched };

/// How a subscription or a stay ended, if it did: what was so, and what is on record of it. It may lie after
/// the last day of the book.
struct Ending {
  How how = How::running;
  DepartureType type = DepartureType::unknown;
  Day on = 0;
  std::string_view reason;
  std::string_view recorded_reason;
  std::optional<Day> requested_on;
  std::optional<Day> unpaid_from;
  bool term_ran_out = false;

  bool happened(const Settings& settings) const { return how == How::left && on <= settings.last_day(); }
  /// It has happened, or was asked for before the book ends.
  bool on_record(const Settings& settings) const {
    return how == How::left && requested_on.value_or(on) <= settings.last_day();
  }
};

/// An unbroken time of paying, over however many subscriptions.
struct Stay {
  Day from = 0;
  Ending ending;
  /// The day on which the use of somebody who will leave begins to fall.
  std::optional<Day> use_falls_on;
};

/// What the effects multiply the hazard with, in thousandths; empty for those that are not at work.
using Factors = std::array<std::optional<std::int64_t>, hazard_effect_count>;

/// One decision whether to go on, with what acted on it: the material for saying what was realised.
struct Decision {
  int customer = 0;
  Day leaving_on = 0;  ///< the departure, or the end of the term if there was none
  int months = 1;
  bool left = false;
  std::int64_t month_hazard = 0;
  Factors factors{};
};

struct InvoiceLine {
  Plan plan = Plan::basic;
  std::string_view kind;
  std::int64_t amount = 0;
  std::int64_t tax = 0;
  int quantity = 1;
  std::int64_t unit_cents = 0;
  bool yearly = false;
  Day from = 0;
  Day until = 0;
};

struct Payment {
  Day day = 0;
  int second = 0;
  std::string_view status;
  std::int64_t amount = 0;
  std::string_view failure_code;
};

struct Invoice {
  int subscription = 0;
  int customer = 0;
  Day issued_on = 0;
  Day due_on = 0;
  std::optional<Day> paid_on;
  std::string_view status;
  bool by_card = true;
  std::vector<InvoiceLine> lines;
  std::vector<Payment> payments;

  std::int64_t total() const {
    std::int64_t sum = 0;
    for (const InvoiceLine& line : lines) sum += line.amount + line.tax;
    return sum;
  }
};

struct Event {
  Day day = 0;
  int second = 0;
  int customer = 0;
  std::string_view kind;
  int value = 1;
  std::string label;
};

/// Of `base` so many `events`: with the effect, and without it to compare.
struct Counted {
  std::int64_t base = 0;
  std::int64_t events = 0;
};

struct Realised {
  Counted exposed;
  Counted unexposed;
  /// Departures expected of the exposed, as they were and as if this effect alone had been off: all else is
  /// the same in both, which makes them the truth to compare adjusted estimates with. In millionths.
  std::int64_t expected = 0;
  std::int64_t expected_without = 0;
};

struct Departure {
  int customer = 0;
  Day on = 0;
  DepartureType type = DepartureType::unknown;
  std::string_view reason;
  std::optional<Day> use_falls_on;
  bool reason_recorded = false;
};

struct Book {
  std::vector<Customer> customers;
  std::vector<Subscription> subscriptions;
  std::vector<std::vector<Stay>> stays;  ///< by customer
  std::vector<Invoice> invoices;
  std::vector<Event> events;
  std::vector<Decision> decisions;
  std::array<Realised, effect_count> realised{};
};

}  // namespace sample_book
