// The page of a report as a reader meets it, in Chromium. Run by ctest, or by hand:
//
//   CHURN_COMMAND=build/dev/churn CHURN_BROWSER=/usr/bin/chromium CHURN_BOOK=examples/sample_book CHURN_OUTPUT=build/page \
//     node --test tests/browser/page.test.mjs
//
// Pages and screenshots stay in the folder CHURN_OUTPUT.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import fs from "node:fs";
import {createRequire} from "node:module";
import path from "node:path";
import {after, before, test} from "node:test";
import {pathToFileURL} from "node:url";
import puppeteer from "puppeteer-core";

const {CHURN_COMMAND, CHURN_BROWSER, CHURN_BOOK, CHURN_OUTPUT} = process.env;
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const at = (name) => path.resolve(CHURN_OUTPUT, name);

let browser;
let sample;  // the page of the sample book

/** The page of a book, by the command. */
function report(book, name) {
  const file = at(name);
  execFileSync(CHURN_COMMAND, ["report", book, "--as-of", "2025-01-01", "-o", file], {stdio: ["ignore", "ignore", "inherit"], maxBuffer: 1 << 26});
  return file;
}

/** Opens a page without a network and waits until its charts are drawn. `troubles` is what it complained of, or asked for. */
async function open(file, {width = 1280, scheme = "light", zone = "UTC"} = {}) {
  const page = await browser.newPage();
  page.troubles = [];
  const url = pathToFileURL(file).href;
  await page.setOfflineMode(true);
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    if (request.url() !== url) page.troubles.push(`requested ${request.url()}`);
    request.continue();
  });
  page.on("console", (message) => page.troubles.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => page.troubles.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    page.troubles.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.setViewport({width, height: 900});
  await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: scheme}]);
  await page.emulateTimezone(zone);
  await page.goto(url);
  await page.waitForSelector("html[data-charts=drawn]", {timeout: 60_000});
  return page;
}

/** Of each chart: its id, how many marks it has drawn, what they look like, its words and the text of its table. */
const charts = (page) => page.$$eval(".chart", (figures) => figures.map((figure) => {
  const marks = [...figure.querySelectorAll(".plot svg [class*='mark-'][class*='role-mark'] :is(path, text, line, rect, image)")];
  return {
    id: figure.id,
    cut: JSON.parse(figure.querySelector("script").textContent).columns.includes("segment"),
    failed: figure.querySelector(".failed")?.textContent ?? null,
    marks: marks.length,
    drawn: marks.map((mark) => ["d", "transform", "fill", "x", "x2", "y2"].map((name) => mark.getAttribute(name)).join() + mark.textContent).join(";"),
    caption: figure.querySelector(".finding").textContent,
    hidden: figure.querySelector(".plot").hidden,
    table: [...figure.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent).join(" | ")).join("\n"),
  };
}));

async function choose(page, segment) {
  await page.select("#segment", segment);
  await page.waitForSelector("html[data-charts=drawn]", {timeout: 60_000});
}

/** By axe-core. A plot is one picture with a name; of what is in it, axe knows nothing. */
async function expectNoFaults(page, what) {
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => axe.run({exclude: [".plot svg"]}, {resultTypes: ["violations"]}));
  const grave = violations.filter(({impact}) => impact === "serious" || impact === "critical");
  assert.deepEqual(grave.map(({id, nodes}) => `${id}: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary}`), [], what);
}

const expectFits = async (page, width) => {
  const wide = await page.evaluate(() => {
    const {scrollWidth, clientWidth} = document.documentElement;
    const figures = [...document.querySelectorAll(".chart")].filter((figure) => {
      const svg = figure.querySelector("svg");
      return svg && svg.getBoundingClientRect().width > figure.getBoundingClientRect().width + 0.5;
    });
    return {scrollWidth, clientWidth, figures: figures.map(({id}) => id)};
  });
  assert.ok(wide.scrollWidth <= wide.clientWidth, `At ${width} pixels the page is ${wide.scrollWidth} wide.`);
  assert.deepEqual(wide.figures, [], `wider than their figures at ${width} pixels`);
};

before(async () => {
  fs.mkdirSync(CHURN_OUTPUT, {recursive: true});
  browser = await puppeteer.launch({executablePath: CHURN_BROWSER, args: ["--no-sandbox", "--disable-dev-shm-usage"]});
  sample = report(CHURN_BOOK, "sample.html");
});
after(() => browser?.close());

for (const width of [1280, 390])
  test(`every chart is drawn at a width of ${width}, nothing else is requested and nothing is wider than the page`, async () => {
    const page = await open(sample, {width});
    const drawn = await charts(page);
    assert.ok(drawn.length > 0, "There are no charts.");
    for (const {id, failed, marks} of drawn) {
      assert.equal(failed, null, id);
      assert.ok(marks > 0, `${id} has no marks.`);
    }
    await expectFits(page, width);
    await page.screenshot({path: at(`page-${width}.png`), fullPage: true});
    assert.deepEqual(page.troubles, []);
    await page.close();
  });

test("a segment cuts charts, words and tables of all that have it, and all restores them", async () => {
  const page = await open(sample);
  const whole = await charts(page);
  const cut = whole.filter((chart) => chart.cut);
  assert.ok(cut.length > 0, "No chart is cut by segments.");
  const options = await page.$$eval("#segment option", (all) => all.map(({value}) => value));
  assert.equal(options[0], "all");
  const groups = await page.$$eval("#segment optgroup", (all) => all.map(({label}) => label));
  assert.ok(groups.length > 0);
  const segment = options[1];
  await choose(page, segment);
  const now = await charts(page);
  for (const [i, chart] of now.entries()) {
    if (!chart.cut || chart.hidden) {
      if (!chart.cut) assert.deepEqual(chart, whole[i], "not cut, so as before");
      continue;
    }
    assert.equal(chart.failed, null, chart.id);
    assert.ok(chart.marks > 0, `${chart.id} has no marks of ${segment}.`);
    assert.notEqual(chart.drawn, whole[i].drawn, `${chart.id} is drawn as before.`);
    assert.notEqual(chart.table, whole[i].table, `${chart.id} has the table of before.`);
    assert.equal(chart.caption, `Only ${segment}.`);
  }
  assert.match(await page.$eval(".filter p", ({textContent}) => textContent), new RegExp(`^${cut.length} of ${whole.length} charts show only `));
  await page.screenshot({path: at("page-segment.png"), fullPage: true});
  await expectNoFaults(page, `with ${segment}`);
  const firsts = await page.$$eval("#segment optgroup", (all) => all.map((group) => group.querySelector("option").value));
  for (const name of [...firsts, options.at(-1)]) await choose(page, name);
  await choose(page, "all");
  const again = await charts(page);
  for (const [i, chart] of again.entries()) {
    assert.equal(chart.table, whole[i].table, `${chart.id}: words of a cell differ between page.js and html.cpp`);
    assert.equal(chart.drawn, whole[i].drawn, chart.id);
    assert.equal(chart.caption, whole[i].caption);
  }
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("the page follows a dark scheme, and is light on paper", async () => {
  const page = await open(sample);
  const colours = () => page.evaluate(() => [
    getComputedStyle(document.querySelector(".plot svg [class*='role-axis-label'] text")).fill,
    getComputedStyle(document.body).backgroundColor,
  ]);
  const light = await colours();
  await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: "dark"}]);
  const dark = await colours();
  assert.notEqual(dark[0], light[0]);
  assert.notEqual(dark[1], light[1]);
  await expectNoFaults(page, "dark");
  await page.screenshot({path: at("page-dark.png"), fullPage: true});
  await page.emulateMediaType("print");
  assert.equal((await colours())[1], "rgb(255, 255, 255)");
  assert.notEqual((await colours())[0], dark[0]);
  const pdf = await page.pdf({path: at("page.pdf"), format: "A4"});
  assert.ok(pdf.length > 50_000);
  assert.deepEqual((await charts(page)).filter(({failed}) => failed).map(({id}) => id), []);
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("whoever can't see or takes no mouse reads it all", async () => {
  for (const width of [1280, 390]) {
    const page = await open(sample, {width});
    await page.$$eval("details", (all) => all.forEach((details) => (details.open = true)));
    await expectFits(page, width);
    await page.$$eval("tbody tr:nth-child(n + 6)", (rows) => rows.forEach((row) => row.remove()));  // which are as those above
    await expectNoFaults(page, `at ${width}, with data`);
    assert.equal((await page.$$("h1")).length, 1);
    assert.deepEqual(await page.$$eval("[id]", (all) => all.map(({id}) => id).filter((id, i, ids) => ids.indexOf(id) !== i)), [], "ids");
    assert.deepEqual(await page.$$eval("a[href^='#']", (links) => links.filter(({hash}) => !document.querySelector(hash)).map(({hash}) => hash)), []);
    await page.close();
  }
});

test("days are the same days west of Greenwich", async () => {
  const words = (page) => page.$$eval(".plot svg [class*='role-axis-label'] text", (all) => all.map(({textContent}) => textContent));
  const [here, there] = [await open(sample), await open(sample, {zone: "America/Los_Angeles"})];
  assert.deepEqual(await words(there), await words(here));
  await Promise.all([here.close(), there.close()]);
});

test("a chart that fails shows its table and leaves the others alone", async () => {
  const broken = at("broken.html");
  const spoil = (_, start, json, end) => {
    const figure = JSON.parse(json);
    figure.spec = {mark: "bar", encoding: {x: {field: "a", type: "quantitative", scale: {type: "no such scale"}}}, transform: [{filter: "("}]};
    return start + JSON.stringify(figure).replaceAll("<", "\\u003c") + end;
  };
  fs.writeFileSync(broken, fs.readFileSync(sample, "utf8").replace(/(<script type="application\/json">)([^]*?)(<\/script>)/, spoil));
  const opened = await open(broken);
  const [first, ...others] = await charts(opened);
  assert.match(first.failed, /could not be drawn/);
  assert.ok(await opened.$eval(`#${first.id} details`, ({open}) => open));
  for (const {id, failed, marks} of others) assert.ok(!failed && marks > 0, id);
  await opened.close();
});

test("it names the scripts that it holds, in their versions", async () => {
  const page = await open(sample);
  const versions = await page.evaluate(() => [`Vega ${vega.version}`, `Vega-Lite ${vegaLite.version}`, `Vega-Embed ${vegaEmbed.version}`]);
  const notice = fs.readFileSync(sample, "utf8").match(/<!--[^]*?-->/)[0];
  for (const version of versions) assert.ok(notice.includes(version), `The notice does not name ${version}.`);
  await page.close();
});

test("it is drawn where a policy forbids code out of texts", async () => {
  const strict = at("strict.html");
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">`;
  fs.writeFileSync(strict, fs.readFileSync(sample, "utf8").replace("<head>", `<head>${policy}`));
  const page = await open(strict);
  for (const {id, failed, marks} of await charts(page)) assert.ok(!failed && marks > 0, `${id}: ${failed}`);
  assert.deepEqual(page.troubles, []);
  await page.close();
});

test("names of customers, plans and attributes are never markup", async () => {
  const names = ["<script>alert(1)</script>", "</script><img src=x onerror=alert(2)>", "<!--<script>", "\u2028'\"&lt;b>"];
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  const book = at("hostile_book");
  fs.mkdirSync(book, {recursive: true});
  const customers = ["customer_id,name," + names.map(quoted).join()];
  const subscriptions = ["subscription_id,customer_id,plan,starts_on,ends_on,amount,currency,interval,interval_count,quantity"];
  for (let i = 0; i < 400; ++i) {
    const name = names[i % names.length];
    customers.push([quoted(`${name}${i}`), quoted(name), ...names.map((_, k) => quoted(names[(i + k) % names.length] + (i % 2)))].join());
    const month = String(1 + (i % 12)).padStart(2, "0");
    subscriptions.push([`S${i}`, quoted(`${name}${i}`), quoted(names[Math.floor(i / 4) % names.length]), `2023-${month}-05`,
                        i % 3 === 0 ? `2024-${month}-05` : "", "10.00", "USD", "month", 1, 1].join());
  }
  fs.writeFileSync(path.join(book, "customers.csv"), customers.join("\n") + "\n");
  fs.writeFileSync(path.join(book, "subscriptions.csv"), subscriptions.join("\n") + "\n");
  fs.writeFileSync(path.join(book, "book.json"), '{"currency": "USD", "time_zone": "UTC0"}\n');
  const page = await open(report(book, "hostile.html"));
  assert.ok((await page.$eval("body", ({innerText}) => innerText)).includes("<script>alert(1)</script>"), "The names are not shown.");
  const segments = await page.$$eval("#segment option", (all) => all.map(({value}) => value));
  for (const segment of segments.slice(0, 12)) await choose(page, segment);
  for (const svg of (await page.$$(".plot svg")).slice(0, 4)) await svg.hover();
  assert.equal((await page.$$("img")).length, 0);
  const inline = await page.$$eval("script", (all) => all.filter(({type}) => type === "").length);
  assert.equal(inline, 2, "the page's own scripts");
  assert.equal((await page.$$("[onerror], b")).length, 0);
  assert.deepEqual((await charts(page)).filter(({failed}) => failed).map(({id, failed}) => `${id}: ${failed}`), []);
  assert.deepEqual(page.troubles, []);
  await page.close();
});
