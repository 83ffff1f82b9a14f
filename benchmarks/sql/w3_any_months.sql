-- The answer of w3.sql for any number of months: each customer's MRR as a running sum of its netted changes.
WITH changes AS (
  SELECT customer_id, m, sum(d) AS d
  FROM (SELECT customer_id, ((year(day) - 2020) * 12 + month(day) - 1)::UTINYINT AS m, d
        FROM (SELECT customer_id, CASE WHEN starts THEN start_date ELSE end_date END AS day, (CASE WHEN starts THEN mrr_cents ELSE -mrr_cents END)::DOUBLE AS d
              FROM periods CROSS JOIN (VALUES (true), (false)) t(starts))
        WHERE day IS NOT NULL)
  GROUP BY ALL),
levels AS (
  SELECT m, d, sum(d) OVER own AS mrr, first_value(m) OVER own AS cohort
  FROM changes WINDOW own AS (PARTITION BY customer_id ORDER BY m)),
steps AS (
  SELECT cohort, m, sum(d) AS mrr, count(*) FILTER (d > 0 AND mrr = d) - count(*) FILTER (d < 0 AND mrr = 0) AS customers FROM levels GROUP BY ALL)
SELECT c.m::INT AS cohort, (t.m - c.m)::INT AS age, (sum(coalesce(customers, 0)) OVER own)::BIGINT AS customers, (sum(coalesce(mrr, 0)) OVER own)::BIGINT AS mrr
FROM range(60) c(m) JOIN range(60) t(m) ON t.m >= c.m LEFT JOIN steps ON steps.cohort = c.m AND steps.m = t.m
WINDOW own AS (PARTITION BY c.m ORDER BY t.m) ORDER BY 1, 2
