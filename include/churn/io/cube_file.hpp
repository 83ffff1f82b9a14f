// CubeFile: the cubes of one part of a book, to be kept, sent, and added to those of the other parts.
//
//   const CubeQuestion question{.grid = months(from, to), .by = by::plan};
//   write_cube_file(CubeFile::fold(book, question, rejections), "north.cubes");     // where the records lie
//
//   CubeFile all = read_cube_file("north.cubes");                                   // anywhere
//   all += read_cube_file("south.cubes");
//   all.rates_table();                    // to the byte that of one book which holds everyone
//
// Records that don't fit one machine, or lie in several places, are parted *by customer*: all that is known of
// one, and accounts that are merged into each other, go to one part. Each part is folded where it lies, by the
// same question and as of the same day, and what travels is a few kilobytes. Counts are sums over customers, so
// the order of adding changes nothing. A customer that is in two parts counts twice, and no count can show it.
//
// It holds everything that movements, rates and cohorts are made of: movements under the conventions' netting;
// where rates need others (they compare opening with closing, or look at trailing windows), those too;
// subscriptions; the kinds of cohorts that were asked for; and, unless the question leaves them out, departures by
// type and reason, which are the churn of the movements told apart. What needs a customer or its records (explain,
// roster, comparing conventions, a metric that gathers its own state) needs a book.
//
// Two can be added if they were counted alike: periods, as_of, records_from, segments (names, kinds, versions),
// condition, conventions, kinds of cohorts, whether departures were counted and by which rules, where MRR is read
// from, exchange rates, and one currency in each segment. Otherwise += throws Error(mismatched_cubes), which names
// what differs and both values; and Error(mixed_currencies) where currencies would meet as they must not in one
// book; and Error(overflow). All leave the sum as it was. Rows that were rejected are counted by code and added up,
// and one that several parts have, such as an exchange rate, in each of them; what they were stays where they are.
// Notices are not counted: some are of a file as a whole, of which each part has one. Where a book of several
// currencies has a segment without MRR in it, the sum may give it another of these currencies than one book would,
// or be refused.
//
// As JSON (`to_json`, `from_json`) it is an object: format `cube_file`, version, library, what must agree, and
// each cube as io/result_json.hpp has it. As bytes it is much shorter; numbers are little-endian:
//
//   8 bytes   89 43 48 55 52 4E 0D 0A (a byte that is no text, CHURN, a line end)
//   4 bytes   version of the format, now 2
//   8 bytes   how many bytes follow behind the next four
//   4 bytes   their CRC-32C
//   the rest  the object above without its cubes, as JSON behind its length; then of each cube its labels and
//             states of periods, and its counts column by column, as differences from what the counts
//             before them make likely; at last, if they were counted, departures
//
// Of departures the causes are listed, and for each segment and period of the movements that anybody left, in their
// order, the causes of it, by steps from the one before, which are below 0 for the last; then, of all but the last
// of each, customers (less 1) and ticks. The last has what is left of the churn. That takes two or three bytes for a
// cause of a segment and period.
//
// Version 1, which had no departures, is still read, and has none.
//
// Reading tells the two by their first bytes and checks all that reading a cube checks, that no count is
// negative and none larger than what it is a part of, that the cubes agree, and that departures add up to the churn
// of every segment and period. What is cut off, damaged, of a later version or was never a file of cubes throws
// Error(unreadable), which says so. Memory is bounded by the length of what is read, at most some 2,000 times as
// much, and by the cells that cubes may have. The same CubeFile always gives the same bytes.
//
// Cost: folding is that of the cubes. Writing and reading are O(counts).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <churn/book/rejections.hpp>
#include <churn/cube/cohort_cube.hpp>
#include <churn/cube/departure_cube.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/cube/subscription_cube.hpp>
#include <churn/io/conventions_json.hpp>
#include <churn/metric/measure.hpp>

namespace churn::inline v0 {

/// What every part is asked. Rate rules are those of the book's conventions.
struct CubeQuestion {
  PeriodGrid grid;  ///< that all cubes are counted over
  Segmenter by{};   ///< what segments are made by; default: one of everybody
  Filter where{};   ///< who is counted; default: everybody
  /// Cohorts need one currency: a book of several is asked for none, or reports in one.
  std::vector<CohortBy> cohorts{CohortBy::first_paid};
  /// Whether departures are counted too, and what decides why each was. That takes reading invoices and events once
  /// more, and few bytes.
  bool departures{true};
  DepartureRules rules{DepartureRules::standard()};  ///< that tell their types
  unsigned threads{1};                               ///< 1 to 256; the cubes are the same
};

/// The cubes of one part of a book, or the sum of several parts, with what they were counted by.
class CubeFile {
 public:
  /// A factor of a segmenter, by what identifies it.
  struct Factor {
    std::string name;      ///< such as `plan`
    Segmenter::Kind kind;  ///< whether it looks at customers, states or lanes
    std::string version;   ///< Segmenter::Factor::version; empty: there is none
    friend bool operator==(const Factor&, const Factor&) = default;
  };
  /// What identifies a segmenter: its factors, in order.
  [[nodiscard]] static std::vector<Factor> factors_of(const Segmenter& segmenter);
  /// A filter, in words and by the segmenters that it asks.
  struct Condition {
    std::string text;             ///< Filter::text; empty: everybody is kept
    std::vector<Factor> factors;  ///< those whose labels it compares
    friend bool operator==(const Condition&, const Condition&) = default;
  };
  /// What identifies a filter.
  [[nodiscard]] static Condition condition_of(const Filter& filter);

  /// Throws what folding the cubes throws, Error(mixed_currencies) for cohorts of a book of several.
  [[nodiscard]] static CubeFile fold(const Book& book, const CubeQuestion& question,
                                     const Rejections& rejections = {});

  /// The periods that all cubes are counted over.
  [[nodiscard]] const PeriodGrid& grid() const& noexcept { return movements_.grid(); }
  /// Exclusive: nothing on or after it counts.
  [[nodiscard]] Date as_of() const noexcept { return movements_.as_of(); }
  /// The first day that the records cover; empty: it is not told.
  [[nodiscard]] std::optional<Date> records_from() const noexcept { return facts_.records_from; }
  /// Those of all parts.
  [[nodiscard]] const Conventions& conventions() const& noexcept { return movements_.conventions(); }
  /// What segments are made by; none: one segment of everybody.
  [[nodiscard]] const std::vector<Factor>& segments() const& noexcept { return facts_.segments; }
  /// Who was counted.
  [[nodiscard]] const Condition& where() const& noexcept { return facts_.where; }
  /// Of all parts, in order of their codes.
  [[nodiscard]] const std::vector<Currency>& currencies() const& noexcept { return facts_.currencies; }
  /// How many rows of the parts were rejected with a code, and with any.
  [[nodiscard]] std::int64_t rejected(RejectionCode code) const {
    return facts_.rejected.at(static_cast<std::size_t>(code));
  }
  /// The same of all codes; no notices.
  [[nodiscard]] std::int64_t rejected() const;

  /// By the conventions' netting.
  [[nodiscard]] const MovementCube& movements() const& noexcept { return movements_; }
  /// What rates are made of: opening compared with closing, or over the trailing windows of the rules.
  [[nodiscard]] const MovementCube& rates() const& noexcept { return rates_ ? *rates_ : movements_; }
  /// Over the periods or windows of rates().
  [[nodiscard]] const SubscriptionCube& subscriptions() const& noexcept { return subscriptions_; }
  /// One a kind that was asked for, in order of CohortBy.
  [[nodiscard]] const std::vector<CohortCube>& cohorts() const& noexcept { return cohorts_; }
  /// Throws Error(unknown_name) if they were not asked for.
  [[nodiscard]] const CohortCube& cohorts(CohortBy cohort_by) const&;
  /// By type and reason, adding up to the churn of `movements()`. Throws Error(unknown_name) if they were not counted.
  [[nodiscard]] const DepartureCube& departures() const&;
  /// DepartureRules::fingerprint of those that decided; empty if departures were not counted.
  [[nodiscard]] std::optional<std::uint64_t> departure_rules() const noexcept {
    if (!departures_) return std::nullopt;
    return departures_->rules();
  }

  /// The tables of metric/movements.hpp and of `measure(book)` with every standard metric.
  [[nodiscard]] Table movements_table(bool exact = false) const;
  /// Every standard metric; see movements_table.
  [[nodiscard]] Table rates_table(bool exact = false) const;
  /// Any metrics that are made of movements or subscriptions, with the segments and periods that they are of.
  struct MeasuredCube {
    MovementCube cube;  ///< rates(), with the segments of subscriptions where a metric needs these
    std::vector<MeasuredRow> rows;  ///< by segment, then period, then metric
  };
  /// The metrics, in every segment and period.
  template <class... Metrics>
  requires((MetricOf<Metrics, MovementCell> || MetricOf<Metrics, SubscriptionCell>)&&...)
      [[nodiscard]] MeasuredCube measured(const std::tuple<Metrics...>& metrics) const {
    MeasuredCube result{rates(), {}};
    if constexpr ((MetricOf<Metrics, SubscriptionCell> || ...))
      result.cube.include(subscriptions_.segments());
    for (std::size_t s = 0; s < result.cube.segments().size(); ++s)
      for (std::size_t p = 0; p < result.cube.grid().size(); ++p)
        (result.rows.push_back(
             {s, p, std::string(Metrics::name), measurement(std::get<Metrics>(metrics), result.cube, s, p)}),
         ...);
    return result;
  }
  /// The table of such metrics.
  template <class... Metrics>
  requires((MetricOf<Metrics, MovementCell> || MetricOf<Metrics, SubscriptionCell>)&&...) [[nodiscard]] Table
      metrics_table(const std::tuple<Metrics...>& metrics, bool exact = false) const {
    const MeasuredCube result = measured(metrics);
    return churn::rates_table(result.cube, result.rows, exact);
  }

  /// Adds another part. Throws Error(mismatched_cubes), Error(mixed_currencies) or Error(overflow); this is as it was
  /// then.
  CubeFile& operator+=(const CubeFile& other);
  /// Whether both hold the same, and were counted by the same.
  friend bool operator==(const CubeFile& a, const CubeFile& b);

 private:
  friend struct StoredCubeFile;
  struct Facts {
    std::optional<Date> records_from{};
    std::vector<Factor> segments{};
    Condition where{};
    std::vector<Currency> currencies{};         // in order of their codes
    std::optional<RevenueSource> source{};      // none where there was nothing to read MRR from
    std::vector<AppliedRate> exchange_rates{};  // in order of the currencies' codes
    std::array<std::int64_t, rejection_code_count> rejected{};
  };
  CubeFile(Facts facts, MovementCube movements, std::optional<MovementCube> rates,
           SubscriptionCube subscriptions, std::vector<CohortCube> cohorts,
           std::optional<DepartureCube> departures)
      : facts_(std::move(facts)),
        movements_(std::move(movements)),
        rates_(std::move(rates)),
        subscriptions_(std::move(subscriptions)),
        cohorts_(std::move(cohorts)),
        departures_(std::move(departures)) {}

  template <class M>
  [[nodiscard]] Measurement measurement(const M& metric, const MovementCube& cube, std::size_t segment,
                                        std::size_t period) const {
    const CellContext context = context_of(cube, segment, period, facts_.records_from);
    const IntervalRule rule = cube.conventions().rate.interval_rule();
    if constexpr (MetricOf<M, MovementCell>) {
      return to_measurement(metric(cube.at(segment, period), context), rule);
    } else {
      const auto at = subscriptions_.find(cube.segments()[segment]);
      const SubscriptionCell cell = at ? subscriptions_.at(*at, period) : SubscriptionCell{};
      return to_measurement(metric(cell, context), rule);
    }
  }

  Facts facts_;
  MovementCube movements_;
  std::optional<MovementCube> rates_;  // where movements can't serve
  SubscriptionCube subscriptions_;
  std::vector<CohortCube> cohorts_;  // in order of CohortBy, each once
  std::optional<DepartureCube> departures_;
};

/// In what two were not counted alike: field and both values. Empty: they can be added.
[[nodiscard]] std::vector<RuleDifference> differences(const CubeFile& a, const CubeFile& b);

/// The object described above.
void to_json(nlohmann::ordered_json& json, const CubeFile& file);
/// The same, with fields in order of their names.
void to_json(nlohmann::json& json, const CubeFile& file);
/// Throws Error(unreadable) for what is refused, as said above.
[[nodiscard]] CubeFile cube_file_from_json(const nlohmann::json& json);

/// The compact form. Throws Error(unreadable) for names that are not UTF-8.
[[nodiscard]] std::string to_bytes(const CubeFile& file);
/// Reads either form.
[[nodiscard]] CubeFile cube_file_from_bytes(std::string_view bytes);

/// Writes JSON into a file that is called `.json`, and the compact form into any other (`.cubes` is usual).
void write_cube_file(const CubeFile& file, const std::filesystem::path& path);
/// Reads either form, whatever the file is called.
[[nodiscard]] CubeFile read_cube_file(const std::filesystem::path& path);

}  // namespace churn::inline v0

/// `json["north"] = file;` and `json["north"].get<CubeFile>()`.
template <>
struct nlohmann::adl_serializer<churn::CubeFile> {
  /// As churn::to_json does.
  template <class Json>
  static void to_json(Json& json, const churn::CubeFile& file) {
    churn::to_json(json, file);
  }
  /// As churn::cube_file_from_json does.
  template <class Json>
  static churn::CubeFile from_json(const Json& json) {
    return churn::cube_file_from_json(json);
  }
};
