#include "statistics.hpp"

#include <churn/metric/trend.hpp>

#include "commands.hpp"

namespace churn::cli {

namespace {

std::string metric_asked_for(const Options& options) {
  return options.metric.empty() ? std::string(CustomerChurnRate::name) : options.metric;
}

/// `basic, monthly: ` in front of what is said of a segment.
std::string words_of(const Label& label) {
  std::string words;
  for (const std::string& part : label) words += (words.empty() ? "" : ", ") + part;
  return words.empty() ? "" : words + ": ";
}

std::string print_trends(const MovementCube& cube, const std::vector<MeasuredRow>& rows,
                         const std::string& metric, Format format) {
  const std::vector<Trend> trends = trends_of(cube, rows, metric);
  for (std::size_t s = 0; s < trends.size(); ++s)
    say(words_of(cube.segments()[s]) + trend_sentence(trends[s], cube.grid().first_days()));
  return print(trends_table(cube, trends, format == Format::json ? TrendColumns::all : TrendColumns::chart),
               format);
}

}  // namespace

std::string run_trend(const Session& session) {
  std::string text;
  with_metric(metric_asked_for(session.options), [&](const auto& metric) {
    const auto table = measure(session.book)
                           .over(session.grid())
                           .by(session.segmenter)
                           .where(session.where)
                           .threads(session.options.threads)
                           .compute(metric);
    text = print_trends(table.cube(), table.rows(), std::string(metric.name), session.format);
  });
  return text;
}

std::string trend_from_cubes(const CubeFile& file, const Options& options) {
  const auto format = static_cast<Format>(parse_choice(options.format, "--format", {"table", "csv", "json"}));
  std::string text;
  with_metric(metric_asked_for(options), [&](const auto& metric) {
    const CubeFile::MeasuredCube measured = file.measured(std::tuple{metric});
    text = print_trends(measured.cube, measured.rows, std::string(metric.name), format);
  });
  return text;
}

}  // namespace churn::cli
