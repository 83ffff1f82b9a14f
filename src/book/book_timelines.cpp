#include "book/book_timelines.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "book/phases_by_customer.hpp"
#include "book/plain_timelines.hpp"
#include "core/shares.hpp"
#include "core/watch.hpp"

namespace churn::inline v0 {

namespace {

/// What the customers of one share come to.
struct BuiltShare {
  TimelineColumns timeline;
  PlainColumn<std::uint8_t> paid_in;
  PlainColumn<FirstStay> first_stays;
  std::vector<bool> has_currency = std::vector<bool>(256, false);
  Rejections rejections;
  std::size_t kept{0};  // rows that count
};

void reserve(BuiltShare& share, std::size_t customers, std::size_t phases) {
  share.timeline.first_step.reserve(customers + 1);
  share.timeline.first_present.reserve(customers);
  share.paid_in.reserve(customers);
  share.first_stays.reserve(customers);
  const std::size_t expected_steps = phases + phases / 4 + customers / 4;
  share.timeline.day.reserve(expected_steps);
  share.timeline.level.reserve(expected_steps);
  share.timeline.state.reserve(expected_steps);
  share.timeline.phase.reserve(expected_steps);
}

/// Checks, cuts and nets the phases of customers, one after the other.
class ShareBuilder {
 public:
  explicit ShareBuilder(const Book::Data& data)
      : data_(data),
        resolver_(data.reading()),
        plain_(data.reading()),
        timelines_(data.as_of, data.records_from, data.conventions.book) {}

  /// Writes the rows of those phases that count to `counted`, and gives how many these are.
  [[nodiscard]] std::size_t add(std::uint32_t customer, std::span<PlainPhase> phases, std::uint32_t* counted,
                                BuiltShare& to) {
    bool is_plain = false;
    naming(customer, [&] { is_plain = plain_.append(phases, to.timeline); });
    to.first_stays.push_back(plain_.first_stay());
    if (is_plain) {
      to.paid_in.push_back(plain_.paid_in());
      for (std::size_t i = 0; i < phases.size(); ++i) counted[i] = phases[i].row;
      return phases.size();
    }
    rows_.clear();
    for (const PlainPhase& phase : phases) rows_.push_back(phase.row);
    accepted_.clear();
    parts_.clear();
    resolver_.resolve(customer, rows_, accepted_, parts_, &to.rejections);
    naming(customer, [&] { timelines_.append(parts_, to.timeline); });
    std::uint8_t paid_in = Book::Data::never_paid;
    for (const Part& part : parts_) {  // what is free, or starts later, adds to no sum
      if (part.ticks <= 0 || part.from >= data_.as_of.days()) continue;
      const std::uint8_t currency = data_.currency_of(part.row).index();
      to.has_currency[currency] = true;
      paid_in =
          paid_in == Book::Data::never_paid || paid_in == currency ? currency : Book::Data::paid_in_several;
    }
    to.paid_in.push_back(paid_in);
    std::copy(accepted_.begin(), accepted_.end(), counted);
    return accepted_.size();
  }

  /// To be called after the last customer.
  void finish(BuiltShare& share) const {
    for (std::size_t i = 0; i < share.has_currency.size(); ++i)
      share.has_currency[i] = share.has_currency[i] || plain_.has_currency(i);
  }

 private:
  /// Appends to timelines, which say no more than that a run rate is too large.
  template <class Append>
  void naming(std::uint32_t customer, Append&& append) {
    try {
      append();
    } catch (const Error&) {
      throw Error(ErrorCode::overflow, "The run rate of customer " +
                                           data_.records->customer_ids.text(data_.accounts.id[customer]) +
                                           " is larger than 64 bits can hold.");
    }
  }

  const Book::Data& data_;
  PhaseResolver resolver_;
  PlainTimelines plain_;
  TimelineBuilder timelines_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> accepted_;
  std::vector<Part> parts_;
};

/// The steps of later customers behind those of earlier ones.
void append(TimelineColumns& to, const TimelineColumns& more) {
  const std::size_t steps = to.day.size();
  const auto first = static_cast<std::uint32_t>(steps);
  const auto changes = static_cast<std::uint32_t>(to.changes.size());
  const auto customers = static_cast<std::uint32_t>(to.first_present.size());
  to.day.append(more.day);
  to.level.append(more.level);
  to.state.append(more.state);
  to.phase.append(more.phase);
  to.changes.append(more.changes);
  to.first_present.append(more.first_present);
  const std::span<std::uint32_t> phase = to.phase.writable();
  for (std::size_t i = steps; i < to.day.size(); ++i)
    if ((to.state[i] & Timeline::of_several) != 0) phase[i] += changes;
  for (std::size_t c = 1; c < more.first_step.size(); ++c)
    to.first_step.push_back(first + more.first_step[c]);
  for (const TimelineColumns::PendingGap& gap : more.pending_gaps)
    to.pending_gaps.push_back({customers + gap.customer, gap.since});
  to.sums_fit = to.sums_fit && more.sums_fit &&
                to.sum_of_changes <= std::numeric_limits<std::int64_t>::max() - more.sum_of_changes;
  if (to.sums_fit) to.sum_of_changes += more.sum_of_changes;
}

}  // namespace

void build_timelines(Book::Data& data, const BuildOptions& options, Rejections& rejections) {
  const PhasesByCustomer phases{*data.phases.table, data.accounts,
                                PlainPhaseReader{data.reading(), data.records_from}, options.threads};
  const std::vector<PhasesByCustomer::Share> shares = phases.shares(chunks_for(options.threads));
  const std::size_t customers = shares.back().last_customer;
  data.first_phase = {};
  data.phase_rows = {};
  const std::span<std::uint32_t> first_phase = data.first_phase.extend(customers + 1);
  const std::span<std::uint32_t> phase_rows = data.phase_rows.extend(shares.back().last_phase);
  std::vector<BuiltShare> built(shares.size());
  Watch watch{options.progress, customers};

  const auto build = [&](std::size_t k) {
    const PhasesByCustomer::Share& share = shares[k];
    if (k == 0)  // what the others come to is appended to it
      reserve(built[k], customers, phase_rows.size());
    else
      reserve(built[k], share.last_customer - share.first_customer, share.last_phase - share.first_phase);
    ShareBuilder builder{data};
    PhasesByCustomer::Walk walk{phases, share};
    std::size_t kept = share.first_phase;
    watch.pieces(share.first_customer, share.last_customer, [&](std::size_t from, std::size_t until) {
      for (std::size_t c = from; c < until; ++c) {
        first_phase[c] = static_cast<std::uint32_t>(kept);
        kept += builder.add(static_cast<std::uint32_t>(c), walk.next(), phase_rows.data() + kept, built[k]);
      }
    });
    builder.finish(built[k]);
    built[k].kept = kept - share.first_phase;
  };
  do_shares(shares.size(), options.threads, [&] { return build; });

  data.timeline = std::move(built.front().timeline);
  data.paid_in = std::move(built.front().paid_in);
  data.first_stays = std::move(built.front().first_stays);
  std::vector<bool> has_currency(256, false);
  std::size_t kept = 0;
  for (std::size_t k = 0; k < shares.size(); ++k) {
    const BuiltShare share = std::move(built[k]);  // to be gone before the next one is copied
    if (k > 0) {
      append(data.timeline, share.timeline);
      data.paid_in.append(share.paid_in);
      data.first_stays.append(share.first_stays);
    }
    rejections.append(share.rejections);
    for (std::size_t i = 0; i < has_currency.size(); ++i)
      has_currency[i] = has_currency[i] || share.has_currency[i];
    const std::size_t gap = shares[k].first_phase - kept;
    for (std::size_t c = shares[k].first_customer; gap > 0 && c < shares[k].last_customer; ++c)
      first_phase[c] -= static_cast<std::uint32_t>(gap);
    const auto rows = phase_rows.begin() + static_cast<std::ptrdiff_t>(shares[k].first_phase);
    std::copy(rows, rows + static_cast<std::ptrdiff_t>(share.kept),
              phase_rows.begin() + static_cast<std::ptrdiff_t>(kept));
    kept += share.kept;
  }
  first_phase.back() = static_cast<std::uint32_t>(kept);
  data.phase_rows.truncate(kept);
  const auto shrink = [](auto&... columns) { (columns.shrink_to_fit(), ...); };
  shrink(data.timeline.day, data.timeline.level, data.timeline.state, data.timeline.phase, data.phase_rows);
  for (std::size_t i = 0; i < has_currency.size(); ++i)
    if (has_currency[i]) data.currencies.push_back(Currency::from_index(static_cast<std::uint8_t>(i)));
}

}  // namespace churn::inline v0
