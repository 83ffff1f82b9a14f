#include <churn/report/report.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <churn/analyzer.hpp>
#include <churn/report/text_table.hpp>

namespace churn::inline v0 {

namespace {

constexpr std::size_t periods_shown = 12;
constexpr std::size_t labels_shown = 20;
const char* const undefined = "-";

std::string percent(double share, int decimals = 1) {
  const double scale = std::pow(10.0, decimals);
  const double rounded = std::round(share * 100 * scale) / scale;
  std::string text = shortest(rounded == 0 ? 0.0 : rounded);  // never "-0"
  if (text.find('.') == std::string::npos && decimals > 0) text += '.';
  const std::size_t places = text.find('.') == std::string::npos ? 0 : text.size() - text.find('.') - 1;
  return text.append(
             static_cast<std::size_t>(decimals) - std::min(places, static_cast<std::size_t>(decimals)), '0') +
         " %";
}

std::string percent(const std::optional<double>& share) { return share ? percent(*share) : undefined; }

std::string range(const std::optional<Interval>& interval) {
  return interval ? percent(interval->low) + " to " + percent(interval->high) : undefined;
}

/// 12345.60 -> 12,345.60
std::string grouped(const Money& amount) {
  std::string text = amount.to_string();
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::size_t first = text.front() == '-' ? 1 : 0;
  for (std::size_t at = point; at > first + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string mrr(std::int64_t ticks, Currency currency) { return grouped(RunRate{ticks, currency}.mrr()); }

class ReportMaker {
 public:
  ReportMaker(const Book& book, const Rejections& rejections, const ReportOptions& options)
      : book_(book),
        rejections_(rejections),
        options_(options),
        currency_(book.currency()),
        whole_(Analyzer::whole_book(book, options.period)) {}

  Report make() {
    Report report{
        options_.title, subtitle(), currency_, std::string(period_kind_name(options_.period)), {}, {}};
    const MovementCube all = fold(whole_);
    const std::size_t end = end_of_shown(all);
    const std::size_t first = begin_of_shown(end);
    const std::size_t begin = std::max(first, end > periods_shown ? end - periods_shown : 0);
    report.sections.push_back(headline(all, begin, end));
    report.sections.push_back(bridge(all, begin, end));
    for (std::size_t p = first; p < end; ++p)
      if (all.status(p).complete) report.points.push_back(point(all, p));
    if (begin < end) add_all_segments(report, begin, end);
    report.sections.push_back(cohorts(begin, end));
    report.sections.push_back(schedule());
    report.sections.push_back(rejected());
    return report;
  }

 private:
  [[nodiscard]] MovementCube fold(const PeriodGrid& grid, const Segmenter& segmenter = {}) const {
    FoldOptions fold_options{options_.where, book_.conventions().rate, options_.threads};
    fold_options.rules->netting = Netting::by_period;  // a report shows rates beside movements
    return MovementCube::fold(book_, grid, segmenter, fold_options);
  }

  [[nodiscard]] std::string subtitle() const {
    const Conventions& conventions = book_.conventions();
    std::string text = "As of " + book_.as_of().to_string() + ", in " + std::string(currency_.code()) +
                       ", by the conventions \"" + conventions.name + "\" (version " + conventions.version +
                       ").";
    if (!options_.where.keeps_everyone()) text += " Only " + options_.where.text() + ".";
    return text;
  }

  /// One behind the last complete period.
  [[nodiscard]] std::size_t end_of_shown(const MovementCube& cube) const {
    std::size_t end = cube.grid().size();
    while (end > 0 &&
           (!cube.status(end - 1).complete || (options_.to && cube.grid()[end - 1].last() > *options_.to)))
      --end;
    return end;
  }

  /// The first period that may be shown.
  [[nodiscard]] std::size_t begin_of_shown(std::size_t end) const {
    std::size_t begin = 0;
    while (begin < end && options_.from && whole_[begin].first() < *options_.from) ++begin;
    return begin;
  }

  [[nodiscard]] ReportPoint point(const MovementCube& cube, std::size_t p) const {
    const MovementCell& cell = cube.at(0, p);
    const auto minor = [this](std::int64_t ticks) { return RunRate{ticks, currency_}.mrr().minor_units(); };
    const Proportion rate{cell.lost_customers, cell.opening_customers};
    const auto interval = rate.interval(book_.conventions().rate.confidence);
    ReportPoint point{cube.grid()[p].first(),
                      minor(cell.closing),
                      minor(cell.new_ + cell.reactivation + cell.expansion),
                      minor(cell.contraction + cell.churn),
                      {},
                      {},
                      {}};
    if (cube.status(p).complete && interval) {
      point.churn_rate = rate.value();
      point.churn_low = interval->low;
      point.churn_high = interval->high;
    }
    return point;
  }

  /// The last complete period, and all shown periods taken as one.
  [[nodiscard]] ReportSection headline(const MovementCube& all, std::size_t begin, std::size_t end) const {
    ReportSection section{
        "Headline",
        "",
        {"", "last " + std::string(period_kind_name(options_.period)), "95 % interval",
         std::to_string(end - begin) + (end - begin == 1 ? " period as one" : " periods as one"),
         "95 % interval"},
        {},
        {false, true, true, true, true}};
    const std::string level = percent(book_.conventions().rate.confidence, 0);
    section.columns[2] = section.columns[4] = level + " interval";
    if (begin == end) {
      section.note = "No period is complete yet, so there is nothing to compare.";
      return section;
    }
    section.note = "The last complete " + std::string(period_kind_name(options_.period)) + " starts on " +
                   all.grid()[end - 1].first().to_string() +
                   ". Rates compare customers at opening with the same customers at closing.";
    const PeriodGrid one = periods_at({all.grid()[begin].first(), all.grid()[end - 1].last()});
    const auto last = measure(book_)
                          .over(periods_at({all.grid()[end - 1].first(), all.grid()[end - 1].last()}))
                          .where(options_.where)
                          .compute_all(StandardMetrics{});
    const auto year = measure(book_).over(one).where(options_.where).compute_all(StandardMetrics{});
    const MovementCell& cell = last.cube().at(0, 0);
    const auto amount = [&](const std::string& name, const std::string& text) {
      section.rows.push_back({{name}, {text}, {""}, {""}, {""}});
    };
    amount("Customers at close", std::to_string(cell.closing_customers));
    amount("MRR at close", mrr(cell.closing, currency_));
    amount("ARR at close", grouped(RunRate{cell.closing, currency_}.arr()));
    const auto arpa = RunRatePerCustomer{{cell.closing, currency_}, cell.closing_customers}.value();
    amount("MRR per customer", arpa ? grouped(*arpa) : undefined);
    static const std::map<std::string, std::string> titles{{"customer_churn_rate", "Customer churn"},
                                                           {"gross_mrr_churn_rate", "Gross MRR churn"},
                                                           {"net_mrr_churn_rate", "Net MRR churn"},
                                                           {"grr", "Gross revenue retention"},
                                                           {"nrr", "Net revenue retention"}};
    const auto last_rows = last.rows();
    const auto year_rows = year.rows();
    for (std::size_t i = 0; i < last_rows.size(); ++i) {
      const auto title = titles.find(last_rows[i].metric);
      if (title == titles.end()) continue;
      const Measurement& a = last_rows[i].measurement;
      const Measurement& b = year_rows[i].measurement;
      section.rows.push_back({{title->second},
                              {percent(a.value)},
                              {range(a.interval)},
                              {percent(b.value)},
                              {range(b.interval)}});
    }
    return section;
  }

  [[nodiscard]] ReportSection bridge(const MovementCube& all, std::size_t begin, std::size_t end) const {
    ReportSection section{
        "MRR bridge",
        "Opening + new + reactivation + expansion - contraction - churn = closing, exactly.",
        {std::string(period_kind_name(options_.period)) + " from", "opening", "new", "reactivation",
         "expansion", "contraction", "churn", "closing", "customers", "churned"},
        {},
        std::vector<bool>(10, true)};
    section.right_aligned[0] = false;
    if (begin == end) section.note = "There is no complete period to show.";
    for (std::size_t p = begin; p < end; ++p) {
      const MovementCell& c = all.at(0, p);
      std::vector<ReportCell> row{{all.grid()[p].first().to_string()}};
      for (const std::int64_t ticks :
           {c.opening, c.new_, c.reactivation, c.expansion, c.contraction, c.churn, c.closing})
        row.push_back({mrr(ticks, currency_)});
      row.push_back({std::to_string(c.closing_customers)});
      row.push_back({std::to_string(c.churned_customers)});
      section.rows.push_back(std::move(row));
    }
    return section;
  }

  /// Of one segment, over the shown periods: each customer counts in each period that it opened in.
  struct Pooled {
    std::string label;
    std::int64_t at_risk{0};
    std::int64_t lost_customers{0};
    std::int64_t lost{0};
    std::int64_t gained{0};
    std::int64_t opening{0};
    std::optional<Interval> interval{};
  };

  /// A section a segmentation, and in front of them one that has the first row of each.
  void add_all_segments(Report& report, std::size_t begin, std::size_t end) const {
    const std::vector<Date> cuts(whole_.cuts().begin() + static_cast<std::ptrdiff_t>(begin),
                                 whole_.cuts().begin() + static_cast<std::ptrdiff_t>(end) + 1);
    const PeriodGrid shown = periods_at(cuts);
    ReportSection most{
        "Where customers leave most",
        "Of each way to cut the book, the segment that surely churns most, with all others beside "
        "it. A difference says where to look, not why.",
        {"by", "segment", "customer churn", interval_name(), "all others"},
        {},
        {false, false, true, true, true}};
    std::vector<ReportSection> sections;
    const auto add = [&](const std::string& name, const Segmenter& segmenter) {
      const MovementCube cube = fold(shown, segmenter);
      if (cube.segments().size() > labels_shown + 1) {
        sections.push_back(too_many(name));
        return;
      }
      const std::vector<Pooled> pooled = pool(cube);
      if (pooled.size() > 1 && pooled.front().interval) most.rows.push_back(first_of(name, pooled));
      sections.push_back(segments(name, pooled, shown.size()));
    };
    add("plan", by::plan);
    add("tenure", by::tenure);
    for (const std::string& name : book_.attribute_names()) {
      if (book_.attribute(name).labels.size() > labels_shown + 1)
        sections.push_back(too_many(name));
      else
        add(name, by::attribute(name));
    }
    if (!most.rows.empty()) report.sections.push_back(std::move(most));
    for (ReportSection& section : sections) report.sections.push_back(std::move(section));
  }

  [[nodiscard]] static ReportSection too_many(const std::string& name) {
    return {"Churn by " + name,
            "It has more than " + std::to_string(labels_shown) +
                " values; ask for them with: churn rates BOOK --by " + name,
            {},
            {},
            {}};
  }

  [[nodiscard]] std::string interval_name() const {
    return percent(book_.conventions().rate.confidence, 0) + " interval";
  }

  [[nodiscard]] static std::vector<ReportCell> first_of(const std::string& name,
                                                        const std::vector<Pooled>& pooled) {
    Pooled others{};
    for (std::size_t i = 1; i < pooled.size(); ++i) {
      others.at_risk += pooled[i].at_risk;
      others.lost_customers += pooled[i].lost_customers;
    }
    const Pooled& first = pooled.front();
    return {{name},
            {first.label},
            {percent(Proportion{first.lost_customers, first.at_risk}.value())},
            {range(first.interval)},
            {percent(Proportion{others.lost_customers, others.at_risk}.value())}};
  }

  [[nodiscard]] std::vector<Pooled> pool(const MovementCube& cube) const {
    std::vector<Pooled> pooled;
    for (std::size_t s = 0; s < cube.segments().size(); ++s) {
      Pooled sum{cube.segments()[s].front()};
      for (std::size_t p = 0; p < cube.grid().size(); ++p) {
        const MovementCell& c = cube.at(s, p);
        sum.at_risk += c.opening_customers;
        sum.lost_customers += c.lost_customers;
        sum.lost = checked_add(sum.lost, c.lost);
        sum.gained = checked_add(sum.gained, c.gained);
        sum.opening = checked_add(sum.opening, c.opening);
      }
      sum.interval =
          Proportion{sum.lost_customers, sum.at_risk}.interval(book_.conventions().rate.interval_rule());
      pooled.push_back(std::move(sum));
    }
    // By the lower end of the interval, so that a handful of customers does not come first by chance; the label
    // decides among equals, and empty segments come last.
    std::stable_sort(pooled.begin(), pooled.end(), [](const Pooled& a, const Pooled& b) {
      return (a.interval ? a.interval->low : -1) > (b.interval ? b.interval->low : -1);
    });
    return pooled;
  }

  /// Churn a period, pooled over the shown periods.
  [[nodiscard]] ReportSection segments(const std::string& name, const std::vector<Pooled>& pooled,
                                       std::size_t periods) const {
    double highest = 0;
    for (const Pooled& s : pooled)
      highest = std::max(highest, Proportion{s.lost_customers, s.at_risk}.value().value_or(0));
    ReportSection section{"Churn by " + name,
                          "Average a " + std::string(period_kind_name(options_.period)) + " over the " +
                              std::to_string(periods) +
                              " shown, what is surely high first. Where intervals overlap widely, the "
                              "difference may be chance.",
                          {name, "at risk", "churned", "customer churn", interval_name(), "gross MRR churn",
                           "net MRR churn", "MRR lost"},
                          {},
                          {false, true, true, true, true, true, true, true}};
    for (const Pooled& s : pooled) {
      const Proportion rate{s.lost_customers, s.at_risk};
      ReportCell churn{percent(rate.value())};
      if (rate.value() && highest > 0) churn.shade = *rate.value() / highest;
      section.rows.push_back({{s.label},
                              {std::to_string(s.at_risk)},
                              {std::to_string(s.lost_customers)},
                              std::move(churn),
                              {range(s.interval)},
                              {percent(Ratio{s.lost, s.opening}.value())},
                              {percent(Ratio{s.lost - s.gained, s.opening}.value())},
                              {mrr(s.lost, currency_)}});
    }
    return section;
  }

  [[nodiscard]] ReportSection cohorts(std::size_t begin, std::size_t end) const {
    ReportSection section{"Cohorts: customers kept",
                          "Share of the customers who first paid in a " +
                              std::string(period_kind_name(options_.period)) +
                              " that pay at the close of later ones. Compare down a column.",
                          {"first paid", "size"},
                          {},
                          {false, true}};
    if (begin == end) {
      section.note = "There is no complete period to show.";
      return section;
    }
    const CohortCube cube =
        CohortCube::fold(book_, whole_, CohortBy::first_paid, {}, {options_.where, {}, options_.threads});
    const CohortMatrix matrix = logo_retention(cube);
    const std::size_t ages = end - begin;
    for (std::size_t k = 0; k < ages; ++k) {
      section.columns.push_back(std::to_string(k));
      section.right_aligned.push_back(true);
    }
    for (Eigen::Index i = 0; i < matrix.value.rows(); ++i) {
      const Date cohort = matrix.cohorts[static_cast<std::size_t>(i)];
      const std::size_t c = whole_.index_starting(cohort);
      if (c < begin || c >= end) continue;
      std::vector<ReportCell> row{{cohort.to_string()}, {std::to_string(matrix.sizes(i))}};
      for (std::size_t k = 0; k < ages; ++k) {
        const auto age = static_cast<Eigen::Index>(k);
        const bool known = c + k < end && age < matrix.value.cols() && matrix.observed(i, age);
        row.push_back(known ? ReportCell{percent(matrix.value(i, age), 0), matrix.value(i, age)}
                            : ReportCell{""});
      }
      section.rows.push_back(std::move(row));
    }
    return section;
  }

  [[nodiscard]] ReportSection schedule() const {
    ReportSection section{"Already scheduled to end",
                          "",
                          {"subscription", "customer", "plan", "MRR", "ends on"},
                          {},
                          {false, false, false, true, false}};
    const std::vector<ScheduledEnd> ends = scheduled_ends(book_, options_.where);
    RunRate sum{0, currency_};
    for (const ScheduledEnd& end : ends) sum = sum + end.run_rate;
    if (ends.empty()) {
      section.note = "No subscription in force has an end.";
      section.columns.clear();
      section.right_aligned.clear();
      return section;
    }
    section.note = std::to_string(ends.size()) + (ends.size() == 1 ? " subscription" : " subscriptions") +
                   " with " + grouped(sum.mrr()) + " of MRR " + (ends.size() == 1 ? "ends" : "end") +
                   " on or after " + book_.as_of().to_string() +
                   ". They count as churn when their day comes.";
    for (std::size_t i = 0; i < std::min<std::size_t>(ends.size(), 10); ++i)
      section.rows.push_back({{ends[i].subscription.text()},
                              {ends[i].customer.text()},
                              {ends[i].plan},
                              {grouped(ends[i].run_rate.mrr())},
                              {ends[i].ends_on.to_string()}});
    if (ends.size() > 10) section.note += " The first 10:";
    return section;
  }

  [[nodiscard]] ReportSection rejected() const {
    ReportSection section{"What was left out", "", {"code", "rows", "example"}, {}, {false, true, false}};
    std::map<RejectionCode, std::pair<std::size_t, const Rejection*>> by_code;
    for (const Rejection& r : rejections_.entries()) {
      auto& [count, example] = by_code[r.code];
      if (count++ == 0) example = &r;
    }
    section.note = rejections_.rejected() == 0
                       ? "No row was rejected."
                       : std::to_string(rejections_.rejected()) +
                             (rejections_.rejected() == 1 ? " row was rejected." : " rows were rejected.");
    if (rejections_.notices() > 0)
      section.note += " " + std::to_string(rejections_.notices()) +
                      (rejections_.notices() == 1 ? " notice." : " notices.");
    for (const auto& [code, found] : by_code)
      section.rows.push_back({{std::string(rejection_name(code)) + (is_notice(code) ? " (notice)" : "")},
                              {std::to_string(found.first)},
                              {found.second->source + " row " + std::to_string(found.second->row) + ": " +
                               found.second->reason}});
    if (section.rows.empty()) {
      section.columns.clear();
      section.right_aligned.clear();
    }
    return section;
  }

  const Book& book_;
  const Rejections& rejections_;
  const ReportOptions& options_;
  Currency currency_;
  PeriodGrid whole_;
};

}  // namespace

Report make_report(const Book& book, const Rejections& rejections, const ReportOptions& options) {
  return ReportMaker{book, rejections, options}.make();
}

std::string to_text(const Report& report) {
  std::string out = report.title + "\n" + report.subtitle + "\n";
  for (const ReportSection& section : report.sections) {
    out += "\n" + section.title + "\n" + std::string(section.title.size(), '-') + "\n";
    if (!section.note.empty()) out += section.note + "\n";
    if (section.rows.empty()) continue;
    std::vector<std::vector<std::string>> rows;
    for (const auto& row : section.rows) {
      std::vector<std::string> texts;
      texts.reserve(row.size());
      for (const ReportCell& cell : row) texts.push_back(cell.text);
      rows.push_back(std::move(texts));
    }
    out += to_aligned_text(section.columns, rows, section.right_aligned);
  }
  return out;
}

std::string to_json(const Report& report) {
  using Json = nlohmann::ordered_json;
  Json sections = Json::array();
  for (const ReportSection& section : report.sections) {
    Json rows = Json::array();
    for (const auto& row : section.rows) {
      Json texts = Json::array();
      for (const ReportCell& cell : row) texts.push_back(cell.text);
      rows.push_back(std::move(texts));
    }
    sections.push_back({{"title", section.title},
                        {"note", section.note},
                        {"columns", section.columns},
                        {"rows", std::move(rows)}});
  }
  const Json document{
      {"title", report.title}, {"subtitle", report.subtitle}, {"sections", std::move(sections)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace churn::inline v0
