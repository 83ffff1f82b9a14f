// The tables of the invented company: what it sells, to whom, through which channels.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "random.hpp"

namespace sample_book {

inline constexpr auto first_date = std::chrono::year{2022} / std::chrono::January / 1;

enum class Plan { basic, pro, business, enterprise };

inline constexpr std::array<std::string_view, 4> plan_names{"basic", "pro", "business", "enterprise"};

/// Cents for one seat and one month. A year costs ten months.
inline constexpr std::array<std::int64_t, 4> list_price{1200, 2200, 3500, 5500};

/// Pro becomes dearer once: for new subscriptions so many months before the end of the book, for old ones at
/// the first renewal three months later. Books of less than a year do not see it.
inline constexpr std::int64_t raised_pro_price = 2600;
inline constexpr int raised_for_new_months_before_end = 10;
inline constexpr int raised_for_old_months_before_end = 7;

/// Leaving in a month, per 1 000 000, before every effect.
inline constexpr std::int64_t base_hazard = 39'000;
/// However many effects come together.
inline constexpr std::int64_t highest_hazard = 600'000;
/// Coming back, per 1 000, of those who chose to leave.
inline constexpr std::int64_t base_return = 90;

inline constexpr std::string_view leaky_channel_label = "paid_social";
inline constexpr std::string_view misfit_industry = "healthcare";
inline constexpr std::array<std::string_view, 2> project_industries{"agencies", "events"};
/// Activated within so many days of signing up is early.
inline constexpr int early_activation_days = 21;

inline constexpr std::array<Choice, 7> industries{{{"agencies", 16},
                                                   {"education", 14},
                                                   {"events", 13},
                                                   {"healthcare", 16},
                                                   {"manufacturing", 12},
                                                   {"retail", 13},
                                                   {"software", 16}}};

inline constexpr std::array<Choice, 6> channels{{{"organic_search", 25},
                                                 {"outbound", 12},
                                                 {"paid_search", 18},
                                                 {"paid_social", 18},
                                                 {"partner", 12},
                                                 {"referral", 15}}};

inline constexpr std::array<Choice, 9> countries{
    {{"US", 38}, {"GB", 14}, {"DE", 14}, {"FR", 8}, {"CA", 8}, {"NL", 6}, {"AU", 5}, {"PL", 4}, {"ES", 3}}};

/// Attributes without any effect, as every list of customers has them.
inline constexpr std::array<Choice, 4> sales_regions{
    {{"north", 27}, {"south", 24}, {"east", 21}, {"west", 28}}};
inline constexpr std::array<Choice, 5> success_managers{
    {{"Anders", 22}, {"Brandt", 20}, {"Castillo", 20}, {"Dufour", 18}, {"Evans", 20}}};

/// How big the customer is decides with which plan and how many seats it starts.
struct SizeBand {
  std::string_view label;
  int weight;
  std::array<int, 4> plan_weights;
  int fewest_seats;
  int most_seats;
};

inline constexpr std::array<SizeBand, 4> size_bands{{{"micro", 36, {66, 34, 0, 0}, 1, 4},
                                                     {"small", 34, {24, 56, 20, 0}, 3, 9},
                                                     {"medium", 22, {0, 40, 52, 8}, 6, 20},
                                                     {"large", 8, {0, 0, 50, 50}, 14, 40}}};

inline constexpr std::array<std::string_view, 30> name_heads{
    "Alder",   "Brix",   "Calder", "Dorrin", "Elm",   "Fenner", "Garth", "Hollin", "Ivor",   "Jun",
    "Kestrel", "Lomar",  "Merrow", "Nettle", "Oster", "Pell",   "Quill", "Rook",   "Sorrel", "Tarn",
    "Umber",   "Vesper", "Wick",   "Yarrow", "Zell",  "Amber",  "Birch", "Corin",  "Dun",    "Ever"};

inline constexpr std::array<std::string_view, 30> name_tails{
    "field", "stone", "vale", "moor",  "ridge", "bridge", "gate",  "mere",  "combe", "hurst",
    "ford",  "well",  "holm", "crest", "lake",  "haven",  "brook", "wood",  "march", "dale",
    "berg",  "cross", "den",  "fell",  "grove", "heath",  "marsh", "point", "shore", "thorpe"};

/// In the order of `industries`.
inline constexpr std::array<std::string_view, 7> trades{"Studio", "Academy", "Events", "Clinics",
                                                        "Works",  "Trading", "Systems"};

inline constexpr std::array<std::string_view, 4> company_forms{"", "", " Ltd", ", Inc."};

/// A payment that failed for good: why, how often, and what the processor says. Whoever pays by invoice has
/// no card, so that some reasons are not for them.
struct PaymentReason {
  std::string_view reason;
  int weight;
  bool without_card;
  std::array<std::string_view, 3> codes;
};

inline constexpr std::array<PaymentReason, 7> payment_reasons{
    {{"card_expired", 28, false, {"expired_card", "expired_card", "expired_card"}},
     {"no_new_card", 13, false, {"lost_card", "stolen_card", "pickup_card"}},
     {"credit_limit",
      12,
      false,
      {"card_velocity_exceeded", "withdrawal_count_limit_exceeded", "card_velocity_exceeded"}},
     {"outdated_details", 13, true, {"incorrect_number", "incorrect_cvc", "invalid_account"}},
     {"processor_error", 9, true, {"processing_error", "issuer_not_available", "processing_error"}},
     {"insufficient_funds", 18, true, {"insufficient_funds", "insufficient_funds", "insufficient_funds"}},
     {"other_payment", 7, true, {"card_declined", "do_not_honor", "generic_decline"}}}};

/// Days after the first unpaid due date on which the processor tries (again), and on which service stops.
inline constexpr std::array<int, 4> payment_attempts{0, 3, 7, 13};
inline constexpr int dunning_days = 14;
/// Enterprise pays by invoice.
inline constexpr int invoice_terms_days = 14;

}  // namespace sample_book
