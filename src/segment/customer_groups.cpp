#include <churn/segment/customer_groups.hpp>

#include <string>
#include <utility>

#include "segment/labelling.hpp"

namespace churn::inline v0 {

Segmenter by::customer_group(std::uint32_t groups) {
  if (groups == 0 || groups > max_labels)
    throw Error(ErrorCode::bad_number, "Customers are split into 1 to 100,000 groups.");
  auto column_of = [groups](const Book& book) {
    Segmenter::Column column;
    const std::size_t width = std::to_string(groups - 1).size();
    for (std::uint32_t group = 0; group < groups; ++group) {
      const std::string number = std::to_string(group);
      column.labels.push_back(std::string(width - number.size(), '0') + number);
    }
    column.code.reserve(book.customer_count());
    for (std::uint32_t c = 0; c < book.customer_count(); ++c)
      column.code.push_back(churn::customer_group(book.customer_id(CustomerIndex{c}).text(), groups));
    return column;
  };
  return Segmenter{Segmenter::Factor{
      "customer_group", Segmenter::Kind::fixed, std::move(column_of), {}, std::to_string(groups)}};
}

}  // namespace churn::inline v0
