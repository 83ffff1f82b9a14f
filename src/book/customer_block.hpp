// CustomerBlock: some customers as a reader has them, a column each, on their way into records. Private to the
// library's sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/records.hpp>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

struct CustomerBlock {
  struct Attribute {
    std::string name;
    std::vector<std::string_view> value;  // of each; empty: none
  };

  /// With room for so many customers, without what a customer need not have.
  explicit CustomerBlock(std::size_t room) : id(room), row(room) {}

  std::vector<std::string_view> id;
  std::vector<std::int64_t> row;
  // Empty, or as long as the others.
  std::vector<std::int32_t> signed_up_on{};
  std::vector<std::uint8_t> excluded{};
  std::vector<std::string_view> name{};
  std::vector<std::string_view> merged_into{};
  std::vector<Attribute> attributes{};

  /// Columns that are empty stay so. The record has the attributes of the block, in their order.
  void set(std::size_t i, const CustomerRecord& customer) {
    const auto put = [i](auto& column, const auto& value) {
      if (!column.empty()) column[i] = value;
    };
    put(id, customer.id);
    put(row, customer.row);
    put(signed_up_on, day_or_none(customer.signed_up_on));
    put(excluded, customer.excluded ? std::uint8_t{1} : std::uint8_t{0});
    put(name, customer.name);
    put(merged_into, customer.merged_into);
    for (std::size_t k = 0; k < attributes.size(); ++k)
      attributes[k].value[i] = customer.attributes[k].second;
  }

  /// Puts one customer in the place of another.
  void move(std::size_t from, std::size_t to) {
    const auto move_in = [from, to](auto&... columns) {
      ((columns.empty() ? void() : void(columns[to] = columns[from])), ...);
    };
    move_in(id, row, signed_up_on, excluded, name, merged_into);
    for (Attribute& attribute : attributes) move_in(attribute.value);
  }
};

}  // namespace churn::inline v0
