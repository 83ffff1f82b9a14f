-- Kaplan-Meier by plan of each customer's first subscription, by tenure in days: `completed` and running ones are censored. A customer's
-- first subscription is told by one number, its start and its id; what is the same for many is counted before anything is sorted.
WITH subscriptions AS (
  SELECT any_value(customer_id) AS customer_id, subscription_id, min(start_date) AS s, max(coalesce(end_date, DATE '9999-12-31')) AS e,
    arg_min(plan, start_date) AS plan, max(end_reason) AS reason
  FROM periods GROUP BY subscription_id),
firsts AS (
  SELECT customer_id, min((s - DATE '1970-01-01')::BIGINT * 4294967296 + subscription_id) AS key FROM subscriptions GROUP BY customer_id),
stays AS (
  SELECT plan, (CASE WHEN e = DATE '9999-12-31' THEN DATE '2024-12-31' ELSE e END - s)::INT AS t,
    e <> DATE '9999-12-31' AND reason IN ('voluntary', 'payment_failed') AS left_us
  FROM subscriptions JOIN firsts ON subscription_id = key & 4294967295),
counts AS (SELECT plan, t, count(*) AS n, count(*) FILTER (left_us) AS events FROM stays GROUP BY ALL),
rows AS (SELECT plan, t, events, n - events AS censored, sum(n) OVER (PARTITION BY plan ORDER BY t DESC) AS at_risk FROM counts)
SELECT plan::VARCHAR AS plan, t, at_risk::BIGINT AS at_risk, events, censored,
  printf('%.9f', product(1 - events / at_risk) OVER (PARTITION BY rows.plan ORDER BY t)) AS survival
FROM rows ORDER BY rows.plan, t
