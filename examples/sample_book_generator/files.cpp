#include "files.hpp"

#include <fstream>
#include <stdexcept>

#include "truth.hpp"

namespace sample_book {

namespace {

std::string subscription_id(int number) { return 'S' + padded(static_cast<unsigned>(number), 4); }

std::string invoice_id(std::size_t place) { return 'I' + padded(static_cast<unsigned>(place + 1), 5); }

std::string money(std::int64_t cents) {
  const std::int64_t size = cents < 0 ? -cents : cents;
  return (cents < 0 ? "-" : "") + std::to_string(size / 100) + '.' +
         padded(static_cast<unsigned>(size % 100), 2);
}

std::string instant(Day day, int second) {
  const auto value = static_cast<unsigned>(second);
  return text(day) + 'T' + padded(value / 3600, 2) + ':' + padded(value / 60 % 60, 2) + ':' +
         padded(value % 60, 2) + 'Z';
}

std::string field(std::string_view value) {
  if (value.find_first_of(",\"\n") == std::string_view::npos) return std::string{value};
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string customers_csv(const Book& book) {
  std::string out =
      "customer_id,signed_up_on,name,excluded,merged_into,industry,channel,country,size,sales_region,"
      "success_manager\n";
  for (const Customer& row : book.customers) {
    const std::array<std::string, 11> fields{customer_id(row.number),
                                             text(row.signed_up_on),
                                             row.name,
                                             row.excluded ? "1" : "",
                                             row.merged_into ? customer_id(row.merged_into) : "",
                                             std::string{row.industry},
                                             std::string{row.channel},
                                             std::string{row.country},
                                             std::string{row.size->label},
                                             std::string{row.sales_region},
                                             std::string{row.success_manager}};
    append_row(out, fields);
  }
  return out;
}

void append_phase(std::string& out, const Subscription& subscription, const Phase& row) {
  const std::array<std::string, 18> fields{subscription_id(subscription.number),
                                           customer_id(subscription.customer),
                                           std::string{plan_names[static_cast<std::size_t>(row.plan)]},
                                           text(row.starts_on),
                                           text(row.ends_on),
                                           money(row.unit_cents()),
                                           "USD",
                                           row.yearly ? "year" : "month",
                                           "1",
                                           std::to_string(row.quantity),
                                           row.discount_percent ? std::to_string(row.discount_percent) : "",
                                           text(row.discount_ends_on),
                                           text(row.trial_ends_on),
                                           text(row.cancel_requested_on),
                                           std::string{row.end_reason},
                                           text(row.paused_from),
                                           text(row.paused_until),
                                           text(row.term_ends_on)};
  append_row(out, fields);
}

std::string subscriptions_csv(const Book& book) {
  std::string out =
      "subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,interval_count,"
      "quantity,discount_percent,discount_ends_on,trial_ends_on,cancel_requested_on,end_reason,"
      "paused_from,paused_until,term_ends_on\n";
  for (const Subscription& subscription : book.subscriptions) {
    for (const Phase& phase : subscription.phases) append_phase(out, subscription, phase);
  }
  return out;
}

std::string invoices_csv(const Book& book) {
  std::string out = "invoice_id,customer_id,issued_on,due_on,paid_on,currency,status,subscription_id\n";
  for (std::size_t i = 0; i < book.invoices.size(); ++i) {
    const Invoice& row = book.invoices[i];
    const std::array<std::string, 8> fields{invoice_id(i),           customer_id(row.customer),
                                            text(row.issued_on),     text(row.due_on),
                                            text(row.paid_on),       "USD",
                                            std::string{row.status}, subscription_id(row.subscription)};
    append_row(out, fields);
  }
  return out;
}

void append_line(std::string& out, std::string_view invoice, std::size_t number, int subscription,
                 const InvoiceLine& row) {
  const bool recurs = row.kind != "one_time";
  const std::array<std::string, 13> fields{std::string{invoice},
                                           std::to_string(number),
                                           subscription_id(subscription),
                                           std::string{plan_names[static_cast<std::size_t>(row.plan)]},
                                           money(row.amount),
                                           row.tax != 0 ? money(row.tax) : "",
                                           std::to_string(row.quantity),
                                           money(row.unit_cents),
                                           recurs ? row.yearly ? "year" : "month" : "",
                                           recurs ? "1" : "",
                                           recurs ? text(row.from) : "",
                                           recurs ? text(row.until) : "",
                                           std::string{row.kind}};
  append_row(out, fields);
}

std::string invoice_lines_csv(const Book& book) {
  std::string out =
      "invoice_id,line_id,subscription_id,plan,amount,tax,quantity,unit_amount,interval,interval_count,"
      "period_start,period_end,kind\n";
  for (std::size_t i = 0; i < book.invoices.size(); ++i) {
    const Invoice& invoice = book.invoices[i];
    for (std::size_t j = 0; j < invoice.lines.size(); ++j) {
      append_line(out, invoice_id(i), j + 1, invoice.subscription, invoice.lines[j]);
    }
  }
  return out;
}

std::string payments_csv(const Book& book) {
  std::string out = "invoice_id,at,status,amount,failure_code\n";
  for (std::size_t i = 0; i < book.invoices.size(); ++i) {
    for (const Payment& row : book.invoices[i].payments) {
      const std::array<std::string, 5> fields{invoice_id(i), instant(row.day, row.second),
                                              std::string{row.status}, money(row.amount),
                                              std::string{row.failure_code}};
      append_row(out, fields);
    }
  }
  return out;
}

std::string events_csv(const Book& book) {
  std::string out = "customer_id,at,kind,value,label\n";
  for (const Event& row : book.events) {
    const bool plain = row.value == 1 && row.kind != "session_minutes" && row.kind != "nps";
    const std::array<std::string, 5> fields{customer_id(row.customer), instant(row.day, row.second),
                                            std::string{row.kind}, plain ? "" : std::to_string(row.value),
                                            row.label};
    append_row(out, fields);
  }
  return out;
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

std::string customer_id(int number) { return 'C' + padded(static_cast<unsigned>(number), 4); }

void append_row(std::string& out, std::span<const std::string> fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    out += field(fields[i]);
  }
  out += '\n';
}

void write_book(const Settings& settings, Book& book) {
  const std::filesystem::path& folder = settings.folder;
  std::filesystem::create_directories(folder);
  write_file(folder / "customers.csv", customers_csv(book));
  write_file(folder / "subscriptions.csv", subscriptions_csv(book));
  write_file(folder / "invoices.csv", invoices_csv(book));
  write_file(folder / "invoice_lines.csv", invoice_lines_csv(book));
  write_file(folder / "payments.csv", payments_csv(book));
  write_file(folder / "events.csv", events_csv(book));
  write_file(folder / "book.json", "{\"currency\": \"USD\", \"time_zone\": \"UTC0\"}\n");
  write_file(folder / "truth.json", truth_json(settings, book));
  write_file(folder / "truth_departures.csv", departures_csv(departures(settings, book, false)));
  write_file(folder / "truth_coming_departures.csv", departures_csv(departures(settings, book, true)));
}

}  // namespace sample_book
