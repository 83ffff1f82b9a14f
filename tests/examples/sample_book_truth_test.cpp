// The sample book and the truth beside it, read by themselves: is what was put in really there? Of the library
// only the readers take part, so that a fault in what it counts can't hide one in the book.
#include <gtest/gtest.h>

#include <churn/churn.hpp>
#include <churn/io/book_folder.hpp>
#include <churn/io/csv.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace churn {
namespace {

using Row = std::map<std::string, std::string>;
using Rows = std::vector<Row>;
/// Dates are compared as they are written: YYYY-MM-DD has the order of its letters.
using Span = std::pair<std::string, std::string>;

const std::string never = "9999-12-31";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

Rows rows_of(const std::filesystem::path& path) {
  const std::string text = text_of(path);
  Rejections rejections;
  CsvReader csv{text, path.filename().string(), rejections};
  Rows rows;
  for (CsvRow row; csv.next(row);) {
    Row& named = rows.emplace_back();
    for (std::size_t i = 0; i < row.fields.size(); ++i) named[csv.header()[i]] = row.fields[i];
  }
  EXPECT_TRUE(rejections.empty()) << path;
  return rows;
}

std::int64_t cents(const std::string& amount) {
  return amount.empty() ? 0 : std::llround(std::stod(amount) * 100);
}

std::int64_t days_since_1970(const std::string& date) { return Date::parse(date).value().days(); }

std::string or_never(const std::string& date) { return date.empty() ? never : date; }

/// A book folder with its truth, and the few joins that the tests need.
struct Sample {
  explicit Sample(std::filesystem::path where)
      : folder{std::move(where)},
        customers{rows_of(folder / "customers.csv")},
        phases{rows_of(folder / "subscriptions.csv")},
        invoices{rows_of(folder / "invoices.csv")},
        departures{rows_of(folder / "truth_departures.csv")},
        truth(nlohmann::json::parse(text_of(folder / "truth.json"))) {
    for (Row& line : rows_of_file("invoice_lines.csv")) lines[line["invoice_id"]].push_back(line);
    for (Row& payment : rows_of_file("payments.csv")) payments[payment["invoice_id"]].push_back(payment);
    for (const Row& customer : customers) {
      const std::string& id = customer.at("customer_id");
      if (customer.at("excluded") == "1") excluded.insert(id);
      if (!customer.at("merged_into").empty()) merged[id] = customer.at("merged_into");
    }
    last_day = truth["last_day"].get<std::string>();
  }

  [[nodiscard]] Rows rows_of_file(const std::string& name) const { return rows_of(folder / name); }

  [[nodiscard]] std::string surviving(const std::string& customer) const {
    const auto found = merged.find(customer);
    return found == merged.end() ? customer : found->second;
  }

  /// The unbroken times of paying of each customer, from subscriptions.csv alone. Trials are not paid.
  [[nodiscard]] std::map<std::string, std::vector<Span>> stays() const {
    std::map<std::string, std::vector<Span>> spans;
    for (const Row& phase : phases) {
      if (!phase.at("trial_ends_on").empty() || excluded.contains(phase.at("customer_id"))) continue;
      spans[surviving(phase.at("customer_id"))].emplace_back(phase.at("starts_on"),
                                                             or_never(phase.at("ends_on")));
    }
    for (auto& [customer, all] : spans) {
      std::sort(all.begin(), all.end());
      std::vector<Span> joined;
      for (const Span& span : all) {
        if (!joined.empty() && span.first <= joined.back().second)
          joined.back().second = std::max(joined.back().second, span.second);
        else
          joined.push_back(span);
      }
      all = std::move(joined);
    }
    return spans;
  }

  /// The last phases of the subscriptions with which a customer left.
  [[nodiscard]] std::vector<const Row*> last_phases(const Row& departure) const {
    std::vector<const Row*> last;
    for (const Row& phase : phases)
      if (surviving(phase.at("customer_id")) == departure.at("customer_id") &&
          phase.at("ends_on") == departure.at("departed_on"))
        last.push_back(&phase);
    return last;
  }

  /// Invoices of these subscriptions that were never paid and cover the departure.
  [[nodiscard]] std::vector<const Row*> unpaid_at(const Row& departure) const {
    std::set<std::string> subscriptions;
    for (const Row* phase : last_phases(departure)) subscriptions.insert(phase->at("subscription_id"));
    std::vector<const Row*> unpaid;
    for (const Row& invoice : invoices) {
      const std::string& status = invoice.at("status");
      if (!subscriptions.contains(invoice.at("subscription_id"))) continue;
      if (status != "open" && status != "uncollectible") continue;
      for (const Row& line : lines.at(invoice.at("invoice_id")))
        if (line.at("kind") == "recurring" && line.at("period_start") <= departure.at("departed_on") &&
            departure.at("departed_on") <= line.at("period_end"))
          unpaid.push_back(&invoice);
    }
    return unpaid;
  }

  std::filesystem::path folder;
  Rows customers;
  Rows phases;
  Rows invoices;
  Rows departures;
  nlohmann::json truth;
  std::map<std::string, Rows> lines;
  std::map<std::string, Rows> payments;
  std::set<std::string> excluded;
  std::map<std::string, std::string> merged;
  std::string last_day;
};

struct Count {
  double events{0};
  double base{0};
  [[nodiscard]] double rate() const { return events / base; }
};

// ---- what must hold of every book

void expect_no_rejection(const Sample& sample) {
  const LoadedBook loaded = read_book_folder(sample.folder);
  EXPECT_TRUE(loaded.rejections.empty());
  const Date as_of = Date::parse(sample.last_day).value() + std::chrono::days{1};
  const auto built = Book::build(loaded.records, as_of, loaded.conventions);
  for (const Rejection& entry : built.rejections.entries())
    EXPECT_EQ(entry.code, RejectionCode::excluded_customer) << entry.reason;
  EXPECT_EQ(built.rejections.entries().size(), sample.excluded.size());
}

void expect_departures_of_the_truth(const Sample& sample) {
  std::set<Span> in_book;
  for (const auto& [customer, stays] : sample.stays())
    for (const Span& stay : stays)
      if (stay.second <= sample.last_day) in_book.emplace(customer, stay.second);
  std::set<Span> in_truth;
  for (const Row& departure : sample.departures)
    in_truth.emplace(departure.at("customer_id"), departure.at("departed_on"));
  EXPECT_EQ(in_book, in_truth);
  EXPECT_EQ(sample.truth["departures"]["total"], sample.departures.size());
}

void expect_failed_payments(const Sample& sample, const Row& departure) {
  const std::string& customer = departure.at("customer_id");
  const auto unpaid = sample.unpaid_at(departure);
  EXPECT_FALSE(unpaid.empty()) << customer;
  for (const Row* phase : sample.last_phases(departure)) {
    EXPECT_EQ(phase->at("cancel_requested_on"), "") << customer;
    if (!phase->at("end_reason").empty()) {
      EXPECT_EQ(phase->at("end_reason"), departure.at("reason"));
    }
  }
  for (const Row* invoice : unpaid) {
    EXPECT_LT(invoice->at("due_on"), departure.at("departed_on"));
    EXPECT_TRUE(sample.payments.contains(invoice->at("invoice_id"))) << customer;
    if (!sample.payments.contains(invoice->at("invoice_id"))) continue;
    for (const Row& payment : sample.payments.at(invoice->at("invoice_id"))) {
      EXPECT_EQ(payment.at("status"), "failed");
      EXPECT_EQ(sample.truth["payment_codes"][payment.at("failure_code")], departure.at("reason"));
    }
  }
}

void expect_evidence(const Sample& sample) {
  std::set<std::string> say_project_finished;
  for (const Row& event : sample.rows_of_file("events.csv"))
    if (event.at("kind") == "exit_survey" && event.at("label") == "project_finished")
      say_project_finished.insert(sample.surviving(event.at("customer_id")));
  for (const Row& departure : sample.departures) {
    const std::string& customer = departure.at("customer_id");
    const std::string& type = departure.at("type");
    if (type == "involuntary") {
      expect_failed_payments(sample, departure);
      continue;
    }
    EXPECT_TRUE(sample.unpaid_at(departure).empty()) << customer;
    bool asked = false, says = false, term_over = false;
    for (const Row* phase : sample.last_phases(departure)) {
      asked = asked || !phase->at("cancel_requested_on").empty();
      says = says || !phase->at("end_reason").empty();
      term_over = term_over || phase->at("term_ends_on") == departure.at("departed_on");
      if (!phase->at("end_reason").empty()) {
        EXPECT_EQ(phase->at("end_reason"), departure.at("reason")) << customer;
      }
    }
    if (type == "voluntary") {
      EXPECT_TRUE(asked || says) << customer;
    }
    if (type == "completed") {
      EXPECT_TRUE(says || term_over || say_project_finished.contains(customer)) << customer;
    }
    if (type == "unknown") {
      EXPECT_FALSE(asked || says || term_over) << customer;
    }
  }
}

/// What the subscription says is due on the first day of a line.
std::int64_t due(const std::vector<const Row*>& phases, const Row& line) {
  const std::string& day = line.at("period_start");
  for (const Row* phase : phases) {
    if (day < phase->at("starts_on") || day >= or_never(phase->at("ends_on"))) continue;
    const bool discounted =
        !phase->at("discount_percent").empty() && day < or_never(phase->at("discount_ends_on"));
    const std::int64_t percent = discounted ? 100 - std::stoll(phase->at("discount_percent")) : 100;
    return cents(phase->at("amount")) * std::stoll(phase->at("quantity")) * percent / 100;
  }
  return -1;
}

void expect_invoices_of_the_subscriptions(const Sample& sample) {
  std::map<std::string, std::vector<const Row*>> phases;
  for (const Row& phase : sample.phases) phases[phase.at("subscription_id")].push_back(&phase);
  std::map<std::string, std::vector<Span>> billed;
  for (const Row& invoice : sample.invoices) {
    for (const Row& line : sample.lines.at(invoice.at("invoice_id"))) {
      if (line.at("kind") != "recurring") continue;
      EXPECT_EQ(cents(line.at("amount")), due(phases[line.at("subscription_id")], line))
          << line.at("invoice_id");
      if (invoice.at("status") != "void")
        billed[line.at("subscription_id")].emplace_back(line.at("period_start"), line.at("period_end"));
    }
  }
  // Every paid day is billed once: service periods follow one another, except for pauses.
  for (auto& [subscription, spans] : billed) {
    std::sort(spans.begin(), spans.end());
    std::set<std::string> rests;
    for (const Row* phase : phases[subscription]) rests.insert(phase->at("paused_from"));
    for (std::size_t i = 1; i < spans.size(); ++i) {
      EXPECT_LE(spans[i - 1].second, spans[i].first) << subscription;
      if (spans[i - 1].second != spans[i].first) {
        EXPECT_TRUE(rests.contains(spans[i - 1].second)) << subscription;
      }
    }
  }
}

void expect_payments_of_the_invoices(const Sample& sample) {
  for (const Row& invoice : sample.invoices) {
    const std::string& id = invoice.at("invoice_id");
    std::int64_t total = 0;
    for (const Row& line : sample.lines.at(id)) total += cents(line.at("amount")) + cents(line.at("tax"));
    EXPECT_GT(total, 0) << id;
    std::string succeeded_on;
    if (sample.payments.contains(id)) {
      for (const Row& payment : sample.payments.at(id)) {
        EXPECT_EQ(cents(payment.at("amount")), total) << id;
        if (payment.at("status") == "succeeded") succeeded_on = payment.at("at").substr(0, 10);
      }
    }
    EXPECT_EQ(succeeded_on, invoice.at("paid_on")) << id;
    EXPECT_EQ(invoice.at("status") == "paid", !succeeded_on.empty()) << id;
  }
}

void expect_consistent(const Sample& sample) {
  expect_no_rejection(sample);
  expect_departures_of_the_truth(sample);
  expect_evidence(sample);
  expect_invoices_of_the_subscriptions(sample);
  expect_payments_of_the_invoices(sample);
}

/// By label, the months of the last year together: customers present at opening and absent at closing, of
/// those present at opening.
std::map<std::string, Count> last_year_by(const Sample& sample, const std::string& attribute) {
  std::map<std::string, std::string> labels;
  for (const Row& customer : sample.customers) labels[customer.at("customer_id")] = customer.at(attribute);
  std::map<std::string, Count> counts;
  for (const auto& [customer, stays] : sample.stays()) {
    Count& count = counts[labels.at(customer)];
    const auto present = [&all = stays](const std::string& day) {
      return std::any_of(all.begin(), all.end(),
                         [&](const Span& stay) { return stay.first <= day && day < stay.second; });
    };
    for (unsigned month = 1; month <= 12; ++month) {
      const Date begin = Date::of(2024, month, 1);
      const Date end = month == 12 ? Date::of(2025, 1, 1) : Date::of(2024, month + 1, 1);
      if (!present((begin - std::chrono::days{1}).to_string())) continue;
      count.base += 1;
      count.events += present((end - std::chrono::days{1}).to_string()) ? 0 : 1;
    }
  }
  return counts;
}

/// Of all labels, `top` loses the largest share, and so many times that of the rest.
void expect_top(const Sample& sample, const std::string& attribute, const std::string& top, double times) {
  const auto counts = last_year_by(sample, attribute);
  Count rest;
  for (const auto& [label, count] : counts) {
    if (label == top) continue;
    EXPECT_GT(counts.at(top).rate(), count.rate()) << attribute << ' ' << label;
    rest.events += count.events;
    rest.base += count.base;
  }
  EXPECT_GE(counts.at(top).rate(), times * rest.rate()) << attribute;
}

std::filesystem::path committed() {
  return std::filesystem::path{CHURN_SOURCE_DIR} / "examples" / "sample_book";
}

const Sample& the_sample() {
  static const Sample sample{committed()};
  return sample;
}

TEST(SampleBookTruth, BookAndTruthAgree) { expect_consistent(the_sample()); }

TEST(SampleBookTruth, TheLeakyChannelAndTheMisfitVerticalAreAtTheTop) {
  expect_top(the_sample(), "channel", "paid_social", 1.5);
  expect_top(the_sample(), "industry", "healthcare", 1.5);
}

// ---- what holds of this book, which has enough customers for it

TEST(SampleBookTruth, EveryEffectOnTheHazardIsRealised) {
  int effects = 0;
  for (const auto& effect : the_sample().truth["effects"]) {
    if (!effect.contains("expected_of_exposed")) continue;
    ++effects;
    const auto observed = effect["exposed"]["events"].get<double>();
    const auto expected = effect["expected_of_exposed"].get<double>();
    EXPECT_LT(std::abs(observed - expected), 2 * std::sqrt(expected)) << effect["name"];
    // Nearer to what was put in than to nothing, where that is far enough away to tell.
    const auto without = effect["expected_without_effect"].get<double>();
    if (std::abs(expected - without) > 2 * std::sqrt(without)) {
      EXPECT_LT(std::abs(observed - expected), std::abs(observed - without)) << effect["name"];
    }
  }
  EXPECT_EQ(effects, 12);
}

TEST(SampleBookTruth, EveryTypeAndPaymentReasonOccurs) {
  const auto& departures = the_sample().truth["departures"];
  EXPECT_GE(departures["voluntary"]["total"], 100);
  EXPECT_GE(departures["completed"]["total"], 20);
  EXPECT_GE(departures["unknown"]["total"], 10);
  for (const char* reason : {"card_expired", "no_new_card", "credit_limit", "outdated_details",
                             "processor_error", "insufficient_funds", "other_payment"})
    EXPECT_GE(departures["involuntary"]["by_reason"][reason], 5) << reason;
  // For a part of them the payments are the only evidence.
  EXPECT_LT(departures["involuntary"]["with_end_reason"], departures["involuntary"]["total"]);
  EXPECT_GT(departures["involuntary"]["with_end_reason"], 0);
}

/// Minutes of use in [from, until) days before a day.
double minutes(const std::map<std::int64_t, double>& use, std::int64_t day, int from, int until) {
  double sum = 0;
  for (auto at = use.lower_bound(day - from); at != use.end() && at->first < day - until; ++at)
    sum += at->second;
  return sum;
}

TEST(SampleBookTruth, UseFallsBeforeVoluntaryDeparturesOnly) {
  const Sample& sample = the_sample();
  std::map<std::string, std::map<std::int64_t, double>> use;
  for (const Row& event : sample.rows_of_file("events.csv"))
    if (event.at("kind") == "session_minutes")
      use[sample.surviving(event.at("customer_id"))][days_since_1970(event.at("at").substr(0, 10))] +=
          std::stod(event.at("value"));
  std::map<bool, std::vector<double>> shares;
  for (const Row& departure : sample.departures) {
    const std::int64_t day = days_since_1970(departure.at("departed_on"));
    const auto& own = use[departure.at("customer_id")];
    const double before = minutes(own, day, 91, 63);
    if (before > 0) shares[departure.at("type") == "voluntary"].push_back(minutes(own, day, 28, 0) / before);
  }
  ASSERT_GE(shares[true].size(), 50u);
  ASSERT_GE(shares[false].size(), 50u);
  for (auto& [voluntary, all] : shares) std::sort(all.begin(), all.end());
  EXPECT_LT(shares[true][shares[true].size() / 2], 0.5);
  EXPECT_GT(shares[false][shares[false].size() / 2], 0.8);
}

TEST(SampleBookTruth, TheCampaignDoesNothingAtALandmarkButLooksGoodWithoutOne) {
  const Sample& sample = the_sample();
  std::map<std::string, std::vector<std::string>> engaged;
  for (const Row& event : sample.rows_of_file("events.csv"))
    if (event.at("kind") == "campaign_engaged")
      engaged[sample.surviving(event.at("customer_id"))].push_back(event.at("at").substr(0, 10));
  const auto engaged_in = [&](const std::string& customer, const std::string& from,
                              const std::string& until) {
    const auto& days = engaged[customer];
    return std::any_of(days.begin(), days.end(), [&](const auto& day) { return from <= day && day < until; });
  };
  // Each campaign month, then half a year of those who are still there at its end.
  const std::vector<std::array<std::string, 3>> campaigns{{"2022-04-01", "2022-05-01", "2022-11-01"},
                                                          {"2022-10-01", "2022-11-01", "2023-05-01"},
                                                          {"2023-04-01", "2023-05-01", "2023-11-01"},
                                                          {"2023-10-01", "2023-11-01", "2024-05-01"},
                                                          {"2024-04-01", "2024-05-01", "2024-11-01"}};
  std::map<bool, Count> ever, landmark;
  for (const auto& [customer, stays] : sample.stays()) {
    const auto& [from, until] = stays.front();
    Count& all = ever[!engaged[customer].empty()];
    all.base += 1;
    all.events += until <= sample.last_day ? 1 : 0;
    for (const auto& [begin, end, outcome] : campaigns) {
      if (from > begin || until <= end) continue;
      Count& count = landmark[engaged_in(customer, begin, end)];
      count.base += 1;
      count.events += until <= outcome ? 1 : 0;
    }
  }
  EXPECT_NEAR(landmark[true].rate(), landmark[false].rate(), 0.04);
  EXPECT_LT(ever[true].rate(), ever[false].rate() - 0.08);
}

TEST(SampleBookTruth, CompletedAndInvoluntaryDeparturesReturnMoreOften) {
  const Sample& sample = the_sample();
  const auto stays = sample.stays();
  std::map<std::string, Count> returned;
  for (const Row& departure : sample.departures) {
    const auto& own = stays.at(departure.at("customer_id"));
    Count& count = returned[departure.at("type")];
    count.base += 1;
    count.events += own.back().first > departure.at("departed_on") ? 1 : 0;
  }
  EXPECT_GT(returned["completed"].rate(), 2 * returned["voluntary"].rate());
  EXPECT_GT(returned["involuntary"].rate(), 2 * returned["voluntary"].rate());
}

TEST(SampleBookTruth, TheReadmeCountsItsRows) {
  const std::string readme = text_of(committed() / "README.md");
  for (const char* name : {"customers", "subscriptions", "invoices", "invoice_lines", "payments", "events",
                           "truth_departures", "truth_coming_departures"}) {
    const std::string file = std::string{name} + ".csv";
    const std::string row = "| " + file + " | " + std::to_string(rows_of(committed() / file).size()) + " ";
    EXPECT_NE(readme.find(row), std::string::npos) << row;
  }
}

// ---- other books of the generator

#ifdef CHURN_SAMPLE_GENERATOR
class OtherSampleBooks : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string{"churn_sample_"} + test->name();
    std::replace(name.begin(), name.end(), '/', '_');
    folder_ = std::filesystem::path{testing::TempDir()} / name;
    std::filesystem::remove_all(folder_);
    const std::string command = CHURN_SAMPLE_GENERATOR " '" + folder_.string() + "' " + GetParam();
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

class SmallSampleBooks : public OtherSampleBooks {};
TEST_P(SmallSampleBooks, AgreeWithTheirTruth) { expect_consistent(Sample{folder_}); }
INSTANTIATE_TEST_SUITE_P(
    Seeds, SmallSampleBooks,
    testing::Values("--customers 1 --months 1", "--customers 100 --seed 1",
                    "--customers 250 --seed 2 --months 50",
                    "--customers 250 --seed 3 --effect involuntary_share=1",
                    "--customers 250 --seed 4 --effect involuntary_share=0 --effect nps_drop=0"));

class LargeSampleBooks : public OtherSampleBooks {};
TEST_P(LargeSampleBooks, HaveTheLeakyChannelAndTheMisfitVerticalAtTheTop) {
  const Sample sample{folder_};
  expect_top(sample, "channel", "paid_social", 1.5);
  expect_top(sample, "industry", "healthcare", 1.5);
}
INSTANTIATE_TEST_SUITE_P(Seeds, LargeSampleBooks, testing::Values("--seed 1", "--seed 2"));

class NullSampleBooks : public OtherSampleBooks {};
TEST_P(NullSampleBooks, HaveNoLeakyChannel) {
  const Sample sample{folder_};
  for (const auto& [attribute, label] :
       std::map<std::string, std::string>{{"channel", "paid_social"}, {"industry", "healthcare"}}) {
    const auto counts = last_year_by(sample, attribute);
    Count rest;
    for (const auto& [other, count] : counts) {
      if (other == label) continue;
      rest.events += count.events;
      rest.base += count.base;
    }
    EXPECT_LT(counts.at(label).rate(), 1.4 * rest.rate());
    EXPECT_GT(counts.at(label).rate(), rest.rate() / 1.4);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Seeds, NullSampleBooks,
    testing::Values("--customers 3000 --seed 1 --effect leaky_channel=1 --effect misfit_vertical=1"));
#endif

}  // namespace
}  // namespace churn
