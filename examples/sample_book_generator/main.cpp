// Writes the sample book: three invented years of a small software company that sells seats by subscription.
//
//     generate-sample-book OUT [--seed N] [--customers N] [--months N] [--effect NAME=VALUE]...
//     generate-sample-book --effects
//
// The folder gets customers.csv, subscriptions.csv, invoices.csv, invoice_lines.csv, payments.csv, events.csv
// and book.json, and beside them the truth: truth.json, truth_departures.csv and truth_coming_departures.csv.
// Without options the bytes are those of the committed folder `sample_book`, on every platform:
//
//  * Random numbers come from splitmix64 (random.hpp). The standard distributions are not used, since their
//    results differ between standard libraries.
//  * Every decision compares integers (chances are counted per million), so no rounding mode or libm matters.
//  * No clock, locale or hash order takes part, and files are written in binary mode with '\n'.
//  * Each customer has streams of its own, so a change to one life does not disturb the others.
//
// A customer is drawn in four steps: the profile (profile.cpp: who they are), the stays (stays.cpp,
// subscription_life.cpp: how they subscribe, grow, shrink, pause, leave and return, by the hazards of
// hazard.cpp), the bills (billing.cpp) and the events (activity.cpp). Bills and events come last because they
// have to fit the outcome: use falls before most cancellations, cards expire before the renewals that fail.
// Whoever analyses the book should find what was put in; effects.cpp lists it with the sizes that can be set.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <vector>

#include "activity.hpp"
#include "billing.hpp"
#include "files.hpp"
#include "profile.hpp"
#include "stays.hpp"

namespace sample_book {

namespace {

Book make_book(const Settings& settings) {
  Book book;
  draw_customers(settings, book);
  for (const Customer& customer : book.customers) {
    const std::size_t first = book.subscriptions.size();
    std::vector<Stay> stays = live(settings, customer, book);
    bill(settings, customer, stays, std::span{book.subscriptions}.subspan(first), book);
    act(settings, customer, stays, book);
    book.stays.push_back(std::move(stays));
  }
  // Every key that is printed takes part, so that the order does not depend on the sorting algorithm.
  std::sort(book.events.begin(), book.events.end(), [](const Event& a, const Event& b) {
    return std::tie(a.day, a.second, a.customer, a.kind, a.value, a.label) <
           std::tie(b.day, b.second, b.customer, b.kind, b.value, b.label);
  });
  std::stable_sort(book.invoices.begin(), book.invoices.end(), [](const Invoice& a, const Invoice& b) {
    return std::tie(a.issued_on, a.subscription) < std::tie(b.issued_on, b.subscription);
  });
  return book;
}

// ---- the command line

constexpr std::string_view usage =
    "usage: generate-sample-book OUT [--seed N] [--customers N] [--months N] [--effect NAME=VALUE]...\n"
    "       generate-sample-book --effects     lists the effects\n";

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
  else if (name == "--effect")
    settings.effects.set(value);
  else
    throw std::invalid_argument("unknown option " + std::string{name});
}

Settings parse(std::span<const std::string_view> arguments) {
  Settings settings;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument.starts_with("--")) {
      if (++i == arguments.size()) throw std::invalid_argument(std::string{argument} + " needs a value");
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

int run(std::span<const std::string_view> arguments) {
  if (arguments.size() == 1 && arguments[0] == "--effects") {
    std::cout << effects_text();
    return EXIT_SUCCESS;
  }
  const Settings settings = parse(arguments);
  Book book = make_book(settings);
  write_book(settings, book);
  return EXIT_SUCCESS;
}

}  // namespace

}  // namespace sample_book

int main(int argc, char** argv) {
  try {
    const std::vector<std::string_view> arguments(argv + std::min(argc, 1), argv + argc);
    return sample_book::run(arguments);
  } catch (const std::invalid_argument& error) {
    std::cerr << "generate-sample-book: " << error.what() << '\n' << sample_book::usage;
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "generate-sample-book: " << error.what() << '\n';
    return 2;
  }
}
