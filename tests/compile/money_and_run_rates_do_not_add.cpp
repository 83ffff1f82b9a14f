// An amount is not a rate: 10.00 paid once and 10.00 a year have no sum.
// message: (no match for 'operator\+'|invalid operands to binary expression).*Money.*RunRate
#include <churn/core/run_rate.hpp>

const churn::Currency usd{"USD"};
const churn::RunRate rate{3600, usd};
const churn::Money right = churn::Money{10, usd} + rate.arr();
#ifdef CHURN_MUST_FAIL
const auto wrong = churn::Money{10, usd} + rate;
#endif
