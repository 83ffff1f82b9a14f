// The planted effects: their names, what they mean, how large they are, and how to set them.
//
// Sizes are whole numbers of thousandths, so that no floating point takes part: a hazard multiplier of 2.4 is
// 2400. Each effect has a size at which it does nothing; a book in which all have it is the null book.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sample_book {

/// Those before `involuntary_share` act on the hazard, in each month, of leaving.
enum class Effect : std::size_t {
  leaky_channel,
  misfit_vertical,
  basic_plan,
  early_months,
  early_activation,
  integrations,
  campaign,
  annual_plan,
  oversold_first_deal,
  price_change,
  january,
  trend,
  involuntary_share,
  completed_share,
  unknown_share,
  completed_return,
  involuntary_return,
  usage_decline,
  ticket_surge,
  nps_drop,
  shrink_before_leaving,
  recovered_failures,
  survey_contradicts,
};

inline constexpr std::size_t hazard_effect_count = static_cast<std::size_t>(Effect::involuntary_share);
inline constexpr std::size_t effect_count = static_cast<std::size_t>(Effect::survey_contradicts) + 1;

constexpr std::size_t index(Effect effect) { return static_cast<std::size_t>(effect); }

struct EffectInfo {
  std::string_view name;
  std::string_view kind;  ///< hazard_multiplier, multiplier, share, points, slope
  std::int64_t usual;     ///< the size unless told otherwise, in thousandths
  std::int64_t off;       ///< the size at which it does nothing
  std::int64_t lowest;
  std::int64_t highest;
  std::string_view seen_in;  ///< where an analysis can see who is exposed
  std::string_view counted;  ///< what the truth file counts as events and as their base
  std::string_view meaning;
};

const EffectInfo& info(Effect effect);
std::span<const EffectInfo> all_effects();

class Effects {
 public:
  Effects();

  /// In thousandths.
  std::int64_t operator[](Effect effect) const { return sizes_[index(effect)]; }

  /// Takes NAME=VALUE, the value a decimal with at most three decimals or `off`, and all=off. Throws std::invalid_argument.
  void set(std::string_view assignment);

 private:
  std::array<std::int64_t, effect_count> sizes_;
};

/// 2400 -> "2.4", -6 -> "-0.006".
std::string thousandths_text(std::int64_t thousandths);

/// What --effects prints.
std::string effects_text();

}  // namespace sample_book
