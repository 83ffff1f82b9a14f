// The library's indicators on random books, against what their header says, told again in plain loops over the records.
#include <churn/indicator/standard_indicators.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <churn/indicator/past.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/random_behaviour.hpp"

namespace churn {
namespace {

using support::ActiveCase;
using support::draw;
using support::one_in;
using support::one_of;
using Value = std::optional<double>;

/// What the header says of each indicator, walking over days and records.
class Told {
 public:
  Told(ActiveCase its, IndicatorOptions options)
      : its_(std::move(its)), o_(options), engine_(its_.random.book, its_.random.rules) {
    for (const std::string& id : engine_.customers()) customers_.insert(id);
    for (const Event& event : its_.events) {
      const std::string account = account_of(event.customer.text());
      if (account == left_out) continue;  // whoever else does something is a customer, if one who never paid
      std::string kind = event.kind;
      if (const auto mapped = support::host_kinds().find(kind); mapped != support::host_kinds().end())
        kind = mapped->second;
      const std::int64_t local = event.at.seconds() + std::int64_t{3600} * its_.random.rules.utc_offset_hours;
      events_.push_back({account, kind, event.label, std::stod(event.value.to_string()), event.at.seconds(),
                         static_cast<int>(local / 86400)});
    }
    std::set<std::pair<std::string, int>> seen;
    std::set<std::size_t> bad;
    for (const auto& rejection : engine_.rejected()) bad.insert(rejection.phase);
    for (std::size_t i = 0; i < book().phases.size(); ++i) {
      reference::Phase phase = book().phases[i];
      phase.customer = account_of(phase.customer);
      if (!bad.contains(i)) phases_.push_back(phase);
    }
    for (reference::Phase& phase : phases_)  // the later start cuts the earlier phase
      for (const reference::Phase& other : phases_)
        if (other.customer == phase.customer && other.subscription == phase.subscription &&
            other.starts_on > phase.starts_on && (!phase.ends_on || *phase.ends_on > other.starts_on))
          phase.ends_on = other.starts_on;
  }

  [[nodiscard]] const std::set<std::string>& customers() const { return customers_; }
  [[nodiscard]] bool present(const std::string& c, int day) const { return engine_.state_on(c, day).present; }
  [[nodiscard]] bool is_recorded(int day) const {
    return !book().records_from || day >= *book().records_from;
  }

  /// By name. Resemblance has its own below.
  [[nodiscard]] std::map<std::string, Value> values(const std::string& c, int t) const {
    const int w = o_.width;
    const int l = o_.long_width;
    std::map<std::string, Value> v;
    const Value use = usage_decline(c, t);
    const Value time = time_decline(c, t);
    v["usage_decline"] = use;
    v["time_decline"] = time;
    v["days_since_last_event"] = days_since_last_event(c, t);
    // Of who came back, what fell due since.
    auto invoices = invoices_of(c, t);
    const std::optional<int> returned = returned_on(c, t);
    std::erase_if(invoices, [&](const reference::Invoice& invoice) {
      return returned && invoice.due_on.value_or(invoice.issued_on) < *returned;
    });
    if (invoices.empty()) {
      for (const char* name : {"late_payments", "arrears", "days_overdue", "payment_failures"}) v[name];
    } else {
      double late = 0;
      double owed = 0;
      int oldest = 0;
      int failures = 0;
      bool overdue = false;
      bool unknown = false;
      for (const reference::Invoice& invoice : invoices) {
        const int due = invoice.due_on.value_or(invoice.issued_on);
        std::optional<int> paid;
        if (invoice.status == reference::InvoiceStatus::paid) paid = invoice.paid_on.value_or(due);
        for (int day = t - 2 * w; day < t; ++day) {  // on which it became overdue
          const bool is_overdue = due < day && (!paid || *paid >= day);
          const bool was_overdue = due < day - 1 && (!paid || *paid >= day - 1);
          if (is_overdue && !was_overdue) late += day >= t - w ? 1 : -1;
        }
        if (due < t && (!paid || *paid >= t)) {
          overdue = true;
          oldest = std::max(oldest, t - due);
          unknown = unknown || invoice.lines.empty();
          for (const auto& line : invoice.lines) owed += std::stod(line.amount) * 100;
        }
      }
      for (const reference::Invoice& invoice : invoices_of(c, t))
        for (const reference::Payment& payment : invoice.payments)
          if (payment.status == reference::PaymentStatus::failed &&
              is_within(payment.at, std::max(t - w, returned.value_or(t - w)), t))
            ++failures;
      const double month = static_cast<double>(engine_.state_on(c, t - 1).ticks) / 4320;
      v["late_payments"] = late;
      v["days_overdue"] = oldest;
      v["payment_failures"] = failures;
      v["arrears"] = !overdue ? Value{0} : month > 0 && !unknown ? Value{owed / month} : Value{};
    }
    v["downgrades"] = downgrades(c, t, l);
    v["seat_decline"] = seat_decline(c, t);
    v["ticket_silence"];
    v["ticket_surge"];
    if (recorded("ticket_opened", t - 2 * w) && known_for(c, t, 2 * w)) {
      const auto now = static_cast<double>(of(c, "ticket_opened", t - w, t).size());
      const auto before = static_cast<double>(of(c, "ticket_opened", t - 2 * w, t - w).size());
      v["ticket_surge"] = std::log(1 + now) - std::log(1 + before);
      if (use || time)
        v["ticket_silence"] = before > 0 && now == 0 && ((use && *use > 0) || (time && *time > 0)) ? 1 : 0;
    }
    v["feature_breadth"] = feature_breadth(c, t, l);
    add_stages(c, t, v);
    v["integrations"];
    if (first_day("integration_connected") < t) v["integrations"] = integrations(c, t);
    v["campaign_engagement"];
    if (recorded("campaign_engaged", t - l) && known_for(c, t, l))
      v["campaign_engagement"] = static_cast<double>(of(c, "campaign_engaged", t - l, t).size());
    v["nps"];
    if (const auto last = last_of(c, "nps", t); last && last->day >= t - 365) v["nps"] = last->value;
    v["tenure"] = t - stay_of(c, t);
    v["time_to_renewal"] = time_to_renewal(c, t);
    v["card_expiring"];
    if (const auto last = last_of(c, "card_added", t); last && last->label.size() == 7) {
      const int year = std::stoi(last->label.substr(0, 4));
      const int month = std::stoi(last->label.substr(5));
      const int last_day = reference::day_number(year + month / 12, month % 12 + 1, 1) - 1;
      v["card_expiring"] = last_day < t + 30 ? 1 : 0;
    }
    v["segment_risk"] = segment_risk(c, t);
    return v;
  }

  /// The least and the greatest that resemblance may be: of those who are equally near any may be taken.
  [[nodiscard]] std::optional<std::pair<double, double>> resemblance(const std::string& c, int t) const {
    const int tenure = t - stay_of(c, t);
    const auto here = point(c, t);
    std::vector<std::pair<double, int>> others;
    for (const std::string& other : customers_) {
      if (other == c) continue;
      for (const auto& [from, until] : stays_of(other)) {
        const int day = from + tenure / 28 * 28;
        if (day == from || (until && *until < day) || day + 28 > t || !is_recorded(day - 1)) continue;
        const auto there = point(other, day);
        double distance = 0;
        for (std::size_t k = 0; k < here.size(); ++k) distance += (there[k] - here[k]) * (there[k] - here[k]);
        others.emplace_back(distance, until && *until < day + 28 ? 1 : 0);
      }
    }
    if (others.size() < 2 * o_.neighbours) return std::nullopt;
    std::sort(others.begin(), others.end());
    const double farthest = others[o_.neighbours - 1].first + 1e-9;
    std::vector<int> tied;  // as far as the farthest of them
    double sum = 0;
    for (std::size_t i = 0; i < others.size() && others[i].first <= farthest; ++i)
      if (others[i].first < farthest - 2e-9)
        sum += others[i].second;
      else
        tied.push_back(others[i].second);
    std::size_t nearer = 0;
    for (const auto& other : others)
      if (other.first < farthest - 2e-9) ++nearer;
    std::sort(tied.begin(), tied.end());
    const auto taken = static_cast<std::ptrdiff_t>(o_.neighbours - nearer);
    const double least = sum + static_cast<double>(std::count(tied.begin(), tied.begin() + taken, 1));
    const double most = sum + static_cast<double>(std::count(tied.end() - taken, tied.end(), 1));
    return std::pair{least / o_.neighbours, most / o_.neighbours};
  }

 private:
  static constexpr const char* left_out = "(left out)";
  struct Did {
    std::string customer;
    std::string kind;
    std::string label;
    double value;
    std::int64_t at;
    int day;
  };

  [[nodiscard]] const reference::Book& book() const { return its_.random.book; }
  [[nodiscard]] const reference::Customer* row_of(const std::string& id) const {
    for (const reference::Customer& customer : book().customers)
      if (customer.id == id) return &customer;
    return nullptr;
  }
  [[nodiscard]] std::string account_of(const std::string& id) const {
    std::vector<std::string> path{id};
    for (const reference::Customer* row = row_of(id);
         row != nullptr && row->merged_into && !row->merged_into->empty(); row = row_of(path.back())) {
      if (std::find(path.begin(), path.end(), *row->merged_into) != path.end()) {
        path = {id};  // a circle joins nobody
        break;
      }
      path.push_back(*row->merged_into);
    }
    for (const std::string& step : path)
      if (const reference::Customer* row = row_of(step); row != nullptr && row->excluded) return left_out;
    return path.back();
  }
  [[nodiscard]] bool is_within(std::int64_t at, int from, int until) const {
    return at >= support::start_of(from, its_.random.rules) &&
           at < support::start_of(until, its_.random.rules);
  }
  static bool is_use(const std::string& kind) {
    static const std::set<std::string> others{
        "session_minutes",  "ticket_opened", "stage_reached", "integration_connected", "integration_removed",
        "campaign_engaged", "nps",           "card_added",    "exit_survey",           "exit_survey_sent"};
    return !others.contains(kind);
  }
  static bool is_of(const Did& did, const std::string& kind) {
    return kind == "use" ? is_use(did.kind) : did.kind == kind;
  }
  [[nodiscard]] std::vector<Did> of(const std::string& c, const std::string& kind, int from,
                                    int until) const {
    std::vector<Did> found;
    for (const Did& did : events_)
      if (did.customer == c && is_of(did, kind) && from <= did.day && did.day < until) found.push_back(did);
    return found;
  }
  [[nodiscard]] double minutes(const std::string& c, int from, int until) const {
    double sum = 0;
    for (const Did& did : of(c, "session_minutes", from, until)) sum += did.value;
    return sum;
  }
  /// Of anybody.
  [[nodiscard]] int first_day(const std::string& kind) const {
    int first = 1 << 30;
    for (const Did& did : events_)
      if (is_of(did, kind)) first = std::min(first, did.day);
    return first;
  }
  [[nodiscard]] bool recorded(const std::string& kind, int from) const { return first_day(kind) < from; }
  [[nodiscard]] std::optional<Did> last_of(const std::string& c, const std::string& kind, int t) const {
    std::optional<Did> last;
    for (const Did& did : of(c, kind, -100000, t))
      if (!last || std::tuple(last->at, last->value, last->label) < std::tuple(did.at, did.value, did.label))
        last = did;
    return last;
  }

  [[nodiscard]] std::optional<int> first_present(const std::string& c) const {
    for (int day = support::first_day - 100; day < book().as_of; ++day)
      if (present(c, day)) return day;
    return std::nullopt;
  }
  [[nodiscard]] std::optional<int> known_since(const std::string& c, int t) const {
    std::optional<int> since = first_present(c);
    const auto see = [&](const reference::Customer* row) {
      if (row != nullptr && row->signed_up_on && (!since || *row->signed_up_on < *since))
        since = row->signed_up_on;
    };
    if (const reference::Customer* row = row_of(c); row != nullptr && row->signed_up_on)
      see(row);
    else  // its accounts' earliest
      for (const reference::Customer& other : book().customers)
        if (account_of(other.id) == c) see(&other);
    return since && *since < t ? since : std::nullopt;
  }
  [[nodiscard]] bool known_for(const std::string& c, int t, int days) const {
    const auto returned = returned_on(c, t);
    const auto since = returned ? returned : known_since(c, t);
    return since && *since <= t - days;
  }
  /// The first day of a stay that is not its first.
  [[nodiscard]] std::optional<int> returned_on(const std::string& c, int t) const {
    std::optional<int> returned;
    bool is_first = true;
    for (const auto& [from, until] : stays_of(c)) {
      if (from < t && !is_first) returned = from;
      is_first = false;
    }
    return returned;
  }

  /// The first days and ends of its stays, as far as the records cover them.
  [[nodiscard]] std::vector<std::pair<int, std::optional<int>>> stays_of(const std::string& c) const {
    std::vector<std::pair<int, std::optional<int>>> stays;
    const int begin = book().records_from.value_or(support::first_day - 100);
    bool there = false;
    for (int day = begin; day < book().as_of; ++day) {
      const bool now = present(c, day);
      if (now && !there) stays.push_back({day == book().records_from ? first_present(c).value() : day, {}});
      if (!now && there) stays.back().second = day;
      there = now;
    }
    return stays;
  }
  [[nodiscard]] int stay_of(const std::string& c, int t) const {
    for (const auto& [from, until] : stays_of(c))
      if (from < t && (!until || *until >= t)) return from;
    return t;
  }

  [[nodiscard]] Value usage_decline(const std::string& c, int t) const {
    const int w = o_.width;
    if (!recorded("use", t - 2 * w) || !known_for(c, t, 2 * w)) return {};
    return std::log(1.0 + static_cast<double>(of(c, "use", t - 2 * w, t - w).size())) -
           std::log(1.0 + static_cast<double>(of(c, "use", t - w, t).size()));
  }
  [[nodiscard]] Value time_decline(const std::string& c, int t) const {
    const int w = o_.width;
    if (!recorded("session_minutes", t - 2 * w) || !known_for(c, t, 2 * w)) return {};
    return std::log(1.0 + minutes(c, t - 2 * w, t - w)) - std::log(1.0 + minutes(c, t - w, t));
  }
  [[nodiscard]] Value days_since_last_event(const std::string& c, int t) const {
    std::optional<int> last;
    for (const char* kind : {"use", "session_minutes"})
      for (const Did& did : of(c, kind, -100000, t)) last = std::max(last.value_or(did.day), did.day);
    if (last) return t - *last;
    const int recording = std::min(first_day("use"), first_day("session_minutes"));
    const auto known = known_since(c, t);
    if (recording >= t || !known) return {};
    return t - std::max(*known, recording);
  }
  [[nodiscard]] std::vector<reference::Invoice> invoices_of(const std::string& c, int t) const {
    std::vector<reference::Invoice> found;
    for (const reference::Invoice& invoice : book().invoices) {
      double sum = 0;
      for (const auto& line : invoice.lines) sum += std::stod(line.amount);
      const bool asks = invoice.lines.empty() || sum > 0;
      const bool says_nothing = invoice.status == reference::InvoiceStatus::draft ||
                                invoice.status == reference::InvoiceStatus::void_;
      if (account_of(invoice.customer) == c && asks && !says_nothing && invoice.issued_on < t)
        found.push_back(invoice);
    }
    return found;
  }
  [[nodiscard]] Value downgrades(const std::string& c, int t, int days) const {
    int count = 0;
    for (int day = t - days; day < t; ++day) {
      if (!is_recorded(day - 1)) continue;
      const auto before = engine_.state_on(c, day - 1);
      const auto after = engine_.state_on(c, day);
      if (before.present && after.present && after.ticks < before.ticks) ++count;
    }
    return count;
  }

  /// Its run rate on a day; empty where the phase does not count.
  [[nodiscard]] std::optional<std::int64_t> counted(const reference::Phase& phase, int day) const {
    if (day < phase.starts_on || (phase.ends_on && day >= *phase.ends_on)) return {};
    if (phase.trial_ends_on && day < *phase.trial_ends_on) return {};
    const std::int64_t ticks = reference::run_rate(phase, false).value();
    if (ticks == 0 && its_.random.rules.free == reference::Free::absent) return {};
    const bool is_paused =
        phase.paused_from && day >= *phase.paused_from && (!phase.paused_until || day < *phase.paused_until);
    if (!is_paused || its_.random.rules.pause == reference::Pause::counted) return ticks;
    if (its_.random.rules.pause == reference::Pause::absent) return {};
    return 0;
  }
  [[nodiscard]] std::int64_t quantity(const std::string& c, int day) const {
    std::int64_t sum = 0;
    for (const reference::Phase& phase : phases_)
      if (phase.customer == c && counted(phase, day)) sum += phase.quantity;
    return sum;
  }
  [[nodiscard]] Value seat_decline(const std::string& c, int t) const {
    if (t - stay_of(c, t) <= o_.width) return {};
    const auto before = static_cast<double>(quantity(c, t - 1 - o_.width));
    const auto now = static_cast<double>(quantity(c, t - 1));
    if (before <= 0 || now <= 0) return {};
    return std::log(before) - std::log(now);
  }
  [[nodiscard]] static int first_paid(const reference::Phase& phase) {
    return std::max(phase.starts_on, phase.trial_ends_on.value_or(phase.starts_on));
  }
  [[nodiscard]] int anchor_of(const reference::Phase& phase) const {
    for (const reference::Phase& before : phases_) {
      const bool follows = before.customer == phase.customer && before.subscription == phase.subscription &&
                           before.ends_on == phase.starts_on;
      const bool is_alike = before.interval == phase.interval &&
                            before.interval_count == phase.interval_count &&
                            (std::stod(before.amount) > 0) == (std::stod(phase.amount) > 0);
      if (follows && is_alike && first_paid(before) < *before.ends_on) return anchor_of(before);
    }
    return first_paid(phase);
  }
  [[nodiscard]] Value time_to_renewal(const std::string& c, int t) const {
    Value next;
    for (const reference::Phase& phase : phases_) {
      if (phase.customer != c || counted(phase, t - 1).value_or(0) == 0) continue;
      int k = 0;
      int day = 0;
      do day = support::cycle_start({phase.interval, phase.interval_count}, anchor_of(phase), k++);
      while (day < t);
      if (!next || day - t < *next) next = day - t;
    }
    return next;
  }
  [[nodiscard]] Value feature_breadth(const std::string& c, int t, int days) const {
    if (!recorded("feature_used", t - days) || !known_for(c, t, days)) return {};
    std::set<std::string> all;
    for (const Did& did : events_)
      if (did.kind == "feature_used" && did.day < t && !did.label.empty()) all.insert(did.label);
    if (all.empty()) return {};
    std::set<std::string> used;
    for (const Did& did : of(c, "feature_used", t - days, t))
      if (!did.label.empty()) used.insert(did.label);
    return static_cast<double>(used.size()) / static_cast<double>(all.size());
  }
  void add_stages(const std::string& c, int t, std::map<std::string, Value>& v) const {
    const auto since = known_since(c, t);
    const bool came_with_stages = since && first_day("stage_reached") < *since;
    std::optional<int> activated;
    std::optional<int> last;
    for (const Did& did : of(c, "stage_reached", -100000, t)) {
      if (did.label == "activated") activated = std::min(activated.value_or(did.day), did.day);
      last = std::max(last.value_or(did.day), did.day);
    }
    v["stage_stall"] = activated          ? Value{0}
                       : last             ? Value{t - *last}
                       : came_with_stages ? Value{t - *since}
                                          : Value{};
    v["not_activated"];
    if (!since || t - *since < o_.activation_days) return;
    if (activated && *activated < *since + o_.activation_days)
      v["not_activated"] = 0;
    else if (came_with_stages)
      v["not_activated"] = 1;
  }
  [[nodiscard]] double integrations(const std::string& c, int t) const {
    std::vector<Did> all = of(c, "integration_connected", -100000, t);
    for (const Did& did : of(c, "integration_removed", -100000, t)) all.push_back(did);
    std::sort(all.begin(), all.end(),
              [](const Did& a, const Did& b) { return std::tie(a.at, a.kind) < std::tie(b.at, b.kind); });
    std::set<std::string> there;
    for (const Did& did : all)
      if (did.kind == "integration_connected")
        there.insert(did.label);
      else
        there.erase(did.label);
    return static_cast<double>(there.size());
  }
  [[nodiscard]] Value segment_risk(const std::string& c, int t) const {
    struct Sums {
      double departures{0};
      double days{0};
    };
    Sums all;
    std::map<std::string, Sums> alike;  // by attribute
    std::set<std::string> names;
    for (const reference::Customer& row : book().customers)
      for (const auto& [name, value] : row.attributes) names.insert(name);
    const auto label = [&](const std::string& id, const std::string& name) {
      const reference::Customer* row = row_of(id);
      return row == nullptr || !row->attributes.contains(name) ? "" : row->attributes.at(name);
    };
    for (const std::string& other : customers_) {
      if (other == c) continue;
      Sums own;
      for (int day = t - 365; day < t; ++day) {
        if (!is_recorded(day)) continue;
        if (present(other, day)) ++own.days;
        if (!present(other, day) && is_recorded(day - 1) && present(other, day - 1)) ++own.departures;
      }
      all.departures += own.departures;
      all.days += own.days;
      for (const std::string& name : names)
        if (label(other, name) == label(c, name)) {
          alike[name].departures += own.departures;
          alike[name].days += own.days;
        }
    }
    if (all.departures == 0 || all.days == 0) return {};
    const double rate = all.departures / all.days;
    double risk = 30 * rate;
    for (const std::string& name : names)
      risk *= (alike[name].departures + 5) / (alike[name].days * rate + 5);
    return std::min(risk, 1.0);
  }
  [[nodiscard]] std::array<double, 6> point(const std::string& c, int t) const {
    const int w = o_.width;
    return {std::log1p(static_cast<double>(of(c, "use", t - w, t).size())),
            std::log1p(minutes(c, t - w, t)),
            std::log1p(static_cast<double>(of(c, "ticket_opened", t - w, t).size())),
            std::log1p(static_cast<double>(quantity(c, t - 1))),
            std::log1p(static_cast<double>(engine_.state_on(c, t - 1).ticks) / 432000),
            std::log1p(integrations(c, t))};
  }

  ActiveCase its_;
  IndicatorOptions o_;
  reference::Engine engine_;
  std::set<std::string> customers_;
  std::vector<Did> events_;
  std::vector<reference::Phase> phases_;
};

ActiveCase draw_plain_case() {
  ActiveCase its = support::draw_active_case();
  support::make_plain(its.random.rules);
  for (reference::Phase& phase : its.random.book.phases) {
    phase.discount_percent = "0";
    phase.discount_amount = "0";
    if (one_in(3)) phase.ends_on.reset();
  }
  return its;
}

RC_GTEST_PROP(RandomBooks, indicators_are_what_their_header_says, ()) {
  const ActiveCase its = draw_plain_case();
  const IndicatorOptions options{one_of({5, 14, 28}), one_of({20, 90}), one_of({7, 30}),
                                 static_cast<std::uint32_t>(draw(1, 3))};
  const Book book = support::build(its);
  const Told told{its, options};
  std::vector<Indicator> indicators = standard_indicators(options);
  PastReader reader{book, support::host_kinds()};
  for (Indicator& indicator : indicators)
    if (indicator.prepare) indicator.value = indicator.prepare(reader);
  const int as_of = its.random.book.as_of;
  for (const std::string& id : told.customers())
    for (const int t : {as_of, as_of - draw(1, 60), support::first_day + draw(60, 300)}) {
      if (t > as_of || !told.is_recorded(t - 1) || !told.present(id, t - 1)) continue;
      const Past& past = reader.at(book.find(CustomerId{id}).value(), Date::from_days(t));
      const std::map<std::string, Value> expected = told.values(id, t);
      RC_ASSERT(expected.size() + 1 == indicators.size());
      for (const Indicator& indicator : indicators) {
        const Value value = indicator.value(past);
        RC_LOG() << id << " on " << Date::from_days(t).to_string() << " " << indicator.column.name << "\n";
        if (indicator.column.name == "resemblance") {
          const auto bounds = told.resemblance(id, t);
          RC_ASSERT(value.has_value() == bounds.has_value());
          if (value) RC_ASSERT(*value >= bounds->first - 1e-12 && *value <= bounds->second + 1e-12);
          continue;
        }
        const Value other = expected.at(indicator.column.name);
        RC_ASSERT(value.has_value() == other.has_value());
        // The same few operations on the same numbers, in another order: some units of the last place.
        if (value) RC_ASSERT(std::abs(*value - *other) <= 1e-12 * std::max(1.0, std::abs(*other)));
      }
    }
}

}  // namespace
}  // namespace churn
