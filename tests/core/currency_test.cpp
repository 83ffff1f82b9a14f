#include <churn/core/currency.hpp>

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <type_traits>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "core/operators.hpp"

namespace churn {
namespace {

using core_test::all_currencies;
using core_test::error_of;

static_assert(sizeof(Currency) == 1 && std::is_trivially_copyable_v<Currency>);
static_assert(!std::is_default_constructible_v<Currency>, "no currency is the usual one");
static_assert(!std::is_convertible_v<const char*, Currency> && !std::is_constructible_v<Currency, int>);
static_assert(!core_test::Comparable<Currency, const char*> && !core_test::Ordered<Currency, Currency>);

TEST(Currency, survives_the_way_through_its_code_and_its_index) {
  for (const Currency currency : all_currencies()) {
    EXPECT_EQ(Currency(currency.code()), currency);
    EXPECT_EQ(Currency::parse(currency.code()), currency);
    EXPECT_EQ(Currency::from_index(currency.index()), currency);
  }
}

TEST(Currency, codes_are_three_capitals_and_unique) {
  std::set<std::string> seen;
  for (const Currency currency : all_currencies()) {
    const std::string code(currency.code());
    EXPECT_EQ(code.size(), 3U);
    EXPECT_EQ(code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), std::string::npos) << code;
    EXPECT_TRUE(seen.insert(code).second) << code;
  }
  EXPECT_GT(seen.size(), 150U);
}

// ISO 4217, the currencies whose minor unit is not a hundredth.
TEST(Currency, has_two_decimals_but_for_those_that_the_standard_says_otherwise_of) {
  std::map<std::string, int> others;
  for (const char* code : {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                           "VND", "VUV", "XAF", "XOF", "XPF"})
    others[code] = 0;
  for (const char* code : {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}) others[code] = 3;
  for (const char* code : {"CLF", "UYW"}) others[code] = 4;
  for (const Currency currency : all_currencies()) {
    const auto found = others.find(std::string(currency.code()));
    EXPECT_EQ(currency.decimals(), found == others.end() ? 2 : found->second) << currency.code();
    if (found != others.end()) others.erase(found);
  }
  EXPECT_TRUE(others.empty()) << others.begin()->first << " is missing";
}

TEST(Currency, knows_what_people_pay_in) {
  for (const char* code :
       {"USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK",
        "HUF", "BRL", "MXN", "INR", "CNY", "HKD", "SGD", "ZAR", "TRY", "ILS", "AED", "KWD"})
    EXPECT_TRUE(Currency::parse(code)) << code;
}

TEST(Currency, that_the_standard_does_not_list_is_refused) {
  for (const char* code : {"", "US", "USDX", "usd", "Usd", " USD", "USD ", "US$", "$", "€", "BTC", "XXX",
                           "XTS", "XAU", "DEM", "AAA", "ZZZ", "ÀÉ"}) {
    EXPECT_FALSE(Currency::parse(code)) << code;
    EXPECT_EQ(error_of([code] { (void)Currency(code); }), "bad_currency") << code;
  }
  EXPECT_FALSE(Currency::parse(std::string_view("US\0", 3)));
}

TEST(Currency, of_an_index_beyond_the_list_is_refused) {
  EXPECT_EQ(error_of([] { (void)Currency::from_index(255); }), "bad_currency");
  const auto count = static_cast<std::uint8_t>(all_currencies().size());
  EXPECT_EQ(error_of([count] { (void)Currency::from_index(count); }), "bad_currency");
}

}  // namespace
}  // namespace churn
