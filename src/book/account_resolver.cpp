#include "book/account_resolver.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>

namespace churn::inline v0 {

namespace {

class AccountResolver {
 public:
  AccountResolver(const Records::Storage& records, Rejections& rejections)
      : records_(records), customers_(records.customers), rejections_(rejections) {}

  Accounts resolve() {
    if (customers_.size() == 0) return everyone_is_a_customer();
    find_rows();
    follow_merges();
    return number_customers();
  }

 private:
  [[nodiscard]] bool is_identical(std::size_t a, std::size_t b) const {
    return customers_.signed_up_on[a] == customers_.signed_up_on[b] &&
           customers_.excluded[a] == customers_.excluded[b] &&
           customers_.merged_into[a] == customers_.merged_into[b] &&
           customers_.name[a] == customers_.name[b] &&
           std::all_of(customers_.attributes.begin(), customers_.attributes.end(),
                       [&](const AttributeColumn& column) { return column.value[a] == column.value[b]; });
  }

  void report(RejectionCode code, std::size_t row, const char* field, std::string reason) {
    rejections_.add({code, records_.source(RecordTable::customers), customers_.source_row(row), field,
                     std::move(reason)});
  }

  /// Where nothing is said of any account.
  [[nodiscard]] Accounts everyone_is_a_customer() const {
    const std::size_t count = records_.customer_ids.size();
    Accounts accounts;
    const std::span<std::uint32_t> customer_of = accounts.customer_of.extend(count);
    std::iota(customer_of.begin(), customer_of.end(), 0U);
    accounts.id = accounts.customer_of;
    return accounts;
  }

  /// The row of each id. Several identical rows count once; rows that differ count not at all.
  void find_rows() {
    row_.assign(records_.customer_ids.size(), no_index);
    std::vector<bool> conflict(row_.size(), false);
    for (std::size_t i = 0; i < customers_.size(); ++i) {
      std::uint32_t& row = row_[customers_.id[i]];
      if (row == no_index)
        row = static_cast<std::uint32_t>(i);
      else if (!is_identical(row, i))
        conflict[customers_.id[i]] = true;
    }
    for (std::size_t i = 0; i < customers_.size(); ++i) {
      const std::uint32_t id = customers_.id[i];
      if (conflict[id])
        report(RejectionCode::duplicate_id, i, "customer_id",
               "Customer " + records_.customer_ids.text(id) + " has rows that differ; none of them counts.");
      else if (row_[id] != i)
        report(
            RejectionCode::duplicate_row, i, "customer_id",
            "The row repeats row " + std::to_string(customers_.source_row(row_[id])) + " and counts once.");
    }
    for (std::size_t id = 0; id < row_.size(); ++id)
      if (conflict[id]) row_[id] = no_index;
  }

  [[nodiscard]] std::uint32_t merge_target(std::uint32_t id) const {
    return row_[id] == no_index ? no_index : customers_.merged_into[row_[id]];
  }
  [[nodiscard]] bool is_excluded(std::uint32_t id) const {
    return row_[id] != no_index && customers_.excluded[row_[id]] != 0;
  }

  /// The account at the end of each chain of merges, and whether the way there passes a test account. Each
  /// account is walked over once: a chain stops at the first account whose end is known.
  void follow_merges() {
    enum : std::uint8_t { unknown, on_the_way, known, in_or_to_a_ring };
    std::vector<std::uint8_t> state(row_.size(), unknown);
    final_.resize(row_.size());
    left_out_.assign(row_.size(), false);
    std::vector<std::uint32_t> way;
    for (std::uint32_t id = 0; id < row_.size(); ++id) {
      way.clear();
      std::uint32_t at = id;
      while (state[at] == unknown && merge_target(at) != no_index) {
        state[at] = on_the_way;
        way.push_back(at);
        at = merge_target(at);
      }
      if (state[at] == unknown) {  // the end of a chain
        state[at] = known;
        final_[at] = at;
        left_out_[at] = is_excluded(at);
      }
      const bool ends = state[at] == known;
      for (; !way.empty(); way.pop_back()) {
        const std::uint32_t step = way.back();
        const std::uint32_t target = merge_target(step);
        state[step] = ends ? known : in_or_to_a_ring;
        final_[step] = ends ? final_[target] : step;
        left_out_[step] = is_excluded(step) || (ends && left_out_[target]);
        if (!ends)
          report(
              RejectionCode::merge_cycle, row_[step], "merged_into",
              "Customer " + records_.customer_ids.text(step) + " is merged in a ring; it stays on its own.");
      }
    }
  }

  Accounts number_customers() {
    Accounts accounts;
    accounts.customer_of.append(row_.size(), no_index);
    const std::span<std::uint32_t> customer_of = accounts.customer_of.writable();
    for (std::uint32_t id = 0; id < row_.size(); ++id) {
      if (left_out_[id]) {
        ++accounts.excluded;
        if (row_[id] != no_index)
          report(RejectionCode::excluded_customer, row_[id], "excluded",
                 "Customer " + records_.customer_ids.text(id) + " is a test account and left out.");
        continue;
      }
      if (final_[id] != id) continue;
      customer_of[id] = static_cast<std::uint32_t>(accounts.id.size());
      accounts.id.push_back(id);
      accounts.row.push_back(row_[id]);
      accounts.signed_up_on.push_back(row_[id] == no_index ? no_day : customers_.signed_up_on[row_[id]]);
    }
    const PlainColumn<std::int32_t> own_sign_up = accounts.signed_up_on;
    const std::span<std::int32_t> signed_up_on = accounts.signed_up_on.writable();
    for (std::uint32_t id = 0; id < row_.size(); ++id) {
      if (left_out_[id] || final_[id] == id) continue;
      const std::uint32_t customer = customer_of[final_[id]];
      customer_of[id] = customer;
      if (row_[id] != no_index && own_sign_up[customer] == no_day)
        signed_up_on[customer] = std::min(signed_up_on[customer], customers_.signed_up_on[row_[id]]);
    }
    return accounts;
  }

  const Records::Storage& records_;
  const CustomerTable& customers_;
  Rejections& rejections_;
  std::vector<std::uint32_t> row_;    // by id
  std::vector<std::uint32_t> final_;  // by id
  std::vector<bool> left_out_;        // by id
};

}  // namespace

Accounts resolve_accounts(const Records::Storage& records, Rejections& rejections) {
  return AccountResolver{records, rejections}.resolve();
}

}  // namespace churn::inline v0
