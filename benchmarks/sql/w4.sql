-- Of each customer and kind of event count and sum in the 28 days before 2024-10-01 and in the 28 before them, and days since the last
-- event. All events are needed for the last one only. A kind and window is told by one number, the cell; items.mjs fills in the count
-- and the sum of each of the twenty. Rows come in any order.
WITH lasts AS (SELECT customer_id, max(ts) AS last FROM events WHERE ts < TIMESTAMP '2024-10-01' GROUP BY customer_id),
recent AS (
  SELECT customer_id, value, 2 * enum_code(kind) + (ts < TIMESTAMP '2024-09-03')::INT AS cell
  FROM events WHERE ts >= TIMESTAMP '2024-08-06' AND ts < TIMESTAMP '2024-10-01'),
windows AS (SELECT customer_id, CELLS FROM recent GROUP BY customer_id)
SELECT customer_id, coalesce(COLUMNS(* EXCLUDE (customer_id, last)), 0), datesub('day', last, TIMESTAMP '2024-10-01') AS days
FROM lasts LEFT JOIN windows USING (customer_id)
