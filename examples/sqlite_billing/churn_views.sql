-- The billing system's tables as libchurn reads them: views with the names and columns of a book, and nothing copied. This
-- file is all that had to be written to ask about churn.
--
-- Cents become decimals as texts: a division would make them binary.

CREATE VIEW customers AS
SELECT id AS customer_id, created_on AS signed_up_on, name, is_internal AS excluded, industry FROM accounts;

-- A row a phase: from each day on which terms change or a pause ends to the next such day, the last one to the end of the
-- contract. A phase meets one pause at most, and what is known of the end is said once, in the last phase.
CREATE VIEW subscriptions AS
WITH starts AS (
  SELECT contract_id, effective_on AS starts_on FROM contract_terms
  UNION
  SELECT contract_id, until_on FROM pauses
), phases AS (
  SELECT s.contract_id, s.starts_on,
         LEAD(s.starts_on) OVER (PARTITION BY s.contract_id ORDER BY s.starts_on) AS next_on
  FROM starts s
  JOIN contracts c ON c.id = s.contract_id
  WHERE c.ended_on IS NULL OR s.starts_on < c.ended_on
)
SELECT h.contract_id AS subscription_id,
       c.account_id AS customer_id,
       p.plan,
       h.starts_on,
       COALESCE(h.next_on, c.ended_on) AS ends_on,
       printf('%d.%02d', p.cents / 100, p.cents % 100) AS amount,
       'USD' AS currency,
       CASE p.months WHEN 12 THEN 'year' ELSE 'month' END AS interval,
       t.seats AS quantity,
       CASE WHEN h.next_on IS NULL THEN c.cancel_requested_on END AS cancel_requested_on,
       CASE WHEN h.next_on IS NULL THEN c.end_reason END AS end_reason,
       b.from_on AS paused_from,
       b.until_on AS paused_until
FROM phases h
JOIN contracts c ON c.id = h.contract_id
JOIN contract_terms t ON t.contract_id = h.contract_id
 AND t.effective_on = (SELECT MAX(effective_on) FROM contract_terms
                       WHERE contract_id = h.contract_id AND effective_on <= h.starts_on)
JOIN prices p ON p.id = t.price_id
LEFT JOIN pauses b ON b.contract_id = h.contract_id AND b.until_on > h.starts_on
                  AND b.from_on < COALESCE(h.next_on, '9999-12-31');

-- Due when issued, and charged to the card.
CREATE VIEW invoices_of_contracts AS
SELECT i.*, c.account_id, p.plan, p.cents AS unit_cents, p.months
FROM billing_invoices i JOIN contracts c ON c.id = i.contract_id JOIN prices p ON p.id = i.price_id;

CREATE VIEW invoices AS
SELECT id AS invoice_id, account_id AS customer_id, contract_id AS subscription_id, issued_on, issued_on AS due_on, paid_on,
       'USD' AS currency, CASE state WHEN 'given_up' THEN 'uncollectible' ELSE state END AS status
FROM invoices_of_contracts;

CREATE VIEW invoice_lines AS
SELECT id AS invoice_id, 1 AS line_id, contract_id AS subscription_id, plan,
       printf('%d.%02d', cents / 100, cents % 100) AS amount, seats AS quantity,
       printf('%d.%02d', unit_cents / 100, unit_cents % 100) AS unit_amount,
       CASE months WHEN 12 THEN 'year' ELSE 'month' END AS interval, service_from AS period_start, service_until AS period_end
FROM invoices_of_contracts;

CREATE VIEW payments AS
SELECT invoice_id, attempted_at AS at, CASE WHEN decline_code IS NULL THEN 'succeeded' ELSE 'failed' END AS status,
       printf('%d.%02d', cents / 100, cents % 100) AS amount, decline_code AS failure_code
FROM charges;

CREATE VIEW events AS
SELECT account_id AS customer_id, added_at AS at, 'card_added' AS kind, expires AS label FROM cards;

CREATE VIEW book AS SELECT 'USD' AS currency, 'UTC' AS time_zone;
