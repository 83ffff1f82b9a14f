// message: (no match for 'operator\*'|invalid operands to binary expression).*Segmenter.*Filter
#include <churn/segment/filter.hpp>

const churn::Segmenter right = churn::by::attribute("plan") * churn::by::cohort();
#ifdef CHURN_MUST_FAIL
const auto wrong = churn::by::attribute("plan") * (churn::attribute("plan") == "pro");
#endif
