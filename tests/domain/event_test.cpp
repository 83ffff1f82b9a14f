#include <churn/domain/event.hpp>

#include <gtest/gtest.h>

#include <type_traits>

namespace churn {
namespace {

static_assert(std::is_aggregate_v<Event> && !std::is_default_constructible_v<Event>);
static_assert(!std::is_assignable_v<decltype(Event::at)&, Date>, "an event has an instant, not a day");

TEST(Event, counts_once_and_has_no_label_unless_said_otherwise) {
  const Event event{
      .customer = CustomerId{"c1"}, .at = Timestamp::parse("2024-05-06T07:08Z").value(), .kind = "login"};
  EXPECT_EQ(event.value, Decimal{1});
  EXPECT_TRUE(event.label.empty());
  EXPECT_EQ(event.at.to_string(), "2024-05-06T07:08:00Z");
}

}  // namespace
}  // namespace churn
