#include <churn/book/conventions.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error_of.hpp"

namespace churn {
namespace {

template <class Change>
std::string error_after(Change change) {
  Conventions conventions = Conventions::standard();
  change(conventions);
  return core_test::error_of([&] { conventions.validate(); });
}

TEST(Conventions, that_are_standard_are_those_of_the_definitions_page) {
  const Conventions standard = Conventions::standard();
  EXPECT_EQ(standard.name, "standard");
  EXPECT_EQ(standard.version, "1");
  EXPECT_EQ(standard.book.pause, PausePolicy::retained);
  EXPECT_EQ(standard.book.free, FreePolicy::absent);
  EXPECT_EQ(standard.book.gap_allowance_days, 0);
  EXPECT_FALSE(standard.book.reactivation_window_days);
  EXPECT_EQ(standard.book.normalisation, Normalisation{});
  EXPECT_EQ(standard.book.time_zone, TimeZone{});
  EXPECT_FALSE(standard.book.currency);
  EXPECT_EQ(standard.rate.netting, Netting::by_period);
  EXPECT_EQ(standard.rate.history, History::any_day);
  EXPECT_EQ(standard.rate.confidence, 0.95);
  EXPECT_EQ(error_after([](Conventions&) {}), "");
}

TEST(Conventions, may_differ_in_every_house) {
  EXPECT_EQ(error_after([](Conventions& mine) {
              mine.name = "ours";
              mine.book.gap_allowance_days = 30;
              mine.book.reactivation_window_days = 0;
              mine.book.normalisation.per_year[1] = {1461, 28};
              mine.book.currency = Currency("EUR");
              mine.rate.confidence = 0.8;
            }),
            "");
}

TEST(Conventions, with_a_negative_number_of_days_are_refused) {
  EXPECT_EQ(error_after([](Conventions& c) { c.book.gap_allowance_days = -1; }), "bad_conventions");
  EXPECT_EQ(error_after([](Conventions& c) { c.book.reactivation_window_days = -1; }), "bad_conventions");
}

TEST(Conventions, with_a_year_of_no_intervals_are_refused) {
  for (std::size_t i = 0; i < 6; ++i)
    for (const Fraction bad :
         {Fraction{0, 1}, Fraction{-12, 1}, Fraction{12, 0}, Fraction{12, -1}, Fraction{-12, -1}})
      EXPECT_EQ(error_after([&](Conventions& c) { c.book.normalisation.per_year[i] = bad; }),
                "bad_conventions")
          << i;
}

TEST(Conventions, with_a_confidence_that_is_no_share_are_refused) {
  for (const double confidence :
       {0.0, 1.0, 95.0, -0.5, std::nan(""), std::numeric_limits<double>::infinity()})
    EXPECT_EQ(error_after([&](Conventions& c) { c.rate.confidence = confidence; }), "bad_conventions")
        << confidence;
}

}  // namespace
}  // namespace churn
