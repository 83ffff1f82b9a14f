// message: (could not convert|no viable conversion).*Id<.*CustomerTag>.*Id<.*SubscriptionTag>
#include <churn/domain/subscription.hpp>

const churn::CustomerId customer{"c1"};
const churn::Subscription right{.id = churn::SubscriptionId{"s1"}, .customer = customer, .phases = {}};
#ifdef CHURN_MUST_FAIL
const churn::Subscription wrong{.id = customer, .customer = customer, .phases = {}};
#endif
