// message: deleted (function|constructor).*Money
#include <churn/core/money.hpp>

const churn::Money right{4990, churn::Currency{"USD"}};
#ifdef CHURN_MUST_FAIL
const churn::Money wrong{49.90, churn::Currency{"USD"}};
#endif
