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
    mark: {color: "#0072b2"},
    text: {color: "var(--ink)"},
    axis,
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
      view: null,
    };
  }

  const rowsOf = (chart, name) => (chart.cut < 0 ? chart.rows : chart.rows.filter((row) => row[chart.cut] === name));

  const valuesOf = ({columns, amounts, rows}) =>
    rows.map((row) => Object.fromEntries(row.map((cell, i) => [columns[i], amounts.includes(i) && cell !== null ? Number(cell) : cell])));

  const isSingle = (spec) =>
    !["facet", "repeat", "concat", "hconcat", "vconcat"].some((word) => word in spec) &&
    !["facet", "row", "column"].some((channel) => channel in (spec.encoding ?? {}));

  async function draw(chart) {
    try {
      const spec = {...chart.spec, data: {values: valuesOf(chart)}};
      if (!isSingle(spec)) delete spec.width;  // of several views each has a width of its own
      const logger = vega.logger(vega.Warn, undefined, (method, level, texts) => {
        if (/^Dropping "fit-[xy]"/.test(texts[0])) return;  // said of rows of a fixed height, even where nothing was to fit
        console[method](chart.figure.id, ...texts);
        if (method === "error") fail(chart, texts[0]);
      });
      const {view} = await vegaEmbed(chart.plot, spec, {
        mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, config, logger, tooltip: {disableDefaultStyle: true},
      });
      chart.view = view;
      await show(chart);
    } catch (error) {
      fail(chart, error);
    }
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

  /** Brings picture, words and table of a chart to the chosen segment. */
  async function show(chart) {
    if (chart.cut < 0) return name(chart, chart.finding);
    const any = rowsOf(chart, segment).length > 0;
    fill(chart);
    name(chart, segment === whole ? chart.finding : any ? `Only ${segment}.` : `Of ${segment} there is nothing in this chart.`);
    if (chart.figure.querySelector(".failed") || !chart.view) return;
    chart.plot.hidden = !any;
    try {
      if (chart.view.signal("segment") !== segment) await chart.view.signal("segment", segment).runAsync();
    } catch (error) {
      fail(chart, error);
    }
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
    const names = new Set(charts.flatMap(({rows, cut}) => rows.map((row) => row[cut])));
    names.delete(whole);
    if (names.size === 0) return;
    const filter = document.querySelector(".filter");
    const select = filter.querySelector("select");
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
    const note = filter.querySelector("p");
    const everywhere = `${charts.length} of ${document.querySelectorAll(".chart").length} charts can be cut.`;
    note.textContent = everywhere;
    select.addEventListener("change", async () => {
      segment = select.value;
      for (const chart of charts) await show(chart);
      note.textContent = segment === whole ? everywhere
        : `${charts.length} of ${document.querySelectorAll(".chart").length} charts show only ${segment}; all else is of the whole book.`;
    });
    filter.hidden = false;
  }

  async function start() {
    const charts = [...document.querySelectorAll(".chart")].map(read);
    offerSegments(charts.filter(({cut}) => cut >= 0));
    for (const chart of charts) {
      await draw(chart);
      await new Promise((resume) => setTimeout(resume));  // so that the page answers while it is drawn
    }
    document.documentElement.dataset.charts = "drawn";
  }
  start();
})();
