-- The changes of the day go into the book.
INSERT INTO known FROM starting;
UPDATE known SET end_date = ending.end_date, end_reason = ending.end_reason FROM ending
  WHERE known.subscription_id = ending.subscription_id AND known.start_date = ending.start_date;
