// CubeFile in its compact form.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <boost/crc.hpp>
#include <nlohmann/json.hpp>

#include "cube/stored.hpp"
#include "io/findings.hpp"
#include "io/packed_bytes.hpp"
#include "io/stored_cube_file.hpp"

namespace churn::inline v0 {

namespace {

using reading::fail;

constexpr std::string_view packed_magic{
    "\x89"
    "CHURN\r\n",
    8};
constexpr std::size_t prefix_size = 8 + 4 + 8 + 4;
constexpr std::size_t max_cells = 20'000'000;
constexpr std::size_t max_cohort_cells = 50'000'000;

std::uint32_t crc_32c(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

void append_little_endian(std::string& bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
}
std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

// ---- what is expected of counts

using Number = std::uint64_t;
template <class... Counts>
Number sum(Counts... counts) {
  return (Number{0} + ... + static_cast<Number>(counts));
}

/// A count, and what those before it in this order make likely, of the cell and of the one `before` it, the
/// period before, or nothing. Of either, only counts up to this one have been read when it is asked.
template <class Cell>
struct Expected {
  std::int64_t Cell::*field;
  Number (*value)(const Cell& cell, const Cell& before, Number days);
};

using M = MovementCell;
constexpr auto nothing = [](const M&, const M&, Number) -> Number { return 0; };
constexpr std::array<Expected<M>, M::field_count> expected_movements{{
    {&M::new_, nothing},
    {&M::reactivation, nothing},
    {&M::expansion, nothing},
    {&M::transfer_in, nothing},
    {&M::fx, nothing},
    {&M::contraction, nothing},
    {&M::churn, nothing},
    {&M::transfer_out, nothing},
    {&M::opening,
     [](const M&, const M& b, Number) {
       return sum(b.opening, b.new_, b.reactivation, b.expansion, b.transfer_in, b.fx) -
              sum(b.contraction, b.churn, b.transfer_out);
     }},
    {&M::closing,
     [](const M& c, const M&, Number) {
       return sum(c.opening, c.new_, c.reactivation, c.expansion, c.transfer_in, c.fx) -
              sum(c.contraction, c.churn, c.transfer_out);
     }},
    {&M::new_customers, nothing},
    {&M::reactivated_customers, nothing},
    {&M::expanded_customers, nothing},
    {&M::contracted_customers, nothing},
    {&M::churned_customers, nothing},
    {&M::transferred_in_customers, nothing},
    {&M::transferred_out_customers, nothing},
    {&M::opening_customers,
     [](const M&, const M& b, Number) {
       return sum(b.opening_customers, b.new_customers, b.reactivated_customers, b.transferred_in_customers) -
              sum(b.churned_customers, b.transferred_out_customers);
     }},
    {&M::closing_customers,
     [](const M& c, const M&, Number) {
       return sum(c.opening_customers, c.new_customers, c.reactivated_customers, c.transferred_in_customers) -
              sum(c.churned_customers, c.transferred_out_customers);
     }},
    {&M::lost, [](const M& c, const M&, Number) { return sum(c.contraction, c.churn); }},
    {&M::gained, [](const M& c, const M&, Number) { return sum(c.expansion); }},
    {&M::lost_customers, [](const M& c, const M&, Number) { return sum(c.churned_customers); }},
    {&M::departures_of_opening, [](const M& c, const M&, Number) { return sum(c.lost_customers); }},
    {&M::joined_customers,
     [](const M& c, const M&, Number) { return sum(c.new_customers, c.reactivated_customers); }},
    {&M::joined_and_left_customers, nothing},
    {&M::departures_of_joined, [](const M& c, const M&, Number) { return sum(c.joined_and_left_customers); }},
    {&M::departures,
     [](const M& c, const M&, Number) { return sum(c.departures_of_opening, c.departures_of_joined); }},
    {&M::customer_days, [](const M& c, const M&, Number days) { return days * sum(c.opening_customers); }},
}};

using S = SubscriptionCell;
constexpr auto none = [](const S&, const S&, Number) -> Number { return 0; };
constexpr std::array<Expected<S>, S::field_count> expected_subscriptions{{
    {&S::lost_subscriptions, none},
    {&S::opening_subscriptions,
     [](const S&, const S& b, Number) { return sum(b.opening_subscriptions) - sum(b.lost_subscriptions); }},
    {&S::lost_seats, none},
    {&S::opening_seats,
     [](const S&, const S& b, Number) { return sum(b.opening_seats) - sum(b.lost_seats); }},
    {&S::due, [](const S&, const S& b, Number) { return sum(b.due); }},
    {&S::renewed, [](const S& c, const S&, Number) { return sum(c.due); }},
    {&S::trials_ended, none},
    {&S::trials_converted, none},
}};

template <class Cell, class Counts>
void write_cells(PackedWriter& out, const PeriodGrid& grid, const std::vector<Cell>& cells,
                 const Counts& expected) {
  std::vector<Number> differences(cells.size());
  for (const auto& [field, value] : expected) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::size_t period = i % grid.size();
      const auto days = static_cast<Number>(grid[period].length_in_days());
      differences[i] =
          static_cast<Number>(cells[i].*field) - value(cells[i], period > 0 ? cells[i - 1] : Cell{}, days);
    }
    out.column(differences);
  }
}

template <class Cell, class Counts>
std::vector<Cell> read_cells(PackedReader& in, const PeriodGrid& grid, std::size_t segments,
                             const Counts& expected) {
  if (segments > max_cells / grid.size()) fail("The cubes have more cells than a cube may have.");
  in.require_room_for(segments * grid.size(), expected.size());
  std::vector<Cell> cells(segments * grid.size());
  for (const auto& [field, value] : expected) {
    const std::vector<Number> differences = in.column(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::size_t period = i % grid.size();
      const auto days = static_cast<Number>(grid[period].length_in_days());
      cells[i].*field = static_cast<std::int64_t>(differences[i] +
                                                  value(cells[i], period > 0 ? cells[i - 1] : Cell{}, days));
    }
  }
  return cells;
}

// ---- what stands before the counts of a cube

void write_frame(PackedWriter& out, const std::vector<Label>& labels,
                 const std::vector<PeriodStatus>& status) {
  out.varint(labels.size());
  for (const Label& label : labels)
    for (const std::string& part : label) out.text(part);
  std::vector<Number> states;
  Number before = 0;
  for (const PeriodStatus period : status) {
    const Number state = (period.observable ? 1U : 0U) + (period.complete ? 2U : 0U);
    states.push_back(state - before);
    before = state;
  }
  out.column(states);
}

Stored::Frame read_frame(PackedReader& in, const StoredCubeFile::Head& head, const Conventions& conventions) {
  Stored::Frame frame{head.grid, head.as_of, conventions, {}, head.segment_names(), {}};
  const std::size_t segments = in.size(in.rest());
  for (std::size_t s = 0; s < segments; ++s) {
    Label& label = frame.segments.emplace_back();
    for (std::size_t part = 0; part < frame.segment_names.size(); ++part) label.emplace_back(in.text());
  }
  Number state = 0;
  for (const Number change : in.column(head.grid.size())) {
    state += change;
    if (state > 3) fail("A period of the cubes has a state that there is not.");
    frame.status.push_back({state % 2 != 0, state / 2 != 0});
  }
  return frame;
}

Currency read_currency(PackedReader& in) {
  const auto currency = Currency::parse(in.text());
  if (!currency) fail("A currency of the cubes is none.");
  return *currency;
}

// ---- the cubes

void write_cube(PackedWriter& out, const MovementCube& cube) {
  write_frame(out, cube.segments(), Stored::status_of(cube));
  // Mostly all of one currency: each is said where it changes.
  for (std::size_t s = 0; s < cube.segments().size();) {
    std::size_t same = s;
    while (same < cube.segments().size() && cube.currency(same) == cube.currency(s)) ++same;
    out.varint(same - s);
    out.text(cube.currency(s).code());
    s = same;
  }
  write_cells(out, cube.grid(), Stored::cells_of(cube), expected_movements);
}

MovementCube read_movements(PackedReader& in, const StoredCubeFile::Head& head,
                            const Conventions& conventions, std::optional<std::int32_t> trailing_days) {
  Stored::Frame frame = read_frame(in, head, conventions);
  std::vector<Currency> currencies;
  while (currencies.size() < frame.segments.size()) {
    const std::size_t same = in.size(frame.segments.size() - currencies.size());
    if (same == 0) fail("A currency of the cubes is of nothing.");
    currencies.insert(currencies.end(), same, read_currency(in));
  }
  auto cells = read_cells<MovementCell>(in, head.grid, frame.segments.size(), expected_movements);
  return Stored::movement_cube(std::move(frame), trailing_days, std::move(currencies), std::move(cells));
}

void write_cube(PackedWriter& out, const SubscriptionCube& cube) {
  write_frame(out, cube.segments(), Stored::status_of(cube));
  write_cells(out, cube.grid(), Stored::cells_of(cube), expected_subscriptions);
}

SubscriptionCube read_subscriptions(PackedReader& in, const StoredCubeFile::Head& head) {
  Stored::Frame frame = read_frame(in, head, head.conventions);
  auto cells = read_cells<SubscriptionCell>(in, head.grid, frame.segments.size(), expected_subscriptions);
  return Stored::subscription_cube(std::move(frame), head.facts.currencies, std::move(cells));
}

using C = CohortCell;
constexpr std::array cohort_counts{&C::present, &C::unbroken, &C::ticks};

/// A cohort is expected to be what it was one age earlier, and to begin with everyone present.
Number expected_of_cohort(std::int64_t C::*field, const C& cell, const C* before, std::int64_t size) {
  if (before != nullptr) return static_cast<Number>(before->*field);
  if (field == &C::ticks) return 0;
  return static_cast<Number>(field == &C::present ? size : cell.present);
}

void write_cube(PackedWriter& out, const CohortCube& cube) {
  write_frame(out, cube.segments(), Stored::status_of(cube));
  out.varint(static_cast<Number>(cube.cohort_by()));
  out.text(cube.currency().code());
  const std::vector<std::int64_t>& sizes = Stored::sizes_of(cube);
  out.column({sizes.begin(), sizes.end()});
  const std::size_t periods = cube.grid().size();
  for (const auto field : cohort_counts) {
    std::vector<Number> differences;
    for (std::size_t s = 0; s < cube.segments().size(); ++s)
      for (std::size_t c = 0; c < periods; ++c) {
        const C* before = nullptr;
        for (std::size_t k = 0; c + k < periods; ++k) {
          const C& cell = Stored::cell_of(cube, s, c, k);
          differences.push_back(static_cast<Number>(cell.*field) -
                                expected_of_cohort(field, cell, before, sizes[s * periods + c]));
          before = &cell;
        }
      }
    out.column(differences);
  }
}

CohortCube read_cohorts(PackedReader& in, const StoredCubeFile::Head& head) {
  Stored::Frame frame = read_frame(in, head, head.conventions);
  const auto cohort_by = static_cast<CohortBy>(in.size(1));
  const Currency currency = read_currency(in);
  const std::size_t periods = head.grid.size();
  const std::size_t segments = frame.segments.size();
  // A cube keeps a square of cohorts and ages, of which it was given a half and a diagonal.
  if (periods > max_cohort_cells / periods || segments > max_cohort_cells / (periods * periods))
    fail("The cohorts have more cells than a cube may have.");
  const std::size_t count = segments * (periods * (periods + 1) / 2);
  in.require_room_for(count, cohort_counts.size());
  const std::vector<Number> read_sizes = in.column(segments * periods);
  std::vector<std::int64_t> sizes;
  sizes.reserve(read_sizes.size());
  for (const Number size : read_sizes) sizes.push_back(static_cast<std::int64_t>(size));
  std::vector<C> cells(count);
  for (const auto field : cohort_counts) {
    const std::vector<Number> differences = in.column(count);
    std::size_t i = 0;
    for (std::size_t row = 0; row < segments * periods; ++row)
      for (std::size_t k = 0; row % periods + k < periods; ++k, ++i)
        cells[i].*field = static_cast<std::int64_t>(
            differences[i] +
            expected_of_cohort(field, cells[i], k > 0 ? &cells[i - 1] : nullptr, sizes[row]));
  }
  return Stored::cohort_cube(std::move(frame), cohort_by, currency, std::move(sizes), cells);
}

// Of departures, who left which segment in which period is known from the movements; what is to be said is why. Each
// cell that anybody left lists its causes in their order, by steps from the one before, which are below 0 for the
// last; so it is known how many there are, and that what is left of the cell belongs to the last.

void write_cube(PackedWriter& out, const DepartureCube& cube) {
  out.varint(cube.causes().size());
  for (const Cause& cause : cube.causes()) {
    out.varint(static_cast<Number>(cause.type));
    out.text(cause.reason);
  }
  const std::span<const DepartureCube::Entry> entries = cube.entries();
  std::vector<Number> steps;
  std::vector<Number> customers;
  std::vector<Number> ticks;
  Number before = 0;  // the cause before, counted from 1
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const DepartureCube::Entry& entry = entries[i];
    const bool is_last = i + 1 == entries.size() || entries[i + 1].segment != entry.segment ||
                         entries[i + 1].period != entry.period;
    const Number step = entry.cause + Number{1} - before;
    steps.push_back(is_last ? 0 - step : step);
    before = is_last ? 0 : entry.cause + Number{1};
    if (is_last) continue;
    customers.push_back(static_cast<Number>(entry.leavers.customers) - 1);
    ticks.push_back(static_cast<Number>(entry.leavers.ticks));
  }
  out.varint(steps.size());
  out.column(steps);
  out.column(customers);
  out.column(ticks);
}

std::vector<Cause> read_causes(PackedReader& in) {
  std::vector<Cause> causes;
  for (std::size_t left = in.size(in.rest()); left > 0; --left) {
    const Number type = in.varint();
    if (type >= departure_types.size()) fail("A type of departures is none.");
    causes.push_back({static_cast<DepartureType>(type), std::string(in.text())});
  }
  return causes;
}

constexpr bool is_below_zero(Number step) { return step >> 63 != 0; }

DepartureCube read_departures(PackedReader& in, const StoredCubeFile::Head& head,
                              const MovementCube& movements) {
  std::vector<Cause> causes = read_causes(in);
  const std::size_t count = in.size(in.rest());
  const std::vector<Number> steps = in.column(count);
  const auto shared =
      count - static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), is_below_zero));
  const std::vector<Number> customers = in.column(shared);
  const std::vector<Number> ticks = in.column(shared);

  std::vector<DepartureCube::Entry> entries;
  entries.reserve(count);
  const std::vector<MovementCell>& cells = Stored::cells_of(movements);
  std::vector<Currency> currencies;
  for (std::size_t s = 0; s < movements.segments().size(); ++s) currencies.push_back(movements.currency(s));
  std::size_t next = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].churned_customers == 0) continue;
    Number left = sum(cells[i].churned_customers);
    Number ticks_left = sum(cells[i].churn);
    Number cause = 0;  // counted from 1
    for (bool is_last = false; !is_last;) {
      if (entries.size() == count) fail("Some who left have no cause.");
      const Number step = steps[entries.size()];
      is_last = is_below_zero(step);
      cause += is_last ? 0 - step : step;
      if (cause < 1 || cause > causes.size()) fail("A cause of departures is beyond those that there are.");
      const Number here = is_last ? left : customers[next] + 1;
      const Number ticks_here = is_last ? ticks_left : ticks[next];
      left -= here;
      ticks_left -= ticks_here;
      next += is_last ? 0 : 1;
      entries.push_back({static_cast<std::uint32_t>(i / head.grid.size()),
                         static_cast<std::uint32_t>(i % head.grid.size()),
                         static_cast<std::uint32_t>(cause - 1),
                         {static_cast<std::int64_t>(here), static_cast<std::int64_t>(ticks_here)}});
    }
  }
  if (entries.size() < count) fail("There are causes of departures that nobody left for.");
  Stored::Frame frame{
      head.grid,           head.as_of, head.conventions, Stored::status_of(movements), head.segment_names(),
      movements.segments()};
  return Stored::departure_cube(std::move(frame), *head.departure_rules, std::move(currencies),
                                std::move(causes), std::move(entries));
}

}  // namespace

std::string to_bytes(const CubeFile& file) {
  PackedWriter out;
  out.text(cube_file_text(StoredCubeFile::head_of(file)));
  write_cube(out, file.movements());
  if (const auto& rates = StoredCubeFile::rates_of(file)) write_cube(out, *rates);
  write_cube(out, file.subscriptions());
  out.varint(file.cohorts().size());
  for (const CohortCube& cube : file.cohorts()) write_cube(out, cube);
  if (const auto& departures = StoredCubeFile::departures_of(file)) write_cube(out, *departures);

  std::string bytes{packed_magic};
  append_little_endian(bytes, static_cast<std::uint64_t>(StoredCubeFile::format_version), 4);
  append_little_endian(bytes, out.bytes().size(), 8);
  append_little_endian(bytes, crc_32c(out.bytes()), 4);
  return bytes + out.bytes();
}

bool is_packed_cube_file(std::string_view bytes) noexcept {
  return bytes.substr(0, packed_magic.size()) == packed_magic;
}

CubeFile unpacked_cube_file(std::string_view bytes) {
  if (bytes.size() < prefix_size) fail("The cubes end too early: not even their length is there.");
  const std::uint64_t version = little_endian(bytes.substr(8, 4));
  const std::uint64_t size = little_endian(bytes.substr(12, 8));
  const std::uint64_t checksum = little_endian(bytes.substr(20, 4));
  const std::string_view rest = bytes.substr(prefix_size);
  if (version < static_cast<std::uint64_t>(StoredCubeFile::first_version) ||
      version > static_cast<std::uint64_t>(StoredCubeFile::format_version))
    fail("The cubes have version " + std::to_string(version) + " of the format; this library reads " +
         StoredCubeFile::versions_read + ".");
  if (rest.size() < size)
    fail("The cubes end too early: " + std::to_string(rest.size()) + " of " + std::to_string(size) +
         " bytes are there.");
  if (rest.size() > size)
    fail("Behind the cubes stand " + std::to_string(rest.size() - size) +
         " bytes that don't belong to them.");
  if (crc_32c(rest) != checksum) fail("The cubes are damaged: their checksum is another one.");

  PackedReader in{rest};
  StoredCubeFile::Head head = StoredCubeFile::head_from(cube_file_tree(in.text()));
  if (static_cast<std::uint64_t>(head.version) != version)
    fail("The cubes have version " + std::to_string(version) + " of the format, and say that they have " +
         std::to_string(head.version) + ".");
  const Conventions& conventions = head.conventions;
  MovementCube movements = read_movements(in, head, conventions, {});
  std::optional<MovementCube> rates;
  if (StoredCubeFile::needs_rates(conventions.rate))
    rates = read_movements(in, head, StoredCubeFile::for_rates(conventions), conventions.rate.trailing_days);
  SubscriptionCube subscriptions = read_subscriptions(in, head);
  std::vector<CohortCube> cohorts;
  for (std::size_t left = in.size(2); left > 0; --left) cohorts.push_back(read_cohorts(in, head));
  std::optional<DepartureCube> departures;
  if (head.departure_rules) departures = read_departures(in, head, movements);
  if (in.rest() > 0) fail("Behind the last of the cubes stands something else.");
  return StoredCubeFile::file_of(std::move(head), std::move(movements), std::move(rates),
                                 std::move(subscriptions), std::move(cohorts), std::move(departures));
}

}  // namespace churn::inline v0
