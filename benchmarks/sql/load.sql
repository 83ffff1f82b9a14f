-- The tables, in memory. FOLDER is that of the data.
CREATE TYPE plan AS ENUM ('basic', 'starter', 'team', 'pro', 'business', 'enterprise');
CREATE TYPE charged AS ENUM ('month', 'year');
CREATE TYPE reason AS ENUM ('voluntary', 'payment_failed', 'completed');
CREATE TYPE industry AS ENUM ('software', 'retail', 'finance', 'health', 'education', 'media', 'manufacturing', 'travel', 'logistics', 'energy', 'public', 'other');
CREATE TABLE customers AS
  SELECT customer_id, signup, industry::industry AS industry
  FROM read_csv('FOLDER/customers.csv', header = true, delim = ',', auto_detect = false,
                columns = {'customer_id': 'BIGINT', 'signup': 'DATE', 'industry': 'VARCHAR', 'channel': 'VARCHAR', 'country': 'VARCHAR', 'size_band': 'VARCHAR'});
CREATE TABLE periods AS
  SELECT subscription_id, customer_id, plan::plan AS plan, "interval"::charged AS "interval", start_date, end_date, mrr_cents, currency, end_reason::reason AS end_reason
  FROM read_csv('FOLDER/periods.csv', header = true, delim = ',', auto_detect = false,
                columns = {'subscription_id': 'BIGINT', 'customer_id': 'BIGINT', 'plan': 'VARCHAR', 'interval': 'VARCHAR', 'start_date': 'DATE', 'end_date': 'DATE', 'mrr_cents': 'BIGINT', 'currency': 'VARCHAR', 'end_reason': 'VARCHAR'});
