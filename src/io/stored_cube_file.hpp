// StoredCubeFile: the parts of a CubeFile that its two forms have in common. Private to the sources of io/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/io/cube_file.hpp>

namespace churn::inline v0 {

struct StoredCubeFile {
  static constexpr std::int64_t format_version = 2;
  /// The first without departures; read, no longer written.
  static constexpr std::int64_t first_version = 1;
  static constexpr const char* versions_read = "versions 1 and 2";
  using Facts = CubeFile::Facts;

  /// What every cube of a file was counted by.
  struct Head {
    Facts facts;
    PeriodGrid grid;
    Date as_of;
    Conventions conventions;
    std::int64_t version{format_version};
    std::optional<std::uint64_t> departure_rules{};  // their fingerprint; empty: departures were not counted
    [[nodiscard]] std::vector<std::string> segment_names() const;
  };
  /// Everything but the cubes.
  [[nodiscard]] static nlohmann::ordered_json head_of(const CubeFile& file);
  /// Throws Error(unreadable).
  [[nodiscard]] static Head head_from(const nlohmann::json& tree);

  /// True if rates need a cube of their own under these rules.
  [[nodiscard]] static bool needs_rates(const RateRules& rules) {
    return rules.netting != Netting::by_period || rules.trailing_days.has_value();
  }
  /// The conventions of that cube.
  [[nodiscard]] static Conventions for_rates(Conventions conventions) {
    conventions.rate.netting = Netting::by_period;
    return conventions;
  }

  [[nodiscard]] static const std::optional<MovementCube>& rates_of(const CubeFile& file) {
    return file.rates_;
  }
  [[nodiscard]] static const std::optional<DepartureCube>& departures_of(const CubeFile& file) {
    return file.departures_;
  }
  [[nodiscard]] static const Facts& facts_of(const CubeFile& file) { return file.facts_; }
  /// Throws Error(unreadable) unless the cubes agree and could be those of some book.
  [[nodiscard]] static CubeFile file_of(Head head, MovementCube movements, std::optional<MovementCube> rates,
                                        SubscriptionCube subscriptions, std::vector<CohortCube> cohorts,
                                        std::optional<DepartureCube> departures);
};

/// Parses a text, or throws Error(unreadable).
[[nodiscard]] nlohmann::json cube_file_tree(std::string_view text);
/// The text of a tree; throws Error(unreadable) for what is not UTF-8.
[[nodiscard]] std::string cube_file_text(const nlohmann::ordered_json& tree);
[[nodiscard]] bool is_packed_cube_file(std::string_view bytes) noexcept;
[[nodiscard]] CubeFile unpacked_cube_file(std::string_view bytes);

}  // namespace churn::inline v0
