// Objects as Stripe's API gives them, for tests, and what is asked of the book that they come to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/churn.hpp>
#include <churn/io/stripe.hpp>

namespace support {

using nlohmann::json;

/// `2024-03-16` or `2024-03-16T10:00` as Stripe's seconds.
inline std::int64_t at(std::string_view moment) { return churn::Timestamp::parse(moment).value().seconds(); }

inline json a_price(const std::string& id, std::int64_t unit_amount, const std::string& interval = "month",
                    int count = 1, const std::string& currency = "usd") {
  return {{"id", id},
          {"object", "price"},
          {"billing_scheme", "per_unit"},
          {"currency", currency},
          {"product", "prod_" + id},
          {"recurring", {{"interval", interval}, {"interval_count", count}, {"usage_type", "licensed"}}},
          {"unit_amount", unit_amount},
          {"unit_amount_decimal", std::to_string(unit_amount)}};
}

inline json an_item(const std::string& id, json price, std::int64_t quantity = 1) {
  return {{"id", id}, {"object", "subscription_item"}, {"price", std::move(price)}, {"quantity", quantity}};
}

inline json a_list(const std::vector<json>& elements) {
  return {{"object", "list"}, {"data", elements}, {"has_more", false}};
}

/// Active since a day, of these items.
inline json a_subscription(const std::string& id, std::string_view since, const std::vector<json>& items) {
  return {{"id", id},
          {"object", "subscription"},
          {"customer", "cus_" + id},
          {"status", "active"},
          {"currency",
           items.at(0).at("price").is_object() ? items.at(0).at("price").value("currency", "usd") : "usd"},
          {"created", at(since)},
          {"start_date", at(since)},
          {"ended_at", nullptr},
          {"canceled_at", nullptr},
          {"cancel_at", nullptr},
          {"cancel_at_period_end", false},
          {"trial_start", nullptr},
          {"trial_end", nullptr},
          {"pause_collection", nullptr},
          {"discounts", json::array()},
          {"items", a_list(items)}};
}

/// The object with some fields as given.
inline json with(json object, const json& fields) {
  object.update(fields);
  return object;
}

inline json canceled(json subscription, std::string_view on, std::string_view requested) {
  return with(std::move(subscription),
              {{"status", "canceled"}, {"ended_at", at(on)}, {"canceled_at", at(requested)}});
}

inline json an_event(const std::string& id, const std::string& type, std::string_view moment, json object,
                     const json& previous = nullptr) {
  json data{{"object", std::move(object)}};
  if (!previous.is_null()) data["previous_attributes"] = previous;
  return {
      {"id", id}, {"object", "event"}, {"type", type}, {"created", at(moment)}, {"data", std::move(data)}};
}

inline churn::LoadedBook read(const json& objects, const churn::StripeOptions& options = {}) {
  return churn::read_stripe_text(objects.dump(), options);
}

/// The MRR at the end of each day, in major units: `20.00 50.00`.
inline std::string mrr_on(const churn::LoadedBook& loaded, const std::vector<std::string>& days,
                          const churn::Conventions& conventions = churn::Conventions::standard()) {
  using namespace churn;
  Conventions rules = conventions;
  rules.book.time_zone = loaded.conventions.book.time_zone;
  const Book book = Book::build(loaded.records, Date::of(2030, 1, 1), rules).book;
  std::string text;
  for (const std::string& day : days) {
    std::int64_t ticks = 0;
    for (std::uint32_t c = 0; c < book.customer_count(); ++c)
      ticks += book.balance_on(CustomerIndex{c}, Date::parse(day).value()).ticks;
    const std::int64_t minor = divide_half_even(ticks, std::int64_t{360} * 12);
    text += (text.empty() ? "" : " ") + Money{minor, book.currency()}.to_string();
  }
  return text;
}

/// The ends of months of 2024.
inline std::vector<std::string> ends_of(const std::vector<int>& months) {
  std::vector<std::string> days;
  for (const int month : months)
    days.push_back(
        (churn::anniversary(churn::Date::of(2024, 1, 1), month) - std::chrono::days{1}).to_string());
  return days;
}

/// What was found, one a line: `code row field: reason`.
inline std::string findings(const churn::LoadedBook& book) {
  std::string text;
  for (const churn::Rejection& r : book.rejections.entries())
    text += std::string(rejection_name(r.code)) + " " + std::to_string(r.row) + " " + r.field + ": " +
            r.reason + "\n";
  return text;
}

}  // namespace support
