-- MRR movements and customer counts of 60 months. A stay is a period that covers the end of a month: from month a up to month b.
-- Of customers with one stay at a time, which are nearly all, each stay says by itself what came and went; of the others changes
-- are netted by month.
WITH stays AS (
  SELECT customer_id, mrr_cents AS mrr, a, b
  FROM (SELECT customer_id, mrr_cents, ((year(start_date) - 2020) * 12 + month(start_date) - 1)::UTINYINT AS a,
          (CASE WHEN end_date IS NULL THEN 60 ELSE (year(end_date) - 2020) * 12 + month(end_date) - 1 END)::UTINYINT AS b
        FROM periods)
  WHERE a < b),
neighbours AS (
  SELECT *, lag(b) OVER own AS b_before, lag(mrr) OVER own AS mrr_before, lead(a) OVER own AS a_after
  FROM stays WINDOW own AS (PARTITION BY customer_id ORDER BY a)),
several AS (SELECT DISTINCT customer_id FROM neighbours WHERE b_before > a),
single AS (SELECT * FROM neighbours ANTI JOIN several USING (customer_id)),
changes AS (
  SELECT customer_id, m, sum(d) AS d
  FROM (SELECT customer_id, a AS m, mrr AS d FROM stays SEMI JOIN several USING (customer_id)
        UNION ALL SELECT customer_id, b, -mrr FROM stays SEMI JOIN several USING (customer_id) WHERE b < 60)
  GROUP BY ALL HAVING sum(d) <> 0),
levels AS (
  SELECT m, d, sum(d) OVER own AS mrr, row_number() OVER own AS n
  FROM changes WINDOW own AS (PARTITION BY customer_id ORDER BY m)),
moves AS (
  SELECT a AS m, sum(mrr) FILTER (b_before IS NULL) AS new_mrr, sum(mrr - mrr_before) FILTER (b_before = a AND mrr > mrr_before) AS expansion,
    sum(mrr_before - mrr) FILTER (b_before = a AND mrr < mrr_before) AS contraction, 0 AS churn, sum(mrr) FILTER (b_before < a) AS reactivation,
    count(*) FILTER (b_before IS NULL) AS new_customers, 0 AS churned_customers, count(*) FILTER (b_before < a) AS reactivated_customers
  FROM single GROUP BY a
  UNION ALL
  SELECT b, 0, 0, 0, sum(mrr), 0, 0, count(*), 0 FROM single WHERE b < 60 AND (a_after IS NULL OR a_after > b) GROUP BY b
  UNION ALL
  SELECT m, sum(d) FILTER (n = 1), sum(d) FILTER (d > 0 AND mrr > d), sum(-d) FILTER (d < 0 AND mrr > 0), sum(-d) FILTER (mrr = 0),
    sum(d) FILTER (n > 1 AND mrr = d), count(*) FILTER (n = 1), count(*) FILTER (mrr = 0), count(*) FILTER (n > 1 AND mrr = d)
  FROM levels GROUP BY m),
months AS (
  SELECT t.m, coalesce(sum(new_mrr), 0) AS new_mrr, coalesce(sum(expansion), 0) AS expansion, coalesce(sum(contraction), 0) AS contraction,
    coalesce(sum(churn), 0) AS churn, coalesce(sum(reactivation), 0) AS reactivation, coalesce(sum(new_customers), 0) AS new_customers,
    coalesce(sum(churned_customers), 0) AS churned_customers, coalesce(sum(reactivated_customers), 0) AS reactivated_customers
  FROM range(60) t(m) LEFT JOIN moves ON moves.m = t.m GROUP BY t.m),
closings AS (
  SELECT *, sum(new_mrr + expansion - contraction - churn + reactivation) OVER (ORDER BY m) AS closing,
    sum(new_customers - churned_customers + reactivated_customers) OVER (ORDER BY m) AS closing_customers
  FROM months)
SELECT m::INT AS month, (closing - new_mrr - expansion + contraction + churn - reactivation)::BIGINT AS opening, new_mrr::BIGINT AS new_mrr,
  expansion::BIGINT AS expansion, contraction::BIGINT AS contraction, churn::BIGINT AS churn, reactivation::BIGINT AS reactivation, closing::BIGINT AS closing,
  (closing_customers - new_customers + churned_customers - reactivated_customers)::BIGINT AS opening_customers, new_customers::BIGINT AS new_customers,
  churned_customers::BIGINT AS churned_customers, reactivated_customers::BIGINT AS reactivated_customers, closing_customers::BIGINT AS closing_customers
FROM closings ORDER BY month
