// Writes an invented business to a folder, for benchmarks: churn-benchmark-data FOLDER [--customers=N]
// [--with-events=N] [--seed=N]
//
//   customers.csv  periods.csv  events.csv   the tables as a database reads them; amounts in cents a month
//   book/                                    the same customers and periods as libchurn reads them
//   c_*  p_*  e_*                            the same columns in binary, one after the other: .i64 .i32 .u8 .f64
//
// periods.csv is ordered by customer, start and subscription; end_date is exclusive and empty while a period goes on
// (2^31 - 1 in p_end.i32), end_reason that of the subscription. Codes are the places of names in
// synthetic_business.hpp. Events are in order of time. Same arguments, same bytes.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "synthetic_business.hpp"

namespace {

using namespace bench;
namespace fs = std::filesystem;

/// A file that is written in large pieces.
class Output {
 public:
  explicit Output(const fs::path& path) : file_(path, std::ios::binary) {
    file_.exceptions(std::ios::failbit | std::ios::badbit);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() = default;

  Output& operator<<(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= piece) flush();
    return *this;
  }
  Output& operator<<(std::int64_t number) {
    std::array<char, 20> digits{};
    return *this << std::string_view{digits.data(),
                                     std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
  }
  template <class T>
  void put(T value) {
    const auto bytes = std::bit_cast<std::array<char, sizeof(T)>>(value);
    *this << std::string_view{bytes.data(), bytes.size()};
  }
  void flush() {
    file_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.clear();
  }

 private:
  static constexpr std::size_t piece = 1U << 20U;
  std::ofstream file_;
  std::string buffer_;
};

std::string two_digits(std::int64_t number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

std::vector<std::string> make_days() {
  std::vector<std::string> days;
  for (std::int32_t day = first_day; day <= last_day; ++day) {
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
    days.push_back(std::to_string(static_cast<int>(date.year())) + '-' +
                   two_digits(static_cast<unsigned>(date.month())) + '-' +
                   two_digits(static_cast<unsigned>(date.day())));
  }
  return days;
}

std::string_view day_text(std::int32_t day) {
  static const std::vector<std::string> days = make_days();
  return day == open_end ? std::string_view{} : days.at(static_cast<std::size_t>(day - first_day));
}

/// Hundredths, with a point.
std::string decimal(std::int64_t hundredths) {
  return std::to_string(hundredths / 100) + '.' + two_digits(hundredths % 100);
}

class CustomerFiles {
 public:
  explicit CustomerFiles(const fs::path& folder)
      : table_(folder / "customers.csv"),
        book_(folder / "book" / "customers.csv"),
        id_(folder / "c_id.i64"),
        signed_up_on_(folder / "c_signup.i32"),
        industry_(folder / "c_industry.u8"),
        channel_(folder / "c_channel.u8"),
        country_(folder / "c_country.u8"),
        size_(folder / "c_size.u8") {
    table_ << "customer_id,signup,industry,channel,country,size_band\n";
    book_ << "customer_id,signed_up_on,industry,channel,country,size\n";
  }

  void add(const SyntheticCustomer& c) {
    for (Output* file : {&table_, &book_})
      *file << c.id << "," << day_text(c.signed_up_on) << "," << industry_names.at(c.industry) << ","
            << channel_names.at(c.channel) << "," << country_names.at(c.country) << ","
            << size_names.at(c.size) << "\n";
    id_.put(c.id);
    signed_up_on_.put(c.signed_up_on);
    industry_.put(c.industry);
    channel_.put(c.channel);
    country_.put(c.country);
    size_.put(c.size);
  }

  void flush() {
    for (Output* file : {&table_, &book_, &id_, &signed_up_on_, &industry_, &channel_, &country_, &size_})
      file->flush();
  }

 private:
  Output table_, book_, id_, signed_up_on_, industry_, channel_, country_, size_;
};

class PeriodFiles {
 public:
  explicit PeriodFiles(const fs::path& folder)
      : table_(folder / "periods.csv"),
        book_(folder / "book" / "subscriptions.csv"),
        subscription_(folder / "p_sub.i64"),
        customer_(folder / "p_cust.i64"),
        plan_(folder / "p_plan.u8"),
        interval_(folder / "p_interval.u8"),
        starts_on_(folder / "p_start.i32"),
        ends_on_(folder / "p_end.i32"),
        mrr_(folder / "p_mrr.i64"),
        reason_(folder / "p_reason.u8") {
    table_ << "subscription_id,customer_id,plan,interval,start_date,end_date,mrr_cents,currency,end_reason\n";
    book_ << "subscription_id,customer_id,plan,interval,starts_on,ends_on,amount,currency,end_reason\n";
  }

  void add(std::int64_t customer, const SyntheticPeriod& p) {
    // In a book the amount is that of an interval.
    const std::string amount = decimal(p.interval == 1 ? 12 * p.mrr : p.mrr);
    for (Output* file : {&table_, &book_}) {
      *file << p.subscription << "," << customer << "," << plan_names.at(p.plan) << ","
            << interval_names.at(p.interval) << "," << day_text(p.starts_on) << "," << day_text(p.ends_on)
            << ",";
      if (file == &book_)
        *file << amount;
      else
        *file << p.mrr;
      *file << ",USD," << reason_names.at(p.reason) << "\n";
    }
    subscription_.put(p.subscription);
    customer_.put(customer);
    plan_.put(p.plan);
    interval_.put(p.interval);
    starts_on_.put(p.starts_on);
    ends_on_.put(p.ends_on);
    mrr_.put(p.mrr);
    reason_.put(p.reason);
    ++count_;
  }

  void flush() {
    for (Output* file : {&table_, &book_, &subscription_, &customer_, &plan_, &interval_, &starts_on_,
                         &ends_on_, &mrr_, &reason_})
      file->flush();
  }
  [[nodiscard]] std::int64_t count() const { return count_; }

 private:
  Output table_, book_, subscription_, customer_, plan_, interval_, starts_on_, ends_on_, mrr_, reason_;
  std::int64_t count_{0};
};

struct DatedEvent {
  std::int64_t customer;
  SyntheticEvent event;
};

void write_events(const fs::path& folder, std::vector<DatedEvent>& events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const DatedEvent& a, const DatedEvent& b) { return a.event.at < b.event.at; });
  Output table{folder / "events.csv"};
  Output at{folder / "e_ts.i64"};
  Output customer{folder / "e_cust.i64"};
  Output kind{folder / "e_kind.u8"};
  Output value{folder / "e_value.f64"};
  table << "customer_id,ts,kind,value\n";
  for (const DatedEvent& e : events) {
    constexpr std::int64_t seconds_a_day = 86'400;
    const std::int64_t second = e.event.at % seconds_a_day;
    table << e.customer << "," << day_text(static_cast<std::int32_t>(e.event.at / seconds_a_day)) << " "
          << two_digits(second / 3600) << ":" << two_digits(second / 60 % 60) << ":"
          << two_digits(second % 60) << "," << kind_names.at(e.event.kind) << ","
          << decimal(std::int64_t{25} * e.event.quarters) << "\n";
    at.put(e.event.at);
    customer.put(e.customer);
    kind.put(e.event.kind);
    value.put(e.event.quarters / 4.0);
  }
  for (Output* file : {&table, &at, &customer, &kind, &value}) file->flush();
}

void write(const fs::path& folder, BusinessSize size) {
  fs::create_directories(folder / "book");
  CustomerFiles customers{folder};
  PeriodFiles periods{folder};
  std::vector<DatedEvent> events;
  SyntheticBusiness{size}.for_each_customer([&](const SyntheticCustomer& customer) {
    customers.add(customer);
    for (const SyntheticPeriod& period : customer.periods) periods.add(customer.id, period);
    for (const SyntheticEvent& event : customer.events) events.push_back({customer.id, event});
  });
  customers.flush();
  periods.flush();
  write_events(folder, events);
  std::cout << folder.string() << ": " << size.customers << " customers, " << periods.count() << " periods, "
            << events.size() << " events\n";
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder;
  BusinessSize size;
  bool understood = true;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    const char* const value = argv[i] + std::min(argument.find('=') + 1, argument.size());
    if (argument.starts_with("--customers="))
      size.customers = std::atoll(value);
    else if (argument.starts_with("--with-events="))
      size.with_events = std::atoll(value);
    else if (argument.starts_with("--seed="))
      size.seed = static_cast<std::uint64_t>(std::atoll(value));
    else if (folder.empty() && !argument.starts_with("-"))
      folder = argument;
    else
      understood = false;
  }
  if (!understood || folder.empty() || size.customers < 1 || size.with_events > size.customers) {
    std::cerr << "usage: " << argv[0] << " FOLDER [--customers=N] [--with-events=N] [--seed=N]\n";
    return 2;
  }
  try {
    write(folder, size);
  } catch (const std::exception& error) {
    std::cerr << folder << ": " << error.what() << '\n';
    return 1;
  }
}
