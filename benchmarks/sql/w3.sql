-- Customers paying and their MRR by cohort, the month of the first paid day, and age. No window is needed: a customer's paid months
-- are bits of a number, of which there are few different ones, and MRR adds up over stays. Takes at most 63 months.
WITH stays AS (
  SELECT customer_id, mrr_cents AS mrr, ((year(start_date) - 2020) * 12 + month(start_date) - 1)::UTINYINT AS a,
    (CASE WHEN end_date IS NULL THEN 60 ELSE (year(end_date) - 2020) * 12 + month(end_date) - 1 END)::UTINYINT AS b
  FROM periods),
paying AS (
  SELECT customer_id, min(a) AS cohort, bit_or((1::UBIGINT << b) - (1::UBIGINT << a)) AS months FROM stays GROUP BY customer_id),
alike AS (SELECT cohort, months, count(*) AS customers FROM paying GROUP BY ALL),
spans AS (SELECT cohort, a, b, sum(mrr)::BIGINT AS mrr FROM stays JOIN paying USING (customer_id) WHERE a < b GROUP BY ALL),
counts AS (SELECT cohort, m, sum(customers) AS customers FROM alike, range(60) t(m) WHERE (months >> m) & 1 = 1 GROUP BY ALL),
amounts AS (SELECT cohort, m, sum(mrr) AS mrr FROM spans, range(60) t(m) WHERE a <= m AND m < b GROUP BY ALL)
SELECT cohort::INT AS cohort, (m - cohort)::INT AS age, coalesce(customers, 0)::BIGINT AS customers, coalesce(mrr, 0)::BIGINT AS mrr
FROM (SELECT c.m AS cohort, t.m FROM range(60) c(m), range(60) t(m) WHERE t.m >= c.m) LEFT JOIN counts USING (cohort, m) LEFT JOIN amounts USING (cohort, m)
ORDER BY cohort, age
