// StripeExport: all that an export tells, object by object, before a book is made of it. Of versions of an object
// the latest is kept; of subscriptions every change that an event tells. Private to the reader of Stripe's exports.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <churn/domain/event.hpp>

#include "io/findings.hpp"
#include "io/stripe_objects.hpp"

namespace churn::inline v0 {
namespace stripe {

using reading::JsonDocument;

/// Where an object stands.
struct Origin {
  std::size_t file{0};
  std::int64_t row{0};
};

/// A version of an object. The order of versions is that of `known_at`, then those by themselves over those
/// in events, then the hash: whatever the order in which they are read.
template <class Facts>
struct Version {
  Facts facts;
  std::int64_t known_at;  ///< seconds
  bool by_itself;
  std::uint64_t hash;
  Origin origin;

  [[nodiscard]] bool is_later_than(const Version& other) const noexcept {
    return std::tie(known_at, by_itself, hash) > std::tie(other.known_at, other.by_itself, other.hash);
  }
};

/// What an event tells of a subscription.
struct SubscriptionChange {
  Timestamp at;
  int order;  ///< of changes of one second: created, others, deleted
  std::string event;
  SubscriptionFacts after;
  SubscriptionFacts before;  ///< previous_attributes: only what changed
  std::uint64_t hash;
  Origin origin;
};

struct SubscriptionRecord {
  std::optional<Version<SubscriptionFacts>> by_itself{};
  std::vector<SubscriptionChange> changes{};
};

template <class Facts>
using Versions = std::map<std::string, Version<Facts>>;

class StripeExport {
 public:
  explicit StripeExport(reading::Findings& findings) : findings_(&findings) {}

  /// To be called before what a file holds is added.
  void open(std::string file) {
    files_.push_back(std::move(file));
    row_ = 0;
  }
  /// Whatever a text may hold: an object, a page, an array, an event.
  void add(const JsonDocument& document);
  /// The notices that are due once all is added.
  void finish();

  Versions<CustomerFacts> customers{};
  Versions<PriceFacts> prices{};
  Versions<PriceFacts> plans{};
  Versions<PriceFacts> mentioned_prices{};  ///< those inside of items and lines
  Versions<std::string> products{};         ///< their names
  Versions<CouponFacts> coupons{};
  Versions<DiscountFacts> discounts{};
  std::map<std::string, Timestamp> ended_discounts{};
  std::map<std::string, SubscriptionRecord> subscriptions{};
  Versions<ItemFacts> items{};  ///< those outside of subscriptions
  Versions<ScheduleFacts> schedules{};
  Versions<InvoiceFacts> invoices{};
  Versions<std::pair<std::string, LineFacts>> lines{};  ///< those outside of invoices, with the invoice's id
  Versions<ChargeFacts> charges{};
  Versions<ChargeFacts> refunds{};
  std::map<std::string, std::string> invoice_of_payment{};       ///< by charge or payment intent
  std::map<std::string, std::set<Timestamp>> failed_attempts{};  ///< by invoice, of events
  Versions<Event> cards{};
  std::optional<Timestamp> latest{};  ///< the last moment that is told as past

  [[nodiscard]] reading::Findings& findings() noexcept { return *findings_; }
  void report(Origin origin, RejectionCode code, std::string field, std::string reason) {
    findings_->add({code, files_[origin.file], origin.row, std::move(field), std::move(reason)});
  }
  /// Counts one of what is not used; reported once a kind.
  void leave_out(const std::string& kind) { ++unused_[kind]; }

 private:
  /// One object: its type and id, and the event that tells it.
  struct Told {
    std::string type;
    std::string id;
    StripeFields& fields;
    std::optional<Timestamp> at;
    Origin origin;
  };

  void walk(JsonValue value);
  void event(JsonValue value);
  void change(const Told& told, StripeFields& event, JsonValue data);
  void object(JsonValue value, std::optional<Timestamp> at, Origin origin);
  void read(const Told& told);
  void read_subscription(const Told& told);
  void read_payment(const Told& told);
  void read_card(const Told& told);
  void read_embedded(const Told& told, std::string_view list);
  void mention_prices(const std::vector<ItemFacts>& items, std::int64_t at, Origin origin);
  void mention(const PriceFacts& price, std::int64_t at, Origin origin);
  void link(const std::string& payment, const std::string& invoice);

  /// Whether the object reads; if not, that is reported.
  [[nodiscard]] bool accepted(const Told& told, const std::optional<Problem>& problem);
  void see(std::optional<Timestamp> moment) {
    if (moment && (!latest || *latest < *moment)) latest = moment;
  }
  template <class Facts>
  void put(Versions<Facts>& versions, const Told& told, Facts facts,
           std::initializer_list<std::optional<Timestamp>> past);
  template <class Facts>
  void tell_duplicate(const Told& told, const Version<Facts>& kept, const Version<Facts>& dropped);
  [[nodiscard]] Origin here() const noexcept { return {files_.size() - 1, row_}; }

  reading::Findings* findings_;
  std::vector<std::string> files_;
  std::int64_t row_{0};
  bool too_deep_{false};
  std::map<std::string, std::int64_t> unused_;
};

/// `Subscription sub_1`, at the start of a sentence.
[[nodiscard]] std::string name_of(std::string_view type, std::string_view id);

}  // namespace stripe
}  // namespace churn::inline v0
