// message: (no match for 'operator==').*CustomerTag.*InvoiceTag|invalid operands to binary expression.*CustomerId.*InvoiceId
#include <churn/core/id.hpp>

const bool right = churn::CustomerId{42} == churn::CustomerId{"42"};
#ifdef CHURN_MUST_FAIL
const bool wrong = churn::CustomerId{42} == churn::InvoiceId{42};
#endif
