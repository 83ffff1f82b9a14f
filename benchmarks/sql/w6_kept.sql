-- W1 from the totals kept: what the changed customers' movements were goes out of them, what they are comes in.
CREATE OR REPLACE TABLE changed AS SELECT customer_id FROM starting UNION SELECT customer_id FROM ending;
CREATE OR REPLACE TEMP TABLE before AS FROM moves();
INSERT INTO known FROM starting;
UPDATE known SET end_date = ending.end_date, end_reason = ending.end_reason FROM ending
  WHERE known.subscription_id = ending.subscription_id AND known.start_date = ending.start_date;
WITH parts AS (
  FROM kept
  UNION ALL SELECT m, -new_mrr, -expansion, -contraction, -churn, -reactivation, -new_customers, -churned_customers, -reactivated_customers FROM before
  UNION ALL FROM moves()),
months AS (
  SELECT t.m, coalesce(sum(new_mrr), 0) AS new_mrr, coalesce(sum(expansion), 0) AS expansion, coalesce(sum(contraction), 0) AS contraction,
    coalesce(sum(churn), 0) AS churn, coalesce(sum(reactivation), 0) AS reactivation, coalesce(sum(new_customers), 0) AS new_customers,
    coalesce(sum(churned_customers), 0) AS churned_customers, coalesce(sum(reactivated_customers), 0) AS reactivated_customers
  FROM range(60) t(m) LEFT JOIN parts ON parts.m = t.m GROUP BY t.m),
closings AS (
  SELECT *, sum(new_mrr + expansion - contraction - churn + reactivation) OVER (ORDER BY m) AS closing,
    sum(new_customers - churned_customers + reactivated_customers) OVER (ORDER BY m) AS closing_customers
  FROM months)
SELECT m::INT AS month, (closing - new_mrr - expansion + contraction + churn - reactivation)::BIGINT AS opening, new_mrr::BIGINT AS new_mrr,
  expansion::BIGINT AS expansion, contraction::BIGINT AS contraction, churn::BIGINT AS churn, reactivation::BIGINT AS reactivation, closing::BIGINT AS closing,
  (closing_customers - new_customers + churned_customers - reactivated_customers)::BIGINT AS opening_customers, new_customers::BIGINT AS new_customers,
  churned_customers::BIGINT AS churned_customers, reactivated_customers::BIGINT AS reactivated_customers, closing_customers::BIGINT AS closing_customers
FROM closings ORDER BY month
