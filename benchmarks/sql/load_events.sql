-- What customers did, in order of time. Values are in hundredths, so that all sums are whole.
CREATE TYPE kind AS ENUM ('login', 'session_minutes', 'feature_a', 'feature_b', 'feature_c', 'export', 'invite_sent', 'ticket_opened', 'late_payment', 'integration_connected');
CREATE TABLE events AS
  SELECT customer_id, ts, kind::kind AS kind, 100 * value AS value
  FROM read_csv('FOLDER/events.csv', header = true, delim = ',', auto_detect = false,
                columns = {'customer_id': 'BIGINT', 'ts': 'TIMESTAMP', 'kind': 'VARCHAR', 'value': 'DOUBLE'});
