#include "levers.hpp"

#include <churn/lever/customer_profile.hpp>
#include <churn/lever/levers.hpp>
#include <churn/lever/time_to_value.hpp>

#include "commands.hpp"
#include "progress.hpp"
#include "risk.hpp"

namespace churn::cli {

namespace {

enum class Lever : std::uint8_t { levers, levels, profile, activation, bands, list };
Lever parse_lever(const Options& options) {
  return static_cast<Lever>(shown(options, {"levers", "levels", "profile", "activation", "bands", "list"}));
}

LeverOptions lever_options(const Options& options) {
  LeverOptions levers{.landmark = options.landmark, .kinds = event_kinds(options)};
  if (options.horizon_given) levers.horizon = options.horizon_days;
  return levers;
}

CustomerProfileOptions profile_options(const Session& session) {
  CustomerProfileOptions profile{.where = session.where};
  profile.horizon =
      session.options.horizon_given ? session.options.horizon_days : LeversOptions{}.profile.horizon;
  return profile;
}

TimeToValueOptions activation_options(const Session& session) {
  TimeToValueOptions activation{
      .kinds = event_kinds(session.options), .where = session.where, .progress = progress_of("comparing")};
  if (session.options.horizon_given) activation.horizon = session.options.horizon_days;
  return activation;
}

Table exposures_table(const std::vector<Exposure>& exposures) {
  Table table{{"lever", "exposure", "about", "landmark", "horizon", "records"}, {}};
  for (const Exposure& exposure : exposures)
    table.rows.push_back({exposure.lever, exposure.name, exposure.about, std::int64_t{exposure.landmark},
                          std::int64_t{exposure.horizon}, exposure.records});
  return table;
}

}  // namespace

void check_levers(const Options& options) {
  if (options.command != "levers") return;
  const Lever show = parse_lever(options);
  (void)event_kinds(options);
  refuse_if(options.period_given, options, "--period", "Its rows are customers at a certain age.");
  refuse_if(!options.from.empty() || !options.to.empty(), options, "--from or --to",
            "It is of all customers since the book began. For an earlier day use --as-of.");
  refuse_if(options.exact, options, "--exact", "Its amounts are rounded to the currency.");
  refuse_if(options.landmark_given && show == Lever::profile, options, "--landmark",
            "Segments are known from the first day on.");
  refuse_if(options.landmark_given && (show == Lever::activation || show == Lever::bands), options,
            "--landmark", "It asks at several days.");
  if (options.landmark < 1 || options.landmark > 3650)
    throw Error(ErrorCode::bad_number, "--landmark takes 1 to 3650 days.");
  if (options.horizon_days < 1 || options.horizon_days > 3650)
    throw Error(ErrorCode::bad_number, "--horizon takes 1 to 3650 days.");
}

std::string run_levers(const Session& session) {
  const Options& options = session.options;
  switch (parse_lever(options)) {
    case Lever::list:
      return print(exposures_table(standard_levers(session.book, lever_options(options))), session.format);
    case Lever::profile: {
      const CustomerProfile profile = customer_profile(session.book, profile_options(session));
      say(customer_profile_sentence(profile));
      return print(customer_profile_table(profile), session.format);
    }
    case Lever::activation:
    case Lever::bands: {
      const TimeToValue value = time_to_value(session.book, activation_options(session));
      say(time_to_value_sentence(value));
      return print(parse_lever(options) == Lever::bands ? time_to_value_bands_table(value)
                                                        : time_to_value_table(value),
                   session.format);
    }
    case Lever::levers:
    case Lever::levels: break;
  }
  LeversOptions question{
      .standard = lever_options(options), .where = session.where, .progress = progress_of("comparing")};
  if (options.horizon_given) question.profile.horizon = options.horizon_days;
  const LeverReport report = levers(session.book, question);
  say(levers_sentence(report));
  return print(parse_lever(options) == Lever::levels ? lever_levels_table(report) : levers_table(report),
               session.format);
}

}  // namespace churn::cli
