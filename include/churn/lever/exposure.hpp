// Exposure: what a customer had or did by a certain age that may make it stay: a lever of retention.
//
//   Exposure coached{.lever = "campaigns", .name = "coached",
//                    .levels = {"not coached", "coached"}, .landmark = 60, .horizon = 365,
//                    .level = [](const Past& past) { return past.count("coaching", 60) > 0 ? 1 : 0; }};
//   levers_table(levers(book, {.exposures = {coached}}));
//
// `level` is asked on the landmark day, `landmark` days after the customer's first stay began, and sees a Past
// (indicator/past.hpp), in which nothing on or after that day exists. It gives a place in `levels`: 0 is "without", which
// the others are compared with; of more than two, each is thought to be one step more. It gives none where that is not
// known (events of the kind were not recorded yet, say): such customers are counted and compared with nobody.
//
// The outcome is whether the stay ended within `horizon` days of the landmark (lever/landmark_rows.hpp). A horizon has to
// hold what the levels differ in: who pays by the year can leave once a year, so that a landmark on the first day needs
// a horizon of more than 366 days, and of less than the 393 in which who pays by the month can leave a thirteenth time.
// Where levels differ in *when* customers can leave, too, `at_horizon` compares them by whether they had left by its end, and
// not day by day: for eleven months only who pays by the month can leave, and a Cox regression takes that for loyalty.
//
// `level` is also asked of today's customers, on as_of: who is without it now could be moved; where it is expected to make
// customers leave (`direction`), who has it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <churn/indicator/indicator.hpp>
#include <churn/indicator/past.hpp>

namespace churn::inline v0 {

/// Something that a customer has or does by a landmark, and when it is looked at.
struct Exposure {
  std::string lever;                                   ///< which of the levers it belongs to, for tables
  std::string name;                                    ///< its own within the lever, for tables
  std::vector<std::string> levels{"without", "with"};  ///< what its levels are called, by place
  std::int32_t landmark{90};                           ///< days since the first present one, 1 or more
  std::int32_t horizon{365};                           ///< days from the landmark on, 1 or more
  bool at_horizon{false};  ///< hazards are cumulated over the horizon, whenever in it customers left
  /// Whether more of it is expected to lower the risk of leaving, or to raise it. Not a finding.
  Direction direction{Direction::lowers};
  /// Its place in `levels` as of the landmark; none: not known.
  std::function<std::optional<std::uint32_t>(const Past&)> level{};
  /// Which records it is read from, to be named where there are none: "events integration_connected".
  std::string records{};
  std::string about{};  ///< what it is in a few words, for lists
  /// Segmenters that say the same in other words, and are not adjusted for: the interval, of paying by the year. `mrr`
  /// is the MRR at the landmark.
  std::vector<std::string> same_as{};
};

}  // namespace churn::inline v0
