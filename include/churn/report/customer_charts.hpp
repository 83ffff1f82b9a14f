// Charts of customers: who is next, and whom to win back first.
//
//   Chart next = risk_chart(risk_list(book, model, indicators));
//   Chart back = win_back_chart(win_back(book));
//
// A bar a customer, the first `most` of the list in its order: of who is next the risk, of whom to win back the MRR at stake by type of
// departure. Columns: rank, customer_id, risk, mrr, expected_loss, reason; and rank, customer_id, mrr, expected_mrr, type,
// reason, action. Names `risk` and `win-back`. O(most).
#pragma once

#include <cstddef>

#include <churn/departure/win_back.hpp>
#include <churn/report/chart.hpp>
#include <churn/risk/risk_list.hpp>

namespace churn::inline v0 {

/// Of those who are present; without bars where the model has learnt from no rows (RiskList::is_known).
[[nodiscard]] Chart risk_chart(const RiskList& list, std::size_t most = 15);
/// In the order of the list.
[[nodiscard]] Chart win_back_chart(const WinBackList& list, std::size_t most = 15);

}  // namespace churn::inline v0
