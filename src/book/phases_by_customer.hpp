// The phases of one customer after those of another, however rows are ordered. Private to the library's sources.
//
// Most hosts give the rows of a customer together; they are read where they are. Rows in any other order are first
// read from end to end, and put into piles of some thousand customers each, by writing to all piles at once. A pile
// fits into the cache, where those of its customers are told apart. So memory is gone through in order, once to
// read rows, once to write and to read piles, where looking up the rows of one customer after the other would wait
// for it several times a phase. Piles take 32 bytes a phase, until the book is built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "book/account_resolver.hpp"
#include "book/phase_source.hpp"
#include "book/plain_column.hpp"
#include "book/plain_phase.hpp"

namespace churn::inline v0 {

class PhasesByCustomer {
 public:
  /// On so many threads. All that is given outlives it.
  PhasesByCustomer(const PhaseTable& phases, const Accounts& accounts, PlainPhaseReader reader,
                   unsigned threads);

  /// Customers that follow each other, with their phases.
  struct Share {
    std::size_t first_customer;
    std::size_t last_customer;  // exclusive
    std::size_t first_phase;    // so many are of earlier customers
    std::size_t last_phase;
  };
  /// All customers in so many shares, with about equally many phases each; some may be empty.
  [[nodiscard]] std::vector<Share> shares(std::size_t count) const;

  /// Goes through the customers of a share in order.
  class Walk {
   public:
    Walk(const PhasesByCustomer& of, const Share& share);
    /// The phases of the next customer, in order of row; good until the next call, and the caller's to change.
    /// Precondition: there is one more.
    [[nodiscard]] std::span<PlainPhase> next() {
      if (next_ + 1 == first_.size()) read_more();
      const std::span phases = std::span{phases_}.subspan(first_[next_], first_[next_ + 1] - first_[next_]);
      ++next_;
      return phases;
    }

   private:
    void read_more();
    void read_rows();
    void take_pile();

    const PhasesByCustomer& of_;
    PlainPhaseReader reader_;
    std::size_t customer_;               // behind those at hand
    std::size_t last_customer_;          // of the share, exclusive
    std::vector<PlainPhase> phases_;     // of the customers at hand
    std::vector<std::size_t> first_{0};  // where those of each begin, and where the last ones end
    std::size_t next_{0};
  };

 private:
  static constexpr std::size_t most_piles = 1024;
  static constexpr std::size_t customers_read_at_once = 128;

  [[nodiscard]] bool count_in_order();
  void make_piles(unsigned threads);
  [[nodiscard]] std::uint32_t customer_of(std::size_t row) const noexcept {
    return is_own_number_ ? table_.customer[row] : accounts_.customer_of[table_.customer[row]];
  }
  [[nodiscard]] std::size_t customers_a_pile() const noexcept { return std::size_t{1} << pile_bits_; }

  const PhaseTable& table_;
  const Accounts& accounts_;
  PlainPhaseReader reader_;
  bool is_own_number_{true};  // the id of each customer is its number
  /// Where the phases of each customer begin, or of each pile, and where the last ones end.
  std::vector<std::uint32_t> first_;
  bool in_order_{false};
  unsigned pile_bits_{11};  // at least so many customers are in a pile
  PlainColumn<PlainPhase> piles_;
};

}  // namespace churn::inline v0
