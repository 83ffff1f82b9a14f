// A number has no currency.
// message: (no match for 'operator\+'|invalid operands to binary expression).*Money.*int
#include <churn/core/money.hpp>

const churn::Money price{4990, churn::Currency{"USD"}};
const churn::Money right = price + churn::Money{10, price.currency()};
#ifdef CHURN_MUST_FAIL
const churn::Money wrong = price + 10;
#endif
