#include "report_command.hpp"

#include <churn/report/report.hpp>
#include <churn/report/sparkline.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include "database.hpp"
#include "progress.hpp"
#include "report/words.hpp"
#include "shown_table.hpp"
#include "terminal.hpp"

namespace churn::cli {

namespace {

constexpr std::size_t periods_drawn = 36;  // as many as the charts of a page show

/// The complete periods that the report may show, the latest of them.
struct DrawnPeriods {
  std::size_t begin;
  std::size_t end;
};
DrawnPeriods drawn_periods(const Session& session, const PeriodGrid& grid, const ReportOptions& options) {
  const auto status = status_of(session.book, grid);
  std::size_t end = grid.size();
  while (end > 0 && (!status[end - 1].complete || (options.to && grid[end - 1].last() > *options.to))) --end;
  std::size_t begin = end > periods_drawn ? end - periods_drawn : 0;
  while (begin < end && options.from && grid[begin].first() < *options.from) ++begin;
  return {begin, end};
}

std::vector<ReportCell> line_of(const std::string& name, const std::vector<std::optional<double>>& values,
                                const std::vector<std::string>& texts, SparklineSigns signs) {
  const Sparkline spark = sparkline(values, signs);
  const auto text_of = [&](const std::optional<double>& value) {
    const auto found = std::find(values.begin(), values.end(), value);
    return value && found != values.end() ? texts[static_cast<std::size_t>(found - values.begin())]
                                          : std::string(words::undefined);
  };
  return {{name}, {spark.line}, {text_of(spark.low)}, {text_of(spark.high)}, {texts.back()}};
}

/// The report with its headline drawn over the periods.
Report with_lines(Report report, const Session& session, const ReportOptions& options) {
  const PeriodGrid grid = Analyzer::whole_book(session.book, session.period);
  const auto [begin, end] = drawn_periods(session, grid, options);
  if (end < begin + 3) return report;
  const auto rates = measure(session.book)
                         .over(grid)
                         .where(session.where)
                         .threads(session.options.threads)
                         .compute(CustomerChurnRate{}, GrossMrrChurnRate{}, NetMrrChurnRate{});
  const std::string period{period_kind_name(session.period)};
  ReportSection section{"Over the last " + std::to_string(end - begin) + " " + period + "s",
                        "From " + grid[begin].first().to_string() + " to " +
                            grid[end - 1].first().to_string() + ", each line from its lowest to its highest.",
                        {"", "", "low", "high", "last " + period},
                        {},
                        {false, false, true, true, true}};
  const SparklineSigns signs = out_terminal().unicode ? SparklineSigns::blocks : SparklineSigns::ascii;
  const MovementCube cube = MovementCube::fold(session.book, grid, {}, session.fold_options());
  std::vector<std::optional<double>> values;
  std::vector<std::string> texts;
  for (std::size_t p = begin; p < end; ++p) {
    const std::int64_t closing = cube.at(0, p).closing;
    values.emplace_back(static_cast<double>(closing));
    texts.push_back(words::mrr(closing, cube.currency()));
  }
  section.rows.push_back(line_of("MRR at close", values, texts, signs));
  for (const auto& [metric, name] : {std::pair{std::string_view(CustomerChurnRate::name), "Customer churn"},
                                     {GrossMrrChurnRate::name, "Gross MRR churn"},
                                     {NetMrrChurnRate::name, "Net MRR churn"}}) {
    values.clear();
    texts.clear();
    for (const MeasuredRow& row : rates.rows())
      if (row.metric == metric && row.period >= begin && row.period < end) {
        values.push_back(row.measurement.value);
        texts.push_back(words::percent(row.measurement.value));
      }
    if (!values.empty()) section.rows.push_back(line_of(name, values, texts, signs));
  }
  report.sections.insert(report.sections.begin() + 1, std::move(section));
  return report;
}

}  // namespace

std::string run_report(const Session& session) {
  if (session.format == Format::csv)
    throw Error(ErrorCode::unknown_name,
                "A report has many tables, so it can't be CSV. Use --format table, markdown or json, or the "
                "single commands.");
  const Options& given = session.options;
  if (!given.netting.empty() || given.exact)
    throw Error(ErrorCode::unknown_name,
                "A report takes no --netting or --exact. Use movements, rates or cohorts.");
  ReportOptions options;
  std::filesystem::path path = std::filesystem::path(given.book).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();          // a folder with a slash behind it
  if (extension_of(path) == ".book") path.replace_extension();  // a snapshot of the book of that name
  const std::string name = is_database(given.book) ? name_of_database(given.book) : path.filename().string();
  options.title = "Churn report" + (name.empty() || name == "." || name == "-" ? "" : ": " + name);
  options.period = session.period;
  if (!given.from.empty()) options.from = session.grid().from();
  if (!given.to.empty()) options.to = session.grid().to();
  options.where = session.where;
  options.threads = session.options.threads;
  now_doing("making the report");
  const Report report = make_report(session.book, session.rejections, options);
  if (!session.options.output.empty()) {
    const Unbroken until_written{session.options.output};
    std::ofstream file{session.options.output, std::ios::binary};
    file << to_html(report);
    file.close();
    if (!file) throw Error(ErrorCode::unreadable, session.options.output + " can't be written.");
    say("wrote " + session.options.output);
  }
  if (session.format == Format::json) return to_json(report);
  if (session.format == Format::markdown) return to_markdown(report);
  return shown_report(with_lines(report, session, options), out_terminal());
}

}  // namespace churn::cli
