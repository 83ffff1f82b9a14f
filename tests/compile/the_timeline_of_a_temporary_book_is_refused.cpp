// The columns of a timeline are those of its book, which would be gone at the semicolon, const or not.
// message: deleted (function|member function).*timeline
#include <churn/book/book.hpp>

const churn::Book built(const churn::Records& records, churn::Date as_of);

void look(const churn::Records& records, churn::Date as_of) {
  const auto book = built(records, as_of);
  [[maybe_unused]] const churn::Timeline& right = book.timeline();
#ifdef CHURN_MUST_FAIL
  [[maybe_unused]] const churn::Timeline& wrong = built(records, as_of).timeline();
#endif
}
