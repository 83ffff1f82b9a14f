// Texts that are built into the library for a report's page: its style and script, and what draws its charts. Private to the
// library's sources; cmake/embed_texts.cmake writes page_files.cpp into the build folder.
#pragma once

#include <span>
#include <string_view>

namespace churn::inline v0 {

/// In pieces that are to be joined, because compilers bound the length of a literal.
using EmbeddedText = std::span<const std::string_view>;

[[nodiscard]] EmbeddedText page_style() noexcept;
[[nodiscard]] EmbeddedText page_script() noexcept;

/// Vega, Vega-Lite and Vega-Embed; empty where the library was built without them (CHURN_CHART_SCRIPTS).
[[nodiscard]] EmbeddedText chart_scripts() noexcept;
/// Whose they are, and the terms under which they may be passed on.
[[nodiscard]] EmbeddedText chart_scripts_notice() noexcept;

}  // namespace churn::inline v0
