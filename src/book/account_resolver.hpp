// Which account stands for which customer: duplicates, merges and test accounts.
#pragma once

#include <churn/book/rejections.hpp>

#include <cstdint>
#include <vector>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

struct Accounts {
  /// By interned customer id: the index of the customer it belongs to, or no_index for one left out.
  PlainColumn<std::uint32_t> customer_of;
  PlainColumn<std::uint32_t> id;  // by customer, as interned
  /// By customer, its row in the customer table (no_index without one), and its own sign-up, else the earliest of the
  /// accounts merged into it. Both are empty where there are no rows.
  PlainColumn<std::uint32_t> row;
  PlainColumn<std::int32_t> signed_up_on;
  std::size_t excluded{0};  // accounts left out

  [[nodiscard]] std::uint32_t row_of(std::size_t customer) const noexcept {
    return row.empty() ? no_index : row[customer];
  }
};

/// Rows of one id that differ are all rejected (no order of rows decides), rings of merges are ignored.
[[nodiscard]] Accounts resolve_accounts(const Records::Storage& records, Rejections& rejections);

}  // namespace churn::inline v0
