// message: OneOf.*NetMrrChurnRate|NetMrrChurnRate.*OneOf
#include <churn/metric/measure.hpp>

using Table = churn::Measured<churn::CustomerChurnRate, churn::QuickRatio>;
auto right(const Table::Place& place) { return place.get<churn::QuickRatio>(); }
#ifdef CHURN_MUST_FAIL
auto wrong(const Table::Place& place) { return place.get<churn::NetMrrChurnRate>(); }
#endif
