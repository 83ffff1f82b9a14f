// What the billing system of billing_host.cpp holds anyway. Nothing in here knows of libchurn.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace billing {

using Day = int;  // 20240131; 0: none
enum class Interval { monthly, quarterly, yearly };

struct Account {
  int number;
  std::string name;
  std::string industry;
  bool internal{false};
};
struct PriceChange {
  Day from;
  std::string plan;
  int cents_a_seat;
  int seats;
};
struct Contract {
  int number;
  int account;
  Interval interval;
  std::vector<PriceChange> prices;
  Day ends{0};  // the first day without service
  std::string why{};
};

inline const std::vector<Account> accounts{{101, "Acorn Books", "retail"},   {102, "Birch Dental", "health"},
                                           {103, "Cedar Labs", "software"},  {104, "Dune Travel", "travel"},
                                           {105, "Elm Bakery", "retail"},    {106, "Fern Clinic", "health"},
                                           {107, "Grove Media", "software"}, {108, "Harbor Gym", "health"},
                                           {109, "Our own tests", "", true}, {110, "Iris Optics", "health"}};

inline const std::vector<Contract> contracts{
    {2001, 101, Interval::yearly, {{20230815, "team-2023", 24000, 5}}},
    {2002, 102, Interval::monthly, {{20231101, "solo-2023", 2900, 1}, {20240401, "team-2024", 2500, 4}}},
    {2003, 103, Interval::monthly, {{20240115, "team-2024", 2500, 6}}, 20240520, "went to a competitor"},
    {2004, 104, Interval::quarterly, {{20240201, "solo-2024", 9000, 1}}, 20241101, "budget was cut"},
    {2005, 105, Interval::monthly, {{20240201, "solo-2024", 3100, 1}}, 20240610, "closed the shop"},
    {2006, 106, Interval::quarterly, {{20240420, "team-2024", 7200, 3}}},
    {2007, 107, Interval::monthly, {{20240210, "team-2024", 2500, 4}, {20240505, "solo-2024", 3100, 1}}},
    {2008, 109, Interval::monthly, {{20240101, "team-2024", 2500, 99}}},
    {2009, 106, Interval::monthly, {{20240601, "solo-2024", 3100, 1}}, 20240501},  // a slip of the hand
    {2010, 101, Interval::monthly, {{20240231, "solo-2024", 3100, 1}}}};           // and another

/// The contracts of a firm that was bought, as its database exported them: days since 1970-01-01, cents a month,
/// and numbers that no contract above has.
namespace bought {
inline const std::vector<std::string_view> plan_names{"solo-2023", "team-2023"};
inline const std::vector<std::int64_t> contract{1, 2, 3};
inline const std::vector<std::int64_t> account{108, 110, 111};
inline const std::vector<std::uint8_t> plan{1, 0, 0};
inline const std::vector<std::int32_t> starts{19417, 19601, 19372};
inline constexpr std::int32_t running = std::numeric_limits<std::int32_t>::max();
inline const std::vector<std::int32_t> ends{running, running, 19844};
inline const std::vector<std::int64_t> cents{8000, 2900, 2900};
}  // namespace bought

}  // namespace billing
