// Chart: an answer as a picture: a Vega-Lite specification, the table behind it, and words.
//
//   Chart chart = trend_chart(trend, days, {.title = "Customer churn"});
//   chart.finding                 // "No change was detected over 30 periods: …"
//   to_json(chart)                // a whole Vega-Lite specification that a host puts into its own page
//   to_csv(chart.data)            // what is drawn
//
// A chart draws a table and computes nothing: whatever it shows is a cell of `data`, so that the picture and the numbers
// can't disagree. `spec` is a Vega-Lite view without data and title; its encodings name the columns of `data`. Amounts
// are exact decimals in the table and numbers in the picture.
//
// Where `data` has a column `segment` the view has a parameter of that name, and draws the rows of one segment, at first
// those of "all" (the whole book). A page lets its reader choose another one by setting the parameter.
//
// Colours: blue #0072b2 for what is measured, green #009e73 for what comes, vermilion #d55e00 for what goes, purple #b8679a
// for what stands out, grey #767676 for what it is compared with; of Okabe and Ito's set, which colour-blind readers can tell
// apart, those that stand out from white and from a dark page by 3:1. What a colour says, a sign, place or shape says as well.
// Background and text are left to the page (Vega-Lite's `config`), and the width to the place where the chart stands.
//
// Source: A. Satyanarayan et al., Vega-Lite: A Grammar of Interactive Graphics, IEEE TVCG 23 (2017) 341-350; M. Okabe, K.
// Ito, Color Universal Design (2008); WCAG 2.2, 1.4.11.
#pragma once

#include <string>

#include <churn/core/table.hpp>

namespace churn::inline v0 {

/// One picture, with what it shows in words and in numbers.
struct Chart {
  std::string name;      ///< one of a page, such as `mrr-movements`: lower-case letters, digits and `-`
  std::string finding;   ///< the title: what it shows, in a sentence
  std::string measured;  ///< the subtitle: what was measured, of whom and when
  Table data;            ///< what is drawn; `spec` names its columns
  std::string spec;      ///< a JSON object: mark, encoding, layer, params, transform, height …
  friend bool operator==(const Chart&, const Chart&) = default;
};

/// The specification with its data and title, as JSON: version 6 of Vega-Lite, `width` being that of what holds it. The same
/// chart gives the same bytes; text that is not UTF-8 is replaced. Throws Error(unreadable) unless `spec` is a JSON object.
/// O(cells).
[[nodiscard]] std::string to_json(const Chart& chart);

/// Adds the rows of the same chart of other segments, so that a page can choose among them: `all` and then each of a cut.
/// Throws Error(out_of_range) unless both have the same columns.
void add_segments(Chart& chart, const Chart& of_segments);

}  // namespace churn::inline v0
