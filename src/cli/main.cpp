// churn: the command line. Exit status 0: done; 1: done, but rows were rejected and --strict was given;
// 2: bad usage or unreadable input, with one line on stderr.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>

#include "commands.hpp"
#include "cubes.hpp"
#include "decision.hpp"
#include "departures.hpp"
#include "import.hpp"
#include "levers.hpp"
#include "risk.hpp"
#include "snapshot.hpp"
#include "statistics.hpp"

namespace {

using churn::cli::Options;
using churn::cli::say;
using churn::cli::Session;

struct Command {
  const char* name;
  const char* help;
  std::string (*run)(const Session&);
  bool by_segments{true};  ///< takes --by
  std::string (*run_without_book)(const Options&){nullptr};
};

constexpr Command commands[] = {
    {"check", "What was read, what was rejected and why, whether every period closes", churn::cli::run_check,
     false},
    {"roster", "Who is a customer on a day: plan, MRR, since when", churn::cli::run_roster, false},
    {"movements", "How MRR and customers went from opening to closing", churn::cli::run_movements},
    {"rates", "Churn and retention rates with numerator, denominator and interval", churn::cli::run_rates},
    {"cohorts", "Retention by cohort and age", churn::cli::run_cohorts},
    {"survival", "How long customers stay, of those who left and those who are still there",
     churn::cli::run_survival},
    {"trend", "What one metric does over the periods: slope, test, and which periods stand out",
     churn::cli::run_trend},
    {"forecast",
     "MRR and customers of the periods to come, with intervals, from what cohorts have done so far",
     churn::cli::run_forecast},
    {"causes", "Why customers left: types and reasons, with what was on record of each",
     churn::cli::run_causes},
    {"dunning", "Payments that failed: recovered, lost and at risk; who is in arrears, whose card expires",
     churn::cli::run_dunning},
    {"survey", "Exit surveys: who was asked, who answered, what was said, and whether the records agree",
     churn::cli::run_survey},
    {"winback", "Who left, the first to be asked back first, and how", churn::cli::run_winback, false},
    {"indicators", "Which signs tell early who leaves, by how much, and how early",
     churn::cli::run_indicators, false},
    {"score", "Who is next: every customer with its risk of leaving, and the reasons", churn::cli::run_score,
     false},
    {"backtest", "What such scores would have been worth before, against simpler ones",
     churn::cli::run_backtest, false},
    {"levers", "What goes with staying: eight levers of retention, each by landmark, and who is without it",
     churn::cli::run_levers, false},
    {"decision", "What a decision on a date did to churn and MRR, for old and new customers",
     churn::cli::run_decision, false},
    {"whatif", "Where MRR would be if retention, annual plans or recovered payments changed",
     churn::cli::run_what_if, false},
    {"compare", "One period under every preset, and who makes two of them differ", churn::cli::run_compare,
     false},
    {"conventions", "What each preset sets, or one of them as JSON, to change and give to --conventions",
     nullptr, false, churn::cli::run_conventions},
    {"explain", "The customers and records behind a movement of a period", churn::cli::run_explain},
    {"report", "The book on one page, in the terminal and as HTML", churn::cli::run_report, false},
    {"partial", "What one part of a book counts to, as a file, to be merged with that of the other parts",
     churn::cli::run_partial},
    {"snapshot",
     "The book as one file, to be given to the other commands in its place: it opens in milliseconds",
     churn::cli::run_snapshot, false},
};

constexpr const char* import_name = "import";
constexpr const char* partial_name = "partial";
constexpr const char* merge_name = "merge";
constexpr const char* snapshot_name = "snapshot";

/// Which book, and under which rules.
void add_book(CLI::App& command, Options& options) {
  command
      .add_option("book", options.book,
                  "A folder of CSV files, a .json or .ndjson file, - for one of these files on standard "
                  "input, a file "
                  "that `snapshot` wrote, or a database: sqlite://FILE, postgresql://USER@HOST/DATABASE")
      ->type_name("BOOK");
  command
      .add_option("--from-cubes", options.from_cubes,
                  "In place of BOOK: a file that `partial` or `merge` wrote")
      ->type_name("FILE")
      ->group(churn::cli::answers_from_cubes(command.get_name()) ? "Options" : "");
  command.add_flag(
      "--stripe", options.stripe,
      "BOOK is an export of Stripe's objects: a folder of .json and .ndjson files, or one of them");
  command
      .add_option("--as-of", options.as_of,
                  "The first day that is not known yet (default: after the latest record)")
      ->type_name("DATE");
  command.add_option("--conventions", options.conventions, "A preset's name, or a JSON file")
      ->type_name("NAME");
  command.add_option("--currency", options.currency, "Report in this currency")->type_name("CODE");
  command.add_option("--netting", options.netting,
                     "Movements compare opening with closing (period) or add up days (day)");
  command.add_option("--rejections", options.rejections_file, "Write every rejection to this CSV file")
      ->type_name("FILE");
  command.add_flag("--strict", options.strict, "Exit with 1 if any row was rejected");
}

/// What is asked of it, and how the answer is shown.
void add_question(CLI::App& command, bool by_segments, Options& options) {
  const std::string name = command.get_name();
  const bool about_rows = name == "indicators" || name == "backtest";
  const bool about_today = name == "score" || name == "levers";
  // What is refused in words is known, but not shown.
  const std::string periods = about_rows || about_today || name == "decision" ? "" : "Options";
  const std::string days = about_today ? "" : "Options";
  command
      .add_option("--from", options.from,
                  about_rows ? "First day that is looked at (default: the whole book)"
                             : "First day of the periods (default: the whole book)")
      ->type_name("DATE")
      ->group(days);
  command
      .add_option("--to", options.to,
                  about_rows ? "The day after the last that is looked at" : "The day after the last period")
      ->type_name("DATE")
      ->group(days);
  command.add_option("--period", options.period, "day, week, month, quarter or year")
      ->capture_default_str()
      ->group(periods);
  command
      .add_option("--by", options.by,
                  "Segments: plan, interval, currency, primary_plan, tenure, mrr_band, cohort or an "
                  "attribute of customers; several are crossed")
      ->type_name("SEG[,SEG...]")
      ->group(by_segments ? "Options" : "");  // known everywhere, so that it can be refused in words
  command.add_option("--where", options.where, "Only what matches: country=DE and plan!=free")
      ->type_name("EXPR");
  if (command.get_name() != partial_name) {  // which prints nothing
    command
        .add_flag("--exact", options.exact,
                  "Run-rate ticks (1/360 minor unit a year) instead of rounded amounts")
        ->group(about_rows ? "" : "Options");
    command.add_option("--format", options.format, "table, csv or json")->capture_default_str();
  }
  command.add_option("--threads", options.threads, "How many threads may be used")->capture_default_str();
}

void add_without_book(CLI::App& command, Options& options) {
  command
      .add_option("name", options.conventions, "The preset, or a JSON file, to print with all of its rules")
      ->type_name("NAME");
  command.add_option("--format", options.format, "Of the list: table, csv or json")->capture_default_str();
}

/// Of the commands about who is next.
void add_risk(CLI::App& command, const std::string& name, Options& options) {
  command.add_option("--horizon", options.horizon_days, "Leaving within so many days")
      ->capture_default_str()
      ->type_name("DAYS");
  command.add_option("--indicators", options.indicators, "Only these (default: all; indicators --show list)")
      ->type_name("NAME,...");
  command
      .add_option("--event-kinds", options.event_kinds,
                  "What the book's kinds of events stand for: signed_in=login,page_seen=feature_used")
      ->type_name("FROM=TO,...");
  if (name != "indicators") {
    command
        .add_option("--kind", options.kind,
                    "logistic, or hazard: of leaving within a week, carried on to the horizon")
        ->capture_default_str();
    command.add_option("--calibration", options.calibration, "platt, isotonic or none")
        ->capture_default_str();
  }
  if (name != "score")
    command
        .add_option(
            "--playbook", options.playbook,
            "A JSON file with thresholds of your own, to be tested (include/churn/io/playbook_json.hpp)")
        ->type_name("FILE");
  if (name == "indicators") {
    command
        .add_option("--show", options.show,
                    "leads: which indicators lead (default); deciles: departures by the height of each; "
                    "stability: from one half-year to the next; funnel: where onboarding stops; features: "
                    "which lie unused; playbook: what thresholds of your own are worth; bands: the same by "
                    "the bands of each rule; list: what each indicator is (needs no BOOK)")
        ->type_name("PART");
    command.add_option("--at", options.at, "Asked some days before renewals (renewals), or weekly")
        ->capture_default_str();
    command.add_option("--lead", options.lead, "How many days before a renewal")
        ->capture_default_str()
        ->type_name("DAYS");
  }
  if (name == "score") {
    command
        .add_option("--model", options.model,
                    "A model that `score -o` wrote (default: one is trained on the book)")
        ->type_name("FILE");
    command.add_option("-o,--output", options.output, "Write the model, to be given to --model")
        ->type_name("FILE");
    command
        .add_option("--departed", options.departed,
                    "Also who left in the last so many days, with the score of that day")
        ->type_name("DAYS");
  }
  if (name == "backtest") {
    command
        .add_option(
            "--show", options.show,
            "metrics: how good the scores were, with intervals, beside two baselines (default); "
            "reliability: of those who were told 20 %, how many left; lift: by depth of the list; "
            "costs: what calling the first of the list would have brought; cuts: one by one; "
            "playbook: what thresholds of your own were worth on the same rows; bands: the same by the "
            "bands of each rule")
        ->type_name("PART");
    command
        .add_option("--cuts", options.cuts, "How many times a model is trained and tested on what came then")
        ->capture_default_str();
    command.add_option("--spacing", options.spacing, "Days from one to the next")->capture_default_str();
    command
        .add_option(
            "--customers", options.customers,
            "disjoint: who is tested has taught nothing; grouped: earlier weeks of the same customer may")
        ->capture_default_str();
    command.add_option("--contact-cost", options.contact_cost, "Of costs: of calling one customer")
        ->capture_default_str();
    command.add_option("--save-value", options.save_value, "Of costs: what a customer who stays is worth")
        ->capture_default_str();
    command
        .add_option("--save-rate", options.save_rate, "Of costs: the share of those called who stay for it")
        ->capture_default_str();
  }
}

void add_decision(CLI::App& command, Options& options) {
  command.add_option("--on", options.on, "The day on which it took effect")->type_name("DATE");
  command
      .add_option("--announced", options.announced,
                  "The day from which customers knew of it (default: that on which it took effect)")
      ->type_name("DATE");
  command
      .add_option("--control", options.control,
                  "Customers alike whom it did not concern: what came to them, too, is taken out")
      ->type_name("EXPR");
  command.add_option("--name", options.name, "What it is called in sentences: the price change")
      ->type_name("TEXT");
  command
      .add_option(
          "--show", options.show,
          "effect: departures with it and without, for old and new customers (default); mrr: what became "
          "of the MRR of those it reached; placebos: what is found on days on which nothing was "
          "decided; months: departures by month, beside those expected")
      ->type_name("PART");
}

void add_what_if(CLI::App& command, Options& options) {
  command
      .add_option("--retention", options.retention_rises,
                  "Annual retention rises by so many points, of all or of those whom a condition names: 5, "
                  "plan=pro:5. May be given again")
      ->type_name("[EXPR:]POINTS");
  command.add_option("--annual-share", options.annual_share, "So many of the new customers pay by the year")
      ->type_name("PERCENT");
  command.add_option("--discount", options.discount, "Which those get who are moved to pay by the year")
      ->type_name("PERCENT");
  command.add_option("--recovery", options.recovery, "So many of the failed payments are recovered")
      ->type_name("PERCENT");
  command
      .add_option("--show", options.show,
                  "periods: MRR and customers of each, with and without (default); assumptions: on what each "
                  "rests")
      ->type_name("PART");
}

void add_specific(CLI::App& command, const std::string& name, Options& options) {
  if (name == "roster")
    command.add_option("--on", options.on, "The day (default: the last known one)")->type_name("DATE");
  if (name == "cohorts") {
    command.add_option("--measure", options.measure, "logo or revenue")->capture_default_str();
    command.add_option("--cohort", options.cohort, "first_paid or signed_up")->capture_default_str();
    command.add_flag(
        "--compare{ages}", options.compare,
        "The newest cohort against all before it, at equal age: difference, interval, p, and the "
        "trend over cohorts");
    command.add_option("--retention", options.retention, "returning or unbroken")->capture_default_str();
  }
  if (name == "rates") {
    command
        .add_flag("--compare{rest}", options.compare,
                  "Each segment of --by against the rest, or with =pairs against each other: difference, "
                  "interval, p and MRR at stake, over the complete periods together")
        ->type_name("[rest|pairs]");
    command
        .add_flag("--money-intervals{50}", options.money_intervals,
                  "Intervals for ratios of money, too, from so many groups of customers (50)")
        ->type_name("[GROUPS]");
  }
  if (name == "forecast" || name == "whatif") {
    command.add_option("--horizon", options.horizon, "How many periods")->capture_default_str();
    command
        .add_option("--new-business", options.new_business,
                    "What new customers bring: as much as in the last 12 periods (level), along the line "
                    "through them (line), or nothing (none)")
        ->capture_default_str();
  }
  if (name == "forecast") {
    command.add_flag(
        "--backtest", options.backtest,
        "How good earlier forecasts would have been, by how far ahead, in place of the forecast");
  }
  if (name == "causes" || name == "dunning" || name == "survey" || name == "winback" || name == "survival" ||
      name == "explain" || name == "whatif" || name == partial_name)
    command
        .add_option("--reasons", options.reasons,
                    "A JSON file with what this house's reasons and codes mean, and the order of rules "
                    "(include/churn/io/reasons_json.hpp)")
        ->type_name("FILE");
  if (name == "causes") {
    command
        .add_option("--show", options.show,
                    "periods: types and reasons in each period (default); types, reasons, stories: over all "
                    "periods, with intervals; rates: churn rates by type; departures: each with what "
                    "decided it; returns: who came back; season: of the year; words: which reasons and codes "
                    "the book has, and what they mean")
        ->type_name("PART");
    command.add_option("--rank", options.rank, "Of reasons: by mrr or customers")->capture_default_str();
    command
        .add_option("--type", options.type,
                    "Of the season: completed, voluntary, involuntary or unknown (default: all)")
        ->type_name("TYPE");
    command.add_option("--window", options.window, "Of returns: within so many days")->capture_default_str();
  }
  if (name == "dunning") {
    command
        .add_option("--show", options.show,
                    "periods: what failed in each period (default); totals: first payments and renewals; "
                    "reasons; attempts: which of them succeeds; days: how soon; invoices: each that failed; "
                    "arrears: who owes now; cards: which expire next")
        ->type_name("PART");
    command
        .add_option("--window", options.window,
                    "How many days after its first failure an invoice may still be paid (30)")
        ->type_name("DAYS");
    command.add_option("--within", options.within, "Of cards: that expire in so many days (30)")
        ->type_name("DAYS");
  }
  if (name == "survey")
    command
        .add_option("--show", options.show,
                    "periods: asked and answered by day of departure (default); types: by type of "
                    "departure; reasons: what was said; disagreement: what was said against what is on "
                    "record; words: free answers")
        ->type_name("PART");
  if (name == "winback") {
    command.add_option("--within", options.within, "Of who left in the last so many days")
        ->capture_default_str();
    command.add_option("--window", options.window, "Of the return rates: within so many days")
        ->capture_default_str();
  }
  if (name == "indicators" || name == "score" || name == "backtest") add_risk(command, name, options);
  if (name == "levers") {
    command
        .add_option("--show", options.show,
                    "levers: with against without (default); levels: by level, for dose response; profile: "
                    "which segments and pairs of segments keep their customers; activation: which stage of "
                    "onboarding separates, reached by which day; bands: by when it was reached; list: what "
                    "each exposure is")
        ->type_name("PART");
    command
        .add_option("--landmark", options.landmark,
                    "What customers had after so many days, of those still there (activation, first deal and "
                    "billing interval have landmarks of their own)")
        ->capture_default_str()
        ->type_name("DAYS");
    command
        .add_option("--horizon", options.horizon_days,
                    "Leaving within so many days after that (default: 365; of the billing interval 391, of "
                    "segments 370)")
        ->type_name("DAYS");
    command
        .add_option("--event-kinds", options.event_kinds,
                    "What the book's kinds of events stand for: signed_in=login,page_seen=feature_used")
        ->type_name("FROM=TO,...");
  }
  if (name == "decision") add_decision(command, options);
  if (name == "whatif") add_what_if(command, options);
  if (name == "survival") {
    command
        .add_option(
            "--show", options.show,
            "curve: the share that stays longer; incidence: who has left for which type of reason; "
            "hazard: departures a day by tenure; pairs: which segments of --by differ (default: curve)")
        ->type_name("PART");
    command.add_option("--ci", options.ci, "Intervals of the curve: log-log, log, plain, logit or arcsine")
        ->capture_default_str();
    command
        .add_option("--unit", options.unit,
                    "What a stay is of: first (of a customer), every (of a customer), first_subscription or "
                    "every_subscription")
        ->capture_default_str();
    command
        .add_option("--exits", options.exits,
                    "What end reasons mean: price=voluntary,card_expired=involuntary,*=unknown. The type "
                    "censored is no departure. Or types: what all that is on record of a departure says")
        ->type_name("REASON=TYPE,...");
    command
        .add_option("--events", options.events,
                    "Which types of exit are departures; the others censor (default: all)")
        ->type_name("TYPE,...");
  }
  if (name == "trend")
    command.add_option("--metric", options.metric, "The metric (default: customer_churn_rate)")
        ->type_name("NAME");
  if (name == "explain") {
    command
        .add_option("--period-of", options.period_of, "A day of the period (default: the last complete one)")
        ->type_name("DATE");
    command.add_option("--segment", options.segment, "The label, with --by; several are separated by commas")
        ->type_name("LABEL");
    command
        .add_option("--movement", options.movement,
                    "new, reactivation, expansion, contraction, churn, transfer_in, transfer_out or fx")
        ->capture_default_str();
  }
  if (name == "compare") {
    command
        .add_option("--period-of", options.period_of, "A day of the period (default: the last complete one)")
        ->type_name("DATE");
    command.add_option("--between", options.between, "The customers that make two presets, or files, differ")
        ->type_name("A,B");
    command
        .add_option("--metric", options.metric,
                    "Only this metric (with --between by default customer_churn_rate)")
        ->type_name("NAME");
  }
  if (name == "report")
    command.add_option("-o,--output", options.output, "Write the report as a page, too")
        ->type_name("FILE.html");
  if (name == snapshot_name)
    command.add_option("-o,--output", options.output, "The file to write (.book is usual)")
        ->required()
        ->type_name("FILE");
  if (name == partial_name) {
    command
        .add_option("-o,--output", options.output,
                    "The file to write: JSON if it is called .json, else compact (.cubes)")
        ->required()
        ->type_name("FILE");
    command
        .add_option("--cohort", options.cohorts,
                    "Which cohorts to keep: first_paid, signed_up, both of them with a comma, or none")
        ->capture_default_str();
  }
}

void add_merge(CLI::App& app, churn::cli::MergeOptions& options) {
  CLI::App& command =
      *app.add_subcommand(merge_name, "The sum of several parts: files that `partial` or `merge` wrote");
  command.add_option("inputs", options.inputs, "The files")->required()->type_name("FILE");
  command
      .add_option("-o,--output", options.output,
                  "The file to write: JSON if it is called .json, else compact (.cubes)")
      ->required()
      ->type_name("FILE");
  command.add_flag("--strict", options.strict, "Exit with 1 if any row of the parts was rejected");
}

/// The one command that takes no book, but makes one.
void add_import(CLI::App& app, churn::cli::ImportOptions& options) {
  CLI::App& command = *app.add_subcommand(import_name, "A book out of the export of a billing system");
  command.add_option("format", options.format, churn::cli::import_formats())->required()->type_name("FORMAT");
  command.add_option("input", options.input, "The folder that holds the export's files")
      ->required()
      ->type_name("IN");
  command.add_option("-o,--output", options.output, "The folder to write the book to")
      ->required()
      ->type_name("BOOK");
  command
      .add_option("--time-zone", options.time_zone,
                  "The zone in which times become days, such as EST-05EDT,M3.2.0,M11.1.0 (default: the "
                  "mapping's, else UTC)")
      ->type_name("ZONE");
  command.add_flag("--replace", options.replace, "Replace the book that the folder holds");
  command.add_option("--rejections", options.rejections_file, "Write every rejection to this CSV file")
      ->type_name("FILE");
  command.add_flag("--strict", options.strict, "Exit with 1 if any row was rejected");
}

int run_command(const Command& command, const Options& options) {
  bool rejected = false;
  if (command.run_without_book != nullptr) {
    std::cout << command.run_without_book(options) << std::flush;
  } else if (!options.from_cubes.empty()) {
    std::cout << churn::cli::answer_from_cubes(command.name, options, rejected) << std::flush;
  } else {
    const Session session = churn::cli::open_session(options);
    rejected = session.rejections.rejected() > 0;
    try {
      std::cout << command.run(session) << std::flush;
    } catch (const churn::Error& error) {
      if (error.code() != churn::ErrorCode::mixed_currencies) throw;
      // Cohorts, a roster and a page are of one currency.
      const std::string_view name = command.name;
      const bool keeps_apart = name == "movements" || name == "rates" || name == "trend" ||
                               name == "survival" || name == "explain" ||
                               (name == "causes" && churn::cli::takes_segments(options));
      say(std::string(error.what()) + " Use " +
          (keeps_apart            ? "--by currency, or "
           : name == partial_name ? "--by currency and --cohort none, or "
                                  : "") +
          "--currency CODE.");
      return 2;
    }
  }
  if (!std::cout) {
    say("the output could not be written");
    return 2;
  }
  return options.strict && rejected ? 1 : 0;
}

int run(int argc, char** argv) {
  CLI::App app{"churn: who leaves, what it costs, and who is behind every number"};
  app.set_version_flag("--version", std::string("churn ") + churn::version);
  app.require_subcommand(1);
  Options options;
  for (const Command& command : commands) {
    CLI::App& sub = *app.add_subcommand(command.name, command.help);
    if (command.run_without_book != nullptr) {
      add_without_book(sub, options);
      continue;
    }
    add_book(sub, options);
    if (std::string_view(command.name) != snapshot_name) add_question(sub, command.by_segments, options);
    add_specific(sub, command.name, options);
  }
  churn::cli::ImportOptions import_options;
  add_import(app, import_options);
  churn::cli::MergeOptions merge_options;
  add_merge(app, merge_options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    const std::string first = argc > 1 ? argv[1] : "";
    const bool is_command = first == import_name || first == merge_name ||
                            std::any_of(std::begin(commands), std::end(commands),
                                        [&](const Command& command) { return first == command.name; });
    if (!first.empty() && first.front() != '-' && !is_command) {
      std::string known;
      for (const Command& command : commands)
        known += (known.empty() ? "" : ", ") + std::string(command.name);
      known += ", " + std::string(merge_name) + ", " + std::string(import_name);
      say("\"" + first + "\" is no command. There are: " + known);
      return 2;
    }
    say(std::string(error.what()) + " (see churn --help)");
    return 2;
  }
  if (app.got_subcommand(import_name)) return churn::cli::run_import(import_options);
  if (app.got_subcommand(merge_name)) return churn::cli::run_merge(merge_options);
  for (const Command& command : commands) {
    if (!app.got_subcommand(command.name)) continue;
    options.command = command.name;
    const auto is_given = [&](const char* option) {
      const CLI::Option* const found = app.get_subcommand(command.name)->get_option_no_throw(option);
      return found != nullptr && found->count() > 0;
    };
    options.period_given = is_given("--period");
    options.window_given = is_given("--window");
    options.within_given = is_given("--within");
    options.horizon_given = is_given("--horizon");
    options.landmark_given = is_given("--landmark");
    options.lead_given = is_given("--lead");
    options.costs_given = is_given("--contact-cost") || is_given("--save-value") || is_given("--save-rate");
    if (options.command == "indicators" && options.show == "list" && options.book.empty()) {
      std::cout << churn::cli::list_indicators(options) << std::flush;
      return 0;
    }
    if (command.run_without_book == nullptr && options.book.empty() && options.from_cubes.empty()) {
      say(std::string(command.name) + ": book is required (see churn " + command.name + " --help)");
      return 2;
    }
    if (!options.from_cubes.empty() && !churn::cli::answers_from_cubes(command.name)) {
      say(churn::cli::why_not_from_cubes(command.name));
      return 2;
    }
    if (!command.by_segments && !options.by.empty()) {
      say(std::string(command.name) +
          " takes no --by. Use movements, rates, cohorts, survival, trend, forecast, causes, dunning, survey "
          "or "
          "explain.");
      return 2;
    }
    return run_command(command, options);
  }
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    churn::cli::say(error.what());
    return 2;
  }
}
