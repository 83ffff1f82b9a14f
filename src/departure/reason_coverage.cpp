#include <churn/departure/reason_coverage.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <churn/core/printable.hpp>

#include "book/book_data.hpp"
#include "book/event_kinds.hpp"
#include "reason/closest_text.hpp"

namespace churn::inline v0 {

namespace {

/// Numbers of records by the texts of a table, as it numbers them. Most texts of a book are no reasons.
class TextCounts {
 public:
  explicit TextCounts(const IdTable& texts) : texts_(texts), counts_(texts.size()) {}
  void add(std::uint32_t text) { ++counts_[text]; }
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::uint32_t text = 0; text < counts_.size(); ++text)
      if (counts_[text] > 0) visit(texts_.text(text), counts_[text]);
  }

 private:
  const IdTable& texts_;
  std::vector<std::int64_t> counts_;
};

class CoverageReader {
 public:
  CoverageReader(const Book& book, const ReasonTables& tables)
      : book_(book), records_(*book.data().records), tables_(tables) {}

  std::vector<RecordedReason> read() {
    read_end_reasons();
    read_answers();
    read_codes();
    std::sort(found_.begin(), found_.end(), [](const RecordedReason& a, const RecordedReason& b) {
      return std::tuple(a.is_known(), b.records, std::string_view(a.text), a.source) <
             std::tuple(b.is_known(), a.records, std::string_view(b.text), b.source);
    });
    for (std::size_t i = 0; i < std::min(found_.size(), most_compared) && !found_[i].is_known(); ++i)
      found_[i].closest = closest_to(found_[i]);
    return std::move(found_);
  }

 private:
  /// To look for what is alike takes a tenth of a millisecond a text, and there may be as many texts as customers.
  static constexpr std::size_t most_compared = 1000;

  /// Of the account that the records number so.
  [[nodiscard]] bool is_of_the_book(std::uint32_t account) const {
    return book_.data().accounts.customer_of[account] != no_index;
  }
  [[nodiscard]] Timestamp until() const { return book_.conventions().book.time_zone.start_of(book_.as_of()); }

  void read_end_reasons() {
    const PhaseTable& phases = records_.phases;
    TextCounts counts{records_.texts};
    const std::int32_t as_of = book_.as_of().days();
    for (std::size_t i = 0; i < std::min(phases.size(), phases.end_reason.size()); ++i)
      if (phases.end_reason[i] != no_index && phases.ends_on[i] < as_of && is_of_the_book(phases.customer[i]))
        counts.add(phases.end_reason[i]);
    counts.each([this](std::string text, std::int64_t records) {
      add_stated(ReasonSource::end_reason, std::move(text), records);
    });
  }

  void read_answers() {
    const EventTable& events = records_.events;
    const std::vector<bool> is_answer =
        kinds_that_are(survey_answer_kind, records_.texts, tables_.event_kinds);
    TextCounts counts{records_.texts};
    const std::int64_t end = until().seconds();
    for (std::size_t i = 0; i < std::min(events.size(), events.label.size()); ++i)
      if (is_answer[events.kind[i]] && events.label[i] != no_index && events.at[i] < end &&
          is_of_the_book(events.customer[i]))
        counts.add(events.label[i]);
    counts.each([this](std::string text, std::int64_t records) {
      add_stated(ReasonSource::exit_survey, std::move(text), records);
    });
  }

  void read_codes() {
    std::map<std::string_view, std::int64_t> counts;
    const Timestamp end = until();
    for (const InvoiceRow& row : records_.invoices) {
      const Invoice& invoice = row.invoice;
      if (invoice.status == InvoiceStatus::draft || invoice.status == InvoiceStatus::void_) continue;
      const auto counts_here = [&end](const Payment& payment) {
        return payment.status == PaymentStatus::failed && !payment.failure_code.empty() && payment.at < end;
      };
      if (std::none_of(invoice.payments.begin(), invoice.payments.end(), counts_here)) continue;
      const auto account = records_.customer_ids.find(invoice.customer.text());
      if (!account || !is_of_the_book(*account)) continue;
      for (const Payment& payment : invoice.payments)
        if (counts_here(payment)) ++counts[payment.failure_code];
    }
    for (const auto& [code, records] : counts) add_code(std::string(code), records);
  }

  void add_stated(ReasonSource source, std::string text, std::int64_t records) {
    if (StatedReasons::normalised(text).empty()) return;
    RecordedReason reason{source, std::move(text), records};
    if (const StatedReason* stated = tables_.stated.find(reason.text)) {
      reason.type = stated->type;
      reason.reason = stated->reason;
    }
    found_.push_back(std::move(reason));
  }

  void add_code(std::string code, std::int64_t records) {
    const std::string normalised = StatedReasons::normalised(code);
    if (normalised.empty()) return;
    RecordedReason reason{ReasonSource::failure_code, std::move(code), records};
    reason.reason = tables_.codes.find(reason.text);
    if (!reason.reason.empty()) reason.type = DepartureType::involuntary;
    found_.push_back(std::move(reason));
  }

  [[nodiscard]] std::string closest_to(const RecordedReason& reason) const {
    if (reason.source != ReasonSource::failure_code) return tables_.stated.closest(reason.text).value_or("");
    const std::string normalised = StatedReasons::normalised(reason.text);
    // Codes that are numbers are all alike, and mean different things.
    if (normalised.find_first_not_of("0123456789_") == std::string::npos) return "";
    return closest_key(tables_.codes.all(), normalised).value_or("");
  }

  const Book& book_;
  const Records::Storage& records_;
  const ReasonTables& tables_;
  std::vector<RecordedReason> found_;
};

/// An answer that is no slip of the pen: whoever left may have said anything, also of others.
bool is_in_own_words(const RecordedReason& reason) {
  return reason.source == ReasonSource::exit_survey && reason.closest.empty();
}

/// "3 texts", "1 text".
std::string counted(std::int64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

}  // namespace

std::string_view reason_source_name(ReasonSource source) noexcept {
  switch (source) {
    case ReasonSource::end_reason: return "end_reason";
    case ReasonSource::exit_survey: return "exit_survey";
    case ReasonSource::failure_code: break;
  }
  return "failure_code";
}

std::vector<RecordedReason> reason_coverage(const Book& book, const ReasonTables& tables) {
  return CoverageReader{book, tables}.read();
}

Table reason_coverage_table(const std::vector<RecordedReason>& reasons) {
  Table table{{"source", "text", "records", "type", "reason", "closest"}, {}};
  const auto cell = [](const std::string& text) { return text.empty() ? Cell{} : Cell{text}; };
  for (const RecordedReason& reason : reasons)
    table.rows.push_back({std::string(reason_source_name(reason.source)), reason.text, reason.records,
                          std::string(reason.type ? departure_type_name(*reason.type) : "not known"),
                          cell(reason.reason), cell(reason.closest)});
  return table;
}

std::string reason_coverage_sentence(const std::vector<RecordedReason>& reasons) {
  constexpr std::size_t most_named = 5;
  // A text that stands in several places is to be named once.
  std::set<std::string_view> texts;
  std::set<std::string_view> told;
  std::vector<const RecordedReason*> first_ones;
  std::int64_t records = 0;
  for (const RecordedReason& reason : reasons) {
    if (reason.is_known()) continue;
    records += reason.records;
    texts.insert(reason.text);
    if (first_ones.size() < most_named && !is_in_own_words(reason) && told.insert(reason.text).second)
      first_ones.push_back(&reason);
  }
  if (texts.empty()) return "";
  const auto count = static_cast<std::int64_t>(texts.size());
  std::string sentence =
      counted(count, "text") + (count == 1 ? " is" : " are") + " not known, on " + counted(records, "record");
  for (const RecordedReason* reason : first_ones) {
    const bool ends_the_list = reason == first_ones.back() && first_ones.size() == texts.size();
    sentence += reason == first_ones.front() ? ": " : ends_the_list ? " and " : ", ";
    sentence += "\"" + printable(reason->text) + "\"";
    if (!reason->closest.empty()) sentence.append(" (did you mean ").append(reason->closest).append("?)");
  }
  if (!first_ones.empty() && first_ones.size() < texts.size())
    sentence += " and " + std::to_string(texts.size() - first_ones.size()) + " more";
  return sentence + ". Name " + (count == 1 ? "it" : "them") + " in a file for --reasons.";
}

}  // namespace churn::inline v0
