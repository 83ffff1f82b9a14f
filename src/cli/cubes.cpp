#include "cubes.hpp"

#include <churn/io/cube_file.hpp>

#include <algorithm>
#include <array>
#include <string_view>

#include "commands.hpp"
#include "departures.hpp"
#include "statistics.hpp"
#include "terminal.hpp"

namespace churn::cli {

namespace {

std::string plural(std::int64_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

void say_rejected(const CubeFile& file, const std::string& where) {
  if (file.rejected() == 0) return;
  std::string codes;
  for (std::size_t code = 0; code < rejection_code_count; ++code)
    if (const std::int64_t n = file.rejected(static_cast<RejectionCode>(code)); n > 0)
      codes += (codes.empty() ? "" : ", ") + std::to_string(n) + " " +
               std::string(rejection_name(static_cast<RejectionCode>(code)));
  say(plural(file.rejected(), "row") + " rejected in " + where + ": " + codes);
}

[[noreturn]] void refuse(const std::string& option, const std::string& asked, const std::string& held) {
  throw Error(ErrorCode::mismatched_cubes, option + " asks for " + asked +
                                               ", but the cubes were counted by " + held +
                                               ". Leave it out, or count the book anew.");
}

std::string names_of(const std::vector<CubeFile::Factor>& factors) {
  std::string names;
  for (const CubeFile::Factor& factor : factors) names += (names.empty() ? "" : ",") + factor.name;
  return names.empty() ? "no segments" : names;
}

/// Options that say again what the file holds are welcome; others would be answered wrongly.
void require_what_the_cubes_hold(const Options& options, const CubeFile& file) {
  for (const auto& [given, option] : {std::pair{options.stripe, "--stripe"},
                                      {options.money_intervals > 0, "--money-intervals"},
                                      {!options.rejections_file.empty(), "--rejections"},
                                      {!options.book.empty(), "BOOK"}})
    if (given)
      throw Error(ErrorCode::unknown_name, std::string(option) +
                                               " does not go with --from-cubes: cubes hold counts of rows, "
                                               "and no rows.");
  const PeriodKind kind = file.grid().kind();
  if (options.period_given && options.period != period_kind_name(kind))
    refuse("--period", options.period, std::string(period_kind_name(kind)));
  const auto require_day = [](const std::string& text, const std::string& option, Date held) {
    if (!text.empty() && parse_date(text, option) != held) refuse(option, text, held.to_string());
  };
  require_day(options.from, "--from", file.grid().from());
  require_day(options.to, "--to", file.grid().to());
  require_day(options.as_of, "--as-of", file.as_of());
  if (!options.by.empty()) {
    Segmenter by;
    for (const std::string& name : split_commas(options.by)) by = by * by::name(name, kind);
    if (CubeFile::factors_of(by) != file.segments()) refuse("--by", options.by, names_of(file.segments()));
  }
  if (!options.where.empty() && CubeFile::condition_of(Filter::parse(options.where, kind)) != file.where())
    refuse("--where", options.where, file.where().text.empty() ? "no condition" : file.where().text);
  const Conventions asked = conventions_for(options, file.conventions());
  const Conventions& held = file.conventions();
  if (asked.name != held.name || asked.version != held.version)
    refuse("--conventions", asked.name + ", version " + asked.version,
           held.name + ", version " + held.version);
  for (const RuleDifference& rule : differing_rules(asked, held))
    refuse(rule.field == "book.currency"  ? "--currency"
           : rule.field == "rate.netting" ? "--netting"
                                          : "--conventions",
           rule.field + " " + rule.first, rule.field + " " + rule.second);
}

}  // namespace

std::string run_partial(const Session& session) {
  const Options& options = session.options;
  const PeriodGrid grid = session.grid();
  if (options.from.empty() || options.to.empty())
    say(std::string(period_kind_name(grid.kind())) + " periods from " + grid.from().to_string() + " to " +
        grid.to().to_string() + " (parts that are to be added need the same --from, --to and --as-of)");
  const CubeFile file = CubeFile::fold(session.book,
                                       {.grid = grid,
                                        .by = session.segmenter,
                                        .where = session.where,
                                        .cohorts = parse_cohorts(options.cohorts),
                                        .rules = departure_rules_for(options),
                                        .threads = options.threads},
                                       session.rejections);
  const Unbroken until_written{options.output};
  write_cube_file(file, options.output);
  return {};
}

int run_merge(const MergeOptions& options) {
  CubeFile sum = read_cube_file(options.inputs.front());
  for (std::size_t i = 1; i < options.inputs.size(); ++i) {
    const CubeFile part = read_cube_file(options.inputs[i]);
    try {
      sum += part;
    } catch (const Error& error) {
      throw Error(error.code(), options.inputs.front() + " and " + options.inputs[i] + ": " + error.what());
    }
  }
  say_rejected(sum, plural(static_cast<std::int64_t>(options.inputs.size()), "part"));
  const Unbroken until_written{options.output};
  write_cube_file(sum, options.output);
  return options.strict && sum.rejected() > 0 ? 1 : 0;
}

bool answers_from_cubes(const std::string& command) noexcept {
  return command == "movements" || command == "rates" || command == "cohorts" || command == "trend" ||
         command == "forecast" || command == "causes";
}

std::string why_not_from_cubes(const std::string& command) {
  std::string why = "is about single customers, which cubes don't know";
  if (command == "check" || command == "partial" || command == "snapshot")
    why = "reads records, which cubes don't hold";
  if (command == "compare") why = "counts a book under every preset, and cubes are counted under one";
  if (command == "survival") why = "counts single stays, which cubes don't hold";
  if (command == "report") why = "names customers and reasons, which cubes don't know";
  return command + " " + why +
         ". Give it a BOOK; movements, rates, cohorts, trend, forecast and causes can be answered from "
         "cubes.";
}

std::string answer_from_cubes(const std::string& command, const Options& options, bool& rejected) {
  const auto format = static_cast<Format>(parse_choice(options.format, "--format", {"table", "csv", "json"}));
  check_values(options);
  const CubeFile file = read_cube_file(options.from_cubes);
  require_what_the_cubes_hold(options, file);
  if (file.conventions().name != "standard")
    say("conventions " + file.conventions().name + ", version " + file.conventions().version);
  say_rejected(file, "the parts");
  rejected = file.rejected() > 0;
  if (command == "movements") return print_with_lines(file.movements_table(options.exact), "closing", format);
  if (command == "rates" && !options.compare.empty()) return contrasts_from_cubes(file, options);
  if (command == "rates") return print_with_lines(file.rates_table(options.exact), "value", format);
  if (command == "forecast") return forecast_from_cubes(file, options);
  if (command == "trend") return trend_from_cubes(file, options);
  if (command == "causes") return causes_from_cubes(file, options);
  const CohortQuestion question = cohort_question(options);
  if (!options.compare.empty())
    return print_cohort_contrasts(file.cohorts(question.cohort_by), options, format);
  return print(
      cohorts_table(file.cohorts(question.cohort_by), question.measure, question.retention, options.exact),
      format);
}

}  // namespace churn::cli
