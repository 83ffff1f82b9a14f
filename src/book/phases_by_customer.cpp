#include "book/phases_by_customer.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "core/shares.hpp"

namespace churn::inline v0 {

PhasesByCustomer::PhasesByCustomer(const PhaseTable& phases, const Accounts& accounts,
                                   PlainPhaseReader reader, unsigned threads)
    : table_(phases), accounts_(accounts), reader_(std::move(reader)) {
  const PlainColumn<std::uint32_t>& customer_of = accounts.customer_of;
  for (std::size_t id = 0; id < customer_of.size() && is_own_number_; ++id)
    is_own_number_ = customer_of[id] == id;
  in_order_ = count_in_order();
  if (!in_order_) make_piles(threads);
}

/// Whether the phases of each customer stand together, in the order of customers, and all are of some customer.
bool PhasesByCustomer::count_in_order() {
  first_.assign(accounts_.id.size() + 1, 0U);
  std::uint32_t before = 0;
  for (std::size_t row = 0; row < table_.size(); ++row) {
    const std::uint32_t customer = customer_of(row);
    if (customer < before || customer == no_index) return false;
    before = customer;
    ++first_[customer + 1];
  }
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  return true;
}

void PhasesByCustomer::make_piles(unsigned threads) {
  const std::size_t customers = accounts_.id.size();
  while ((customers >> pile_bits_) >= most_piles) ++pile_bits_;
  const std::size_t piles = (customers >> pile_bits_) + 1;
  const std::size_t shares = chunks_for(threads);
  const auto first_row = [&](std::size_t share) { return table_.size() * share / shares; };

  // By pile and share, how many there are, then where the next one goes.
  std::vector<std::uint32_t> next(piles * shares, 0U);
  do_shares(shares, threads, [&] {
    return [&](std::size_t share) {
      std::vector<std::uint32_t> count(piles, 0U);
      for (std::size_t row = first_row(share); row < first_row(share + 1); ++row)
        if (const std::uint32_t customer = customer_of(row); customer != no_index)
          ++count[customer >> pile_bits_];
      for (std::size_t pile = 0; pile < piles; ++pile) next[pile * shares + share] = count[pile];
    };
  });
  first_.assign(piles + 1, 0U);
  std::uint32_t behind = 0;
  for (std::size_t i = 0; i < next.size(); ++i) {
    behind += next[i];
    next[i] = behind - next[i];
    if ((i + 1) % shares == 0) first_[(i + 1) / shares] = behind;
  }

  const std::span<PlainPhase> all = piles_.extend(behind);
  do_shares(shares, threads, [&] {
    return [&](std::size_t share) {
      PlainPhaseReader reader = reader_;
      std::vector<std::uint32_t> to(piles);
      for (std::size_t pile = 0; pile < piles; ++pile) to[pile] = next[pile * shares + share];
      std::array<PlainPhase, 256> read;
      const std::size_t last = first_row(share + 1);
      for (std::size_t row = first_row(share); row < last;) {
        const std::size_t count = std::min(read.size(), last - row);
        reader.read(row, std::span{read}.first(count));
        for (std::size_t i = 0; i < count; ++i, ++row) {
          read[i].customer = customer_of(row);
          if (read[i].customer != no_index) all[to[read[i].customer >> pile_bits_]++] = read[i];
        }
      }
    };
  });
}

std::vector<PhasesByCustomer::Share> PhasesByCustomer::shares(std::size_t count) const {
  const std::size_t customers = accounts_.id.size();
  const std::vector<std::size_t> bounds = chunk_bounds(first_, count);
  std::vector<Share> shares;
  for (std::size_t k = 0; k < count; ++k) {
    const auto customer = [&](std::size_t bound) {
      return in_order_ ? bound : std::min(bound << pile_bits_, customers);
    };
    shares.push_back(
        {customer(bounds[k]), customer(bounds[k + 1]), first_[bounds[k]], first_[bounds[k + 1]]});
  }
  return shares;
}

PhasesByCustomer::Walk::Walk(const PhasesByCustomer& of, const Share& share)
    : of_(of), reader_(of.reader_), customer_(share.first_customer), last_customer_(share.last_customer) {}

void PhasesByCustomer::Walk::read_more() {
  next_ = 0;
  if (of_.in_order_)
    read_rows();
  else
    take_pile();
}

void PhasesByCustomer::Walk::read_rows() {
  const std::size_t last = std::min(customer_ + customers_read_at_once, last_customer_);
  const std::size_t first_row = of_.first_[customer_];
  const std::size_t count = of_.first_[last] - first_row;
  if (phases_.size() < count) phases_.resize(count);
  reader_.read(first_row, std::span{phases_}.first(count));
  first_.resize(last - customer_ + 1);
  for (std::size_t i = 0; i < first_.size(); ++i) first_[i] = of_.first_[customer_ + i] - first_row;
  customer_ = last;
}

void PhasesByCustomer::Walk::take_pile() {
  const std::size_t pile = customer_ >> of_.pile_bits_;
  const std::span<const PlainPhase> all{of_.piles_};
  const auto of_pile = all.subspan(of_.first_[pile], of_.first_[pile + 1] - of_.first_[pile]);
  const std::size_t last = std::min(customer_ + of_.customers_a_pile(), last_customer_);
  // A place ahead, where the next phase of each goes; at the end it is where those of the next one begin.
  first_.assign(last - customer_ + 2, 0U);
  for (const PlainPhase& phase : of_pile) ++first_[phase.customer - customer_ + 2];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  if (phases_.size() < of_pile.size()) phases_.resize(of_pile.size());
  for (const PlainPhase& phase : of_pile) phases_[first_[phase.customer - customer_ + 1]++] = phase;
  first_.pop_back();
  customer_ = last;
}

}  // namespace churn::inline v0
