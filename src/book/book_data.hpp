// The columns behind Book. Private to the library's sources.
#pragma once

#include <churn/book/book.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "book/account_resolver.hpp"
#include "book/phase_resolver.hpp"
#include "book/timeline_builder.hpp"

namespace churn::inline v0 {

struct AttributeCodes {
  std::vector<std::uint32_t> code;  // by customer, 0: none
  std::vector<std::string> labels;  // "(none)" first
};

struct Book::Data {
  std::shared_ptr<const Records::Storage> records;
  Date as_of;
  std::optional<Date> records_from;
  Conventions conventions;
  std::vector<Currency> currencies;
  Accounts accounts;
  TimelineColumns timeline;
  std::vector<std::uint32_t> phase_rows;   // that count, by customer
  std::vector<std::uint32_t> first_phase;  // customers + 1
  std::vector<std::string> attribute_names;
  std::vector<AttributeCodes> attributes;
};

/// The parts of one customer, worked out again from its phases: for lists, which need plans and records.
[[nodiscard]] std::vector<Part> parts_of(const Book::Data& data, CustomerIndex customer);

}  // namespace churn::inline v0
