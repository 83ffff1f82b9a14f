#include "book/plain_column.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace churn {
namespace {

PlainColumn<int> view_of(const std::shared_ptr<const std::vector<int>>& values) {
  return {std::span<const int>(*values), values};
}

std::vector<int> values_of(const PlainColumn<int>& column) { return {column.begin(), column.end()}; }

// Whatever is done to columns, of their own values or of viewed ones, they hold what vectors would.
RC_GTEST_PROP(PlainColumn, holds_what_a_vector_would_whether_its_own_or_viewed,
              (const std::vector<int>& start)) {
  const auto memory = std::make_shared<const std::vector<int>>(start);
  PlainColumn<int> column = *rc::gen::arbitrary<bool>() ? view_of(memory) : PlainColumn<int>(start);
  std::vector<int> model = start;
  for (int n = *rc::gen::inRange(0, 12); n > 0; --n) {
    const int value = *rc::gen::arbitrary<int>();
    const auto count = *rc::gen::inRange<std::size_t>(0, 9);
    switch (*rc::gen::inRange(0, 10)) {
      case 0: column.push_back(value), model.push_back(value); break;
      case 1: column.resize(count, value), model.resize(count, value); break;
      case 2: column.append(count, value), model.insert(model.end(), count, value); break;
      case 3: column.append(start), model.insert(model.end(), start.begin(), start.end()); break;
      case 4: column.truncate(count), model.resize(std::min(count, model.size())); break;
      case 5:
        if (!model.empty()) column.writable()[count % model.size()] = model[count % model.size()] = value;
        break;
      case 6: {
        PlainColumn<int> other = column;  // a copy has a life of its own
        other.push_back(value);
        RC_ASSERT(values_of(column) == model);
        column = std::move(other);
        model.push_back(value);
        break;
      }
      case 7: {
        PlainColumn<int> other = std::move(column);
        RC_ASSERT(column.empty());  // NOLINT: that is what is asked
        column.push_back(value);
        RC_ASSERT(values_of(column) == std::vector<int>{value});
        column = other;
        break;
      }
      case 8: column.reserve(count); break;
      case 9: column.shrink_to_fit(); break;
    }
    RC_ASSERT(values_of(column) == model);
    RC_ASSERT(column.size() == model.size() && column.empty() == model.empty());
    if (!model.empty()) RC_ASSERT(column.front() == model.front() && column.back() == model.back());
  }
  RC_ASSERT(*memory == start);
}

TEST(PlainColumn, keeps_what_it_views_alive_until_it_is_written_to) {
  auto memory = std::make_shared<const std::vector<int>>(std::vector<int>{1, 2, 3});
  const std::weak_ptr<const std::vector<int>> watched = memory;
  PlainColumn<int> column = view_of(memory);
  EXPECT_EQ(column.data(), memory->data());
  EXPECT_EQ(PlainColumn<int>(column).data(), memory->data());
  memory.reset();
  EXPECT_FALSE(watched.expired());
  column.push_back(column[0]);
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(values_of(column), (std::vector<int>{1, 2, 3, 1}));
}

TEST(PlainColumn, throws_for_a_place_behind_its_last) {
  const PlainColumn<int> column{1, 2};
  EXPECT_EQ(column.at(1), 2);
  EXPECT_THROW(static_cast<void>(column.at(2)), std::out_of_range);
}

}  // namespace
}  // namespace churn
