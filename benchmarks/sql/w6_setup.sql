-- The book as it was known at the end of 2024-12-30, the changes of 2024-12-31, and what a system might keep: the movements of each month.
CREATE OR REPLACE TABLE known AS
  SELECT * REPLACE (CASE WHEN end_date >= DATE '2024-12-31' THEN NULL ELSE end_date END AS end_date, CASE WHEN end_date >= DATE '2024-12-31' THEN NULL ELSE end_reason END AS end_reason)
  FROM periods WHERE start_date < DATE '2024-12-31';
CREATE OR REPLACE TABLE starting AS FROM periods WHERE start_date = DATE '2024-12-31';
CREATE OR REPLACE TABLE ending AS SELECT subscription_id, customer_id, start_date, end_date, end_reason FROM periods WHERE end_date = DATE '2024-12-31' AND start_date < DATE '2024-12-31';
-- The movements of the customers in `changed`.
CREATE OR REPLACE TABLE changed AS SELECT DISTINCT customer_id FROM known;
CREATE OR REPLACE MACRO moves() AS TABLE
  WITH changes AS (
    SELECT customer_id, m, sum(d) AS d
    FROM (SELECT customer_id, ((year(day) - 2020) * 12 + month(day) - 1)::UTINYINT AS m, d
          FROM (SELECT customer_id, CASE WHEN starts THEN start_date ELSE end_date END AS day, (CASE WHEN starts THEN mrr_cents ELSE -mrr_cents END)::DOUBLE AS d
                FROM known SEMI JOIN changed USING (customer_id) CROSS JOIN (VALUES (true), (false)) t(starts))
          WHERE day IS NOT NULL)
    GROUP BY ALL HAVING sum(d) <> 0),
  levels AS (SELECT m, d, sum(d) OVER own AS mrr, row_number() OVER own AS n FROM changes WINDOW own AS (PARTITION BY customer_id ORDER BY m))
  SELECT m, coalesce(sum(d) FILTER (n = 1), 0) AS new_mrr, coalesce(sum(d) FILTER (d > 0 AND mrr > d), 0) AS expansion,
    coalesce(sum(-d) FILTER (d < 0 AND mrr > 0), 0) AS contraction, coalesce(sum(-d) FILTER (mrr = 0), 0) AS churn, coalesce(sum(d) FILTER (n > 1 AND mrr = d), 0) AS reactivation,
    count(*) FILTER (n = 1) AS new_customers, count(*) FILTER (mrr = 0) AS churned_customers, count(*) FILTER (n > 1 AND mrr = d) AS reactivated_customers
  FROM levels GROUP BY m;
CREATE OR REPLACE TABLE kept AS FROM moves();
