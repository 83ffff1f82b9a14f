#include "billing.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

using soci::into;
using soci::use;

namespace billing {

namespace {

constexpr int our_files = 1651076204;  // schema.sql's application_id

soci::session open(const std::string& file) {
  if (std::filesystem::exists(file)) {
    int id = 0;
    try {
      soci::session old(soci::sqlite3, "db=\"" + file + "\"");
      old << "PRAGMA application_id", into(id);
    } catch (const soci::soci_error&) {  // no database at all
    }
    if (id != our_files) throw std::runtime_error(file + " is something else, and stays as it is.");
    for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(file + part);
  }
  return {soci::sqlite3, "db=\"" + file + "\""};
}

int last_row(soci::session& sql) {
  int id = 0;
  sql << "SELECT last_insert_rowid()", into(id);
  return id;
}

}  // namespace

void run_file(soci::session& sql, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file + " can't be read.");
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  for (std::size_t at = 0, end = 0; (end = text.find(";\n", at)) != std::string::npos; at = end + 2)
    sql << text.substr(at, end - at);
}

Billing::Billing(const std::string& file, const std::string& schema) : sql_(open(file)) {
  sql_ << "PRAGMA foreign_keys = ON";
  sql_ << "PRAGMA journal_mode = WAL";  // who asks about churn keeps nobody from writing
  sql_ << "PRAGMA synchronous = NORMAL";
  run_file(sql_, schema);
}

int Billing::open_account(const std::string& name, const std::string& industry, const Day& day,
                          bool is_internal) {
  const int internal = is_internal ? 1 : 0;
  sql_ << "INSERT INTO accounts (name, industry, created_on, is_internal) VALUES (:name, :industry, :day, "
          ":internal)",
      use(name), use(industry), use(day), use(internal);
  return last_row(sql_);
}

void Billing::add_card(int account, const Day& day, const std::string& expires) {
  sql_ << "INSERT INTO cards (account_id, added_at, expires) VALUES (:account, :day || 'T09:00:00Z', "
          ":expires)",
      use(account), use(day), use(expires);
}

int Billing::offer(const std::string& plan, int cents, int months, const Day& day) {
  sql_ << "INSERT INTO prices (plan, cents, months, offered_from) VALUES (:plan, :cents, :months, :day)",
      use(plan), use(cents), use(months), use(day);
  return last_row(sql_);
}

int Billing::sign(int account, int price, int seats, const Day& day) {
  soci::transaction all(sql_);
  sql_ << "INSERT INTO contracts (account_id, started_on) VALUES (:account, :day)", use(account), use(day);
  const int contract = last_row(sql_);
  sql_ << "INSERT INTO contract_terms VALUES (:contract, :day, :price, :seats)", use(contract), use(day),
      use(price), use(seats);
  all.commit();
  return contract;
}

void Billing::change(int contract, int price, int seats, const Day& day) {
  Day renewal;
  sql_ << "WITH RECURSIVE renewals (n, day) AS ("
          "  SELECT 0, started_on FROM contracts WHERE id = :contract UNION ALL"
          "  SELECT n + 1, date(started_on, '+' || (n + 1) || ' months') FROM renewals, contracts"
          "  WHERE id = :contract AND day < :day)"
          "SELECT MAX(day) FROM renewals",
      use(contract, "contract"), use(day, "day"), into(renewal);
  sql_ << "INSERT INTO contract_terms VALUES (:contract, :day, :price, :seats)", use(contract), use(renewal),
      use(price), use(seats);
}

void Billing::pause(int contract, const Day& from, const Day& until) {
  sql_ << "INSERT INTO pauses VALUES (:contract, :from, :until)", use(contract), use(from), use(until);
}

void Billing::cancel(int contract, const Day& day, const Day& ends, const std::string& reason) {
  sql_ << "UPDATE contracts SET cancel_requested_on = :day, ended_on = :ends, end_reason = :reason WHERE id "
          "= :contract",
      use(day), use(ends), use(reason), use(contract);
}

void Billing::let_decline(int account, const Day& day, const std::string& code) {
  declines_[{account, day}] = code;
}

void Billing::run_day(const Day& day) {
  soci::transaction all(sql_);
  issue_invoices(day);
  // Those of the day, and those that were declined three or seven days ago.
  std::vector<int> due(1000);
  sql_ << "SELECT id FROM billing_invoices WHERE state = 'open' AND julianday(:day) - julianday(issued_on) "
          "IN (0, 3, 7) "
          "ORDER BY id",
      use(day), into(due);
  for (const int invoice : due) charge(invoice, day);
  all.commit();
}

void Billing::issue_invoices(const Day& day) {
  sql_
      << "INSERT INTO billing_invoices (contract_id, issued_on, service_from, service_until, price_id, "
         "seats, cents) "
         "SELECT c.id, :day, :day, date(:day, '+' || p.months || ' months'), p.id, t.seats, p.cents * "
         "t.seats "
         "FROM contracts c "
         "JOIN contract_terms t ON t.contract_id = c.id AND t.effective_on = "
         "  (SELECT MAX(effective_on) FROM contract_terms WHERE contract_id = c.id AND effective_on <= :day) "
         "JOIN prices p ON p.id = t.price_id "
         "WHERE c.started_on <= :day AND (c.ended_on IS NULL OR c.ended_on > :day) "
         "  AND strftime('%d', c.started_on) = strftime('%d', :day) "
         "  AND (12 * (strftime('%Y', :day) - strftime('%Y', c.started_on)) + strftime('%m', :day) - "
         "       strftime('%m', c.started_on)) % p.months = 0 "
         "  AND NOT EXISTS (SELECT 1 FROM pauses b WHERE b.contract_id = c.id AND b.from_on <= :day AND :day "
         "< b.until_on)",
      use(day, "day");
}

void Billing::charge(int invoice, const Day& day) {
  int account = 0;
  int contract = 0;
  int cents = 0;
  int attempts = 0;
  sql_ << "SELECT c.account_id, c.id, i.cents, (SELECT COUNT(*) FROM charges WHERE invoice_id = i.id) "
          "FROM billing_invoices i JOIN contracts c ON c.id = i.contract_id WHERE i.id = :invoice",
      use(invoice), into(account), into(contract), into(cents), into(attempts);
  const std::string code = decline_code(account, day);
  soci::indicator has_code = code.empty() ? soci::i_null : soci::i_ok;
  sql_ << "INSERT INTO charges (invoice_id, attempted_at, cents, decline_code) "
          "VALUES (:invoice, :day || 'T09:00:00Z', :cents, :code)",
      use(invoice), use(day), use(cents), use(code, has_code);
  if (code.empty()) {
    sql_ << "UPDATE billing_invoices SET state = 'paid', paid_on = :day WHERE id = :invoice", use(day),
        use(invoice);
  } else if (attempts == 2) {
    sql_ << "UPDATE billing_invoices SET state = 'given_up' WHERE id = :invoice", use(invoice);
    sql_ << "UPDATE contracts SET ended_on = :day WHERE id = :contract AND ended_on IS NULL", use(day),
        use(contract);
  }
}

/// What the bank says; empty: it pays.
std::string Billing::decline_code(int account, const Day& day) {
  if (const auto told = declines_.find({account, day}); told != declines_.end()) return told->second;
  std::string expires;
  soci::indicator is_known = soci::i_null;
  sql_ << "SELECT expires FROM cards WHERE account_id = :account ORDER BY added_at DESC LIMIT 1",
      use(account), into(expires, is_known);
  if (!sql_.got_data() || is_known != soci::i_ok) return "no_card";
  return expires < day.substr(0, 7) ? "expired_card" : "";
}

}  // namespace billing
