// What can be said on the command line, and the book that it names.
#pragma once

#include <churn/churn.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace churn::cli {

enum class Format : std::uint8_t { table, csv, json, markdown };

/// Everything that some command takes, as given. Empty texts were not given.
struct Options {
  std::string command;
  std::string book;
  std::string as_of;
  std::string from;
  std::string to;
  std::string period{"month"};
  std::string by;
  std::string where;
  std::string conventions;
  std::string currency;
  std::string netting;
  std::string rejections_file;
  std::string format{"table"};
  bool exact{false};
  bool strict{false};
  bool stripe{false};
  unsigned threads{1};
  // Of single commands.
  std::string on;
  std::string measure{"logo"};
  std::string cohort{"first_paid"};
  std::string retention{"returning"};
  std::string period_of;
  std::string segment;
  std::string movement{"churn"};
  std::string output;
  std::string between;
  std::string metric;
  std::size_t horizon{12};  ///< of `forecast`, in periods
  std::string new_business{"level"};
  bool backtest{false};
  std::string compare;  ///< of `rates`: rest or pairs
  std::string show;     ///< which part of an answer; empty: the first
  std::string ci{"log-log"};
  std::string unit{"first"};
  std::string exits;
  std::string events;
  std::string reasons;      ///< a file of rules for departures
  std::string rank{"mrr"};  ///< of `causes --show reasons`
  std::string type;         ///< of `causes --show season`
  std::int32_t window{90};  ///< in days, of returns and dunning
  bool window_given{false};
  std::int32_t within{365};  ///< days, of departures to be won back, or of cards that expire
  bool within_given{false};
  // Of `indicators`, `score` and `backtest`.
  std::string at{"renewals"};
  std::string indicators;        ///< names; empty: all
  std::string event_kinds;       ///< `from=to,...`
  std::string model;             ///< a file
  std::string playbook;          ///< a file
  std::string kind{"logistic"};  ///< of model
  std::string calibration{"platt"};
  std::int32_t horizon_days{30};
  bool horizon_given{false};
  std::int32_t landmark{90};  ///< of `levers`: days since the first stay began
  bool landmark_given{false};
  // Of `decision` and `whatif`.
  std::string announced;
  std::string name;     ///< for sentences
  std::string control;  ///< a filter
  std::vector<std::string> retention_rises;
  std::string annual_share;
  std::string discount;
  std::string recovery;
  std::int32_t lead{5};  ///< days before a renewal
  bool lead_given{false};
  std::int32_t departed{0};  ///< days of departures that are listed, too
  std::size_t cuts{6};
  std::int32_t spacing{30};  ///< days
  std::string customers{"disjoint"};
  double contact_cost{1};
  double save_value{20};
  double save_rate{0.3};
  bool costs_given{false};
  std::uint32_t money_intervals{0};   ///< groups of customers; 0: none were asked for
  std::string cohorts{"first_paid"};  ///< of `partial`: kinds, or none
  std::string from_cubes;             ///< takes the place of the book
  std::string colour{"auto"};
  bool period_given{false};
};

/// A book that was read and built, and the options that needed it to be understood.
struct Session {
  Options options;
  Book book;
  Rejections rejections;  ///< all that were found, in order
  Rejections found_reading;
  Rejections found_building;
  Filter where;
  Segmenter segmenter;
  std::vector<std::string> by;
  PeriodKind period;
  Format format;
  std::size_t customers_read;
  std::size_t phases_read;
  std::size_t invoices_read;
  std::size_t events_read;
  std::size_t fx_rates_read;

  /// The periods asked for, by default those of the whole book. Throws Error(bad_period) if there are none.
  [[nodiscard]] PeriodGrid grid() const;
  [[nodiscard]] FoldOptions fold_options() const;
};

/// One line on stderr, whatever the text holds; on a terminal in as many as fit.
void say(const std::string& line);
/// The same of why there is no answer.
void complain(const std::string& line);

/// The bytes of a file. Throws Error(unreadable).
[[nodiscard]] std::string read_file(const std::string& path);

/// The end of a file's name from its last point, in small letters.
[[nodiscard]] std::string extension_of(const std::filesystem::path& path);

/// Says on stderr what was rejected, and writes all of it to a file if one is named.
void summarise(const Rejections& rejections, const std::string& rejections_file);

/// Reads the book, or opens it where a snapshot serves, and resolves the options; says on stderr what it assumed and what was rejected. Throws
/// Error for what can't be read or understood.
[[nodiscard]] Session open_session(const Options& options);

/// What can be seen to be wrong before anything is read, so that the complaint stands alone. Throws Error.
void check_values(const Options& options);

/// The conventions of a book, or those asked for; then the single rules that options set.
[[nodiscard]] Conventions conventions_for(const Options& options, Conventions conventions);

/// The conventions of a preset's name or a file, for a book with these facts.
[[nodiscard]] Conventions conventions_called(const std::string& name, const BookRules& of_the_book);

/// Kinds of cohorts, separated by commas, or none of them. Throws Error(unknown_name).
[[nodiscard]] std::vector<CohortBy> parse_cohorts(const std::string& text);

/// Reads a date or throws Error(bad_date) naming the option.
[[nodiscard]] Date parse_date(const std::string& text, const std::string& option);

/// A value that nothing has gives zeros, which look like an answer: says so on stderr.
void warn_of_unknown_values(const std::string& option, const Filter& where, const Book& book);

/// One of several names, by position; throws Error(unknown_name) listing them.
[[nodiscard]] std::size_t parse_choice(const std::string& text, const std::string& option,
                                       const std::vector<std::string>& names);

/// What --show names, by its place; the first where nothing was said.
[[nodiscard]] std::size_t shown(const Options& options, const std::vector<std::string>& names);

/// An option that changes nothing is taken for one that did: throws Error(unknown_name).
void refuse_if(bool is_given, const Options& options, const std::string& option, const std::string& instead);

/// `a,b,c` as parts. Empty text: no parts.
[[nodiscard]] std::vector<std::string> split_commas(const std::string& text);

}  // namespace churn::cli
