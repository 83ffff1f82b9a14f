// An attribute's column and labels lie in its book, which would be gone at the semicolon.
// message: deleted (function|member function).*attribute
#include <churn/book/book.hpp>

void look(const churn::Records& records, churn::Date as_of) {
  const auto built = churn::Book::build(records, as_of);
  [[maybe_unused]] const auto right = built.book.attribute("channel");
#ifdef CHURN_MUST_FAIL
  [[maybe_unused]] const auto wrong = churn::Book::build(records, as_of).book.attribute("channel");
#endif
}
