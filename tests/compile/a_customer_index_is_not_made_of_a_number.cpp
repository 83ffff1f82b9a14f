// A place in a book's columns comes from that book.
// message: (cannot convert|cannot initialize).*CustomerIndex
#include <churn/book/book.hpp>

constexpr churn::CustomerIndex right{7};
#ifdef CHURN_MUST_FAIL
constexpr churn::CustomerIndex wrong = 7;
#endif
