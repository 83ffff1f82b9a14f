-- What a PostgreSQL database needs so that churn-service sees its changes: every table says when a row changed last, an
-- index finds what is new, and a row that goes leaves a trace in another one of its customer.
--
--   psql -d shop -f followed.sql
--
-- May be run again. Where the names of a book are views over a billing system's own tables, do the same to those
-- tables, and show the latest of their stamps as `updated_at`.
SET client_min_messages = warning;
DO $$
DECLARE
  followed text;
BEGIN
  FOREACH followed IN ARRAY ARRAY['customers', 'subscriptions', 'invoices', 'invoice_lines', 'payments', 'events']
  LOOP
    CONTINUE WHEN to_regclass(followed) IS NULL;
    -- What is there already has not just changed: it gets an old day, what comes gets its own instant.
    EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS updated_at timestamptz NOT NULL DEFAULT ''2000-01-01Z''', followed);
    EXECUTE format('ALTER TABLE %I ALTER COLUMN updated_at SET DEFAULT now()', followed);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (updated_at)', followed || '_updated_at', followed);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (%I)', followed || '_owner', followed,
                   CASE WHEN followed IN ('invoice_lines', 'payments') THEN 'invoice_id' ELSE 'customer_id' END);
  END LOOP;
END $$;
CREATE INDEX IF NOT EXISTS invoices_invoice_id ON invoices (invoice_id);

CREATE OR REPLACE FUNCTION stamp_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;

-- A row that went, or has another owner now: the one it belonged to has changed.
CREATE OR REPLACE FUNCTION touch_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE customers SET updated_at = now() WHERE customer_id = OLD.customer_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION touch_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE invoices SET updated_at = now() WHERE invoice_id = OLD.invoice_id;
  RETURN NULL;
END $$;

DO $$
DECLARE
  followed text;
BEGIN
  FOREACH followed IN ARRAY ARRAY['customers', 'subscriptions', 'invoices', 'invoice_lines', 'payments', 'events']
  LOOP
    CONTINUE WHEN to_regclass(followed) IS NULL;
    EXECUTE format('CREATE OR REPLACE TRIGGER stamp_change BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION stamp_change()', followed);
    CONTINUE WHEN followed = 'customers';
    EXECUTE format('CREATE OR REPLACE TRIGGER leave_a_trace AFTER DELETE OR UPDATE OF %I ON %I FOR EACH ROW EXECUTE FUNCTION %I()',
                   CASE WHEN followed IN ('invoice_lines', 'payments') THEN 'invoice_id' ELSE 'customer_id' END, followed,
                   CASE WHEN followed IN ('invoice_lines', 'payments') THEN 'touch_invoice' ELSE 'touch_customer' END);
  END LOOP;
END $$;

-- The latest change is where following begins, and all that is as old is read again each time: let it be one row.
UPDATE customers SET updated_at = now() WHERE customer_id = (SELECT min(customer_id) FROM customers);
