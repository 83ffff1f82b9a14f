// message: deleted (function|constructor).*RunRate
#include <churn/core/run_rate.hpp>

const churn::RunRate right{3600, churn::Currency{"USD"}};
#ifdef CHURN_MUST_FAIL
const churn::RunRate wrong{3600.0, churn::Currency{"USD"}};
#endif
