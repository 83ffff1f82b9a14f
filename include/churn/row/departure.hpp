// Departure: the end of one stay, what it cost, and why it was.
//
//   for_each_departure(book, DepartureRules::standard(), [&](const Departure& departure) {
//     std::cout << departure.departed_on.to_string() << ' ' << departure.reason << '\n';
//   });
//
// Each spell of a customer (row/spell.hpp) that ended before as_of is one departure, on its first absent day: "churn
// belongs to the first inactive day". Its MRR is that of the last present day. Types and reasons are what the rules
// find in the records known at as_of (reason/departure_rules.hpp). A return stands beside the departure and never
// changes it. A gap that the conventions carry is no departure.
//
// Departures of a customer come in order of their days; customers in the order of the book's columns. O(changes +
// events + invoices log invoices) in all, and for each departure the rules' cost and a glance (of a few ns) at each of
// its customer's phases, invoices and answers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/reason/departure_rules.hpp>

namespace churn::inline v0 {

/// One stay that has ended.
struct Departure {
  CustomerIndex customer;  ///< who left
  Date stay_starts_on;     ///< its first present day
  Date departed_on;        ///< the first absent day
  std::int32_t tenure;     ///< days that the stay lasted
  std::int64_t ticks;      ///< run rate on the last present day, over all currencies where it paid in several
  DepartureType type;      ///< what the first rule that holds says; `unknown` where none does
  std::string_view reason;             ///< `unknown` where nothing says one; valid as long as the reader
  std::string_view rule;               ///< that decided; empty: none did
  std::span<const Evidence> evidence;  ///< records that decided; valid as long as the departure
  std::optional<Date> returned_on;     ///< before as_of
};

/// Reads the departures of one customer after the other. One reader a thread: a copy is cheap, and shares what was read
/// from the invoices and events.
class DepartureReader {
 public:
  /// The book must outlive the reader. O(invoices log invoices + events).
  explicit DepartureReader(const Book& book, DepartureRules rules = DepartureRules::standard());
  explicit DepartureReader(const Book&&, DepartureRules = DepartureRules::standard()) = delete;
  /// For another thread: shares the rules and what was read.
  DepartureReader(const DepartureReader& other);
  /// The other one can only be destroyed.
  DepartureReader(DepartureReader&&) noexcept;
  DepartureReader& operator=(const DepartureReader&) = delete;
  DepartureReader& operator=(DepartureReader&&) = delete;
  ~DepartureReader();

  /// Valid until the next call.
  [[nodiscard]] std::span<const Departure> of(CustomerIndex customer);
  /// Calls visitor(const DepartureFacts&) for each of the same departures: what the rules are asked about.
  template <class Visitor>
  void facts_of(CustomerIndex customer, Visitor&& visitor) {
    visit_facts(customer, std::ref(visitor));
  }
  /// Those that tell types and reasons.
  [[nodiscard]] const DepartureRules& rules() const noexcept;

 private:
  struct Parts;
  void visit_facts(CustomerIndex customer, const std::function<void(const DepartureFacts&)>& visitor);
  std::unique_ptr<Parts> parts_;
};

/// Calls `visitor(const Departure&)` for every departure. It is valid during the call only.
template <class Visitor>
void for_each_departure(const Book& book, const DepartureRules& rules, Visitor&& visitor) {
  DepartureReader reader{book, rules};
  for (std::uint32_t c = 0; c < book.customer_count(); ++c)
    for (const Departure& departure : reader.of(CustomerIndex{c})) visitor(departure);
}

}  // namespace churn::inline v0
