// The script of a report's page: draws its charts, and lets a reader choose one segment for all charts that are cut by it.
// Each figure holds {spec, columns, amounts, rows}: a Vega-Lite view, and the table that it draws, in which the columns
// `amounts` are exact decimals, as texts.
"use strict";
(() => {
  const whole = "all";
  let segment = whole;

  // Colours are the page's own, by name: they follow light, dark and paper without drawing again.
  const axis = {
    domainColor: "var(--faint)", tickColor: "var(--faint)", gridColor: "var(--grid)", labelColor: "var(--soft)", titleColor: "var(--soft)",
    labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", titlePadding: 8, labelPadding: 5,
  };
  const config = {
    font: getComputedStyle(document.body).fontFamily,
    aria: false,  // a plot is one picture, with its finding as its name; the numbers are in the table
    background: "transparent",
    view: {stroke: null},
    mark: {color: "#0072b2", aria: false},
    text: {color: "var(--ink)"},
    axis,
    axisX: {titleLimit: {expr: "width"}},
    legend: {labelColor: "var(--soft)", titleColor: "var(--soft)", labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelLimit: 240},
    header: {labelColor: "var(--soft)", titleColor: "var(--soft)", labelFontSize: 12, titleFontSize: 12},
    range: {category: ["#0072b2", "#009e73", "#d55e00", "#b8679a", "#767676"]},
  };

  function read(figure) {
    const {spec, columns, amounts, rows} = JSON.parse(figure.querySelector("script").textContent);
    return {
      figure, spec, columns, amounts, rows,
      cut: columns.indexOf("segment"),  // -1: it shows the whole book always
      plot: figure.querySelector(".plot"),
      caption: figure.querySelector(".finding"),
      finding: figure.querySelector(".finding").textContent,
      measured: figure.querySelector(".measured").textContent,
      drawn: null,  // the segment that it shows
      embedded: null,
    };
  }

  const rowsOf = (chart, name) => (chart.cut < 0 ? chart.rows : chart.rows.filter((row) => row[chart.cut] === name));

  const valuesOf = ({columns, amounts}, rows) =>
    rows.map((row) => Object.fromEntries(row.map((cell, i) => [columns[i], amounts.includes(i) && cell !== null ? Number(cell) : cell])));

  // Said of rows of a fixed height, even where nothing was to fit; and of a column that is empty in what is drawn.
  const harmless = /^Dropping "fit-[xy]"|^Infinite extent for field/;

  const isSingle = (spec) =>
    !["facet", "repeat", "concat", "hconcat", "vconcat"].some((word) => word in spec) &&
    !["facet", "row", "column"].some((channel) => channel in (spec.encoding ?? {}));

  const wanted = (chart) => (chart.cut < 0 ? whole : segment);

  /** Draws from the start, whichever segment was drawn before: a view that is told of another one keeps the order of the old one's bars. */
  async function draw(chart) {
    chart.drawn = wanted(chart);
    try {
      chart.embedded?.finalize();
      chart.embedded = null;
      const rows = rowsOf(chart, chart.drawn);
      chart.plot.hidden = rows.length === 0;
      if (rows.length === 0) return;
      const spec = {...chart.spec, data: {values: valuesOf(chart, rows)}};
      if (chart.cut >= 0) spec.params = spec.params.map((param) => (param.name === "segment" ? {...param, value: chart.drawn} : param));
      if (!isSingle(spec)) delete spec.width;  // of several views each has a width of its own
      const logger = vega.logger(vega.Warn, undefined, (method, level, texts) => {
        if (harmless.test(texts[0])) return;
        console[method](chart.figure.id, ...texts);
        if (method === "error") fail(chart, texts[0]);
      });
      chart.embedded = await vegaEmbed(chart.plot, spec, {
        mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, config, logger, tooltip: {disableDefaultStyle: true},
      });
      chart.plot.querySelector("svg").setAttribute("aria-hidden", "true");
    } catch (error) {
      fail(chart, error);
    }
  }

  /** Draws what does not show what it is to show, one chart after another, so that the page answers meanwhile. */
  let busy = false;
  async function drawAll(charts) {
    if (busy) return;
    busy = true;
    delete document.documentElement.dataset.charts;
    for (let chart; (chart = charts.find((one) => one.drawn !== wanted(one)));) {
      await draw(chart);
      await new Promise((resume) => setTimeout(resume));
    }
    busy = false;
    document.documentElement.dataset.charts = "drawn";
  }

  function fail(chart, error) {
    if (chart.figure.querySelector(".failed")) return;
    const message = document.createElement("p");
    message.className = "failed";
    message.textContent = `This chart could not be drawn (${error?.message ?? error}). Its data are in the table below.`;
    chart.plot.hidden = true;
    chart.plot.after(message);
    chart.figure.querySelector("details").open = true;
  }

  // ---- segments

  /** Brings words and table of a chart to the chosen segment. */
  function tell(chart) {
    if (chart.cut < 0) return name(chart, chart.finding);
    fill(chart);
    const any = rowsOf(chart, segment).length > 0;
    name(chart, segment === whole ? chart.finding : any ? `Only ${segment}.` : `Of ${segment} there is nothing in this chart.`);
  }

  function name(chart, text) {
    chart.caption.textContent = text;
    chart.plot.setAttribute("role", "img");
    chart.plot.setAttribute("aria-label", `${text} ${chart.measured}`);
  }

  /** As the page was written: four decimals, three digits of what is smaller than a hundredth. */
  function textOf(cell, isAmount) {
    if (cell === null) return "-";
    if (isAmount) return cell.replace(/^(-?)(\d+)/, (_, sign, whole) => sign + whole.replace(/\B(?=(\d{3})+$)/g, ","));
    if (typeof cell === "boolean") return cell ? "yes" : "no";
    if (typeof cell !== "number" || Number.isInteger(cell)) return String(cell);
    return String(Math.abs(cell) < 0.01 ? Number(cell.toPrecision(3)) : Math.round(cell * 1e4) / 1e4);
  }

  function fill(chart) {
    const heads = [...chart.figure.querySelectorAll("thead th")];
    const rows = rowsOf(chart, segment).map((cells) => {
      const row = document.createElement("tr");
      row.append(...cells.map((cell, i) => {
        const place = document.createElement("td");
        place.className = heads[i].className;
        place.textContent = textOf(cell, chart.amounts.includes(i));
        return place;
      }));
      return row;
    });
    chart.figure.querySelector("tbody").replaceChildren(...rows);
  }

  function offerSegments(charts) {
    const cut = charts.filter((chart) => chart.cut >= 0);
    const names = new Set(cut.flatMap((chart) => chart.rows.map((row) => row[chart.cut])));
    names.delete(whole);
    if (names.size === 0) return;
    const filter = document.querySelector(".filter");
    const select = filter.querySelector("select");
    const note = filter.querySelector("p");
    select.append(new Option(whole, whole));
    const groups = new Map();  // `plan: pro` and `plan: team` stand under `plan`
    for (const label of names) {
      const [group] = label.split(": ", 1);
      if (group === label) {
        select.append(new Option(label, label));
        continue;
      }
      if (!groups.has(group)) groups.set(group, Object.assign(document.createElement("optgroup"), {label: group}));
      groups.get(group).append(new Option(label.slice(group.length + 2), label));
    }
    select.append(...groups.values());
    select.value = whole;
    const count = `${cut.length} of ${charts.length} charts`;
    note.textContent = `${count} can show one segment alone.`;
    select.addEventListener("change", () => {
      segment = select.value;
      note.textContent = segment === whole ? `${count} can show one segment alone.` : `${count} show only ${segment}; all else is of the whole book.`;
      cut.forEach(tell);
      drawAll(charts);
    });
    filter.hidden = false;
  }

  const charts = [...document.querySelectorAll(".chart")].map(read);
  charts.forEach((chart) => name(chart, chart.finding));
  offerSegments(charts);
  drawAll(charts);
})();
