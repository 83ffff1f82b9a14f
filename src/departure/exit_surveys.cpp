#include <churn/departure/exit_surveys.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <tuple>
#include <utility>

#include <churn/metric/measurement.hpp>

#include "departure/departure_segments.hpp"
#include "departure/survey_log.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

/// How much an answer says: a type, a reason without a type, words that nobody knows, nothing.
enum class Said : std::uint8_t { nothing, words, reason, type };

struct Answer {
  Said said;
  DepartureType type;
  std::string reason;
};

Answer read(const std::string& text, const StatedReasons& stated) {
  if (text.empty()) return {Said::nothing, DepartureType::unknown, std::string(no_answer_text)};
  const StatedReason* const known = stated.find(text);
  if (known == nullptr) return {Said::words, DepartureType::unknown, std::string(free_text_reason)};
  return {known->type == DepartureType::unknown ? Said::reason : Said::type, known->type, known->reason};
}

bool owns(const DepartureFacts& facts, const LoggedSurvey& survey) {
  // In days, as the first of them may lie before there are dates.
  const std::int64_t first = std::max<std::int64_t>(
      facts.stay_starts_on.days(), std::int64_t{facts.departed_on.days()} - facts.tables.survey_days);
  return survey.on.days() >= first && (!facts.returned_on || survey.on < *facts.returned_on);
}

/// Takes in what a departure owns of the surveys of its customer, which come in order of time.
class DepartureSurveys {
 public:
  DepartureSurveys(const SurveyOptions& options, ExitSurveys& result, SurveyedDeparture& departure)
      : options_(options), result_(result), departure_(departure) {}

  void take(const LoggedSurvey& survey) {
    if (!survey.is_answer) {
      departure_.sent = true;
      return;
    }
    departure_.answered = true;
    departure_.responded = departure_.sent;
    Answer answer = read(survey.text, options_.rules.tables.stated);
    if (answer.said == Said::words && options_.with_free_text)
      result_.free_answers.push_back({departure_.customer, departure_.departed_on, survey.at, survey.text});
    // Of those that say as much the latest, of these the first by its bytes.
    if (said_ && (answer.said < *said_ || (answer.said == *said_ && survey.at == said_at_))) return;
    said_ = answer.said;
    said_at_ = survey.at;
    departure_.said_type = answer.type;
    departure_.said_reason = std::move(answer.reason);
  }

 private:
  const SurveyOptions& options_;
  ExitSurveys& result_;
  SurveyedDeparture& departure_;
  std::optional<Said> said_;
  std::optional<Timestamp> said_at_;
};

void note_owned(SurveyEvents& events) {
  --events.of_none;
  ++events.of_departures;
}

/// Puts segments in the order of their labels and tells the parts so.
void order_segments(ExitSurveys& surveys, const std::vector<Label>& met) {
  for (const SurveyedDeparture& departure : surveys.departures)
    for (const SurveyPart& part : departure.parts) surveys.segments.push_back(met[part.segment]);
  if (surveys.segment_names.empty()) surveys.segments.emplace_back();  // the total is always there
  std::sort(surveys.segments.begin(), surveys.segments.end());
  surveys.segments.erase(std::unique(surveys.segments.begin(), surveys.segments.end()),
                         surveys.segments.end());
  for (SurveyedDeparture& departure : surveys.departures) {
    for (SurveyPart& part : departure.parts)
      part.segment = static_cast<std::size_t>(
          std::lower_bound(surveys.segments.begin(), surveys.segments.end(), met[part.segment]) -
          surveys.segments.begin());
    std::sort(departure.parts.begin(), departure.parts.end(),
              [](const SurveyPart& a, const SurveyPart& b) { return a.segment < b.segment; });
  }
}

void count(SurveyCounts& counts, const SurveyedDeparture& departure, std::int64_t ticks) {
  ++counts.departures;
  counts.sent += departure.sent ? 1 : 0;
  counts.responded += departure.responded ? 1 : 0;
  counts.answered += departure.answered ? 1 : 0;
  counts.ticks = checked_add(counts.ticks, ticks);
  if (departure.answered) counts.answered_ticks = checked_add(counts.answered_ticks, ticks);
}

/// Whether both sides say more than a type.
bool names_reasons(const SurveyedDeparture& departure) {
  return departure.said_reason != unknown_reason && departure.evidence_reason != unknown_reason;
}

SurveyAgreement agreement_of(const SurveyedDeparture& departure) {
  if (departure.said_type == DepartureType::unknown || departure.evidence_type == DepartureType::unknown)
    return SurveyAgreement::not_said;
  if (departure.said_type != departure.evidence_type) return SurveyAgreement::contradict;
  return names_reasons(departure) && departure.said_reason == departure.evidence_reason
             ? SurveyAgreement::agree
             : SurveyAgreement::same_type;
}

SurveyCounts total_of(const ExitSurveys& surveys) {
  SurveyCounts counts;
  for (const SurveyedDeparture& departure : surveys.departures) count(counts, departure, departure.ticks());
  return counts;
}

Cell amount(std::int64_t ticks, const ExitSurveys& surveys, bool exact) {
  return to_cell(ticks, Unit::run_rate, surveys.currency, exact);
}

void add_share(std::vector<Cell>& row, const Proportion& share, const ExitSurveys& surveys) {
  const auto value = share.value();
  const auto interval = share.interval(surveys.interval);
  row.push_back(value ? Cell{*value} : Cell{});
  row.push_back(interval ? Cell{interval->low} : Cell{});
  row.push_back(interval ? Cell{interval->high} : Cell{});
}

/// "36.9 % (93 of 252; 95 %: 31.2 to 43)".
std::string in_words(const Proportion& share, const ExitSurveys& surveys) {
  const Interval interval = *share.interval(surveys.interval);
  return in_points(*share.value()) + " % (" + std::to_string(share.numerator()) + " of " +
         std::to_string(share.denominator()) + "; " + confidence_in_words(surveys.interval.confidence) +
         ": " + in_points(interval.low) + " to " + in_points(interval.high) + ")";
}

std::string reason_or_type(const std::string& reason, DepartureType type) {
  return reason == unknown_reason ? std::string(departure_type_name(type)) : reason;
}

struct ReasonSums {
  std::int64_t customers{0};
  std::int64_t ticks{0};
};
/// A type and a reason.
using TypeAndReason = std::pair<DepartureType, std::string>;

}  // namespace

std::int64_t SurveyedDeparture::ticks() const {
  std::int64_t sum = 0;
  for (const SurveyPart& part : parts) sum = checked_add(sum, part.ticks);
  return sum;
}

ExitSurveys exit_surveys(const Book& book, const SurveyOptions& options) {
  const SurveyLog log{book, options.rules.tables.event_kinds};
  DepartureSegments segments{book, options.by, options.where};
  ExitSurveys surveys{.segment_names = segments.names(),
                      .segments = {},
                      .currency = book.currency(),
                      .as_of = book.as_of(),
                      .interval = book.conventions().rate.interval_rule(),
                      .departures = {},
                      .sendings = log.sendings(),
                      .answers = log.answers()};
  DepartureReader reader{book, options.rules};
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    const std::span<const LoggedSurvey> of_customer = log.of(customer);
    reader.facts_of(customer, [&](const DepartureFacts& facts) {
      for (const LoggedSurvey& survey : of_customer)
        if (owns(facts, survey)) note_owned(survey.is_answer ? surveys.answers : surveys.sendings);
      if (options.within && !options.within->contains(facts.departed_on)) return;
      const Date last_day = facts.departed_on - std::chrono::days{1};
      SurveyedDeparture departure{
          .customer = book.customer_id(customer), .departed_on = facts.departed_on, .parts = {}};
      for (const DepartureSegments::Part& part :
           segments.parts_of(customer, last_day, book.balance_on(customer, last_day).ticks))
        departure.parts.push_back({part.label, part.ticks});
      if (departure.parts.empty()) return;
      DepartureSurveys taken{options, surveys, departure};
      for (const LoggedSurvey& survey : of_customer)
        if (owns(facts, survey)) taken.take(survey);
      DepartureFacts without_answers = facts;
      without_answers.answers = {};
      DepartureRules::Decision decision = reader.rules().decide(without_answers);
      departure.evidence_type = decision.finding.type;
      departure.evidence_reason = std::move(decision.finding.reason);
      departure.evidence_rule = decision.rule;
      surveys.departures.push_back(std::move(departure));
    });
  }
  order_segments(surveys, segments.labels());
  const auto in_order = [](const auto& a, const auto& b) {
    return std::tie(a.departed_on, a.customer) < std::tie(b.departed_on, b.customer);
  };
  std::sort(surveys.departures.begin(), surveys.departures.end(), in_order);
  std::stable_sort(surveys.free_answers.begin(), surveys.free_answers.end(), in_order);
  return surveys;
}

std::vector<ResponseRow> response_rates(const ExitSurveys& surveys, const ResponseSplit& split) {
  const std::size_t periods = split.periods ? split.periods->size() : 1;
  const std::size_t types = split.by_type ? departure_types.size() : 1;
  std::vector<ResponseRow> rows;
  for (std::size_t s = 0; s < surveys.segments.size(); ++s)
    for (std::size_t p = 0; p < periods; ++p)
      for (std::size_t t = 0; t < types; ++t)
        rows.push_back({.segment = s,
                        .period = split.periods ? std::optional{p} : std::nullopt,
                        .type = split.by_type ? std::optional{departure_types.at(t)} : std::nullopt,
                        .counts = {}});
  for (const SurveyedDeparture& departure : surveys.departures) {
    std::size_t period = 0;
    if (split.periods) {
      const std::ptrdiff_t at = split.periods->index_of(departure.departed_on);
      if (at < 0 || static_cast<std::size_t>(at) >= periods) continue;
      period = static_cast<std::size_t>(at);
    }
    const std::size_t type = split.by_type ? static_cast<std::size_t>(departure.evidence_type) : 0;
    for (const SurveyPart& part : departure.parts)
      count(rows[(part.segment * periods + period) * types + type].counts, departure, part.ticks);
  }
  return rows;
}

std::vector<SurveyReason> survey_reasons(const ExitSurveys& surveys) {
  std::vector<SurveyReason> reasons;
  std::vector<std::map<TypeAndReason, ReasonSums>> said(surveys.segments.size());
  std::vector<ReasonSums> answered(surveys.segments.size());
  for (const SurveyedDeparture& departure : surveys.departures) {
    if (!departure.answered) continue;
    for (const SurveyPart& part : departure.parts)
      for (ReasonSums* sums :
           {&answered[part.segment], &said[part.segment][{departure.said_type, departure.said_reason}]}) {
        ++sums->customers;
        sums->ticks = checked_add(sums->ticks, part.ticks);
      }
  }
  for (std::size_t s = 0; s < said.size(); ++s)
    for (const auto& [what, sums] : said[s])
      reasons.push_back({s, what.first, what.second, Proportion{sums.customers, answered[s].customers},
                         Ratio{sums.ticks, answered[s].ticks}});
  std::sort(reasons.begin(), reasons.end(), [](const SurveyReason& a, const SurveyReason& b) {
    const auto key = [](const SurveyReason& reason) {
      return std::tuple(reason.segment, -reason.customers.numerator(), -reason.revenue.numerator);
    };
    const auto of_a = key(a);
    const auto of_b = key(b);
    return of_a != of_b ? of_a < of_b : std::tie(a.reason, a.type) < std::tie(b.reason, b.type);
  });
  return reasons;
}

std::string_view agreement_name(SurveyAgreement agreement) noexcept {
  switch (agreement) {
    case SurveyAgreement::agree: return "agree";
    case SurveyAgreement::same_type: return "same type";
    case SurveyAgreement::contradict: return "contradict";
    case SurveyAgreement::not_said: break;
  }
  return "not said";
}

SurveyDisagreement survey_disagreement(const ExitSurveys& surveys) {
  SurveyDisagreement result;
  std::map<std::pair<TypeAndReason, TypeAndReason>, SurveyPair> pairs;
  std::int64_t both_types = 0;
  std::int64_t same_types = 0;
  std::int64_t both_reasons = 0;
  std::int64_t same_reasons = 0;
  for (const SurveyedDeparture& departure : surveys.departures) {
    if (!departure.answered) continue;
    ++result.answered;
    const std::int64_t ticks = departure.ticks();
    const SurveyAgreement agreement = agreement_of(departure);
    SurveyPair& pair =
        pairs
            .try_emplace({{departure.said_type, departure.said_reason},
                          {departure.evidence_type, departure.evidence_reason}},
                         SurveyPair{departure.said_type, departure.said_reason, departure.evidence_type,
                                    departure.evidence_reason, agreement})
            .first->second;
    ++pair.customers;
    pair.ticks = checked_add(pair.ticks, ticks);
    if (agreement == SurveyAgreement::not_said) continue;
    ++both_types;
    result.types_revenue.denominator = checked_add(result.types_revenue.denominator, ticks);
    if (agreement != SurveyAgreement::contradict) {
      ++same_types;
      result.types_revenue.numerator = checked_add(result.types_revenue.numerator, ticks);
    }
    if (!names_reasons(departure)) continue;
    ++both_reasons;
    if (agreement == SurveyAgreement::agree) ++same_reasons;
  }
  result.types = Proportion{same_types, both_types};
  result.reasons = Proportion{same_reasons, both_reasons};
  for (auto& [names, pair] : pairs) result.pairs.push_back(std::move(pair));
  std::stable_sort(result.pairs.begin(), result.pairs.end(), [](const SurveyPair& a, const SurveyPair& b) {
    return std::tie(a.customers, a.ticks) > std::tie(b.customers, b.ticks);
  });
  return result;
}

Table survey_table(const ExitSurveys& surveys, const ResponseSplit& split, bool exact) {
  Table table{surveys.segment_names, {}};
  if (split.periods) table.columns.emplace_back("period");
  if (split.by_type) table.columns.emplace_back("type");
  for (const char* name : {"departures", "sent", "responded", "value", "ci_low", "ci_high", "answered",
                           "unasked", "mrr", "mrr_answered"})
    table.columns.emplace_back(name);
  for (const ResponseRow& response : response_rates(surveys, split)) {
    const Label& label = surveys.segments[response.segment];
    const SurveyCounts& counts = response.counts;
    std::vector<Cell> row(label.begin(), label.end());
    if (response.period) row.emplace_back((*split.periods)[*response.period].first());
    if (response.type) row.emplace_back(std::string(departure_type_name(*response.type)));
    if (response.period && (*split.periods)[*response.period].first() >= surveys.as_of) {
      row.resize(table.columns.size());  // nobody knows yet who will leave
      table.rows.push_back(std::move(row));
      continue;
    }
    for (const std::int64_t number : {counts.departures, counts.sent, counts.responded})
      row.emplace_back(number);
    add_share(row, counts.response_rate(), surveys);
    row.emplace_back(counts.answered);
    row.emplace_back(counts.unasked());
    row.push_back(amount(counts.ticks, surveys, exact));
    row.push_back(amount(counts.answered_ticks, surveys, exact));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table survey_reasons_table(const ExitSurveys& surveys, bool exact) {
  Table table{surveys.segment_names, {}};
  for (const char* name : {"type", "reason", "customers", "answered", "value", "ci_low", "ci_high", "mrr",
                           "mrr_answered", "mrr_share"})
    table.columns.emplace_back(name);
  for (const SurveyReason& reason : survey_reasons(surveys)) {
    const Label& label = surveys.segments[reason.segment];
    std::vector<Cell> row(label.begin(), label.end());
    row.emplace_back(std::string(departure_type_name(reason.type)));
    row.emplace_back(reason.reason);
    row.emplace_back(reason.customers.numerator());
    row.emplace_back(reason.customers.denominator());
    add_share(row, reason.customers, surveys);
    row.push_back(amount(reason.revenue.numerator, surveys, exact));
    row.push_back(amount(reason.revenue.denominator, surveys, exact));
    const auto share = reason.revenue.value();
    row.push_back(share ? Cell{*share} : Cell{});
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table survey_disagreement_table(const ExitSurveys& surveys, bool exact) {
  Table table{
      {"said_type", "said_reason", "evidence_type", "evidence_reason", "agreement", "customers", "mrr"}, {}};
  for (const SurveyPair& pair : survey_disagreement(surveys).pairs)
    table.rows.push_back({std::string(departure_type_name(pair.said_type)), pair.said_reason,
                          std::string(departure_type_name(pair.evidence_type)), pair.evidence_reason,
                          std::string(agreement_name(pair.agreement)), pair.customers,
                          amount(pair.ticks, surveys, exact)});
  return table;
}

Table free_answers_table(const ExitSurveys& surveys) {
  Table table{{"customer_id", "departed_on", "at", "text"}, {}};
  for (const FreeAnswer& answer : surveys.free_answers)
    table.rows.push_back({answer.customer.text(), answer.departed_on, answer.at.to_string(), answer.text});
  return table;
}

std::string survey_sentence(const ExitSurveys& surveys) {
  if (surveys.departures.empty())
    return "No departure is among those asked about, so nobody could be asked why.";
  const SurveyCounts counts = total_of(surveys);
  std::string text = std::to_string(counts.sent) + " of " + std::to_string(counts.departures) +
                     (counts.departures == 1 ? " departure was" : " departures were") +
                     " followed by an exit survey";
  text +=
      counts.sent > 0 ? ", and " + in_words(counts.response_rate(), surveys) + " of these answered." : ".";
  if (counts.unasked() > 0)
    text += " " + std::to_string(counts.unasked()) + " answered without a sending on record.";
  if (counts.answered == 0) return text + " Nobody has said why.";

  ExitSurveys total = surveys;  // whatever its segments
  total.segments = {Label{}};
  for (SurveyedDeparture& departure : total.departures) departure.parts = {{0, departure.ticks()}};
  const std::vector<SurveyReason> reasons = survey_reasons(total);
  const SurveyReason& most = reasons.front();
  text += " Said most: " + most.reason + ", " + in_words(most.customers, surveys);
  const auto richest =
      std::max_element(reasons.begin(), reasons.end(), [](const SurveyReason& a, const SurveyReason& b) {
        return a.revenue.numerator < b.revenue.numerator;  // the first of equals
      });
  if (const auto share = richest->revenue.value())
    text += (richest->reason == most.reason ? std::string("; also by MRR") : "; by MRR " + richest->reason) +
            ", " + in_points(*share) + " %";
  text += ".";

  const SurveyDisagreement disagreement = survey_disagreement(surveys);
  if (disagreement.types.denominator() == 0)
    return text + " Of none of them do both the answer and the records without it say why.";
  text += " Where both the answer and the records without it say why, they agree on the type in " +
          in_words(disagreement.types, surveys) + ".";
  const auto against =
      std::find_if(disagreement.pairs.begin(), disagreement.pairs.end(),
                   [](const SurveyPair& pair) { return pair.agreement == SurveyAgreement::contradict; });
  if (against != disagreement.pairs.end())
    text += " Most often against each other: the customer says " +
            reason_or_type(against->said_reason, against->said_type) + ", the records say " +
            reason_or_type(against->evidence_reason, against->evidence_type) + " (" +
            std::to_string(against->customers) + ").";
  return text;
}

}  // namespace churn::inline v0
