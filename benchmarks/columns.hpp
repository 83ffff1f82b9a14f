// Subscription periods as columns, for benchmarks: read from a folder of binary columns, or generated.
//
// A folder holds p_sub.i64, p_cust.i64, p_plan.u8, p_start.i32, p_end.i32 (2^31 - 1: open), p_mrr.i64 (cents a
// month) and p_reason.u8 (0: none), ordered by customer, start and subscription, and c_industry.u8, that of
// customers 1, 2, ….
// Without a folder, a book of the same kind is made from a fixed seed: growing sign-ups, changes of price,
// departures and returns over 60 months.
#pragma once

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

struct Columns {
  std::vector<std::int64_t> subscription;
  std::vector<std::int64_t> customer;
  std::vector<std::uint8_t> plan;
  std::vector<std::int32_t> starts_on;
  std::vector<std::int32_t> ends_on;
  std::vector<std::int64_t> mrr;
  std::vector<std::uint8_t> reason;  // of the end
  std::vector<std::uint8_t> industry;

  /// From 0 to 11.
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

/// splitmix64: the same numbers everywhere.
struct Random {
  std::uint64_t state;
  std::uint64_t operator()() {
    std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  std::int32_t below(std::uint32_t n) { return static_cast<std::int32_t>((*this)() % n); }
};

inline Columns make_columns(std::int64_t customers) {
  constexpr std::int32_t first_day = 18262;  // 2020-01-01
  constexpr std::int32_t days = 1827;        // to 2024-12-31
  constexpr std::int32_t open = INT32_MAX;
  Columns columns;
  std::int64_t subscription = 0;
  for (std::int64_t customer = 1; customer <= customers; ++customer) {
    Random random{static_cast<std::uint64_t>(customer) * 0x2545F4914F6CDD1DU};
    columns.industry.push_back(static_cast<std::uint8_t>(random.below(12)));
    std::int32_t day = first_day + std::max(random.below(days), random.below(days));
    while (day < first_day + days) {
      ++subscription;
      std::int64_t mrr = 900 * (1 + random.below(20));
      bool stays = true;
      while (stays && day < first_day + days) {
        const std::int32_t until = day + 20 + random.below(300);
        const bool runs_on = until >= first_day + days;
        columns.subscription.push_back(subscription);
        columns.customer.push_back(customer);
        columns.plan.push_back(static_cast<std::uint8_t>(random.below(6)));
        columns.starts_on.push_back(day);
        columns.ends_on.push_back(runs_on ? open : until);
        columns.mrr.push_back(mrr);
        day = until;
        mrr = std::max<std::int64_t>(900, mrr + 900 * (random.below(5) - 2));
        stays = random.below(4) != 0;
        columns.reason.push_back(runs_on || stays ? std::uint8_t{0}
                                                  : static_cast<std::uint8_t>(1 + subscription % 3));
      }
      if (random.below(10) >= 3) break;
      day += 3 + random.below(180);
    }
  }
  return columns;
}
