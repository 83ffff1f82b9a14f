#include <churn/row/observe.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/row/departure.hpp>
#include <churn/segment/customer_groups.hpp>

#include "book/book_data.hpp"
#include "book/row_copier.hpp"
#include "core/shares.hpp"
#include "core/watch.hpp"
#include "indicator/timeline_stays.hpp"
#include "row/known_on.hpp"
#include "segment/labels_on_days.hpp"

namespace churn::inline v0 {

bool reads_ahead(const Book& book) {
  const BookRules& rules = book.conventions().book;
  return rules.gap_allowance_days > 0 || rules.recognition != Recognition::service_end ||
         rules.past_due != PastDuePolicy::counted || book.revenue_source() == RevenueSource::invoices ||
         rules.fx == FxPolicy::dated || !book.exchange_rates().empty();
}

namespace {

[[noreturn]] void refuse_without_function(const std::string& name) {
  throw Error(ErrorCode::unknown_name, "The indicator " + name + " has no function that gives its value.");
}

/// Whether the records cover the day before.
bool is_recorded(const Past& past) {
  const std::optional<Date> from = past.book().records_from();
  return !from || past.last_day() >= *from;
}

void check(const std::vector<Indicator>& indicators, const ObserveOptions& options) {
  std::set<std::string> names;
  for (const Indicator& indicator : indicators) {
    const std::string& name = indicator.column.name;
    if (!indicator.value && !indicator.prepare) refuse_without_function(name);
    if (!names.insert(name).second)
      throw Error(ErrorCode::unknown_name, "There are two indicators called " + name + ".");
  }
  if (options.horizon < 1 || options.horizon > 36500)
    throw Error(ErrorCode::bad_number, "A horizon has 1 to 36500 days.");
  if (options.one_in < 1) throw Error(ErrorCode::bad_number, "One in so many customers is one in 1 or more.");
}

/// The functions of indicators, prepared with a book.
std::vector<IndicatorValue> prepared(const std::vector<Indicator>& indicators, const PastReader& reader) {
  std::vector<IndicatorValue> values;
  values.reserve(indicators.size());
  for (const Indicator& indicator : indicators) {
    values.push_back(indicator.prepare ? indicator.prepare(reader) : indicator.value);
    if (!values.back()) refuse_without_function(indicator.column.name);
  }
  return values;
}

std::optional<double> value_of(const Indicator& indicator, const IndicatorValue& ask, const Past& past) {
  const std::optional<double> value = ask(past);
  if (value && !std::isfinite(*value))
    throw Error(ErrorCode::bad_number,
                "The indicator " + indicator.column.name + " gave a value that is not finite.");
  return value;
}

struct Outcome {
  std::int32_t ends_on;  // of the stay; no_day: it runs at as_of
  bool counts;           // as a departure of the types that are asked for
};

struct Row {
  std::uint32_t customer;  // of the whole book
  std::int32_t day;
  std::int32_t tenure;
  std::int64_t ticks;
  Outcome outcome;
};

/// Rows of some customers, values row after row.
struct Rows {
  std::vector<Row> rows;
  std::vector<double> values;
  std::vector<std::uint8_t> missing;
  std::size_t not_yet_known{0};
};

/// What is asked of all rows, shared by threads.
struct Question {
  const Book& book;  // whose outcomes count
  const std::vector<Indicator>& indicators;
  const ObserveOptions& options;
  bool outcomes;
  std::vector<bool> kept;  // by customer, of a filter that does not change; empty: all
};

/// Reads the rows of one customer after another. One a thread.
class RowReader {
 public:
  /// `reader` is of the book as it was known on the days that are asked about, and outlives this with `values`.
  RowReader(const Question& question, PastReader reader, const std::vector<IndicatorValue>& values)
      : question_(question), reader_(std::move(reader)), values_(values) {
    if (question.options.where.changes())
      labels_.emplace(reader_.book(), Segmenter{}, question.options.where);
    if (!question.options.types.empty()) departures_.emplace(question.book, question.options.rules);
  }

  /// The customer's places in the book that is read and in the whole one.
  void begin(CustomerIndex here, CustomerIndex whole) {
    here_ = here;
    whole_ = whole;
    outcomes_.clear();
    if (!question_.outcomes) return;
    for_each_stay(question_.book, static_cast<std::size_t>(whole),
                  [&](std::int32_t from, std::int32_t until) {
                    outcomes_.push_back({from, {until, until != no_day}});
                  });
    if (!departures_) return;
    for (const Departure& departure : departures_->of(whole))
      for (auto& [from, outcome] : outcomes_)
        if (outcome.ends_on == departure.departed_on.days()) outcome.counts = is_asked_for(departure.type);
  }

  /// Adds the row of a day, if the customer is there.
  void add(Date day, Rows& rows) {
    const Past& past = reader_.at(here_, day);
    const Date last = past.last_day();
    if (!is_recorded(past)) return;
    const Balance balance = past.balance_on(last);
    if (!balance.present || !keeps(last)) return;
    Outcome outcome{no_day, false};
    if (question_.outcomes) {
      const auto after = std::partition_point(outcomes_.begin(), outcomes_.end(),
                                              [&](const auto& stay) { return stay.first < day.days(); });
      if (std::int64_t{day.days()} + question_.options.horizon > question_.book.as_of().days()) {
        ++rows.not_yet_known;
        return;
      }
      // Where the later book says that it never was there, what was known came to nothing by then.
      outcome = after != outcomes_.begin()
                    ? std::prev(after)->second
                    : Outcome{day.days(), !departures_ || is_asked_for(DepartureType::unknown)};
    }
    rows.rows.push_back(
        {static_cast<std::uint32_t>(whole_), day.days(), past.tenure().value_or(0), balance.ticks, outcome});
    for (std::size_t k = 0; k < values_.size(); ++k) {
      const std::optional<double> value = value_of(question_.indicators[k], values_[k], past);
      rows.values.push_back(value.value_or(0));
      rows.missing.push_back(value ? 0 : 1);
    }
  }

  [[nodiscard]] PastReader& reader() noexcept { return reader_; }

 private:
  [[nodiscard]] bool keeps(Date last) {
    if (labels_) return (*labels_)(here_, last.days()).has_value();
    return question_.kept.empty() || question_.kept[static_cast<std::size_t>(whole_)];
  }
  [[nodiscard]] bool is_asked_for(DepartureType type) const {
    const auto& types = question_.options.types;
    return std::find(types.begin(), types.end(), type) != types.end();
  }

  const Question& question_;
  PastReader reader_;
  const std::vector<IndicatorValue>& values_;
  std::optional<LabelsOnDays> labels_;
  std::optional<DepartureReader> departures_;
  CustomerIndex here_{};
  CustomerIndex whole_{};
  std::vector<std::pair<std::int32_t, Outcome>> outcomes_;  // by the first day of a stay
};

/// The days of one customer on which it is observed, in order.
using DaysOf = std::function<void(PastReader& reader, CustomerIndex customer, std::vector<Date>& days)>;

Observations gathered(const Question& question, std::vector<Rows> parts) {
  const std::size_t columns = question.indicators.size();
  std::size_t count = 0;
  for (const Rows& part : parts) count += part.rows.size();
  Observations result;
  result.horizon = question.options.horizon;
  result.as_of = question.book.as_of();
  for (const Indicator& indicator : question.indicators) result.columns.push_back(indicator.column);
  result.values.resize(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(columns));
  result.missing.resize(result.values.rows(), result.values.cols());
  std::uint32_t last = no_index;
  Eigen::Index at = 0;
  for (Rows& part : parts) {
    result.not_yet_known += part.not_yet_known;
    for (std::size_t i = 0; i < part.rows.size(); ++i, ++at) {
      const Row& row = part.rows[i];
      if (row.customer != last) {  // rows of one customer follow each other
        last = row.customer;
        result.customers.push_back(question.book.customer_id(CustomerIndex{last}).text());
      }
      result.customer.push_back(static_cast<std::uint32_t>(result.customers.size() - 1));
      result.day.push_back(Date::from_days(row.day));
      result.tenure.push_back(row.tenure);
      result.ticks.push_back(row.ticks);
      if (question.outcomes) {
        const std::int32_t in = row.outcome.counts ? std::max(row.outcome.ends_on - row.day, 0) : -1;
        result.departs_in.push_back(in);
        result.departed.push_back(in >= 0 && in < question.options.horizon ? 1 : 0);
      }
      for (std::size_t k = 0; k < columns; ++k) {
        result.values(at, static_cast<Eigen::Index>(k)) = part.values[i * columns + k];
        result.missing(at, static_cast<Eigen::Index>(k)) = part.missing[i * columns + k] != 0;
      }
    }
    part = {};
  }
  return result;
}

/// All days share the book.
std::vector<Rows> observe_together(const Question& question, const std::vector<CustomerIndex>& order,
                                   const DaysOf& days_of) {
  const PastReader reader{question.book, question.options.kinds};
  const std::vector<IndicatorValue> values = prepared(question.indicators, reader);
  constexpr std::size_t customers_a_share = 64;
  const std::size_t shares = (order.size() + customers_a_share - 1) / customers_a_share;
  std::vector<Rows> parts(shares);
  Watch watch{question.options.progress, order.size()};
  do_shares(shares, question.options.threads, [&] {
    return [&, rows = std::make_shared<RowReader>(question, reader, values),
            days = std::vector<Date>{}](std::size_t share) mutable {
      const std::size_t last = std::min(order.size(), (share + 1) * customers_a_share);
      for (std::size_t i = share * customers_a_share; i < last; ++i) {
        days.clear();
        days_of(rows->reader(), order[i], days);
        rows->begin(order[i], order[i]);
        for (const Date day : days) rows->add(day, parts[share]);
      }
      watch.add(last - share * customers_a_share);
    };
  });
  return parts;
}

}  // namespace

Book known_on(Date day, const Book& book) {
  if (day == book.as_of()) return book;
  Conventions conventions = book.conventions();
  conventions.book.source = book.revenue_source();  // also where no phase is left
  Records records = book.records();
  if (conventions.book.recognition == Recognition::cancel_request) {
    // A phase that begins later would tell that a request came to nothing.
    const Records::Storage& all = *book.data().records;
    auto known = std::make_shared<Records::Storage>(all);
    known->phases = {};
    const auto begins_before = [&](std::int32_t starts_on) { return starts_on < day.days(); };
    const auto& begins = all.phases.starts_on;
    PhaseWriter writer{*known,
                       static_cast<std::size_t>(std::count_if(begins.begin(), begins.end(), begins_before))};
    RowCopier copier{all, *known};
    for (std::uint32_t row = 0; row < begins.size(); ++row)
      if (begins_before(begins[row]))
        copier.phase(row, all.phases.subscription[row], all.phases.customer[row], writer);
    records = Records{std::move(known)};
  }
  return Book::build(records, day, conventions).book;
}

namespace {

/// Each day has the book that was known on it.
std::vector<Rows> observe_as_known(const Question& question, const std::vector<CustomerIndex>& order,
                                   const DaysOf& days_of) {
  struct Asked {
    std::int32_t day;
    std::size_t place;  // in the order
  };
  std::vector<Asked> asked;
  {
    PastReader reader{question.book, question.options.kinds};
    std::vector<Date> days;
    for (std::size_t i = 0; i < order.size(); ++i) {
      days.clear();
      days_of(reader, order[i], days);
      for (const Date day : days) asked.push_back({day.days(), i});
    }
  }
  std::stable_sort(asked.begin(), asked.end(), [](const Asked& a, const Asked& b) { return a.day < b.day; });
  std::vector<std::size_t> first_of_day;
  for (std::size_t i = 0; i < asked.size(); ++i)
    if (i == 0 || asked[i].day != asked[i - 1].day) first_of_day.push_back(i);
  first_of_day.push_back(asked.size());

  const std::size_t columns = question.indicators.size();
  std::vector<Rows> by_day(first_of_day.size() - 1);
  Watch watch{question.options.progress, by_day.size()};
  do_shares(by_day.size(), question.options.threads, [&] {
    return [&](std::size_t share) {
      const Date day = Date::from_days(asked[first_of_day[share]].day);
      const Book known = known_on(day, question.book);
      const PastReader reader{known, question.options.kinds};
      const std::vector<IndicatorValue> values = prepared(question.indicators, reader);
      RowReader rows{question, reader, values};
      for (std::size_t i = first_of_day[share]; i < first_of_day[share + 1]; ++i) {
        const CustomerIndex whole = order[asked[i].place];
        const auto here = known.find(question.book.customer_id(whole));
        if (!here) continue;
        rows.begin(*here, whole);
        rows.add(day, by_day[share]);
      }
      watch.add(1);
    };
  });

  // Back into the order of customers.
  std::vector<std::size_t> place_of(question.book.customer_count());
  for (std::size_t i = 0; i < order.size(); ++i) place_of[static_cast<std::size_t>(order[i])] = i;
  struct Place {
    std::size_t customer;
    std::size_t day;
    std::size_t row;
  };
  std::vector<Place> places;
  Rows all;
  for (std::size_t d = 0; d < by_day.size(); ++d) {
    all.not_yet_known += by_day[d].not_yet_known;
    for (std::size_t r = 0; r < by_day[d].rows.size(); ++r)
      places.push_back({place_of[by_day[d].rows[r].customer], d, r});
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.customer < b.customer; });
  for (const auto& [customer, d, r] : places) {
    all.rows.push_back(by_day[d].rows[r]);
    for (std::size_t k = 0; k < columns; ++k) {
      all.values.push_back(by_day[d].values[r * columns + k]);
      all.missing.push_back(by_day[d].missing[r * columns + k]);
    }
  }
  return {std::move(all)};
}

Observations observe_days(const Book& book, const std::vector<Indicator>& indicators,
                          const ObserveOptions& options, bool outcomes, const DaysOf& days_of) {
  check(indicators, options);
  Question question{book, indicators, options, outcomes, {}};
  if (!options.where.keeps_everyone() && !options.where.changes()) question.kept = options.where(book);
  std::vector<CustomerIndex> order = book.customers_by_id();
  if (options.one_in > 1)
    std::erase_if(order, [&](CustomerIndex customer) {
      return customer_group(book.customer_id(customer).text(), options.one_in) != 0;
    });
  return gathered(question, reads_ahead(book) ? observe_as_known(question, order, days_of)
                                              : observe_together(question, order, days_of));
}

/// Months of the cycle of the phase that most is paid for on the day before; 0: there is none. A cycle of days or weeks
/// counts as a month: who decides every day can't be warned five days before.
std::int64_t months_of_cycle(const Past& past) {
  const PastPhase* most = nullptr;
  for (const PastPhase& phase : past.phases())
    if (most == nullptr || phase.ticks > most->ticks) most = &phase;
  if (most == nullptr) return 0;
  const std::int64_t count = std::max(most->cycle.count, 1);
  switch (most->cycle.interval) {
    case BillingInterval::quarter: return 3 * count;
    case BillingInterval::half_year: return 6 * count;
    case BillingInterval::year: return 12 * count;
    case BillingInterval::month: return count;
    default: return 1;
  }
}

}  // namespace

std::vector<Date> observation_days(const Book& book, std::int32_t step) {
  if (step < 1) throw Error(ErrorCode::bad_number, "Observation days lie 1 or more days apart.");
  std::vector<Date> days;
  std::optional<Date> first = book.first_change_on();
  if (book.records_from()) first = book.records_from();
  if (!first) return days;
  for (std::int64_t day = book.as_of().days(); day > first->days(); day -= step)
    days.push_back(Date::from_days(day));
  std::reverse(days.begin(), days.end());
  return days;
}

std::uint32_t observation_sample(const Book& book, std::size_t most_rows, std::int32_t step) {
  if (step < 1 || most_rows < 1)
    throw Error(ErrorCode::bad_number, "Observation days lie 1 or more days apart, and make a row at least.");
  std::int64_t days = 0;
  for (std::size_t c = 0; c < book.customer_count(); ++c)
    for_each_stay(book, c, [&](std::int32_t from, std::int32_t until) {
      const std::int32_t last = until == no_day ? book.as_of().days() : until;
      days += std::max(last - from, 0);
    });
  const double rows = static_cast<double>(days) / step;
  const double share = std::ceil(rows / static_cast<double>(most_rows));
  return static_cast<std::uint32_t>(std::clamp(share, 1.0, 4e9));
}

Observations observe(const Book& book, const std::vector<Indicator>& indicators,
                     const std::vector<Date>& days, const ObserveOptions& options) {
  for (std::size_t i = 0; i < days.size(); ++i) {
    if (i > 0 && days[i] <= days[i - 1])
      throw Error(ErrorCode::bad_period, "Observation days come in order, each once.");
    if (days[i] > book.as_of() || days[i].days() == Date::min_days)
      throw Error(ErrorCode::out_of_range,
                  "What was known before " + days[i].to_string() + " is not in the book.");
  }
  return observe_days(book, indicators, options, true,
                      [&](PastReader&, CustomerIndex, std::vector<Date>& of_customer) {
                        of_customer.assign(days.begin(), days.end());
                      });
}

Observations observe_at_renewals(const Book& book, const std::vector<Indicator>& indicators,
                                 const ObserveOptions& options, std::int32_t lead_days) {
  if (lead_days < 0 || lead_days > 365) throw Error(ErrorCode::bad_number, "The lead is 0 to 365 days.");
  const auto days_of = [&](PastReader& reader, CustomerIndex customer, std::vector<Date>& days) {
    const Date as_of = book.as_of();
    for_each_stay(book, static_cast<std::size_t>(customer), [&](std::int32_t from, std::int32_t until) {
      if (from >= as_of.days()) return;
      const std::int32_t last = until == no_day ? as_of.days() : std::min(until, as_of.days());
      const Date anchor = Date::from_days(from);
      for (std::int64_t k = 1;; ++k) {
        const auto month = renewal_day(anchor, BillingCycle{}, k);
        if (!month || month->days() - lead_days > last) break;
        const Date day = *month - std::chrono::days{lead_days};
        if (day <= anchor) continue;
        const std::int64_t months = months_of_cycle(reader.at(customer, day));
        if (months > 0 && k % months == 0) days.push_back(day);
      }
    });
  };
  return observe_days(book, indicators, options, true, days_of);
}

Observations observe_now(const Book& book, const std::vector<Indicator>& indicators,
                         const ObserveOptions& options) {
  return observe_days(
      book, indicators, options, false,
      [&](PastReader&, CustomerIndex, std::vector<Date>& days) { days.push_back(book.as_of()); });
}

struct Observer::Parts {
  Parts(Book given, std::vector<Indicator> asked, EventKindMap mapped)
      : book(std::move(given)),
        indicators(std::move(asked)),
        kinds(std::move(mapped)),
        reader(book, kinds),
        values(prepared(indicators, reader)) {}

  [[nodiscard]] std::optional<ObservedRow> row(PastReader& of, CustomerIndex customer, Date day) const {
    const Past& past = of.at(customer, day);
    if (!is_recorded(past)) return std::nullopt;
    const Balance balance = past.balance_on(past.last_day());
    if (!balance.present) return std::nullopt;
    ObservedRow row;
    row.tenure = past.tenure().value_or(0);
    row.ticks = balance.ticks;
    row.values.reserve(values.size());
    row.missing.reserve(values.size());
    for (std::size_t k = 0; k < values.size(); ++k) {
      const std::optional<double> value = value_of(indicators[k], values[k], past);
      row.values.push_back(value.value_or(0));
      row.missing.push_back(value ? 0 : 1);
    }
    return row;
  }

  Book book;
  std::vector<Indicator> indicators;
  EventKindMap kinds;
  PastReader reader;
  std::vector<IndicatorValue> values;
};

Observer::Observer(const Book& book, std::vector<Indicator> indicators, const EventKindMap& kinds) {
  check(indicators, {});
  parts_ = std::make_unique<Parts>(book, std::move(indicators), kinds);
}
Observer::Observer(Observer&&) noexcept = default;
Observer& Observer::operator=(Observer&&) noexcept = default;
Observer::~Observer() = default;

const std::vector<Indicator>& Observer::indicators() const noexcept { return parts_->indicators; }

std::optional<ObservedRow> Observer::row(CustomerIndex customer, Date day) {
  return parts_->row(parts_->reader, customer, day);
}

std::optional<ObservedRow> Observer::row(const Book& changed, CustomerIndex customer, Date day) {
  PastReader reader{changed, parts_->reader, parts_->kinds};
  return parts_->row(reader, customer, day);
}

}  // namespace churn::inline v0
