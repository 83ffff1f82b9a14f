// The subscription periods of a business as columns in memory, as a host holds them: read from a folder of binary
// columns (generate.cpp), or made. Ordered by customer, start and subscription.
#pragma once

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "synthetic_business.hpp"

namespace bench {

struct Columns {
  std::vector<std::int64_t> subscription;
  std::vector<std::int64_t> customer;
  std::vector<std::uint8_t> plan;  ///< of plan_names
  std::vector<std::int32_t> starts_on;
  std::vector<std::int32_t> ends_on;   ///< exclusive, or open_end
  std::vector<std::int64_t> mrr;       ///< cents a month
  std::vector<std::uint8_t> reason;    ///< of the end, of reason_names
  std::vector<std::uint8_t> industry;  ///< of industry_names; of the customers 1, 2, …

  [[nodiscard]] std::size_t industry_of(std::int64_t id) const {
    return industry.at(static_cast<std::size_t>(id - 1));
  }
  [[nodiscard]] std::size_t size() const { return customer.size(); }
};

template <class T>
std::vector<T> read_column(const std::string& path) {
  std::ifstream file{path, std::ios::binary | std::ios::ate};
  if (!file) throw std::runtime_error(path + " can't be opened");
  std::vector<T> column(static_cast<std::size_t>(file.tellg()) / sizeof(T));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(column.data()), static_cast<std::streamsize>(column.size() * sizeof(T)));
  return column;
}

inline Columns read_columns(const std::string& folder) {
  return {read_column<std::int64_t>(folder + "/p_sub.i64"),
          read_column<std::int64_t>(folder + "/p_cust.i64"),
          read_column<std::uint8_t>(folder + "/p_plan.u8"),
          read_column<std::int32_t>(folder + "/p_start.i32"),
          read_column<std::int32_t>(folder + "/p_end.i32"),
          read_column<std::int64_t>(folder + "/p_mrr.i64"),
          read_column<std::uint8_t>(folder + "/p_reason.u8"),
          read_column<std::uint8_t>(folder + "/c_industry.u8")};
}

inline Columns make_columns(std::int64_t customers) {
  Columns columns;
  SyntheticBusiness{{.customers = customers}}.for_each_customer([&](const SyntheticCustomer& customer) {
    columns.industry.push_back(customer.industry);
    for (const SyntheticPeriod& period : customer.periods) {
      columns.subscription.push_back(period.subscription);
      columns.customer.push_back(customer.id);
      columns.plan.push_back(period.plan);
      columns.starts_on.push_back(period.starts_on);
      columns.ends_on.push_back(period.ends_on);
      columns.mrr.push_back(period.mrr);
      columns.reason.push_back(period.reason);
    }
  });
  return columns;
}

}  // namespace bench
