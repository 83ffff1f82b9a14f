// Report: a book on one page, in the order in which people ask: what happened (headline, MRR bridge, trend, cohorts, stays),
// who leaves (churn by plan, tenure and attribute), why they left (types, reasons, payments, surveys, whom to win back),
// who is next (risks, signs that lead, calibration, what is scheduled to end), what would change it (levers, forecast, what
// if) and whether it can be believed (complete periods, rejections, rules). Tables show the last twelve complete periods,
// charts the last 36.
//
//   Report report = make_report(book, rejections, {.title = "Acme"});
//   to_text(report)       for a terminal
//   to_markdown(report)   for a wiki, an issue or a chat
//   to_html(report)       one self-contained page with charts: no font, no request, nothing beside it
//   to_json(report)       the same sections for a program
//
// Rates follow the rules of the book's conventions everywhere on the page: in the headline, the chart and the
// segments. Where the rules make ratios of them, there are no intervals. A condition on states or lanes
// (`plan=pro`) makes transfers, which the bridge then shows.
//
// "Where customers leave most" has of each way to cut the book the segment whose interval begins highest, beside
// all others of that cut; first comes the one whose interval lies furthest above that of the others, so that a
// handful of customers who left by chance stands below a segment that surely churns more.
//
// A report is a handful of folds over the book: O(changes x attributes), with `trailing_days` O(changes x periods x
// attributes); and a risk model, its test and the levers, which take most of the time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/period_grid.hpp>
#include <churn/report/chart.hpp>
#include <churn/segment/filter.hpp>

namespace churn::inline v0 {

/// One text in a section; `shade`, in [0, 1], colours it on a page.
struct ReportCell {
  std::string text;               ///< as people read it
  std::optional<double> shade{};  ///< 0: not at all, 1: most; empty: no colour
};

/// What people ask, in the order in which they do; a page has a chapter of each.
enum class ReportPart : std::uint8_t {
  what_happened,         ///< headline, MRR bridge, trend, cohorts, stays
  who_leaves,            ///< churn by plan, tenure and attribute
  why_they_left,         ///< types, reasons, payments, surveys, whom to win back
  who_is_next,           ///< risks, signs that lead, calibration, what is scheduled to end
  what_would_change_it,  ///< levers, forecast, what if
  can_i_believe_it       ///< complete periods, rejections, rules
};
/// `What happened`, `Who leaves`, `Why they left`, …
[[nodiscard]] std::string_view report_part_name(ReportPart part) noexcept;

/// A table with a title, and the charts that say the same.
struct ReportSection {
  std::string title;                          ///< what it is about
  std::string note;                           ///< one or two sentences under the title; may be empty
  std::vector<std::string> columns;           ///< titles of the columns
  std::vector<std::vector<ReportCell>> rows;  ///< a cell a column each
  std::vector<bool> right_aligned;            ///< by column
  std::vector<Chart>
      charts{};  ///< drawn on a page under the note; where nothing can draw them, the table stands
  ReportPart part{ReportPart::what_happened};  ///< the chapter that it is in
};

/// A book on one page, as texts: to_text, to_markdown, to_html and to_json show it.
struct Report {
  std::string title;                    ///< that of the options
  std::string subtitle;                 ///< as of when, in which currency, by which conventions, and of whom
  std::vector<ReportSection> sections;  ///< by part
};

/// What the report is of.
struct ReportOptions {
  std::string title{"Churn report"};     ///< of the page
  PeriodKind period{PeriodKind::month};  ///< length of the periods
  /// Only complete calendar periods that start on or after `from` and end by `to` are shown; empty: all. The
  /// tables show the last twelve of them.
  std::optional<Date> from{};
  /// Exclusive: the first day after the last period that may be shown.
  std::optional<Date> to{};
  Filter where{};       ///< who is in the report; default: everybody
  unsigned threads{1};  ///< 1 to 256; the report is the same
};

/// Throws Error(mixed_currencies), and what the filter throws.
[[nodiscard]] Report make_report(const Book& book, const Rejections& rejections,
                                 const ReportOptions& options = {});

/// For a terminal: titles, notes and aligned tables, without charts.
[[nodiscard]] std::string to_text(const Report& report);

/// As GitHub and most wikis read Markdown: a heading a chapter and section, notes and tables, without charts. Any name is text in
/// it, whatever it holds. O(characters).
[[nodiscard]] std::string to_markdown(const Report& report);

/// What a page holds.
struct HtmlOptions {
  /// Holds Vega-Lite, 830 KB, and draws the charts; otherwise there is no script, and of each chart its words and table.
  bool scripts{true};
};

/// A page with a chapter of each part, charts and tables, for screens of any width, dark ones and paper. Where charts are
/// cut by segments, its reader chooses one for all of them. It is one file, which requests nothing; where the library
/// was built without Vega-Lite (CHURN_CHART_SCRIPTS), it is as without scripts. Any name is text on it, whatever it holds.
/// Throws Error(unreadable) where a chart that is to be drawn has a `spec` that is no JSON object. O(characters).
[[nodiscard]] std::string to_html(const Report& report, const HtmlOptions& options = {});

/// For a program: title, subtitle and sections, each with its title, note, columns and rows of texts. No charts.
[[nodiscard]] std::string to_json(const Report& report);

}  // namespace churn::inline v0
