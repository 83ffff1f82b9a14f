// What compare.mjs measures, in the order of its table.
//
// A new piece of work is an entry here, its SQL in sql/, and an entry of `works` in worker.cpp:
//   name      of the item, for --only
//   title     of its row
//   duckdb    the query's name in sql/; or several statements, as below; null: not asked
//   libchurn  the line that the worker gets, without its threads; null: not built yet
//   plain     the plain pass that gives the same answer, if there is one
//   target    how many times faster than DuckDB the library is to be, at equal threads
//
// and where they are needed:
//   about     'events' in the place of 'periods': what is asked about, and so on which data
//   answer    the item before it that has the same answer
//   threads   only these, instead of those asked for
//   largest   no more customers than these, where a measurement takes much memory or time
//   table     what the query reads in the place of `periods`
//   fill      words of the query, and what they stand for
//   unordered true: rows may come in any order
//   atMost    [times, item]: in the place of a target against DuckDB, one against the library's time for an item before it
//   arrange   order and ids of a table `arranged` that is made before
//   setup     a script that runs before, untimed; then the statements of `duckdb` are one transaction, rolled back
//   command   true: the command line in place of the worker

const csv = `read_csv('FOLDER/periods.csv', header = true, delim = ',', auto_detect = false, columns = {'subscription_id': 'BIGINT',
  'customer_id': 'BIGINT', 'plan': 'VARCHAR', 'interval': 'VARCHAR', 'start_date': 'DATE', 'end_date': 'DATE', 'mrr_cents': 'BIGINT',
  'currency': 'VARCHAR', 'end_reason': 'VARCHAR'})`;

/// The counts and sums of W4.
const cells = Array.from({ length: 20 }, (_, cell) => `count(*) FILTER (cell = ${cell}), sum(value) FILTER (cell = ${cell})`).join(', ');

const firstAnswer = (ids, order, target) => ({
  name: `first_${ids}_${order}`,
  title: `columns in memory to W1: ${ids} ids, ${{ sorted: 'ordered by customer', start: 'by start date', random: 'in random order' }[order]}`,
  duckdb: 'w1', answer: 'w1', libchurn: `first_answer ids=${ids} order=${order}`, target, threads: [1], largest: 1_000_000,
  table: 'arranged', arrange: { ids, order },
});

export const items = [
  { name: 'w1', title: 'W1: MRR movements and customer counts of 60 months', duckdb: 'w1', libchurn: 'w1', plain: 'plain_w1', target: 100 },
  { name: 'w2', title: 'W2: W1 by latest started plan x industry', duckdb: 'w2', libchurn: 'w2', plain: 'plain_w2', target: 100 },
  { name: 'w3', title: 'W3: cohorts, 60 x 60 months (SQL for at most 63 months)', duckdb: 'w3', libchurn: 'w3', plain: 'plain_w3', target: 100 },
  { name: 'w3_any_months', title: 'W3 (SQL for any number of months)', duckdb: 'w3_any_months', answer: 'w3', libchurn: 'w3', plain: 'plain_w3', target: 100 },
  { name: 'w4', title: 'W4: ten kinds of event in 28 days and the 28 before', duckdb: 'w4', libchurn: 'w4', plain: 'plain_w4', target: 15, about: 'events', fill: { CELLS: cells }, unordered: true },
  { name: 'w4_months', title: 'W4: twelve month ends in one pass', duckdb: null, answer: 'w4', libchurn: 'w4_months', about: 'events', unordered: true, atMost: [3, 'w4'] },
  { name: 'w5', title: 'W5: Kaplan-Meier of first subscriptions by plan', duckdb: 'w5', libchurn: 'w5', plain: 'plain_w5', target: 150 },
  { name: 'w6', title: 'W6: the changes of a day, then W1; SQL with totals kept', duckdb: ['w6_kept'], setup: 'w6_setup', answer: 'w1', libchurn: 'w6', target: 50 },
  { name: 'w6_again', title: 'W6: the same; SQL that counts again', duckdb: ['w6_apply', 'w1'], setup: 'w6_setup', table: 'known', answer: 'w1', libchurn: 'w6', target: 400 },
  firstAnswer('integer', 'sorted', 15),
  firstAnswer('integer', 'start', 10),
  firstAnswer('integer', 'random', 8),
  firstAnswer('text', 'sorted', 10),
  firstAnswer('text', 'start', 6),
  firstAnswer('text', 'random', 4),
  { name: 'cold', title: 'CSV to W1', duckdb: 'w1', answer: 'w1', table: csv, libchurn: 'cold', target: 5, largest: 1_000_000 },
  { name: 'cold_command', title: 'CSV to W1, with the command line', duckdb: 'w1', answer: 'w1', table: csv, libchurn: 'cold', command: true, target: 5, largest: 1_000_000 },
];
