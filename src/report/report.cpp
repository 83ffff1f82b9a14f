#include <churn/report/report.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include <churn/analyzer.hpp>
#include <churn/cohort/cohort_contrast.hpp>
#include <churn/metric/segment_contrast.hpp>
#include <churn/report/cohort_chart.hpp>
#include <churn/report/movement_charts.hpp>

#include "report/departures.hpp"
#include "report/levers.hpp"
#include "report/risk.hpp"
#include "report/statistics.hpp"
#include "report/trust.hpp"
#include "report/words.hpp"

namespace churn::inline v0 {

namespace {

using namespace words;

constexpr std::size_t periods_shown = 12;
constexpr std::size_t periods_charted = 36;
constexpr std::size_t labels_shown = 20;
constexpr std::size_t labels_charted = 12;

using ShownRates = std::tuple<CustomerChurnRate, GrossMrrChurnRate, NetMrrChurnRate, GrossRevenueRetention,
                              NetRevenueRetention>;

class ReportMaker {
 public:
  ReportMaker(const Book& book, const Rejections& rejections, const ReportOptions& options)
      : book_(book),
        rejections_(rejections),
        options_(options),
        currency_(book.currency()),
        whole_(Analyzer::whole_book(book, options.period)) {}

  Report make() {
    Report report{options_.title, subtitle(), {}};
    const MovementCube all = fold(whole_);
    const std::size_t end = end_of_shown(all);
    const std::size_t first = begin_of_shown(end);
    const std::size_t begin = std::max(first, end > periods_shown ? end - periods_shown : 0);
    const std::size_t charted = std::max(first, end > periods_charted ? end - periods_charted : 0);
    const bool any = begin < end;
    const std::vector<Segmenter> cuts = cuts_of_charts();
    const auto add = [&](ReportPart part, ReportSection section) {
      section.part = part;
      report.sections.push_back(std::move(section));
    };
    const auto add_all = [&](ReportPart part, std::vector<ReportSection> sections) {
      for (ReportSection& section : sections) add(part, std::move(section));
    };
    using enum ReportPart;
    add(what_happened, headline(all, begin, end));
    add(what_happened, bridge(all, begin, end));
    if (any)
      report.sections.back().charts =
          movement_charts(shown_periods(begin, end), shown_periods(charted, end), cuts);
    add(what_happened, trend_section(book_, whole_, first, end, options_));
    if (any) report.sections.back().charts = trend_charts(book_, shown_periods(charted, end), cuts, options_);
    add(what_happened, cohorts(first, begin, end));
    add(what_happened, survival_section(book_, options_));
    if (any) add_all(who_leaves, segment_sections(begin, end));
    if (any) add_all(why_they_left, departure_sections(book_, shown_periods(begin, end), cuts, options_));
    add_all(who_is_next, risk_sections(book_, options_));
    add(who_is_next, schedule());
    add_all(what_would_change_it, lever_sections(book_, options_));
    add(what_would_change_it, forecast_section(book_, whole_, all, options_));
    add_all(what_would_change_it, what_if_sections(book_, whole_, options_));
    add(can_i_believe_it, completeness_section(book_, all, options_));
    add(can_i_believe_it, rejections_section(rejections_));
    add(can_i_believe_it, conventions_section(book_.conventions()));
    return report;
  }

 private:
  [[nodiscard]] const RateRules& rules() const { return book_.conventions().rate; }
  [[nodiscard]] std::string period_name() const { return std::string(period_kind_name(options_.period)); }
  /// Whether MRR can come and go without a customer.
  [[nodiscard]] bool transfers() const { return options_.where.changes(); }

  /// Whether exchange rates move MRR.
  [[nodiscard]] bool revalues() const { return book_.conventions().book.fx == FxPolicy::dated; }

  [[nodiscard]] MovementCube fold(const PeriodGrid& grid, const Segmenter& segmenter = {}) const {
    FoldOptions fold_options{options_.where, rules(), options_.threads};
    fold_options.rules->netting = Netting::by_period;  // a report shows rates beside movements
    return MovementCube::fold(book_, grid, segmenter, fold_options);
  }

  /// Rates by the rules; all that the page shows come from here.
  [[nodiscard]] Measure rates_over(PeriodGrid grid, const Segmenter& segmenter = {}) const {
    return measure(book_).over(std::move(grid)).by(segmenter).where(options_.where).threads(options_.threads);
  }

  /// Whether the customer churn rate is a share of people, with an interval.
  [[nodiscard]] bool churn_is_a_share() const { return customer_rate({}, rules()).is_proportion(); }

  /// What the rates on the page are, as far as the rules differ from the plain comparison.
  [[nodiscard]] std::string words_of_rules() const {
    const std::string compare = "compare customers at opening with the same customers at closing.";
    std::string text = "Rates " + compare;
    if (rules().base == ChurnBase::exposure)
      text = "Customer churn is departures in 30 days of presence; the other rates " + compare;
    else if (rules().base == ChurnBase::mean)
      text = "Customer churn is out of the mean of opening and closing; the other rates " + compare;
    else if (rules().base == ChurnBase::opening_and_joined)
      text = "Customer churn is out of those at opening and those who joined; the other rates " + compare;
    if (rules().base != ChurnBase::exposure && rules().joined_and_left == Counting::counted)
      text += " Who joined and left within the period counts as churned.";
    if (rules().base != ChurnBase::exposure && rules().left_and_returned == Counting::counted)
      text += " Who left and returned within the period counts, too.";
    if (rules().net_subtracts_reactivation) text += " Net MRR churn is less reactivation.";
    if (rules().trailing_days)
      text += " Rates are over the last " + std::to_string(*rules().trailing_days) + " days of a period.";
    return text;
  }

  /// Why the page may end earlier than the book.
  [[nodiscard]] std::string words_of_a_pending_gap() const {
    const auto since = book_.pending_gap_since();
    if (!since) return "";
    return " No period that ends after " + since->to_string() +
           " is complete: an absence that began then may still turn out to be a gap, which is no churn.";
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

  /// Periods of the whole book, from `begin` to before `end`.
  [[nodiscard]] PeriodGrid shown_periods(std::size_t begin, std::size_t end) const {
    const std::vector<Date>& cuts = whole_.cuts();
    return periods_at({cuts.begin() + static_cast<std::ptrdiff_t>(begin),
                       cuts.begin() + static_cast<std::ptrdiff_t>(end) + 1});
  }

  /// The last complete period, and all shown periods taken as one. (With trailing days that would be the days
  /// of the last period again, so it is left out.)
  [[nodiscard]] ReportSection headline(const MovementCube& all, std::size_t begin, std::size_t end) const {
    const bool as_one = !rules().trailing_days;
    ReportSection section{
        "Headline", "", {"", "last " + period_name(), interval_name()}, {}, {false, true, true}};
    if (as_one) {
      section.columns.push_back(std::to_string(end - begin) +
                                (end - begin == 1 ? " period as one" : " periods as one"));
      section.columns.push_back(interval_name());
      section.right_aligned.resize(5, true);
    }
    if (begin == end) {
      section.note = "No period is complete yet, so there is nothing to compare." + words_of_a_pending_gap();
      return section;
    }
    section.note = "The last complete " + period_name() + " starts on " +
                   all.grid()[end - 1].first().to_string() + ". " + words_of_rules() +
                   words_of_a_pending_gap();
    const auto rates_of = [&](Date from, Date until) {
      return rates_over(periods_at({from, until})).money_intervals().compute_all(ShownRates{});
    };
    const Date until = all.grid()[end - 1].last();
    const auto last = rates_of(all.grid()[end - 1].first(), until);
    const auto last_rows = last.rows();
    const auto year_rows = rates_of(all.grid()[begin].first(), until).rows();
    const MovementCell& cell = last.cube().at(0, 0);
    const auto amount = [&](const std::string& name, const std::string& text) {
      section.rows.push_back({{name}, {text}});
      section.rows.back().resize(section.columns.size());
    };
    amount("Customers at close", std::to_string(cell.closing_customers));
    amount("MRR at close", mrr(cell.closing, currency_));
    amount("ARR at close", grouped(RunRate{cell.closing, currency_}.arr()));
    const auto arpa = RunRatePerCustomer{{cell.closing, currency_}, cell.closing_customers}.value();
    amount("MRR per customer", arpa ? grouped(*arpa) : undefined);
    static constexpr const char* titles[] = {"Customer churn", "Gross MRR churn", "Net MRR churn",
                                             "Gross revenue retention", "Net revenue retention"};
    for (std::size_t i = 0; i < last_rows.size(); ++i) {
      std::vector<ReportCell> row{{titles[i]}};
      const auto add = [&row](const Measurement& rate) {
        row.push_back({percent(rate.value)});
        row.push_back({range(rate.interval)});
      };
      add(last_rows[i].measurement);
      if (as_one) add(year_rows[i].measurement);
      section.rows.push_back(std::move(row));
    }
    return section;
  }

  struct BridgeColumn {
    const char* name;
    const char* sign;  // in the sum
    MovementCell::Field amount;
  };
  [[nodiscard]] std::vector<BridgeColumn> bridge_columns() const {
    using C = MovementCell;
    std::vector<BridgeColumn> columns{{"opening", "", &C::opening},
                                      {"new", " + ", &C::new_},
                                      {"reactivation", " + ", &C::reactivation},
                                      {"expansion", " + ", &C::expansion}};
    if (transfers()) columns.push_back({"transfer in", " + ", &C::transfer_in});
    if (revalues()) columns.push_back({"fx", " + ", &C::fx});
    columns.push_back({"contraction", " - ", &C::contraction});
    columns.push_back({"churn", " - ", &C::churn});
    if (transfers()) columns.push_back({"transfer out", " - ", &C::transfer_out});
    columns.push_back({"closing", " = ", &C::closing});
    return columns;
  }

  [[nodiscard]] ReportSection bridge(const MovementCube& all, std::size_t begin, std::size_t end) const {
    const std::vector<BridgeColumn> columns = bridge_columns();
    ReportSection section{"MRR bridge", "", {period_name() + " from"}, {}, {}};
    for (const auto& [name, sign, amount] : columns) {
      section.note += std::string(sign) + name;
      section.columns.emplace_back(name);
    }
    section.note.front() = 'O';
    section.note += ", exactly.";
    if (transfers())
      section.note +=
          " A transfer is MRR that moved to or from what is left out here, of a customer that stayed.";
    section.columns.insert(section.columns.end(), {"customers", "churned"});
    section.right_aligned.assign(section.columns.size(), true);
    section.right_aligned[0] = false;
    if (begin == end) section.note = "There is no complete period to show.";
    for (std::size_t p = begin; p < end; ++p) {
      const MovementCell& cell = all.at(0, p);
      std::vector<ReportCell> row{{all.grid()[p].first().to_string()}};
      for (const BridgeColumn& column : columns) row.push_back({mrr(cell.*column.amount, currency_)});
      row.push_back({std::to_string(cell.closing_customers)});
      row.push_back({std::to_string(cell.churned_customers)});
      section.rows.push_back(std::move(row));
    }
    return section;
  }

  /// Of one segment, over the shown periods: each customer counts in each period that it opened in.
  struct Pooled {
    std::string label;
    MovementCell sum;  ///< of the periods' cells
    CustomerRate churn;
    std::optional<Interval> interval;
  };

  [[nodiscard]] Pooled pooled(std::string label, const MovementCell& sum, const CellContext& at) const {
    const CustomerRate churn = CustomerChurnRate{}(sum, at);
    return {std::move(label), sum, churn, churn.interval(rules().interval_rule())};
  }

  static void add(MovementCell& sum, const MovementCell& cell) {
    for (const MovementCell::Field field : MovementCell::fields())
      sum.*field = checked_add(sum.*field, cell.*field);
  }

  /// A segment that churns more than the rest of the book.
  struct Standout {
    std::vector<ReportCell> row;
    double excess;  ///< what it surely churns more than all others; below 0 where that may be chance
  };

  /// What a page lets its reader cut charts by: lanes and states that have few values, and attributes likewise.
  [[nodiscard]] std::vector<Segmenter> cuts_of_charts() const {
    std::vector<Segmenter> cuts{by::tenure};
    if (book_.plans().size() <= labels_shown) cuts.insert(cuts.begin(), by::plan);
    for (const std::string& name : book_.attribute_names())
      if (book_.attribute(name).labels.size() <= labels_charted + 1) cuts.push_back(by::attribute(name));
    return cuts;
  }

  /// The bridge spans what the tables show, the movements what charts do.
  [[nodiscard]] std::vector<Chart> movement_charts(const PeriodGrid& bridged, const PeriodGrid& charted,
                                                   const std::vector<Segmenter>& cuts) const {
    std::vector<Chart> charts{mrr_bridge_chart(fold(bridged)), mrr_movements_chart(fold(charted))};
    for (const Segmenter& cut : cuts) {
      add_segments(charts[0], mrr_bridge_chart(fold(bridged, cut)));
      add_segments(charts[1], mrr_movements_chart(fold(charted, cut)));
    }
    return charts;
  }

  /// A section a segmentation, and in front of them one that has the first row of each.
  [[nodiscard]] std::vector<ReportSection> segment_sections(std::size_t begin, std::size_t end) const {
    // Windows that overlap would count a departure in each of them.
    const PeriodGrid shown = shown_periods(rules().trailing_days ? end - 1 : begin, end);
    ReportSection most{
        "Where customers leave most",
        std::string("Of each way to cut the book, the segment that ") +
            (churn_is_a_share() ? "surely " : "") + "churns most, beside all others of that cut. " +
            (churn_is_a_share()
                 ? "The first are those that surely churn more than the others, by how much; where both "
                   "intervals overlap, the difference may be chance."
                 : "The largest difference comes first.") +
            " p is how often chance alone does this, by Holm's correction over the segments of a cut; MRR at "
            "stake is what was lost above the rate of all others. It says where to look, not why.",
        {"by", "segment", "customer churn", interval_name(), "all others", interval_name(), "p",
         "MRR at stake"},
        {},
        {false, false, true, true, true, true, true, true}};
    std::vector<Standout> standouts;
    std::vector<ReportSection> sections;
    const auto add_section = [&](const std::string& name, const Segmenter& segmenter) {
      const MovementCube cube = rates_over(shown, segmenter).compute(CustomerChurnRate{}).cube();
      if (cube.segments().size() > labels_shown + 1) {
        sections.push_back(too_many(name));
        return;
      }
      const CellContext at{shown[0], shown[0].length_in_days(), currency_, rules()};
      const std::vector<Pooled> pooled = pool(cube, at);
      if (pooled.size() > 1 && pooled.front().churn.value()) {
        standouts.push_back(standout(name, pooled, at));
        add_contrast(standouts.back().row, cube, segments_overlap(segmenter));
      }
      sections.push_back(segments(name, pooled, at, complete_periods(cube)));
    };
    add_section("plan", by::plan);
    add_section("tenure", by::tenure);
    for (const std::string& name : book_.attribute_names()) {
      if (book_.attribute(name).labels.size() > labels_shown + 1)
        sections.push_back(too_many(name));
      else
        add_section(name, by::attribute(name));
    }
    std::stable_sort(standouts.begin(), standouts.end(),
                     [](const Standout& a, const Standout& b) { return a.excess > b.excess; });
    for (Standout& found : standouts) most.rows.push_back(std::move(found.row));
    if (!most.rows.empty()) sections.insert(sections.begin(), std::move(most));
    return sections;
  }

  [[nodiscard]] static ReportSection too_many(const std::string& name) {
    return {"Churn by " + name,
            "It has more than " + std::to_string(labels_shown) +
                " values; ask for them with: churn rates BOOK --by " + name,
            {},
            {},
            {}};
  }

  [[nodiscard]] std::string interval_name() const { return words::interval_name(rules().confidence); }

  /// The first of the segments beside all others. A small group may churn most by chance: its interval is wide,
  /// and so it stands behind one whose interval lies higher above that of the rest.
  [[nodiscard]] Standout standout(const std::string& name, const std::vector<Pooled>& segments,
                                  const CellContext& at) const {
    MovementCell sum{};
    for (std::size_t i = 1; i < segments.size(); ++i) add(sum, segments[i].sum);
    const Pooled& first = segments.front();
    const Pooled others = pooled("", sum, at);
    const double low = first.interval ? first.interval->low : first.churn.value().value_or(0);
    const double high = others.interval ? others.interval->high : others.churn.value().value_or(0);
    return {{{name},
             {first.label},
             {percent(first.churn.value())},
             {range(first.interval)},
             {percent(others.churn.value())},
             {range(others.interval)}},
            low - high};
  }

  /// Of the segment in the second cell: how often chance alone would do this, and what its MRR churn above that of
  /// all others comes to.
  static void add_contrast(std::vector<ReportCell>& row, const MovementCube& cube, bool overlapping) {
    for (const SegmentContrast& contrast : segment_contrasts(cube, {}, overlapping).rows) {
      if (contrast.label.front() != row[1].text) continue;
      const auto at_stake = contrast.revenue.mrr_at_stake();
      row.push_back({p_cell(contrast.customers.p_adjusted)});
      row.push_back({at_stake ? grouped(*at_stake) : undefined});
    }
  }

  [[nodiscard]] std::vector<Pooled> pool(const MovementCube& cube, const CellContext& at) const {
    std::vector<Pooled> segments;
    for (std::size_t s = 0; s < cube.segments().size(); ++s) {
      MovementCell sum{};
      for (std::size_t p = 0; p < cube.grid().size(); ++p)
        if (cube.status(p).complete) add(sum, cube.at(s, p));
      segments.push_back(pooled(cube.segments()[s].front(), sum, at));
    }
    // By the lower end of the interval, so that a handful of customers does not come first by chance; the label
    // decides among equals, and empty segments come last.
    const auto height = [](const Pooled& s) {
      return s.interval ? s.interval->low : s.churn.value().value_or(-1);
    };
    std::stable_sort(segments.begin(), segments.end(),
                     [&](const Pooled& a, const Pooled& b) { return height(a) > height(b); });
    return segments;
  }

  static std::size_t complete_periods(const MovementCube& cube) {
    std::size_t complete = 0;
    for (std::size_t p = 0; p < cube.grid().size(); ++p) complete += cube.status(p).complete ? 1U : 0U;
    return complete;
  }

  /// What the rates of segments are of.
  [[nodiscard]] std::string words_of_span(std::size_t periods) const {
    if (rules().trailing_days)
      return "Over the last " + std::to_string(*rules().trailing_days) + " days of the last complete " +
             period_name();
    if (periods == 1) return "Of the one complete " + period_name() + " shown";
    return "Average a " + period_name() + " over the " + std::to_string(periods) + " shown";
  }

  /// What the customer churn rate divides, and by what.
  [[nodiscard]] std::pair<std::string, std::string> names_of_counts() const {
    switch (rules().base) {
      case ChurnBase::mean: return {"2 x churned", "opening + closing"};
      case ChurnBase::exposure: return {"departures", "customer-days"};
      default: return {"churned", "at risk"};
    }
  }

  /// Churn a period, pooled over the shown periods.
  [[nodiscard]] ReportSection segments(const std::string& name, const std::vector<Pooled>& pooled,
                                       const CellContext& at, std::size_t periods) const {
    double highest = 0;
    for (const Pooled& s : pooled) highest = std::max(highest, s.churn.value().value_or(0));
    const auto [numerator, denominator] = names_of_counts();
    ReportSection section{
        "Churn by " + name,
        words_of_span(periods) + ", " +
            (churn_is_a_share() ? "what is surely high first. Where intervals overlap widely, the "
                                  "difference may be chance."
                                : "the highest first."),
        {name, denominator, numerator, "customer churn", interval_name(), "gross MRR churn", "net MRR churn",
         "MRR lost"},
        {},
        {false, true, true, true, true, true, true, true}};
    for (const Pooled& s : pooled) {
      ReportCell churn{percent(s.churn.value())};
      if (s.churn.value() && highest > 0) churn.shade = *s.churn.value() / highest;
      section.rows.push_back({{s.label},
                              {std::to_string(s.churn.denominator())},
                              {std::to_string(s.churn.numerator())},
                              std::move(churn),
                              {range(s.interval)},
                              {percent(GrossMrrChurnRate{}(s.sum, at).value())},
                              {percent(NetMrrChurnRate{}(s.sum, at).value())},
                              {mrr(s.sum.lost, currency_)}});
    }
    return section;
  }

  [[nodiscard]] ReportSection cohorts(std::size_t first, std::size_t begin, std::size_t end) const {
    ReportSection section{"Cohorts: customers kept",
                          "Share of the customers who first paid in a " + period_name() +
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
    section.note += " " + cohort_contrast_sentence(cohort_contrasts(cube));
    const CohortCube charted = CohortCube::fold(
        book_, shown_periods(std::max(first, end > 2 * periods_shown ? end - 2 * periods_shown : 0), end),
        CohortBy::first_paid, {}, {options_.where, {}, options_.threads});
    section.charts = {cohort_chart(logo_retention(charted), CohortMeasure::logo),
                      cohort_chart(revenue_retention(charted), CohortMeasure::revenue)};
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

  const Book& book_;
  const Rejections& rejections_;
  const ReportOptions& options_;
  Currency currency_;
  PeriodGrid whole_;
};

}  // namespace

std::string_view report_part_name(ReportPart part) noexcept {
  switch (part) {
    case ReportPart::what_happened: return "What happened";
    case ReportPart::who_leaves: return "Who leaves";
    case ReportPart::why_they_left: return "Why they left";
    case ReportPart::who_is_next: return "Who is next";
    case ReportPart::what_would_change_it: return "What would change it";
    case ReportPart::can_i_believe_it: break;
  }
  return "Can I believe it";
}

Report make_report(const Book& book, const Rejections& rejections, const ReportOptions& options) {
  return ReportMaker{book, rejections, options}.make();
}

}  // namespace churn::inline v0
