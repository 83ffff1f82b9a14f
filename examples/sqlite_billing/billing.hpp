// A billing system on SQLite, in so far as it takes to have something to ask about. Nothing in here, nor in schema.sql,
// knows of libchurn. Days are texts, YYYY-MM-DD, and given: there is no clock.
#pragma once

#include <soci/soci.h>

#include <map>
#include <string>
#include <utility>

namespace billing {

using Day = std::string;

class Billing {
 public:
  /// Makes the file with the tables of `schema` anew. A file that is there already must be one of this system's own;
  /// throws std::runtime_error for any other.
  Billing(const std::string& file, const std::string& schema);

  int open_account(const std::string& name, const std::string& industry, const Day& day,
                   bool is_internal = false);
  /// The card that charges go to from now on; `expires` is YYYY-MM.
  void add_card(int account, const Day& day, const std::string& expires);
  /// A price of a plan, by its number.
  int offer(const std::string& plan, int cents, int months, const Day& day);

  int sign(int account, int price, int seats, const Day& day);
  /// Other terms from the next renewal on.
  void change(int contract, int price, int seats, const Day& day);
  void pause(int contract, const Day& from, const Day& until);
  void cancel(int contract, const Day& day, const Day& ends, const std::string& reason);

  /// The bank will decline what is charged to an account on a day.
  void let_decline(int account, const Day& day, const std::string& code);

  /// What a day brings: invoices of the periods that begin on it, charges, and further attempts 3 and 7 days after one that was
  /// declined. After the third the invoice is given up, and the contract with it.
  void run_day(const Day& day);

  soci::session& sql() { return sql_; }

 private:
  void issue_invoices(const Day& day);
  void charge(int invoice, const Day& day);
  [[nodiscard]] std::string decline_code(int account, const Day& day);

  soci::session sql_;
  std::map<std::pair<int, Day>, std::string> declines_;
};

/// Every statement of a file; each ends with a line.
void run_file(soci::session& sql, const std::string& file);

}  // namespace billing
