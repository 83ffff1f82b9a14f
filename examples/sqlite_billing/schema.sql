-- The tables of a small billing system, as such systems have them: money in integer cents, days as texts, and what was
-- agreed kept apart from what was invoiced and what was paid. Nothing in here knows of libchurn.
-- Each statement ends with the line that it ends on.

-- Tells the file apart from those of others.
PRAGMA application_id = 1651076204;

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  industry TEXT NOT NULL DEFAULT '',
  created_on TEXT NOT NULL,
  is_internal INTEGER NOT NULL DEFAULT 0
);

-- What one seat costs for one interval. A new price is a new row; who has the old one keeps it until changed.
CREATE TABLE prices (
  id INTEGER PRIMARY KEY,
  plan TEXT NOT NULL,
  cents INTEGER NOT NULL CHECK (cents >= 0),
  months INTEGER NOT NULL CHECK (months IN (1, 12)),
  offered_from TEXT NOT NULL
);

CREATE TABLE contracts (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  started_on TEXT NOT NULL CHECK (strftime('%d', started_on) <= '28'),  -- every month has its renewal day
  cancel_requested_on TEXT,
  ended_on TEXT,  -- the first day without service
  end_reason TEXT
);

-- The agreed price and seats from a day on: the latest row up to a day is in force on it.
CREATE TABLE contract_terms (
  contract_id INTEGER NOT NULL REFERENCES contracts (id),
  effective_on TEXT NOT NULL,
  price_id INTEGER NOT NULL REFERENCES prices (id),
  seats INTEGER NOT NULL CHECK (seats > 0),
  PRIMARY KEY (contract_id, effective_on)
);

CREATE TABLE pauses (
  contract_id INTEGER NOT NULL REFERENCES contracts (id),
  from_on TEXT NOT NULL,
  until_on TEXT NOT NULL CHECK (until_on > from_on),
  PRIMARY KEY (contract_id, from_on)
);

CREATE TABLE billing_invoices (
  id INTEGER PRIMARY KEY,
  contract_id INTEGER NOT NULL REFERENCES contracts (id),
  issued_on TEXT NOT NULL,
  service_from TEXT NOT NULL,
  service_until TEXT NOT NULL,
  price_id INTEGER NOT NULL REFERENCES prices (id),
  seats INTEGER NOT NULL,
  cents INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paid', 'given_up')),
  paid_on TEXT,
  UNIQUE (contract_id, service_from)
);

CREATE TABLE charges (
  id INTEGER PRIMARY KEY,
  invoice_id INTEGER NOT NULL REFERENCES billing_invoices (id),
  attempted_at TEXT NOT NULL,
  cents INTEGER NOT NULL,
  decline_code TEXT  -- NULL: the money came
);

CREATE TABLE cards (
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  added_at TEXT NOT NULL,
  expires TEXT NOT NULL  -- YYYY-MM
);
