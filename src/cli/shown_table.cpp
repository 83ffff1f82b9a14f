#include "shown_table.hpp"

#include <churn/core/printable.hpp>
#include <churn/report/display_width.hpp>
#include <churn/report/sparkline.hpp>
#include <churn/report/text_table.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace churn::cli {

namespace {

constexpr double surely = 0.05;  // as the sentences of the library have it
constexpr std::size_t between_columns = 2;
constexpr std::size_t longest_sparkline = 60;
constexpr std::size_t shortest_sparkline = 12;
constexpr std::size_t most_sparklines = 200;

bool is_number(const Cell& cell) {
  return !std::holds_alternative<std::string>(cell) && !std::holds_alternative<Date>(cell);
}

std::optional<double> number_in(const Cell& cell) {
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  if (const auto* count = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*count);
  if (const auto* money = std::get_if<Money>(&cell))
    return std::strtod(money->to_string().c_str(),
                       nullptr);  // in the classic locale, which nothing here leaves
  return std::nullopt;
}

std::string padded(const std::string& text, std::size_t width, bool right_aligned) {
  const std::string padding(width - std::min(width, display_width(text)), ' ');
  return right_aligned ? padding + text : text + padding;
}

std::size_t widest(const std::vector<std::string>& texts) {
  std::size_t width = 0;
  for (const std::string& text : texts) width = std::max(width, display_width(text));
  return width;
}

/// Behind the shorter fractions spaces, so that points stand below each other where texts are right-aligned.
void align_points(std::vector<std::string>& texts) {
  const auto fraction_of = [](const std::string& text) {
    return text.size() - std::min(text.find('.'), text.size());
  };
  std::size_t longest = 0;
  for (const std::string& text : texts) longest = std::max(longest, fraction_of(text));
  for (std::string& text : texts) text.append(longest - fraction_of(text), ' ');
}

/// `low to high`, the words below each other.
std::vector<std::string> intervals(const std::vector<std::string>& low,
                                   const std::vector<std::string>& high) {
  const std::size_t low_width = widest(low);
  const std::size_t high_width = widest(high);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < low.size(); ++i) {
    const bool is_known = low[i] != to_short_text({}) || high[i] != to_short_text({});
    texts.push_back(is_known ? padded(low[i], low_width, true) + " to " + padded(high[i], high_width, false)
                             : low[i]);
  }
  return texts;
}

/// `hazard_low` and `hazard_high` are the ends of `hazard_interval`; empty if they are none.
std::string interval_of(const std::string& low, const std::string& high) {
  if (!low.ends_with("low") || !high.ends_with("high")) return "";
  const std::string stem = low.substr(0, low.size() - 3);
  if (stem != high.substr(0, high.size() - 4)) return "";
  if (stem.empty()) return "low to high";
  if (!stem.ends_with('_')) return "";
  return (stem.ends_with("ci_") ? stem.substr(0, stem.size() - 3) : stem) + "interval";
}

std::size_t place_of(const Table& table, const std::string& column) {
  return static_cast<std::size_t>(
      std::distance(table.columns.begin(), std::find(table.columns.begin(), table.columns.end(), column)));
}

/// What a reader's eye should find. The words stand there as well.
Paint paint_of(const std::string& column, const Cell& cell) {
  const auto* const text = std::get_if<std::string>(&cell);
  if (text == nullptr) return Paint::plain;
  if (column == "verdict" && *text == "keeps") return Paint::good;
  if (column == "verdict" && *text == "loses") return Paint::bad;
  return column == "signal" ? Paint::warning : Paint::plain;
}

/// A difference that is more than chance: of churn, more is worse.
void paint_differences(const Table& table, ShownTable& shown, std::size_t shown_column) {
  const std::size_t difference = place_of(table, "difference");
  const std::size_t p = place_of(table, "p_adjusted");
  const bool is_of_churn = place_of(table, "mrr_at_stake") < table.columns.size() &&
                           place_of(table, "rest_value") < table.columns.size();
  if (!is_of_churn || difference >= table.columns.size() || p >= table.columns.size()) return;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto by = number_in(table.rows[i][difference]);
    const auto chance = number_in(table.rows[i][p]);
    if (by && chance && *chance < surely)
      shown.rows[i][shown_column].paint = *by > 0 ? Paint::bad : Paint::good;
  }
}

void paint_incomplete(const Table& table, ShownTable& shown) {
  const std::size_t complete = place_of(table, "complete");
  if (complete >= table.columns.size()) return;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const Cell& cell = table.rows[i][complete];
    if (const auto* flag = std::get_if<bool>(&cell); flag == nullptr || *flag) continue;
    for (ShownCell& part : shown.rows[i])
      if (part.paint == Paint::plain) part.paint = Paint::faint;
  }
}

/// How many columns at the left say what a row is: the first, and texts and days up to the first number, as far as they
/// take no more than half of a line.
std::size_t key_columns(const ShownTable& table, const std::vector<std::size_t>& widths, std::size_t width) {
  const auto second = table.right_aligned.begin() + std::min<std::ptrdiff_t>(1, std::ssize(table.columns));
  auto keys = static_cast<std::size_t>(
      std::distance(table.right_aligned.begin(), std::find(second, table.right_aligned.end(), true)));
  if (keys == table.columns.size()) keys = std::min<std::size_t>(1, keys);
  std::size_t used = 0;
  for (std::size_t i = 0; i < keys; ++i) {
    used += widths[i] + between_columns;
    if (used > width / 2) return std::max<std::size_t>(1, i);
  }
  return keys;
}

/// An interval stands beside what it is of.
bool belongs_to_previous(const std::string& column) {
  return column.ends_with("interval") || column == "low to high";
}

/// The columns of each block: as many as fit, and at least one besides the keys.
std::vector<std::vector<std::size_t>> blocks_of(const ShownTable& table,
                                                const std::vector<std::size_t>& widths, std::size_t width) {
  std::vector<std::size_t> all(table.columns.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto width_of = [&](std::size_t first, std::size_t last) {
    std::size_t sum = 0;
    for (std::size_t i = first; i < last; ++i) sum += widths[i] + between_columns;
    return sum;
  };
  if (width == 0 || width_of(0, all.size()) <= width + between_columns) return {all};
  const std::size_t keys = key_columns(table, widths, width);
  std::vector<std::vector<std::size_t>> blocks;
  std::size_t used = width + 1;
  for (std::size_t i = keys; i < all.size();) {
    std::size_t end = i + 1;
    while (end < all.size() && belongs_to_previous(table.columns[end])) ++end;
    const std::size_t needed = width_of(i, end);
    if (used + needed > width + between_columns) {
      blocks.emplace_back(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(keys));
      used = width_of(0, keys);
    }
    for (; i < end; ++i) blocks.back().push_back(i);
    used += needed;
  }
  return blocks;
}

}  // namespace

ShownTable shown_table(const Table& table) {
  ShownTable shown{{}, std::vector<std::vector<ShownCell>>(table.rows.size()), {}};
  const auto is_numeric = [&](std::size_t column) {
    return std::all_of(table.rows.begin(), table.rows.end(),
                       [&](const auto& row) { return is_number(row[column]); });
  };
  const auto texts_of = [&](std::size_t column) {
    std::vector<std::string> texts;
    texts.reserve(table.rows.size());
    for (const auto& row : table.rows) texts.push_back(to_short_text(row[column]));
    return texts;
  };
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const bool numeric = is_numeric(column);
    const std::size_t next = column + 1;
    const std::string interval = next < table.columns.size() && numeric && is_numeric(next)
                                     ? interval_of(table.columns[column], table.columns[next])
                                     : "";
    std::vector<std::string> texts = texts_of(column);
    if (!interval.empty())
      texts = intervals(texts, texts_of(next));
    else if (numeric)
      align_points(texts);
    for (std::size_t i = 0; i < texts.size(); ++i)
      shown.rows[i].push_back({std::move(texts[i]), paint_of(table.columns[column], table.rows[i][column])});
    shown.columns.push_back(interval.empty() ? table.columns[column] : interval);
    shown.right_aligned.push_back(numeric);
    if (table.columns[column] == "difference") paint_differences(table, shown, shown.columns.size() - 1);
    if (!interval.empty()) ++column;
  }
  paint_incomplete(table, shown);
  return shown;
}

std::string lay_out(ShownTable table, const Terminal& terminal) {
  std::vector<std::size_t> widths;
  for (std::string& column : table.columns) {
    column = printable(column);
    widths.push_back(display_width(column));
  }
  for (auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i].text = printable(row[i].text);
      widths[i] = std::max(widths[i], display_width(row[i].text));
    }
  std::string out;
  for (const std::vector<std::size_t>& block : blocks_of(table, widths, terminal.width)) {
    if (!out.empty()) out += "\n";
    const auto add_line = [&](auto&& cell_of) {
      std::string line;
      std::size_t spaces = 0;  // that are owed, so that no line ends in any
      for (const std::size_t i : block) {
        const ShownCell cell = cell_of(i);
        const std::size_t last = cell.text.find_last_not_of(' ');
        const std::string text = cell.text.substr(0, last == std::string::npos ? 0 : last + 1);
        const std::size_t first = std::min(text.find_first_not_of(' '), text.size());
        const std::size_t missing = widths[i] - display_width(cell.text);
        spaces += first + (table.right_aligned[i] ? missing : 0);
        if (!text.empty())
          line +=
              std::string(std::exchange(spaces, 0), ' ') + painted(text.substr(first), cell.paint, terminal);
        spaces += cell.text.size() - text.size() + (table.right_aligned[i] ? 0 : missing) + between_columns;
      }
      out += line + "\n";
    };
    add_line([&](std::size_t i) { return ShownCell{table.columns[i], Paint::heading}; });
    for (const auto& row : table.rows) add_line([&](std::size_t i) { return row[i]; });
  }
  return out;
}

std::string lay_out(const std::vector<ShownSeries>& all, const std::vector<std::string>& names,
                    const std::string& what, const std::vector<std::string>& periods,
                    const Terminal& terminal) {
  ShownTable table{names, {}, std::vector<bool>(names.size(), false)};
  table.columns.insert(table.columns.end(), {what, "low", "high", "latest"});
  table.right_aligned.insert(table.right_aligned.end(), {false, true, true, true});
  std::vector<std::vector<std::string>> scales(3);
  std::vector<const ShownSeries*> drawn;
  for (const ShownSeries& series : all) {
    std::optional<std::size_t> low;
    std::optional<std::size_t> high;
    for (std::size_t i = 0; i < series.values.size(); ++i) {
      if (!series.values[i]) continue;
      if (!low || *series.values[i] < *series.values[*low]) low = i;
      if (!high || *series.values[i] > *series.values[*high]) high = i;
    }
    if (!low) continue;  // undefined throughout
    drawn.push_back(&series);
    scales[0].push_back(series.texts[*low]);
    scales[1].push_back(series.texts[*high]);
    scales[2].push_back(series.texts.back());
  }
  if (drawn.empty()) return "";
  std::size_t others = 0;
  for (std::vector<std::string>& texts : scales) {
    align_points(texts);
    others += std::max<std::size_t>(6, widest(texts)) + 2;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::vector<std::string> labels{names[i]};
    for (const ShownSeries* series : drawn) labels.push_back(printable(series->labels[i]));
    others += widest(labels) + 2;
  }
  // The latest periods, where all don't fit.
  const std::size_t room =
      terminal.width == 0 ? longest_sparkline
                          : std::max(shortest_sparkline, terminal.width - std::min(terminal.width, others));
  const std::size_t count = std::min({periods.size(), room, longest_sparkline});
  table.columns[names.size()] += " from " + periods[periods.size() - count] + " to " + periods.back();
  for (std::size_t s = 0; s < drawn.size(); ++s) {
    std::vector<ShownCell> row;
    for (const std::string& label : drawn[s]->labels) row.push_back({label});
    const std::span<const std::optional<double>> values{drawn[s]->values};
    row.push_back({sparkline(values.last(std::min(values.size(), count)),
                             terminal.unicode ? SparklineSigns::blocks : SparklineSigns::ascii)
                       .line});
    for (const std::vector<std::string>& texts : scales) row.push_back({texts[s]});
    table.rows.push_back(std::move(row));
  }
  return lay_out(std::move(table), terminal);
}

std::string sparklines_of(const Table& table, const std::string& value, const Terminal& terminal) {
  const std::size_t period = place_of(table, "period");
  const std::size_t values = place_of(table, value);
  const std::size_t metric = place_of(table, "metric");
  if (std::max(period, values) >= table.columns.size()) return "";
  std::vector<std::string> names(table.columns.begin(),
                                 table.columns.begin() + static_cast<std::ptrdiff_t>(period));
  if (metric < table.columns.size()) names.emplace_back("metric");
  std::vector<ShownSeries> all;  // in the order in which they come first
  std::map<std::vector<std::string>, std::size_t> place;
  for (const auto& row : table.rows) {
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < period; ++i) labels.push_back(to_short_text(row[i]));
    if (metric < table.columns.size()) labels.push_back(to_short_text(row[metric]));
    const auto [found, is_new] = place.emplace(labels, all.size());
    if (is_new) all.push_back({labels, {}, {}});
    all[found->second].values.push_back(number_in(row[values]));
    all[found->second].texts.push_back(to_short_text(row[values]));
  }
  std::vector<std::string> periods;
  for (const auto& row : table.rows)  // in each segment the same
    if (std::string text = to_short_text(row[period]); periods.empty() || text > periods.back())
      periods.push_back(std::move(text));
  return periods.size() < 3 || all.size() > most_sparklines ? ""
                                                            : lay_out(all, names, value, periods, terminal);
}

namespace {

/// `< 0.001`, `0.025`: whether it is more than chance.
bool is_sure(const std::string& p) {
  return p.starts_with('<') || (!p.empty() && p.front() == '0' && std::strtod(p.c_str(), nullptr) < surely);
}

/// What is surely high or low by the p of its row, and segments of which that was found.
class ReportPaint {
 public:
  explicit ReportPaint(const Report& report) {
    for (const ReportSection& section : report.sections)
      if (is_of_segments(section))
        for (const auto& row : section.rows)
          if (is_sure(row[column(section, "p")].text))
            surely_high_.emplace("Churn by " + row[0].text, row[1].text);
  }

  [[nodiscard]] Paint of(const ReportSection& section, const std::vector<ReportCell>& row,
                         std::size_t i) const {
    if (section.columns[i] == "outside of noise" && row[i].text != "-") return Paint::warning;
    if (i == 0 && surely_high_.contains({section.title, row[0].text})) return Paint::bad;
    const std::size_t p = column(section, "p");
    if (p >= row.size() || !is_sure(row[p].text)) return Paint::plain;
    if (is_of_segments(section) && i == 1) return Paint::bad;
    const std::size_t points = column(section, "points");
    if (points < row.size() && i == 0) return row[points].text.starts_with('-') ? Paint::bad : Paint::good;
    return Paint::plain;
  }

 private:
  static std::size_t column(const ReportSection& section, const std::string& name) {
    return static_cast<std::size_t>(std::distance(
        section.columns.begin(), std::find(section.columns.begin(), section.columns.end(), name)));
  }
  static bool is_of_segments(const ReportSection& section) {
    return section.columns.size() > 2 && section.columns[0] == "by" && section.columns[1] == "segment" &&
           column(section, "p") < section.columns.size();
  }

  std::set<std::pair<std::string, std::string>> surely_high_;
};

}  // namespace

std::string shown_report(const Report& report, const Terminal& terminal) {
  const auto heading = [&](const std::string& text) { return painted(text, Paint::heading, terminal); };
  const auto paragraph = [&](const std::string& text) {
    return wrapped(printable(text), std::min<std::size_t>(terminal.width, 100));
  };
  const ReportPaint paint{report};
  std::string out = heading(printable(report.title)) + "\n" + paragraph(report.subtitle) + "\n";
  for (const ReportSection& section : report.sections) {
    const std::string title = printable(section.title);
    out += "\n" + heading(title) + "\n" + std::string(display_width(title), '-') + "\n";
    if (!section.note.empty()) out += paragraph(section.note) + "\n";
    if (section.rows.empty()) continue;
    ShownTable table{section.columns, {}, section.right_aligned};
    for (const auto& row : section.rows) {
      std::vector<ShownCell> cells;
      for (std::size_t i = 0; i < row.size(); ++i) cells.push_back({row[i].text, paint.of(section, row, i)});
      table.rows.push_back(std::move(cells));
    }
    out += lay_out(std::move(table), terminal);
  }
  return out;
}

}  // namespace churn::cli
