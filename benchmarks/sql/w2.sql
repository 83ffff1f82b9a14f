-- W1 by plan x industry, where a customer is in the plan that it started last. As in w1.sql each stay of a customer with one at a
-- time says what came and went; what the others pay, and their plan, is worked out at each month in which a stay begins or ends.
WITH stays AS (
  SELECT customer_id, subscription_id, start_date, plan, mrr_cents AS mrr, a, b
  FROM (SELECT *, ((year(start_date) - 2020) * 12 + month(start_date) - 1)::UTINYINT AS a,
          (CASE WHEN end_date IS NULL THEN 60 ELSE (year(end_date) - 2020) * 12 + month(end_date) - 1 END)::UTINYINT AS b
        FROM periods)
  WHERE a < b),
neighbours AS (
  SELECT customer_id, a, b, mrr, plan, lag(b) OVER own AS b_before, lag(mrr) OVER own AS mrr_before, lead(a) OVER own AS a_after
  FROM stays WINDOW own AS (PARTITION BY customer_id ORDER BY a)),
several AS (SELECT DISTINCT customer_id FROM neighbours WHERE b_before > a),
single AS (SELECT * FROM neighbours ANTI JOIN several USING (customer_id) JOIN customers USING (customer_id)),
crossing AS (SELECT * FROM stays SEMI JOIN several USING (customer_id)),
states AS (
  SELECT customer_id, m, coalesce(sum(mrr) FILTER (a <= m AND m < b), 0)::BIGINT AS mrr,
    arg_max(plan, (start_date - DATE '1970-01-01')::HUGEINT * 9223372036854775807 + subscription_id) FILTER (a <= m AND m < b) AS plan
  FROM (SELECT customer_id, a AS m FROM crossing UNION SELECT customer_id, b FROM crossing WHERE b < 60) JOIN crossing USING (customer_id)
  GROUP BY ALL),
changes AS (
  SELECT *, coalesce(plan, plan_before) AS shown
  FROM (SELECT customer_id, m, mrr, plan, coalesce(lag(mrr) OVER own, 0) AS mrr_before, lag(plan) OVER own AS plan_before, row_number() OVER own AS n
        FROM states WINDOW own AS (PARTITION BY customer_id ORDER BY m))
    JOIN customers USING (customer_id)),
moves AS (
  SELECT a AS m, plan, industry, sum(mrr) AS closing, count(*) AS closing_customers,
    sum(mrr) FILTER (b_before IS NULL) AS new_mrr, sum(mrr - mrr_before) FILTER (b_before = a AND mrr > mrr_before) AS expansion,
    sum(mrr_before - mrr) FILTER (b_before = a AND mrr < mrr_before) AS contraction, 0 AS churn, sum(mrr) FILTER (b_before < a) AS reactivation,
    count(*) FILTER (b_before IS NULL) AS new_customers, 0 AS churned_customers, count(*) FILTER (b_before < a) AS reactivated_customers
  FROM single GROUP BY ALL
  UNION ALL
  SELECT b, plan, industry, -sum(mrr), -count(*), 0, 0, 0, sum(mrr) FILTER (a_after IS NULL OR a_after > b), 0, 0,
    count(*) FILTER (a_after IS NULL OR a_after > b), 0
  FROM single WHERE b < 60 GROUP BY ALL
  UNION ALL
  SELECT m, shown, industry, sum(mrr), count(*) FILTER (mrr > 0), sum(mrr) FILTER (n = 1), sum(mrr - mrr_before) FILTER (mrr_before > 0 AND mrr > mrr_before),
    sum(mrr_before - mrr) FILTER (mrr > 0 AND mrr < mrr_before), sum(mrr_before) FILTER (mrr = 0), sum(mrr) FILTER (n > 1 AND mrr_before = 0),
    count(*) FILTER (n = 1), count(*) FILTER (mrr = 0), count(*) FILTER (n > 1 AND mrr_before = 0)
  FROM changes GROUP BY ALL
  UNION ALL
  SELECT m, plan_before, industry, -sum(mrr_before), -count(*), 0, 0, 0, 0, 0, 0, 0, 0 FROM changes WHERE mrr_before > 0 GROUP BY ALL),
months AS (
  SELECT m, plan, industry, coalesce(sum(closing), 0) AS closing_change, coalesce(sum(closing_customers), 0) AS customers_change,
    coalesce(sum(new_mrr), 0) AS new_mrr, coalesce(sum(expansion), 0) AS expansion, coalesce(sum(contraction), 0) AS contraction,
    coalesce(sum(churn), 0) AS churn, coalesce(sum(reactivation), 0) AS reactivation, coalesce(sum(new_customers), 0) AS new_customers,
    coalesce(sum(churned_customers), 0) AS churned_customers, coalesce(sum(reactivated_customers), 0) AS reactivated_customers
  FROM (SELECT t.m::UTINYINT AS m, unnest(enum_range(NULL::plan))::plan AS plan FROM range(60) t(m))
    CROSS JOIN (SELECT unnest(enum_range(NULL::industry))::industry AS industry) LEFT JOIN moves USING (m, plan, industry)
  GROUP BY ALL),
closings AS (
  SELECT *, sum(closing_change) OVER own AS closing, sum(customers_change) OVER own AS closing_customers
  FROM months WINDOW own AS (PARTITION BY plan, industry ORDER BY m)),
openings AS (
  SELECT *, closing - new_mrr - expansion + contraction + churn - reactivation AS opening,
    closing_customers - new_customers + churned_customers - reactivated_customers AS opening_customers
  FROM closings)
SELECT m::INT AS month, plan::VARCHAR, industry::VARCHAR, opening::BIGINT, new_mrr::BIGINT, expansion::BIGINT, contraction::BIGINT, churn::BIGINT,
  reactivation::BIGINT, closing::BIGINT, opening_customers::BIGINT, new_customers::BIGINT, churned_customers::BIGINT, reactivated_customers::BIGINT, closing_customers::BIGINT
FROM openings WHERE opening_customers <> 0 OR closing_customers <> 0 ORDER BY month, plan, industry
