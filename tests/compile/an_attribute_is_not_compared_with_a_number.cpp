// Labels are texts: "3", not 3. A plain 0 would even be taken for a null pointer to a text.
// message: (deleted function|deleted operator)
#include <churn/segment/filter.hpp>

const churn::Filter right = churn::attribute("seats") == "0";
#ifdef CHURN_MUST_FAIL
const churn::Filter wrong = churn::attribute("seats") == 0;
#endif
