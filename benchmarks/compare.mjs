// Measures libchurn beside DuckDB and plain passes, on the same data, taking turns, and compares the answers number by
// number. compare.sh builds what this needs and runs it; items.mjs lists what is measured.
//
//   --customers=N,…  sizes (100000,1000000,5000000)      --threads=N,…  threads of both sides (1,2)
//   --runs=N         timed runs of each, after one that is not (5; 3 beyond a million customers)
//   --events=N,…     customers of the data for W4, all with events (100000; 0: without W4)
//   --only=NAME,…    some of the items                   --clock=wall|cpu  cpu: processor time, for a busy machine
//   --data=FOLDER    data that are there already         --write        the results go into README.md
//   --out=FOLDER     for data and raw results            --bin=FOLDER   the build
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { items } from './items.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const options = { customers: '100000,1000000,5000000', events: '100000', threads: '1,2', runs: '', only: '', clock: 'wall', data: '', write: '',
  out: path.join(here, '../build/benchmarks'), bin: path.join(here, '../build/release') };
for (const argument of process.argv.slice(2)) {
  const [, name, value] = /^--(\w+)(?:=(.*))?$/.exec(argument) ?? [];
  if (!(name in options)) {
    console.error(`unknown: ${argument}; known: ${Object.keys(options).map((o) => `--${o}`).join(' ')}`);
    process.exit(2);
  }
  options[name] = value ?? 'yes';
}
const numbers = (text) => text.split(',').map(Number);
const { DuckDBInstance } = createRequire(path.join(options.out, 'package.json'))('@duckdb/node-api');

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const say = (text) => process.stderr.write(`${text}\n`);

// --- Peak memory of a process. Where the system allows it, the peak is forgotten before each measurement.

const peakOf = (pid) => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  } catch {
    return 0;  // it is gone
  }
};
const forgetPeak = () => {
  try {
    fs.writeFileSync('/proc/self/clear_refs', '5');
  } catch { /* not allowed here */ }
};

// --- The sides. Each measurement is { ms, cpu, peak } and, if asked for, lines.

class DuckDB {
  static async open(folder, about) {
    const side = new DuckDB();
    side.folder = folder;
    side.instance = await DuckDBInstance.create(':memory:');
    side.connection = await side.instance.connect();
    await side.run(side.sql(about === 'events' ? 'load_events' : 'load'));
    return side;
  }

  sql(name, { table = 'periods', fill = {} } = {}) {
    let text = fs.readFileSync(path.join(here, 'sql', `${name}.sql`), 'utf8').replaceAll('FROM periods', `FROM ${table}`);
    for (const [word, meaning] of Object.entries({ ...fill, FOLDER: this.folder })) text = text.replaceAll(word, meaning);
    return text;
  }

  async run(text) {
    return this.connection.run(text);
  }

  async prepare(item, threads) {
    await this.run(`SET threads = ${threads}`);
    if (item.setup) await this.run(this.sql(item.setup));
    if (item.arrange) {
      const texts = (column, prefix) => `printf('${prefix}%014x', (${column}::HUGEINT * 11400714819323198485 % 72057594037927936)::BIGINT)`;
      const text = item.arrange.ids === 'text';
      const order = { sorted: 'rowid', start: 'start_date, rowid', random: 'hash(rowid)' }[item.arrange.order];
      await this.run(`CREATE OR REPLACE TABLE arranged AS SELECT * REPLACE (
        ${text ? texts('subscription_id', 'sub_') : 'subscription_id'} AS subscription_id,
        ${text ? texts('customer_id', 'cus_') : 'customer_id'} AS customer_id) FROM periods ORDER BY ${order}`);
    }
  }

  async finish(item) {
    if (item.arrange) await this.run('DROP TABLE arranged');
    if (item.setup) await this.run('DROP TABLE known; DROP TABLE starting; DROP TABLE ending; DROP TABLE kept; DROP TABLE changed');
  }

  async measure(item) {
    const transaction = Array.isArray(item.duckdb);
    const texts = [item.duckdb].flat().map((name) => this.sql(name, item));
    forgetPeak();
    const cpu = process.cpuUsage();
    const from = performance.now();
    if (transaction) await this.run('BEGIN');
    let result;
    for (const text of texts) result = await this.connection.runAndReadAll(text);
    const ms = performance.now() - from;
    const used = process.cpuUsage(cpu);
    const measured = { ms, cpu: (used.user + used.system) / 1000, peak: peakOf('self') };
    measured.lines = result.getRows().map((row) => row.map(String).join(','));
    if (transaction) await this.run('ROLLBACK');
    return measured;
  }

  async version() {
    return (await this.connection.runAndReadAll('SELECT version()')).getRows()[0][0];
  }

  close() {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

class Worker {
  static async open(folder) {
    const side = new Worker();
    side.process = spawn(path.join(options.bin, 'benchmarks/churn-benchmark-worker'), [`--data=${folder}`], { stdio: ['pipe', 'pipe', 'inherit'] });
    side.replies = readline.createInterface({ input: side.process.stdout })[Symbol.asyncIterator]();
    side.answers = path.join(options.out, 'answer.csv');
    side.about = await side.reply();
    return side;
  }

  async reply() {
    const { value, done } = await this.replies.next();
    if (done) throw new Error('the worker ended');
    const reply = JSON.parse(value);
    if (reply.error) throw new Error(`the worker: ${reply.error}`);
    return reply;
  }

  async measure(request) {
    this.process.stdin.write(`${request} answer=${this.answers}\n`);
    const reply = await this.reply();
    const lines = fs.readFileSync(this.answers, 'utf8').trimEnd().split('\n');
    return { ms: reply.ms, cpu: reply.cpu_ms, peak: reply.peak_mb, lines };
  }

  close() {
    this.process.stdin.end();
  }
}

/// `churn movements` as a process of its own.
class Command {
  static async measure(folder, threads) {
    const conventions = path.join(options.out, 'month_ends.json');
    fs.writeFileSync(conventions, JSON.stringify({ name: 'month ends', rate: { history: 'period_ends' } }));
    const from = performance.now();
    const child = spawn(path.join(options.bin, 'churn'), ['movements', path.join(folder, 'book'), '--from', '2020-01-01', '--to', '2025-01-01',
      '--as-of', '2025-01-01', '--conventions', conventions, '--threads', String(threads), '--format', 'csv'], { stdio: 'pipe' });
    let peak = 0;
    const watch = setInterval(() => { peak = Math.max(peak, peakOf(child.pid)); }, 5);
    let text = '';
    let said = '';
    child.stdout.on('data', (piece) => { text += piece; });
    child.stderr.on('data', (piece) => { said += piece; });
    const status = await new Promise((resolve) => { child.on('close', resolve); });
    const ms = performance.now() - from;
    clearInterval(watch);
    if (status !== 0) throw new Error(`churn ended with ${status}: ${said}`);
    const [header, ...rows] = text.trimEnd().split('\n').map((line) => line.split(','));
    const lines = rows.map((row, month) => {
      const get = (name) => row[header.indexOf(name)];
      const cents = (name) => String(BigInt(get(name).replace('.', '')));
      return [month, ...['opening', 'new', 'expansion', 'contraction', 'churn', 'reactivation', 'closing'].map(cents),
        ...['opening', 'new', 'churned', 'reactivated', 'closing'].map((name) => get(`${name}_customers`))].join(',');
    });
    return { ms, cpu: NaN, peak, lines };
  }
}

// --- Measuring

function compareAnswers(item, what, expected, found) {
  const differs = expected.findIndex((line, i) => line !== found[i]);
  if (differs < 0 && expected.length === found.length) return;
  const row = differs < 0 ? expected.length : differs;
  throw new Error(`${item.title}: ${what} has another answer than was given before, row ${row + 1}\n  before: ${expected[row]}\n  ${what}: ${found[row]}`);
}

/// The item's measurements at so many threads: { side: { ms, cpu, peak } }, each a list, peak the largest. `answers` has
/// those of the items before.
async function measureItem(item, threads, runs, sides, answers) {
  const turns = {
    duckdb: item.duckdb && (() => sides.duckdb.measure(item)),
    libchurn: item.libchurn && (() => (item.command ? Command.measure(sides.duckdb.folder, threads) : sides.worker.measure(`${item.libchurn} threads=${threads}`))),
    plain: item.plain && threads === 1 && (() => sides.worker.measure(item.plain)),
  };
  await sides.duckdb.prepare(item, threads);
  const measured = {};
  for (let run = 0; run <= runs; ++run) {
    let expected = answers[item.answer ?? item.name];
    for (const [side, turn] of Object.entries(turns)) {
      if (!turn) continue;
      const one = await turn();
      if (item.unordered) one.lines.sort();
      expected ??= answers[item.name] = one.lines;
      compareAnswers(item, side, expected, one.lines);
      if (run === 0) continue;  // to warm up
      measured[side] ??= { ms: [], cpu: [], peak: 0 };
      measured[side].ms.push(one.ms);
      measured[side].cpu.push(one.cpu);
      measured[side].peak = Math.max(measured[side].peak, one.peak);
    }
  }
  await sides.duckdb.finish(item);
  return measured;
}

function dataOf(about, customers) {
  const withEvents = about === 'events';
  const folder = path.join(options.out, `data-${withEvents ? 'events-' : ''}${customers}`);
  if (!fs.existsSync(folder)) {
    const unfinished = `${folder}.part`;
    fs.rmSync(unfinished, { recursive: true, force: true });
    const made = spawnSync(path.join(options.bin, 'benchmarks/churn-benchmark-data'),
      [unfinished, `--customers=${customers}`, `--with-events=${withEvents ? customers : 0}`], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (made.status !== 0) throw new Error('no data');
    fs.renameSync(unfinished, folder);
  }
  return folder;
}

const chosen = (about) => items.filter((item) => (item.about ?? 'periods') === about && (!options.only || options.only.split(',').includes(item.name)));

/// What is asked about the folder's periods, or about its events; nothing where it has none.
async function measureData(folder, about) {
  const worker = await Worker.open(folder);
  const { customers, [about]: count } = worker.about;
  if (count === 0) {
    say(`${folder} has no ${about}; left out: ${chosen(about).map((item) => item.name).join(', ')}`);
    worker.close();
    return [];
  }
  const sides = { duckdb: await DuckDB.open(folder, about), worker };
  const size = { ...worker.about, about, count, duckdb: await sides.duckdb.version(), rows: [], memory: [] };
  const answers = {};
  say(`${customers} customers, ${count} ${about}`);
  const runs = Number(options.runs) || (customers > 1_000_000 ? 3 : 5);
  for (const item of chosen(about)) {
    if (customers > (item.largest ?? Infinity)) continue;
    if (item.command && options.clock === 'cpu') continue;  // it is not known
    if (item.libchurn === 'cold' && !fs.existsSync(path.join(folder, 'book'))) continue;
    const measurable = item.duckdb || item.libchurn;
    for (const threads of measurable ? item.threads ?? numbers(options.threads) : ['']) {
      const measured = measurable ? await measureItem(item, threads, runs, sides, answers) : {};
      size.rows.push({ ...item, threads, measured });
      const times = Object.entries(measured).map(([side, m]) => `${side} ${time(m).toFixed(1)} ms`);
      say(`  ${item.title}${threads ? `, threads ${threads}` : ''}: ${times.join(', ') || 'not built yet'}`);
    }
  }
  if (about === 'periods') {
    const sums = await repeat(5, () => worker.measure('sum'));
    size.sum = time({ ms: sums.map((one) => one.ms), cpu: sums.map((one) => one.cpu) });
    for (const ids of ['integer', 'text']) {
      const { lines } = await worker.measure(`memory ids=${ids}`);
      const [periods, records, book, idBytes] = lines[0].split(',').map(Number);
      size.memory.push({ ids, periods, records, book, idBytes });
    }
  }
  sides.duckdb.close();
  worker.close();
  return [size];
}

async function repeat(times, action) {
  const results = [];
  for (let i = 0; i < times; ++i) results.push(await action());
  return results;
}

// --- Results as text

const time = (side) => median(options.clock === 'cpu' ? side.cpu : side.ms);
const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const times = (value) => `${value >= 10 ? value.toFixed(0) : value.toFixed(1)}x`;
const table = (header, rows) => [header, header.map((_, i) => (i < 1 ? '---' : '--:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const verdict = (value, target) => (target ? (value >= target ? `${target}x` : `${target}x **missed**`) : '');

function describeSize(size) {
  const rows = size.rows.map((row) => {
    const { duckdb, libchurn, plain } = row.measured;
    const ratio = duckdb && libchurn ? time(duckdb) / time(libchurn) : 0;
    return [row.title, row.threads, duckdb ? digits(time(duckdb)) : '', libchurn ? digits(time(libchurn)) : 'not built yet', ratio ? times(ratio) : '',
      ratio ? verdict(ratio, row.target) : row.target ? `${row.target}x` : '', plain ? digits(time(plain)) : '', libchurn ? `${(size.count / time(libchurn) / 1000).toFixed(1)} M` : '',
      duckdb ? duckdb.peak.toFixed(0) : '', libchurn ? libchurn.peak.toFixed(0) : ''];
  });
  const memory = size.memory.map((m) => {
    const own = (m.book - m.idBytes) / m.periods;
    return [m.ids, (m.records / m.periods).toFixed(1), (m.book / m.periods).toFixed(1), (m.idBytes / m.periods).toFixed(1), own.toFixed(1),
      own <= 40 ? '40' : '40 **missed**'];
  });
  const work = `### ${size.customers.toLocaleString('en')} customers, ${size.count.toLocaleString('en')} ${size.about}

${table(['work', 'threads', 'DuckDB ms', 'libchurn ms', 'faster', 'target', 'plain pass ms', `${size.about} a second`, 'DuckDB peak MB', 'libchurn peak MB'], rows)}
`;
  if (size.about === 'events') return work;
  return `${work}
Adding up the columns, which no pass can go below: ${digits(size.sum)} ms.

${table(['bytes a period, by ids', 'records', 'with the book', 'of which ids', 'without ids', 'target'], memory)}
`;
}

/// What two measurements of the library say of each other.
function describeScaling(sizes) {
  const rows = [];
  for (const size of sizes)
    for (const two of size.rows.filter((row) => row.threads === 2 && row.measured.libchurn && !row.command)) {
      const one = size.rows.find((row) => row.name === two.name && row.threads === 1);
      if (!one || !/^w\d$/.test(two.name) || options.clock === 'cpu') continue;
      const gain = time(one.measured.libchurn) / time(two.measured.libchurn);
      rows.push([`${two.name.toUpperCase()}, ${size.customers.toLocaleString('en')} customers: 2 threads against 1`, `${gain.toFixed(2)}x`, `at least 1.8x${gain < 1.8 ? ' **missed**' : ''}`]);
    }
  for (const size of sizes)
    for (const row of size.rows.filter((row) => row.atMost && row.measured.libchurn)) {
      const [most, name] = row.atMost;
      const one = size.rows.find((other) => other.name === name && other.threads === row.threads);
      if (!one) continue;
      const ratio = time(row.measured.libchurn) / time(one.measured.libchurn);
      rows.push([`${row.title}, threads ${row.threads}, against ${name.toUpperCase()}`, `${ratio.toFixed(2)}x`, `at most ${most}x${ratio > most ? ' **missed**' : ''}`]);
    }
  const of = (customers) => sizes.find((size) => size.about === 'periods' && size.customers === customers);
  if (of(1_000_000) && of(5_000_000))
    for (const large of of(5_000_000).rows.filter((row) => row.threads === 1 && row.measured.libchurn)) {
      const small = of(1_000_000).rows.find((row) => row.name === large.name && row.threads === 1);
      if (!small) continue;
      const growth = time(large.measured.libchurn) / time(small.measured.libchurn);
      rows.push([`${large.title}: 5 M customers against 1 M`, `${growth.toFixed(2)}x`, `at most 5.5x${growth > 5.5 ? ' **missed**' : ''}`]);
    }
  return rows.length ? `### Threads and growth\n\n${table(['libchurn', 'time', 'target'], rows)}\n` : '';
}

function describeMachine(sizes, load) {
  const processor = /model name\s*:\s*(.*)/.exec(fs.readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? os.cpus()[0].model;
  const system = /PRETTY_NAME="(.*)"/.exec(fs.readFileSync('/etc/os-release', 'utf8'))?.[1] ?? os.type();
  const { version, compiler, duckdb } = sizes[0];
  const busy = load > 0.5 ? ` Other work was running (load ${load.toFixed(1)} before the start): take ratios, not times.` : '';
  return `${processor}, ${os.cpus().length} processors, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB; ${system}, Linux ${os.release()}. libchurn ${version} (${compiler}, -O2), DuckDB ${duckdb},
node ${process.version}. ${options.clock === 'cpu' ? 'Processor time, of all threads together' : 'Time on the wall'}; medians.${busy}
`;
}

const load = os.loadavg()[0];
const sizes = [];
for (const about of ['periods', 'events'].filter((about) => chosen(about).length)) {
  const counts = numbers(about === 'events' ? options.events : options.customers).filter(Boolean);
  const folders = options.data ? [options.data] : counts.map((customers) => dataOf(about, customers));
  for (const folder of folders) sizes.push(...await measureData(folder, about));
}
if (!sizes.length) {
  say('nothing to measure');
  process.exit(2);
}
fs.writeFileSync(path.join(options.out, 'results.json'), JSON.stringify(sizes, null, 1));
const text = [describeMachine(sizes, load), ...sizes.map(describeSize), describeScaling(sizes)].filter(Boolean).join('\n');
console.log(text);
if (options.write) {
  const readme = path.join(here, 'README.md');
  const page = fs.readFileSync(readme, 'utf8');
  const marked = /(<!-- results -->\n)[^]*(<!-- end of results -->)/;
  if (!marked.test(page)) throw new Error('README.md has lost its marks');
  fs.writeFileSync(readme, page.replace(marked, (_, begin, end) => `${begin}${text}\n${end}`));
}
