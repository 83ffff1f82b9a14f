#include <algorithm>
#include <tuple>
#include <utility>

#include <churn/core/exact.hpp>

#include "io/stripe_book.hpp"
#include "io/stripe_discounts.hpp"

namespace churn::inline v0 {
namespace stripe {

namespace {

/// The refunds of a charge and the invoice that it pays, if that is known.
class Payments {
 public:
  Payments(StripeExport& all, const TimeZone& zone) : all_(&all), zone_(&zone) {
    for (const auto& [id, invoice] : all.invoices)
      for (const std::string& payment : invoice.facts.payments)
        all.invoice_of_payment.try_emplace(payment, id);
    add_charges();
    add_refunds();
    add_attempts();
  }

  [[nodiscard]] std::vector<Payment> of(const std::string& invoice) const {
    const auto found = by_invoice_.find(invoice);
    if (found == by_invoice_.end()) return {};
    std::vector<Payment> payments = found->second;
    std::sort(payments.begin(), payments.end(), [](const Payment& a, const Payment& b) {
      const auto key = [](const Payment& p) {
        return std::tuple(p.at, p.status, p.amount ? p.amount->minor_units() : 0, p.failure_code);
      };
      return key(a) < key(b);
    });
    return payments;
  }

 private:
  [[nodiscard]] std::string invoice_of(const std::string& id, const ChargeFacts& charge) const {
    if (!charge.invoice.empty()) return charge.invoice;
    for (const std::string& payment : {id, charge.intent, charge.charge})
      if (const auto found = all_->invoice_of_payment.find(payment); found != all_->invoice_of_payment.end())
        return found->second;
    return {};
  }

  /// Adds a payment of an invoice that is there; false if it is not.
  bool add(const std::string& invoice, const ChargeFacts& facts, PaymentStatus status) {
    const auto found = all_->invoices.find(invoice);
    if (found == all_->invoices.end()) return false;
    const Currency currency = *found->second.facts.currency;
    Payment payment{.at = *facts.created, .status = status, .amount = {}, .failure_code = facts.failure_code};
    if (!facts.currency || *facts.currency == currency) payment.amount = money_of(facts.amount, currency);
    by_invoice_[invoice].push_back(std::move(payment));
    return true;
  }

  void unknown_invoice(Origin origin, const std::string& name, const std::string& invoice) {
    all_->report(origin, RejectionCode::unknown_invoice, "invoice",
                 name + ": Its invoice " + printable(invoice.substr(0, 80)) + " is not in the export.");
  }

  void add_charges() {
    for (const auto& [id, version] : all_->charges) {
      const ChargeFacts& charge = version.facts;
      const std::string invoice = invoice_of(id, charge);
      if (invoice.empty()) {
        all_->leave_out("of type charge without an invoice");
        continue;
      }
      const bool failed = charge.status == "failed";
      if (charge.status == "pending") {
        all_->leave_out("of type charge that are pending");
      } else if (!failed && charge.status != "succeeded" && charge.status != "paid") {
        all_->report(
            version.origin, RejectionCode::unknown_status, "status",
            name_of("charge", id) + ": " + reading::in_quotes(charge.status) + " is not a charge's status.");
      } else if (!add(invoice, charge, failed ? PaymentStatus::failed : PaymentStatus::succeeded)) {
        unknown_invoice(version.origin, name_of("charge", id), invoice);
      }
    }
  }

  void add_refunds() {
    std::set<std::string> refunded;
    for (const auto& [id, version] : all_->refunds) {
      const ChargeFacts& refund = version.facts;
      const auto charge = all_->charges.find(refund.charge);
      const std::string invoice = charge != all_->charges.end()
                                      ? invoice_of(charge->first, charge->second.facts)
                                      : invoice_of(id, refund);
      refunded.insert(refund.charge);
      if (!refund.status.empty() && refund.status != "succeeded")
        all_->leave_out("of type refund that did not succeed");
      else if (invoice.empty() && charge != all_->charges.end())
        all_->leave_out("of type refund without an invoice");
      else if (invoice.empty())
        all_->report(
            version.origin, RejectionCode::unknown_invoice, "charge",
            name_of("refund", id) + ": Its charge is not in the export, so its invoice is not known.");
      else if (!add(invoice, refund, PaymentStatus::refunded))
        unknown_invoice(version.origin, name_of("refund", id), invoice);
    }
    for (const auto& [id, version] : all_->charges)
      if (version.facts.refunded > 0 && !refunded.contains(id) && !invoice_of(id, version.facts).empty())
        all_->report(version.origin, RejectionCode::incomplete_history, "amount_refunded",
                     name_of("charge", id) + ": It was refunded; when is not in the export.");
  }

  void add_attempts() {
    for (const auto& [invoice, moments] : all_->failed_attempts) {
      if (!all_->invoices.contains(invoice)) continue;
      std::set<Date> days;
      for (const Payment& payment : by_invoice_[invoice])
        if (payment.status == PaymentStatus::failed) days.insert(zone_->day_of(payment.at));
      for (const Timestamp at : moments)
        if (days.insert(zone_->day_of(at)).second)
          by_invoice_[invoice].push_back({.at = at, .status = PaymentStatus::failed});
    }
  }

  StripeExport* all_;
  const TimeZone* zone_;
  std::map<std::string, std::vector<Payment>> by_invoice_;
};

class InvoiceWriter {
 public:
  InvoiceWriter(StripeExport& all, const PriceBook& prices, const std::map<std::string, ItemNames>& names,
                const TimeZone& zone)
      : all_(&all), prices_(&prices), names_(&names), zone_(&zone) {
    for (const auto& [id, line] : all.lines) apart_[line.facts.first].emplace_back(id, &line);
  }

  [[nodiscard]] Invoice invoice_of(const std::string& id, const Version<InvoiceFacts>& version) const {
    const InvoiceFacts& facts = version.facts;
    Invoice invoice{.id = InvoiceId{id},
                    .customer = CustomerId{facts.customer},
                    .issued_on = zone_->day_of(facts.finalized ? *facts.finalized : *facts.created),
                    .due_on = {},
                    .paid_on = {},
                    .currency = *facts.currency,
                    .status = facts.status};
    if (facts.due) invoice.due_on = zone_->day_of(*facts.due);
    if (facts.paid && facts.status == InvoiceStatus::paid) invoice.paid_on = zone_->day_of(*facts.paid);
    if (!facts.subscription.empty() && !names_->contains(facts.subscription))
      invoice.subscription = SubscriptionId{facts.subscription};
    add_lines(id, version, invoice);
    return invoice;
  }

  /// Lines of invoices that are not there.
  void report_lost_lines() const {
    for (const auto& [invoice, lines] : apart_)
      if (!all_->invoices.contains(invoice))
        for (const auto& [id, line] : lines)
          all_->report(line->origin, RejectionCode::unknown_invoice, "invoice",
                       name_of("line_item", id) + ": Its invoice " + printable(invoice.substr(0, 80)) +
                           " is not in the export.");
  }

 private:
  using LineVersion = Version<std::pair<std::string, LineFacts>>;

  void add_lines(const std::string& id, const Version<InvoiceFacts>& version, Invoice& invoice) const {
    const InvoiceFacts& facts = version.facts;
    std::vector<LineFacts> lines = facts.lines;
    bool has_more = facts.lines_go_on;
    std::set<std::string> here;
    for (const LineFacts& line : lines) here.insert(line.id);
    if (const auto apart = apart_.find(id); apart != apart_.end())
      for (const auto& [line_id, line] : apart->second)
        if (here.insert(line_id).second) {
          lines.push_back(line->facts.second);
          has_more = false;
        }
    const auto report = [&](RejectionCode code, const std::string& field, const std::string& line,
                            const std::string& reason) {
      all_->report(
          version.origin, code, field,
          name_of("invoice", id) + ": " + (line.empty() ? "" : name_of("line", line) + ": ") + reason);
    };
    if (has_more)
      report(RejectionCode::incomplete_history, "lines", {},
             "Its list of lines goes on in a page of its own.");
    for (const auto& [line, problem] : facts.bad_lines)
      if (!here.contains(line)) report(problem.code, problem.field, line, problem.reason);
    share_discount(facts, lines);
    for (const LineFacts& line : lines)
      if (auto read = line_of(facts, line))
        invoice.lines.push_back(std::move(*read));
      else
        report(RejectionCode::out_of_range, "lines", line.id,
               "Its amount is no amount of " + std::string(invoice.currency.code()) + ".");
  }

  /// Where lines do not tell their discounts, that of the invoice is of all in proportion.
  static void share_discount(const InvoiceFacts& facts, std::vector<LineFacts>& lines) {
    const bool told =
        std::any_of(lines.begin(), lines.end(), [](const LineFacts& l) { return l.tells_discounts; });
    if (facts.discount <= 0 || told) return;
    std::vector<std::int64_t> weights;
    weights.reserve(lines.size());
    for (const LineFacts& line : lines) weights.push_back(std::max<std::int64_t>(line.amount, 0));
    const auto shares = shared(facts.discount, weights);
    for (std::size_t i = 0; i < lines.size(); ++i) lines[i].discount = shares[i];
  }

  [[nodiscard]] std::optional<InvoiceLine> line_of(const InvoiceFacts& invoice,
                                                   const LineFacts& facts) const {
    const Currency currency = *invoice.currency;
    std::optional<Money> amount;
    try {
      amount = money_of(checked_subtract(checked_subtract(facts.amount, facts.discount), facts.inclusive_tax),
                        currency);
    } catch (const Error&) {
      return std::nullopt;
    }
    const auto tax = money_of(facts.tax, currency);
    if (!amount || !tax) return std::nullopt;
    InvoiceLine line{.id = facts.id, .amount = *amount};
    if (facts.tax != 0) line.tax = tax;
    PriceFacts price;
    if (facts.price) price = prices_->known(*facts.price);
    line.plan = prices_->plan_of(price);
    line.cycle = price.cycle;
    if (facts.proration)
      line.kind = LineKind::proration;
    else if (!facts.of_subscription)
      line.kind = LineKind::one_time;
    else
      line.kind = price.metered.value_or(false) ? LineKind::usage : LineKind::recurring;
    if (line.kind == LineKind::recurring || line.kind == LineKind::proration)
      add_price(facts, price, currency, line);
    if (const std::string id = subscription_of(invoice, facts); !id.empty())
      line.subscription = SubscriptionId{id};
    if (facts.period_start && facts.period_end) {
      const Date start = zone_->day_of(*facts.period_start);
      const Date end = zone_->day_of(*facts.period_end);
      if (start < end || line.kind != LineKind::one_time) {
        line.period_start = start;
        line.period_end = end;
      }
    }
    return line;
  }

  static void add_price(const LineFacts& facts, const PriceFacts& price, Currency currency,
                        InvoiceLine& line) {
    if (!facts.quantity || *facts.quantity < 0) return;
    std::optional<Decimal> unit = facts.unit_amount;
    if (!unit && (!price.currency || *price.currency == currency)) unit = price.unit_amount;
    if (!unit) return;
    const auto major = in_major_units(*unit, currency);
    if (!major) return;
    line.quantity = packaged(*facts.quantity, price.package);
    line.unit_price = Price{*major, currency};
  }

  /// `sub_1`, or of several items `sub_1/si_1`.
  [[nodiscard]] std::string subscription_of(const InvoiceFacts& invoice, const LineFacts& facts) const {
    const std::string& id =
        facts.subscription.empty() && facts.of_subscription ? invoice.subscription : facts.subscription;
    const auto names = names_->find(id);
    if (names == names_->end()) return id;
    if (names->second.items.contains(facts.item)) return id + "/" + facts.item;
    const auto by_price = names->second.item_of_price.find(facts.price ? facts.price->id : std::string());
    return by_price == names->second.item_of_price.end() ? id : id + "/" + by_price->second;
  }

  StripeExport* all_;
  const PriceBook* prices_;
  const std::map<std::string, ItemNames>* names_;
  const TimeZone* zone_;
  std::map<std::string, std::vector<std::pair<std::string, const LineVersion*>>> apart_;
};

}  // namespace

void add_invoices(StripeExport& all, const PriceBook& prices, const std::map<std::string, ItemNames>& names,
                  const TimeZone& zone, Records& records) {
  const Payments payments(all, zone);
  const InvoiceWriter writer(all, prices, names, zone);
  std::int64_t row = 0;
  for (const auto& [id, version] : all.invoices) {
    Invoice invoice = writer.invoice_of(id, version);
    invoice.payments = payments.of(id);
    records.add(invoice, ++row);
  }
  writer.report_lost_lines();
}

}  // namespace stripe
}  // namespace churn::inline v0
