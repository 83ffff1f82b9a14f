#include "grammar.hpp"

#include <churn/book/conventions.hpp>
#include <churn/io/mapping.hpp>
#include <churn/metric/rates.hpp>
#include <churn/row/observe.hpp>
#include <churn/version.hpp>

#include <algorithm>
#include <cctype>
#include <tuple>

#include "command_table.hpp"

namespace churn::cli {

namespace {

constexpr const char* hidden = "";  ///< known, so that it can be refused in words, but not shown

/// Which book, and under which rules.
void add_book(CLI::App& command, Options& options) {
  command.option_defaults()->group(book_group);
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
      ->group(answers_from_cubes(command.get_name()) ? book_group : hidden);
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

void add_colour(CLI::App& command, Options& options) {
  command
      .add_option("--color", options.colour,
                  "Colours in tables: auto (on a terminal, unless NO_COLOR is set), always or never")
      ->capture_default_str()
      ->type_name("WHEN");
}

/// What is asked of it, and how the answer is shown.
void add_question(CLI::App& command, bool by_segments, Options& options) {
  const std::string name = command.get_name();
  const bool about_rows = name == "indicators" || name == "backtest";
  const bool about_today = name == "score" || name == "levers";
  // What is refused in words is known, but not shown.
  const std::string periods = about_rows || about_today || name == "decision" ? hidden : question_group;
  const std::string days = about_today ? hidden : question_group;
  command.option_defaults()->group(question_group);
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
      ->group(by_segments ? question_group : hidden);  // known everywhere, so that it can be refused in words
  command.add_option("--where", options.where, "Only what matches: country=DE and plan!=free")
      ->type_name("EXPR");
  command.option_defaults()->group(answer_group);
  if (command.get_name() != partial_name) {  // which prints nothing
    command
        .add_flag("--exact", options.exact,
                  "Run-rate ticks (1/360 minor unit a year) instead of rounded amounts")
        ->group(about_rows ? hidden : answer_group);
    command
        .add_option("--format", options.format,
                    command.get_name() == "report" ? "table, markdown or json" : "table, csv or json")
        ->capture_default_str();
    add_colour(command, options);
  }
  command.add_option("--threads", options.threads, "How many threads may be used")->capture_default_str();
}

void add_without_book(CLI::App& command, Options& options) {
  command
      .add_option("name", options.conventions, "The preset, or a JSON file, to print with all of its rules")
      ->type_name("NAME");
  command.option_defaults()->group(answer_group);
  command.add_option("--format", options.format, "Of the list: table, csv or json")->capture_default_str();
  add_colour(command, options);
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
  command.option_defaults()->group(question_group);
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

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Conventions& preset : Conventions::presets()) names.push_back(preset.name);
  return names;
}

std::vector<std::string> metric_names() {
  return std::apply(
      [](const auto&... metrics) { return std::vector<std::string>{std::string(metrics.name)...}; },
      StandardMetrics{});
}

std::vector<std::string> indicator_names() {
  std::vector<std::string> names;
  for (const Indicator& indicator : standard_indicators()) names.push_back(indicator.column.name);
  return names;
}

std::vector<std::string> export_formats() {
  std::vector<std::string> names = mapping_names();
  names.insert(names.begin(), "stripe");
  return names;
}

Values words(std::vector<std::string> names) { return {Values::Kind::words, std::move(names)}; }
Values words_with_commas(std::vector<std::string> names) {
  return {Values::Kind::words_with_commas, std::move(names)};
}

/// What each option takes, where it is one of a few words, or a file.
Values values_of(const std::string& command, const std::string& option) {
  using Places = std::map<std::string, Values>;
  static const Values file{Values::Kind::files, {}};
  static const Places of_one_command{
      {"dunning --show",
       words({"periods", "totals", "reasons", "attempts", "days", "invoices", "arrears", "cards"})},
      {"causes --show", words({"periods", "types", "reasons", "stories", "rates", "departures", "returns",
                               "season", "words"})},
      {"survey --show", words({"periods", "types", "reasons", "disagreement", "words"})},
      {"indicators --show",
       words({"leads", "deciles", "stability", "funnel", "features", "playbook", "bands", "list"})},
      {"backtest --show", words({"metrics", "reliability", "lift", "costs", "cuts", "playbook", "bands"})},
      {"levers --show", words({"levers", "levels", "profile", "activation", "bands", "list"})},
      {"decision --show", words({"effect", "mrr", "placebos", "months"})},
      {"whatif --show", words({"periods", "assumptions"})},
      {"survival --show", words({"curve", "incidence", "hazard", "pairs"})},
      {"rates --compare", words({"rest", "pairs"})},
      {"report --format", words({"table", "markdown", "json"})},
      {"partial --cohort", words_with_commas({"first_paid", "signed_up", "none"})},
      {"import format", words(export_formats())},
      {"import input", file},
      {"import --output", {Values::Kind::folders, {}}},
      {"conventions name", words(preset_names())},
      {"help command", {}},
      {"completion shell", words({"bash", "zsh", "fish"})}};
  static const Places of_all{
      {"--format", words({"table", "csv", "json"})},
      {"--color", words({"auto", "always", "never"})},
      {"--period", words({"day", "week", "month", "quarter", "year"})},
      {"--by",
       words_with_commas({"plan", "interval", "currency", "primary_plan", "tenure", "mrr_band", "cohort"})},
      {"--netting", words({"period", "day"})},
      {"--conventions", words(preset_names())},
      {"--between", words_with_commas(preset_names())},
      {"--metric", words(metric_names())},
      {"--movement", words({"new", "reactivation", "expansion", "contraction", "churn", "transfer_in",
                            "transfer_out", "fx"})},
      {"--measure", words({"logo", "revenue"})},
      {"--cohort", words({"first_paid", "signed_up"})},
      {"--retention", words({"returning", "unbroken"})},
      {"--rank", words({"mrr", "customers"})},
      {"--type", words({"completed", "voluntary", "involuntary", "unknown"})},
      {"--ci", words({"log-log", "log", "plain", "logit", "arcsine"})},
      {"--unit", words({"first", "every", "first_subscription", "every_subscription"})},
      {"--exits", words({"types"})},
      {"--new-business", words({"level", "line", "none"})},
      {"--kind", words({"logistic", "hazard"})},
      {"--calibration", words({"platt", "isotonic", "none"})},
      {"--at", words({"renewals", "weekly"})},
      {"--customers", words({"disjoint", "grouped"})},
      {"--indicators", words_with_commas(indicator_names())},
      {"--rejections", file},
      {"--reasons", file},
      {"--playbook", file},
      {"--model", file},
      {"--output", file},
      {"--from-cubes", file},
      {"book", file},
      {"inputs", file}};
  if (const auto found = of_one_command.find(command + " " + option); found != of_one_command.end())
    return found->second;
  if (command == "whatif" && option == "--retention") return {};  // points, not a kind
  const auto found = of_all.find(option);
  return found == of_all.end() ? Values{} : found->second;
}

/// `--new-business`: NEW_BUSINESS. CLI11's names of types say nothing to who asks what to write.
std::string value_name(const CLI::Option& option, const std::string& name) {
  std::string type = option.get_type_name();
  for (const char* const generic : {"TEXT", "INT", "UINT", "FLOAT", "BOOLEAN"})
    if (type == generic) {
      if (type != "TEXT") return "N";
      std::string upper = name.substr(std::min(name.find_first_not_of('-'), name.size()));
      std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
        return c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      });
      return upper;
    }
  return type;
}

OptionForm form_of(const CLI::Option& option, const std::string& command) {
  OptionForm form;
  if (!option.get_positional()) {
    for (const std::string& name : option.get_snames()) form.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) form.names.push_back("--" + name);
  }
  const std::string name = option.get_positional() ? option.get_name(true) : form.names.back();
  form.values = values_of(command, name);
  const bool is_flag = option.get_expected_min() == 0;
  form.value_may_be_left_out = is_flag && !option.get_type_name().empty() && form.names.front() != "-h" &&
                               option.get_type_name().front() == '[';
  if (form.value_may_be_left_out)
    form.value = option.get_type_name().substr(1, option.get_type_name().size() - 2);
  else if (!is_flag)
    form.value = value_name(option, name);
  form.is_required = option.get_required();
  form.is_repeated = option.get_expected_max() > 1;
  form.about = option.get_description();
  form.standard = option.get_default_str();
  form.group = option.get_group();
  return form;
}

}  // namespace

void Grammar::add_merge() {
  MergeOptions& options = merge_options_;
  CLI::App& command =
      *app_.add_subcommand(merge_name, "The sum of several parts: files that `partial` or `merge` wrote");
  command.option_defaults()->group(answer_group);
  command.add_option("inputs", options.inputs, "The files")->required()->type_name("FILE");
  command
      .add_option("-o,--output", options.output,
                  "The file to write: JSON if it is called .json, else compact (.cubes)")
      ->required()
      ->type_name("FILE");
  command.add_flag("--strict", options.strict, "Exit with 1 if any row of the parts was rejected");
}

/// The one command that takes no book, but makes one.
void Grammar::add_import() {
  ImportOptions& options = import_options_;
  CLI::App& command = *app_.add_subcommand(import_name, "A book out of the export of a billing system");
  command.option_defaults()->group(answer_group);
  command.add_option("format", options.format, import_formats())->required()->type_name("FORMAT");
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

void Grammar::add_about_the_command() {
  CLI::App& help = *app_.add_subcommand(help_name, "The commands, by what they answer, or one of them");
  help.add_option("command", topic_, "The command")->type_name("COMMAND");
  CLI::App& completion = *app_.add_subcommand(
      completion_name, "A script by which a shell completes commands, options and what they take");
  completion.add_option("shell", topic_, "bash, zsh or fish")->required()->type_name("SHELL");
  app_.add_subcommand(manual_name, "The manual page, in the language of man(7)");
}

Grammar::Grammar() : app_("churn: who leaves, what it costs, and who is behind every number", "churn") {
  app_.set_version_flag("--version", std::string("churn ") + churn::version);
  app_.set_help_flag("-h,--help", "This help, with examples")->group(answer_group);
  app_.require_subcommand(1);
  for (const Command& command : commands()) {
    CLI::App& sub = *app_.add_subcommand(command.name, command.about);
    if (command.run_without_book != nullptr) {
      add_without_book(sub, options_);
      continue;
    }
    add_specific(sub, command.name, options_);
    if (std::string_view(command.name) != snapshot_name) add_question(sub, command.by_segments, options_);
    add_book(sub, options_);
  }
  add_import();
  add_merge();
  add_about_the_command();
}

void Grammar::parse(int argc, char** argv) {
  app_.parse(argc, argv);
  options_.command = command();
  options_.period_given = is_given("--period");
  options_.window_given = is_given("--window");
  options_.within_given = is_given("--within");
  options_.horizon_given = is_given("--horizon");
  options_.landmark_given = is_given("--landmark");
  options_.lead_given = is_given("--lead");
  options_.costs_given = is_given("--contact-cost") || is_given("--save-value") || is_given("--save-rate");
}

std::string Grammar::command() const {
  const auto given = app_.get_subcommands();
  return given.empty() ? "" : given.front()->get_name();
}

bool Grammar::is_given(const std::string& option) const {
  const auto given = app_.get_subcommands();
  const CLI::Option* const found = given.empty() ? nullptr : given.front()->get_option_no_throw(option);
  return found != nullptr && found->count() > 0;
}

CommandLineForm Grammar::form() const {
  CommandLineForm form{churn::version, {}};
  for (const CLI::App* sub : app_.get_subcommands([](const CLI::App*) { return true; })) {
    CommandForm command{sub->get_name(), sub->get_description(), {}, {}, examples_of(sub->get_name())};
    for (const Command& known : commands())
      if (known.name == command.name) command.examples = known.examples;
    for (const CLI::Option* option : sub->get_options()) {
      OptionForm one = form_of(*option, command.name);
      if (one.group.empty()) continue;  // hidden
      if (option == sub->get_help_ptr()) one.group = answer_group;
      (one.names.empty() ? command.places : command.options).push_back(std::move(one));
    }
    form.commands.push_back(std::move(command));
  }
  for (CommandForm& command : form.commands) {
    if (command.name == help_name) command.places.front().values = words(form.command_names());
    std::stable_sort(command.options.begin(), command.options.end(),
                     [](const OptionForm& a, const OptionForm& b) {
                       const auto rank = [](const OptionForm& option) {
                         return option.group == question_group    ? 0
                                : option.group == book_group      ? 3
                                : option.names.back() == "--help" ? 2
                                                                  : 1;
                       };
                       return rank(a) < rank(b);
                     });
  }
  return form;
}

}  // namespace churn::cli
