// The library's side of compare.mjs: a process that holds data and answers one question a line.
//
//   churn-benchmark-worker --data=FOLDER            a folder that churn-benchmark-data wrote
//   churn-benchmark-worker --data=FOLDER --verify
//
// A line on standard input is the name of a piece of work and what it takes, such as
//   w1 threads=2 answer=FILE
// and the answer a line of JSON: {"ms":…,"cpu_ms":…,"peak_mb":…,"rows":…}, or {"error":"…"}. With answer=FILE the
// answer's rows are written to it, a line each, values apart by commas. `ms` is the time of the work alone; what comes
// before it, such as building the book that W1 is asked of, is not in it. `peak_mb` is the most memory that the
// process has held since the work began to be prepared, the host's own columns included.
//
// --verify times nothing: it checks that each answer equals that of the plain pass, whatever the threads, the ids and
// the order of rows; W4 where the folder has events.
#include <churn/io/book_folder.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <numeric>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "columns.hpp"
#include "events.hpp"
#include "library.hpp"
#include "plain_passes.hpp"

namespace {

using namespace bench;

using Lines = std::vector<std::string>;

// --- Answers as lines, in the order of the SQL's -------------------------------------------------------------------

template <class... Values>
std::string line(const Values&... values) {
  std::string text;
  const auto add = [&text](const auto& value) {
    if (!text.empty()) text += ',';
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>)
      text += std::to_string(value);
    else
      text += value;
  };
  (add(values), ...);
  return text;
}

std::string line_of(const std::string& key, const Movements& m) {
  return line(key, m.opening, m.new_, m.expansion, m.contraction, m.churn, m.reactivation, m.closing,
              m.opening_customers, m.new_customers, m.churned_customers, m.reactivated_customers,
              m.closing_customers);
}

Lines lines_of_w1(const W1& months) {
  Lines lines;
  for (std::size_t m = 0; m < months.size(); ++m) lines.push_back(line_of(std::to_string(m), months[m]));
  return lines;
}

/// Segments in which there is someone.
Lines lines_of_w2(const W2& cells) {
  Lines lines;
  for (std::size_t m = 0; m < month_count; ++m)
    for (std::size_t plan = 0; plan < plan_names.size(); ++plan)
      for (std::size_t industry = 0; industry < industry_names.size(); ++industry) {
        const Movements& cell = cells.at((plan * industry_names.size() + industry) * month_count + m);
        if (cell.opening_customers != 0 || cell.closing_customers != 0)
          lines.push_back(line_of(line(m, plan_names.at(plan), industry_names.at(industry)), cell));
      }
  return lines;
}

Lines lines_of_w3(const W3& cells) {
  Lines lines;
  for (std::size_t cohort = 0; cohort < month_count; ++cohort)
    for (std::size_t m = cohort; m < month_count; ++m) {
      const CohortCount& cell = cells.at(cohort * month_count + m);
      lines.push_back(line(cohort, m - cohort, cell.customers, cell.mrr));
    }
  return lines;
}

/// Kinds in the order of kind_names; amounts in hundredths.
Lines lines_of_w4(const W4& rows) {
  Lines lines;
  for (const CustomerActivity& row : rows) {
    std::string& text = lines.emplace_back(line(row.customer));
    for (const Activity& kind : row.kinds)
      text += ',' + line(kind.count, kind.sum, kind.count_before, kind.sum_before);
    text += ',' + line(row.days_since_last);
  }
  return lines;
}

/// Plans in the order of their ranks, as an enumeration orders them.
Lines lines_of_w5(const W5& curves) {
  Lines lines;
  for (std::size_t plan = 0; plan < curves.size(); ++plan)
    for (const CurveRow& row : curves[plan]) {
      std::ostringstream survival;
      survival << std::fixed << std::setprecision(9) << row.survival;
      lines.push_back(
          line(plan_names.at(plan), row.time, row.at_risk, row.events, row.censored, survival.str()));
    }
  return lines;
}

// --- What a piece of work is given ---------------------------------------------------------------------------------

class Stopwatch {
 public:
  /// Runs what is to be timed; times add up.
  template <class Function>
  auto time(Function&& function) {
    struct Span {
      Stopwatch& watch;
      std::chrono::steady_clock::time_point from{std::chrono::steady_clock::now()};
      std::clock_t cpu_from{std::clock()};
      explicit Span(Stopwatch& of) : watch(of) {}
      Span(const Span&) = delete;
      Span& operator=(const Span&) = delete;
      ~Span() {
        watch.cpu_ms_ += static_cast<double>(std::clock() - cpu_from) * 1000 / CLOCKS_PER_SEC;
        watch.ms_ +=
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count();
      }
    };
    const Span span{*this};
    return function();
  }
  [[nodiscard]] double ms() const { return ms_; }
  [[nodiscard]] double cpu_ms() const { return cpu_ms_; }

 private:
  double ms_{0};
  double cpu_ms_{0};
};

struct Request {
  std::string work;
  std::map<std::string, std::string, std::less<>> given;

  [[nodiscard]] std::string get(std::string_view name, const std::string& otherwise) const {
    const auto found = given.find(name);
    return found == given.end() ? otherwise : found->second;
  }
  [[nodiscard]] unsigned threads() const { return static_cast<unsigned>(std::stoul(get("threads", "1"))); }
};

/// The columns in another order, with ids as integers or texts.
class Arrangement {
 public:
  Arrangement(const Columns& sorted, std::string order, std::string ids)
      : order_(std::move(order)), ids_(std::move(ids)) {
    std::vector<std::uint32_t> rows(sorted.size());
    std::iota(rows.begin(), rows.end(), 0U);
    if (order_ == "start") {
      std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
        return sorted.starts_on[a] < sorted.starts_on[b];
      });
    } else if (order_ == "random") {
      std::uint64_t state = 1;
      for (std::size_t left = rows.size(); left > 1; --left) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        std::swap(rows[left - 1], rows[(state >> 20U) % left]);
      }
    } else if (order_ != "sorted") {
      throw std::runtime_error("order is sorted, start or random");
    }
    const auto arrange = [&rows](const auto& column, auto& into) {
      for (const std::uint32_t row : rows) into.push_back(column[row]);
    };
    arrange(sorted.subscription, columns_.subscription);
    arrange(sorted.customer, columns_.customer);
    arrange(sorted.plan, columns_.plan);
    arrange(sorted.starts_on, columns_.starts_on);
    arrange(sorted.ends_on, columns_.ends_on);
    arrange(sorted.mrr, columns_.mrr);
    if (ids_ == "text") {
      subscriptions_ = texts(sorted.subscription, columns_.subscription, "sub_", subscription_bytes_);
      customers_ = texts(sorted.customer, columns_.customer, "cus_", customer_bytes_);
    } else if (ids_ != "integer") {
      throw std::runtime_error("ids are integer or text");
    }
  }

  [[nodiscard]] bool is(std::string_view order, std::string_view ids) const {
    return order_ == order && ids_ == ids;
  }
  [[nodiscard]] churn::PhaseColumns phases() const {
    churn::PhaseColumns phases = phase_columns(columns_);
    if (ids_ == "text") {
      phases.subscription = std::span<const std::string_view>{subscriptions_};
      phases.customer = std::span<const std::string_view>{customers_};
    }
    return phases;
  }
  /// Bytes of the ids themselves, each once.
  [[nodiscard]] std::size_t id_bytes() const { return subscription_bytes_.size() + customer_bytes_.size(); }

 private:
  /// Ids as many billing systems have them, 18 bytes each; the same that the SQL makes (compare.mjs).
  static std::vector<std::string_view> texts(const std::vector<std::int64_t>& sorted,
                                             const std::vector<std::int64_t>& column, std::string_view prefix,
                                             std::string& bytes) {
    constexpr std::size_t digits = 14;
    const std::size_t length = prefix.size() + digits;
    std::vector<std::int64_t> ids = sorted;
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    for (const std::int64_t id : ids) {
      std::uint64_t mixed = static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15U % (std::uint64_t{1} << 56U);
      bytes += prefix;
      bytes.resize(bytes.size() + digits);
      for (std::size_t i = 1; i <= digits; ++i, mixed /= 16)
        bytes[bytes.size() - i] = "0123456789abcdef"[mixed % 16];
    }
    std::vector<std::string_view> views;
    for (const std::int64_t id : column) {
      const auto place = std::lower_bound(ids.begin(), ids.end(), id) - ids.begin();
      views.emplace_back(bytes.data() + static_cast<std::size_t>(place) * length, length);
    }
    return views;
  }

  std::string order_;
  std::string ids_;
  Columns columns_;
  std::string subscription_bytes_;
  std::string customer_bytes_;
  std::vector<std::string_view> subscriptions_;
  std::vector<std::string_view> customers_;
};

/// What the process holds between questions.
class Session {
 public:
  Session(Columns columns, std::string folder) : columns_(std::move(columns)), folder_(std::move(folder)) {}

  [[nodiscard]] const Columns& columns() const { return columns_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

  /// A book that no question has been asked of, so that nothing of an answer can be there already.
  const churn::Book& new_book() {
    if (!records_) records_ = records_with_industries(columns_);
    book_.reset();
    return book_.emplace(build_book(*records_));
  }

  const churn::Book& new_book_with_reasons() {
    if (!records_with_reasons_) records_with_reasons_ = records_with_reasons(columns_);
    book_.reset();
    return book_.emplace(build_book(*records_with_reasons_));
  }

  const Events& events() {
    if (!events_) events_ = read_events(folder_);
    return *events_;
  }

  const EventCustomers& event_customers() {
    if (!event_customers_) event_customers_ = customers_with_events(events());
    return *event_customers_;
  }

  /// Built once: an answer leaves nothing in it.
  const IndexedBook& indexed_book() {
    if (!indexed_book_) indexed_book_ = index_events(columns_, events());
    return *indexed_book_;
  }

  const Arrangement& arranged(const Request& request) {
    const std::string order = request.get("order", "sorted");
    const std::string ids = request.get("ids", "integer");
    if (!arrangement_ || !arrangement_->is(order, ids)) {
      arrangement_.reset();
      arrangement_.emplace(columns_, order, ids);
    }
    return *arrangement_;
  }

 private:
  Columns columns_;
  std::string folder_;
  std::optional<churn::Records> records_;
  std::optional<churn::Records> records_with_reasons_;
  std::optional<churn::Book> book_;
  std::optional<Events> events_;
  std::optional<EventCustomers> event_customers_;
  std::optional<IndexedBook> indexed_book_;
  std::optional<Arrangement> arrangement_;
};

// --- The work -------------------------------------------------------------------------------------------------------

Lines w1(Session& session, const Request& request, Stopwatch& watch) {
  const churn::Book& book = session.new_book();
  return lines_of_w1(answer_w1(watch.time([&] { return fold_w1(book, request.threads()); })));
}

Lines w2(Session& session, const Request& request, Stopwatch& watch) {
  const churn::Book& book = session.new_book();
  return lines_of_w2(answer_w2(watch.time([&] { return fold_w2(book, request.threads()); })));
}

Lines w3(Session& session, const Request& request, Stopwatch& watch) {
  const churn::Book& book = session.new_book();
  return lines_of_w3(answer_w3(watch.time([&] { return fold_w3(book, request.threads()); })));
}

Lines w4(Session& session, const Request& request, Stopwatch& watch) {
  const IndexedBook& indexed = session.indexed_book();
  return lines_of_w4(answer_w4(
      indexed.book, watch.time([&] { return count_w4(indexed.index, {w4_day()}, request.threads()); })));
}

/// Which of the twelve month ends is to be shown; without a word about it the last one, which is W4's day.
std::size_t shown_month(const Request& request) { return std::stoul(request.get("month", "11")); }

/// All twelve month ends in one pass.
Lines w4_months(Session& session, const Request& request, Stopwatch& watch) {
  const IndexedBook& indexed = session.indexed_book();
  return lines_of_w4(answer_w4(
      indexed.book, watch.time([&] { return count_w4(indexed.index, w4_month_ends(), request.threads()); }),
      shown_month(request)));
}

Lines w5(Session& session, const Request& request, Stopwatch& watch) {
  const churn::Book& book = session.new_book_with_reasons();
  return lines_of_w5(watch.time([&] { return answer_w5(fold_w5(book, request.threads())); }));
}

/// The book of the day before, with W1 of it; then the changes of the last day, and W1 again.
Lines w6(Session& session, const Request& request, Stopwatch& watch) {
  churn::Records records;
  records.add(phase_columns(known_before_the_last_day(session.columns())));
  churn::LiveCube cube{
      build_book(records, last_day_of_the_data()), months_of_the_data(), {}, with_threads(request.threads())};
  const churn::Changes changes = changes_of_the_last_day(session.columns());
  return lines_of_w1(answer_w1(watch.time([&] {
    if (cube.apply(changes, day_after_the_data()).rejected() != 0)
      throw std::runtime_error("changes were rejected");
    return cube.cube();
  })));
}

/// From the host's columns to W1.
Lines first_answer(Session& session, const Request& request, Stopwatch& watch) {
  const churn::PhaseColumns phases = session.arranged(request).phases();
  return lines_of_w1(answer_w1(watch.time([&] {
    churn::Records records;
    records.add(phases);
    return fold_w1(build_book(records, day_after_the_data(), request.threads()), request.threads());
  })));
}

/// From a folder of CSV files to W1.
Lines cold(Session& session, const Request& request, Stopwatch& watch) {
  return lines_of_w1(answer_w1(watch.time([&] {
    const churn::LoadedBook loaded =
        churn::read_book_folder(session.folder() + "/book", {.threads = request.threads()});
    if (loaded.rejections.rejected() != 0) throw std::runtime_error("rows were rejected");
    return fold_w1(build_book(loaded.records, day_after_the_data(), request.threads()), request.threads());
  })));
}

Lines plain_pass_w1(Session& session, const Request& /*request*/, Stopwatch& watch) {
  return lines_of_w1(watch.time([&] { return plain_w1(session.columns()); }));
}

Lines plain_pass_w2(Session& session, const Request& /*request*/, Stopwatch& watch) {
  return lines_of_w2(watch.time([&] { return plain_w2(session.columns()); }));
}

Lines plain_pass_w3(Session& session, const Request& /*request*/, Stopwatch& watch) {
  return lines_of_w3(watch.time([&] { return plain_w3(session.columns()); }));
}

Lines plain_pass_w4(Session& session, const Request& request, Stopwatch& watch) {
  const Events& events = session.events();
  const EventCustomers& customers = session.event_customers();
  const std::int32_t day = w4_month_ends().at(shown_month(request)).days();
  return lines_of_w4(answer_w4(customers, watch.time([&] { return plain_w4(events, customers, day); })));
}

Lines plain_pass_w5(Session& session, const Request& /*request*/, Stopwatch& watch) {
  return lines_of_w5(watch.time([&] { return plain_w5(session.columns()); }));
}

Lines sum(Session& session, const Request& /*request*/, Stopwatch& watch) {
  return {line(watch.time([&] { return sum_of_columns(session.columns()); }))};
}

/// Bytes of memory that the process has now, without what is free in it; 0 where that is not known.
std::size_t resident_bytes() {
#if defined(__GLIBC__)
  malloc_trim(0);
  std::size_t all = 0;
  std::size_t resident = 0;
  std::ifstream{"/proc/self/statm"} >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
#else
  return 0;
#endif
}

/// What a book and its records take beside the host's columns: periods, bytes of the records, of both, of the ids.
Lines memory(Session& session, const Request& request, Stopwatch& watch) {
  const Arrangement& arrangement = session.arranged(request);
  const std::size_t before = resident_bytes();
  churn::Records records;
  records.add(arrangement.phases());
  const std::size_t with_records = resident_bytes();
  const churn::Book book = watch.time([&] { return build_book(records); });
  const std::size_t with_book = resident_bytes();
  return {line(session.columns().size(), with_records - before, with_book - before, arrangement.id_bytes())};
}

struct Work {
  std::string_view name;
  Lines (*run)(Session&, const Request&, Stopwatch&);
};

/// A new piece of work is an entry here, one of `items` in items.mjs, and its SQL.
constexpr Work works[] = {
    {"w1", w1},
    {"w2", w2},
    {"w3", w3},
    {"w4", w4},
    {"w4_months", w4_months},
    {"w5", w5},
    {"w6", w6},
    {"first_answer", first_answer},
    {"cold", cold},
    {"plain_w1", plain_pass_w1},
    {"plain_w2", plain_pass_w2},
    {"plain_w3", plain_pass_w3},
    {"plain_w4", plain_pass_w4},
    {"plain_w5", plain_pass_w5},
    {"sum", sum},
    {"memory", memory},
};

Lines run(Session& session, const Request& request, Stopwatch& watch) {
  const auto* const work =
      std::find_if(std::begin(works), std::end(works), [&](const Work& w) { return w.name == request.work; });
  if (work == std::end(works)) throw std::runtime_error("no such work: " + request.work);
  return work->run(session, request, watch);
}

// --- Answering lines ------------------------------------------------------------------------------------------------

Request read_request(const std::string& text) {
  Request request;
  std::istringstream words{text};
  words >> request.work;
  for (std::string word; words >> word;) {
    const std::size_t sign = std::min(word.find('='), word.size() - 1);
    request.given.insert_or_assign(word.substr(0, sign), word.substr(sign + 1));
  }
  return request;
}

/// Where the system allows it, the peak counts from here.
void forget_peak() { std::ofstream{"/proc/self/clear_refs"} << '5'; }

double peak_mb() {
  std::ifstream status{"/proc/self/status"};
  for (std::string field; status >> field;)
    if (double kilobytes = 0; field == "VmHWM:" && status >> kilobytes) return kilobytes / 1024;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::string answer(Session& session, const Request& request) {
  forget_peak();
  Stopwatch watch;
  const Lines lines = run(session, request, watch);
  std::ostringstream reply;
  reply << R"({"ms":)" << watch.ms() << R"(,"cpu_ms":)" << watch.cpu_ms() << R"(,"peak_mb":)" << peak_mb()
        << R"(,"rows":)" << lines.size() << '}';
  if (const std::string path = request.get("answer", ""); !path.empty()) {
    std::ofstream file{path};
    for (const std::string& text : lines) file << text << '\n';
    if (!file.flush()) throw std::runtime_error(path + " can't be written");
  }
  return reply.str();
}

#if defined(__clang__)
constexpr std::string_view compiler = "Clang " __clang_version__;
#else
constexpr std::string_view compiler = "g++ " __VERSION__;
#endif

void serve(Session session) {
  std::cout << R"({"customers":)" << session.columns().industry.size() << R"(,"periods":)"
            << session.columns().size() << R"(,"events":)" << event_count(session.folder())
            << R"(,"version":")" << churn::version << R"(","compiler":")" << compiler << "\"}" << std::endl;
  for (std::string text; std::getline(std::cin, text);) {
    try {
      std::cout << answer(session, read_request(text)) << std::endl;
    } catch (const std::exception& error) {
      std::string sentence = error.what();
      std::replace(sentence.begin(), sentence.end(), '"', '\'');
      std::cout << R"({"error":")" << sentence << "\"}" << std::endl;
    }
  }
}

// --- Checking -------------------------------------------------------------------------------------------------------

/// True if the answers are the same lines; says what was compared and where they part.
bool same(const std::string& what, const Lines& expected, const Lines& got) {
  const auto [e, g] = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
  const bool equal = e == expected.end() && g == got.end() && !expected.empty();
  std::cout << (equal ? "equal      " : "DIFFERENT  ") << what << ": " << got.size() << " rows\n";
  if (!equal)
    std::cout << "  plain pass: " << (e == expected.end() ? "no more rows" : *e)
              << "\n  library:    " << (g == got.end() ? "no more rows" : *g) << '\n';
  return equal;
}

bool verify(Session session) {
  Stopwatch watch;
  bool all = true;
  const bool has_events = event_count(session.folder()) != 0;
  const auto check = [&](const std::string& plain, const std::string& asked) {
    all = same(asked, run(session, read_request(plain), watch), run(session, read_request(asked), watch)) &&
          all;
  };
  for (const std::string work : {"w1", "w2", "w3", "w4", "w5"}) {
    if (work == "w4" && !has_events) continue;
    for (const std::string threads : {"1", "2", "3"}) check("plain_" + work, work + " threads=" + threads);
  }
  for (int month = 0; has_events && month < 12; ++month) {
    const std::string shown = " month=" + std::to_string(month);
    check("plain_w4" + shown, "w4_months threads=2" + shown);
  }
  check("plain_w1", "w6");
  for (const std::string ids : {"integer", "text"})
    for (const std::string order : {"sorted", "start", "random"})
      check("plain_w1", "first_answer ids=" + ids + " order=" + order);
  for (const std::string threads : {"1", "2", "3"}) check("plain_w1", "cold threads=" + threads);
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  bool verifies = false;
  bool understood = true;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument.starts_with("--data="))
      folder = argument.substr(7);
    else if (argument == "--verify")
      verifies = true;
    else
      understood = false;
  }
  if (!understood || folder.empty()) {
    std::cerr << "usage: " << argv[0] << " --data=FOLDER [--verify]\n";
    return 2;
  }
  try {
    Session session{read_columns(folder), folder};
    if (verifies) return verify(std::move(session)) ? 0 : 1;
    serve(std::move(session));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << argv[0] << ": " << error.what() << '\n';
    return 1;
  }
}
