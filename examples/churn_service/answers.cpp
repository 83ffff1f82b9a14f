#include "answers.hpp"

#include <churn/io/result_json.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "parameters.hpp"

using namespace churn;
using nlohmann::ordered_json;

namespace churn_service {

namespace {

constexpr std::size_t most_cells = 2000;  // segments x periods
constexpr std::size_t most_rows = 1000;
constexpr const char* customers_prefix = "/customers/";

/// Those that movements tell; a cube has them without looking at a customer.
using MovementMetrics =
    std::tuple<CustomerChurnRate, GrossMrrChurnRate, NetMrrChurnRate, GrossRevenueRetention,
               NetRevenueRetention, QuickRatio, AverageRevenuePerAccount, AnnualRecurringRevenue,
               LifetimeValueByRate, AnnualisedCustomerChurnRate, ExposureChurnRate>;

ordered_json text_or_null(const std::optional<Date>& day) {
  return day ? ordered_json(day->to_string()) : ordered_json(nullptr);
}
ordered_json mrr_or_null(const std::optional<RunRate>& run_rate) {
  return run_rate ? ordered_json(run_rate->mrr().to_string()) : ordered_json(nullptr);
}
std::string instant(std::int64_t seconds) { return Timestamp::from_seconds(seconds).to_string(); }

/// What every answer begins with: of which day it is, and whether the database is still followed.
ordered_json opening_of(const Snapshot& snapshot, const Status& status) {
  ordered_json answer;
  answer["as_of"] = snapshot.book.as_of().to_string();
  answer["stale"] = status.stale;
  return answer;
}

// ---- /movements and /rates

struct CubeQuestion {
  PeriodGrid grid;
  std::vector<std::string> by;
  Segmenter segmenter;
};

CubeQuestion cube_question(const Question& question, const Snapshot& snapshot) {
  const Parameters parameters(question.parameters, {"from", "to", "period", "by"});
  CubeQuestion asked{parameters.periods(snapshot.book.as_of()), parameters.segments(), {}};
  for (const std::string& name : asked.by) asked.segmenter = asked.segmenter * by::name(name);
  // Counted before anything is made of that size.
  const std::size_t segments = asked.by.empty() ? 1 : asked.segmenter(snapshot.book).labels.size();
  if (segments * asked.grid.size() > most_cells)
    throw Refused(400, "too_much",
                  "That is " + std::to_string(segments) + " segments x " + std::to_string(asked.grid.size()) +
                      " periods.",
                  "Ask for at most " + std::to_string(most_cells) + " of both together.");
  return asked;
}

/// A cube in which the periods from `first` on, so many of them, are those that were asked for.
struct Found {
  MovementCube cube;
  std::size_t first;
};

/// The one that follows the changes, where it holds what is asked for; else counted from the book.
Found cube_for(const CubeQuestion& asked, const Snapshot& snapshot, const RateRules& rules) {
  const std::string by = asked.by.empty() ? "" : asked.by.front();
  const bool aligned = asked.grid.is_whole(0) && asked.grid.is_whole(asked.grid.size() - 1) &&
                       rules == snapshot.book.conventions().rate;
  for (const StandingCube& standing : snapshot.cubes) {
    const PeriodGrid& grid = standing.cube.grid();
    if (aligned && asked.by.size() < 2 && standing.by == by && asked.grid.kind() == grid.kind() &&
        grid.from() <= asked.grid.from() && asked.grid.to() <= grid.to() &&
        grid.is_whole(static_cast<std::size_t>(grid.index_of(asked.grid.from()))))
      return {standing.cube, grid.index_starting(asked.grid.from())};
  }
  FoldOptions options;
  options.rules = rules;
  if (rules.trailing_days)
    return {MovementCube::fold_trailing(snapshot.book, asked.grid, *rules.trailing_days, asked.segmenter,
                                        options),
            0};
  return {MovementCube::fold(snapshot.book, asked.grid, asked.segmenter, options), 0};
}

ordered_json cube_answer(const CubeQuestion& asked, const MovementCube& cube, const Snapshot& snapshot,
                         const Status& status) {
  ordered_json answer = opening_of(snapshot, status);
  answer["from"] = asked.grid.from().to_string();
  answer["to"] = asked.grid.to().to_string();
  answer["period"] = period_kind_name(asked.grid.kind());
  answer["by"] = asked.by;
  if (snapshot.book.currencies().size() == 1 || snapshot.book.conventions().book.currency)
    answer["currency"] = snapshot.book.currency().code();
  answer["conventions"] = cube.conventions().name;
  return answer;
}

ordered_json movements(const Question& question, const Snapshot& snapshot, const Status& status) {
  const CubeQuestion asked = cube_question(question, snapshot);
  RateRules rules = snapshot.book.conventions().rate;
  rules.trailing_days.reset();
  const auto [cube, first] = cube_for(asked, snapshot, rules);
  const Table all = movements_table(cube);
  Table table{all.columns, {}};
  for (std::size_t row = 0; row < all.rows.size(); ++row) {
    const std::size_t period = row % cube.grid().size();
    if (period >= first && period < first + asked.grid.size()) table.rows.push_back(all.rows[row]);
  }
  ordered_json answer = cube_answer(asked, cube, snapshot, status);
  answer["movements"] = table;
  return answer;
}

ordered_json rates(const Question& question, const Snapshot& snapshot, const Status& status) {
  const CubeQuestion asked = cube_question(question, snapshot);
  RateRules rules = snapshot.book.conventions().rate;
  rules.netting = Netting::by_period;  // as measure(book) has it
  const auto [cube, first] = cube_for(asked, snapshot, rules);
  std::vector<MeasuredRow> rows;
  for (std::size_t segment = 0; segment < cube.segments().size(); ++segment)
    for (std::size_t period = first; period < first + asked.grid.size(); ++period) {
      const MovementCell& cell = cube.at(segment, period);
      const CellContext context = context_of(cube, segment, period, snapshot.book.records_from());
      std::apply(
          [&, s = segment, p = period](const auto&... metric) {
            (rows.push_back({s, p, std::string(metric.name),
                             to_measurement(metric(cell, context), rules.interval_rule())}),
             ...);
          },
          MovementMetrics{});
    }
  ordered_json answer = cube_answer(asked, cube, snapshot, status);
  answer["rates"] = rates_table(cube, rows, false);
  return answer;
}

// ---- customers

ordered_json risk_json(const RiskListRow& row) {
  ordered_json risk;
  risk["customer_id"] = row.customer.text();
  risk["risk"] = row.risk;
  risk["rank"] = row.rank;
  risk["mrr"] = mrr_or_null(row.run_rate);
  risk["expected_loss"] = mrr_or_null(row.expected);
  risk["reasons"] = ordered_json::array();
  for (const RiskReason& reason : row.reasons)
    risk["reasons"].push_back(
        {{"indicator", reason.indicator}, {"words", reason.words}, {"contribution", reason.contribution}});
  risk["cancel_requested_on"] = text_or_null(row.cancel_requested_on);
  return risk;
}

ordered_json risk(const Question& question, const Snapshot& snapshot, const Status& status) {
  const Parameters parameters(question.parameters, {"top"});
  const std::size_t top = parameters.number("top", 20, most_rows);
  const RiskList& list = snapshot.risks();
  ordered_json answer = opening_of(snapshot, status);
  answer["horizon_days"] = list.horizon;
  answer["customers"] = list.rows.size();
  answer["expected_departures"] = list.expected_departures;
  answer["summary"] = risk_list_sentence(list);
  answer["model"] = {
      {"as_of", text_or_null(list.provenance.as_of)},
      {"rows", list.provenance.rows},
      {"departures", list.provenance.departures},
      {"held_out_auc",
       list.provenance.held_out_auc ? ordered_json(*list.provenance.held_out_auc) : ordered_json(nullptr)}};
  answer["risks"] = ordered_json::array();
  for (std::size_t i = 0; i < std::min(top, list.rows.size()); ++i)
    answer["risks"].push_back(risk_json(list.rows[i]));
  return answer;
}

ordered_json departures(const Question& question, const Snapshot& snapshot, const Status& status) {
  const Parameters parameters(question.parameters, {"from", "to", "top"});
  const std::size_t top = parameters.number("top", 100, most_rows);
  const auto to = parameters.day("to");
  const auto from = parameters.day("from");
  std::vector<ListedDeparture> chosen;
  for (const ListedDeparture& gone : snapshot.departures())
    if ((!from || gone.departed_on >= *from) && (!to || gone.departed_on < *to)) chosen.push_back(gone);
  ordered_json answer = opening_of(snapshot, status);
  answer["from"] = text_or_null(from);
  answer["to"] = text_or_null(to);
  answer["departures"] = chosen.size();
  for (const DepartureType type : {DepartureType::completed, DepartureType::voluntary,
                                   DepartureType::involuntary, DepartureType::unknown})
    answer["by_type"][std::string(departure_type_name(type))] =
        std::ranges::count(chosen, type, &ListedDeparture::type);
  std::ranges::reverse(chosen);
  if (chosen.size() > top) chosen.erase(chosen.begin() + static_cast<std::ptrdiff_t>(top), chosen.end());
  answer["latest"] = departures_table(chosen);
  return answer;
}

/// What is on record of one, and its score.
ordered_json customer(const Question& question, const Snapshot& snapshot, const Status& status) {
  const Parameters parameters(question.parameters, {});
  const std::string id = question.path.substr(std::string(customers_prefix).size());
  const Book& book = snapshot.book;
  const auto index = id.empty() ? std::nullopt : book.find(CustomerId{id});
  if (!index)
    throw Refused(404, "unknown_customer", "There is no such customer.",
                  "Test accounts and accounts that were merged into others are none.");
  ordered_json answer = opening_of(snapshot, status);
  answer["customer_id"] = id;
  answer["name"] = book.customer_name(*index);
  answer["signed_up_on"] = text_or_null(book.signed_up_on(*index));
  answer["first_present_on"] = text_or_null(book.first_present_on(*index));
  answer["attributes"] = ordered_json::object();
  for (const std::string& name : book.attribute_names()) {
    const Book::Attribute attribute = book.attribute(name);
    const std::uint32_t code = attribute.code[static_cast<std::size_t>(*index)];
    if (code != 0) answer["attributes"][name] = attribute.labels[code];
  }
  const RosterEntry* entry = snapshot.entry_of(CustomerId{id});
  answer["present"] = entry != nullptr;
  answer["plan"] = entry != nullptr ? ordered_json(entry->plan) : ordered_json(nullptr);
  answer["mrr"] = entry != nullptr ? ordered_json(entry->run_rate.mrr().to_string()) : ordered_json(nullptr);
  answer["since"] = entry != nullptr ? ordered_json(entry->since.to_string()) : ordered_json(nullptr);
  const RiskListRow* score = snapshot.risk_of(CustomerId{id});
  answer["risk"] = score != nullptr ? risk_json(*score) : ordered_json(nullptr);
  answer["owes"] = ordered_json::array();
  for (const ArrearsEntry& owing : snapshot.arrears().entries)
    if (owing.customer_id == CustomerId{id})
      for (const Money& amount : owing.owed)
        answer["owes"].push_back({{"amount", amount.to_string()},
                                  {"currency", amount.currency().code()},
                                  {"days_overdue", owing.days_overdue}});
  std::vector<ListedDeparture> own;
  for (const ListedDeparture& gone : snapshot.departures())
    if (gone.customer == CustomerId{id}) own.push_back(gone);
  answer["departures"] = departures_table(own);
  return answer;
}

// ---- the service itself

ordered_json findings_json(const Findings& findings) {
  ordered_json json;
  json["rejected"] = findings.rejected;
  json["notices"] = findings.notices;
  json["by_code"] = findings.by_code;
  return json;
}

ordered_json health(const Question& question, const Snapshot& snapshot, const Status& status) {
  const Parameters parameters(question.parameters, {});
  ordered_json answer = opening_of(snapshot, status);
  answer["why"] = status.stale ? ordered_json(status.why) : ordered_json(nullptr);
  answer["followed_at"] = instant(status.followed_at);
  answer["last_change"] = snapshot.last_change;
  const Records records = snapshot.book.records();
  answer["rows"] = {{"customers", records.customer_count()},
                    {"phases", records.phase_count()},
                    {"invoices", records.invoice_count()},
                    {"events", records.event_count()},
                    {"fx_rates", records.fx_rate_count()}};
  answer["customers"] = snapshot.book.customer_count();
  answer["findings_when_read"] = findings_json(snapshot.found_when_read);
  answer["findings_since"] = findings_json(snapshot.found_since);
  return answer;
}

ordered_json help(const Question& question, const Snapshot& snapshot, const Status& status) {
  const Parameters parameters(question.parameters, {});
  ordered_json answer = opening_of(snapshot, status);
  answer["questions"] = {
      {"GET /health", "as_of, the last change seen, rows, what was found wrong"},
      {"GET /rates", "churn, retention, ARPA, LTV, …: from, to, period (month), by (plan, an attribute, …)"},
      {"GET /movements", "the MRR bridge: from, to, period, by"},
      {"GET /departures", "who left and why, the latest first: from, to, top (100)"},
      {"GET /risk", "who is next and why: top (20)"},
      {"GET /customers/{id}", "one customer: what it pays, its risk, what it owes, its departures"},
      {"POST /refresh", "follow the database now; anew=true: read all of it again"}};
  return answer;
}

using Answering = ordered_json (*)(const Question&, const Snapshot&, const Status&);

constexpr std::pair<const char*, Answering> answering[] = {
    {"/", help},     {"/health", health},       {"/rates", rates},
    {"/risk", risk}, {"/movements", movements}, {"/departures", departures}};

Answering answering_of(const std::string& path) {
  for (const auto& [name, function] : answering)
    if (path == name) return function;
  return path.starts_with(customers_prefix) ? customer : nullptr;
}

/// Of the library's errors those that somebody who asks can do something about.
int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_date:
    case ErrorCode::bad_period:
    case ErrorCode::bad_number:
    case ErrorCode::bad_id:
    case ErrorCode::unknown_attribute:
    case ErrorCode::unknown_name:
    case ErrorCode::mixed_currencies:
    case ErrorCode::out_of_range: return 400;
    default: return 500;
  }
}

template <class Make>
Reply reply_of(Make&& make) {
  try {
    return {200, make()};
  } catch (const Refused& refused) {
    return refusal(refused.status, refused.code, refused.what(), refused.help);
  } catch (const Error& error) {
    const std::string help = error.code() == ErrorCode::mixed_currencies ? "by=currency answers each."
                                                                         : "GET / lists what may be asked.";
    return refusal(status_of(error.code()), std::string(error_name(error.code())), error.what(), help);
  } catch (const std::exception&) {
    return refusal(500, "internal", "That went wrong.", "It is a fault of the service.");
  }
}

}  // namespace

Reply refusal(int status, const std::string& code, const std::string& message, const std::string& help) {
  Reply reply{status, {}};
  reply.body["error"] = {{"code", code}, {"message", message}};
  if (!help.empty()) reply.body["error"]["help"] = help;
  return reply;
}

Reply answer(const Question& question, const Snapshot& snapshot, const Status& status) {
  return reply_of([&] {
    const bool is_refresh_path = question.path == "/refresh";
    const Answering answering_function = answering_of(question.path);
    if (answering_function == nullptr && !is_refresh_path)
      throw Refused(404, "unknown_path", "There is nothing here.", "GET / lists what may be asked.");
    if (question.method != "GET" && question.method != "HEAD")
      throw Refused(405, "wrong_method", "This is asked with GET.", "GET / lists what may be asked.");
    if (is_refresh_path) throw Refused(405, "wrong_method", "This is asked with POST.", "POST /refresh.");
    return answering_function(question, snapshot, status);
  });
}

bool is_refresh(const Question& question) { return question.method == "POST" && question.path == "/refresh"; }

Reply refreshed(const Question& question, const std::function<std::optional<Status>(bool)>& follow,
                const std::function<std::shared_ptr<const Snapshot>()>& snapshot) {
  return reply_of([&] {
    const bool anew = Parameters(question.parameters, {"anew"}).flag("anew");
    const std::optional<Status> status = follow(anew);
    if (!status)
      throw Refused(503, "busy", "The database takes long to answer.",
                    "What is known is answered as before. Try again, or look at GET /health.");
    if (status->stale)
      throw Refused(503, "database_lost", status->why,
                    "What is known is answered as before, as stale; the service tries again by itself.");
    const auto now = snapshot();
    ordered_json answer = opening_of(*now, *status);
    answer["last_change"] = now->last_change;
    answer["customers_read"] = status->customers_read;
    return answer;
  });
}

}  // namespace churn_service
