/* Charts: draws the figures of components/chart.html with the tokens of the stylesheet, again when the theme changes. */
"use strict";
(() => {
  const { $, $$, save, quote } = window.pentaquark;
  /* series colours that people with colour-vision deficiency tell apart (Okabe & Ito 2008), blue first */
  const PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999"];
  const DARK = ["#4AA3DF", "#E69F00", "#1DB888", "#DE9CC4", "#7CC8F2", "#F0803C", "#F0E442", "#B0B0B0"];

  /* a custom property may be any CSS colour: the canvas turns it into the rgb() the library understands */
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  function colour(css, alpha = 1) {
    const probe = document.createElement("i");
    probe.style.color = css;
    document.body.append(probe);
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    probe.remove();
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return `rgba(${r},${g},${b},${alpha})`;
  }
  const isDark = () => {
    const [r, g, b] = colour("var(--bg)").match(/\d+/g).map(Number);
    return r + g + b < 384;
  };
  const series = (meta, alpha = 1) => {
    if (meta.hue) return colour(isDark() ? `oklch(0.76 0.12 var(--hue-${meta.hue}))` : `oklch(0.52 0.15 var(--hue-${meta.hue}))`, alpha);
    return colour((isDark() ? DARK : PALETTE)[meta.index % PALETTE.length], alpha);
  };

  function paint(trace) {
    const meta = trace.meta ?? { index: 0 };
    if (meta.band) return { ...trace, fillcolor: series(meta, 0.16), line: { width: 0 }, showlegend: false };
    const painted = { ...trace, line: { color: series(meta), width: 2, ...trace.line }, marker: { color: series(meta), size: 7, ...trace.marker } };
    for (const key of ["error_x", "error_y"]) if (trace[key]) painted[key] = { ...trace[key], color: colour("var(--muted)"), thickness: 1.25, width: 4 };
    if (trace.type !== "scatter") delete painted.line;
    else if (trace.mode === "lines") delete painted.marker;
    return painted;
  }

  /* direct labels: the name at a line's last point, in its colour */
  function labels(data) {
    const lines = data.filter((trace) => trace.type === "scatter" && trace.name && !trace.meta?.band);
    if (lines.length < 2) return [];
    return lines.map((trace) => {
      const at = trace.y.findLastIndex((value) => value !== null);
      return { x: trace.x[at], y: trace.y[at], text: trace.name, showarrow: false, xanchor: "left", xshift: 6, font: { color: series(trace.meta ?? { index: 0 }), size: 12 } };
    }).filter((label) => label.y !== undefined);
  }

  /* labels of lines that end together: each a line of text away from the next, towards the middle */
  function spread(marks, data, height) {
    const values = data.flatMap((trace) => trace.y).filter(Number.isFinite);
    const low = values.reduce((a, b) => Math.min(a, b), Infinity), high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const scale = high > low ? height / (high - low) : 0;
    const up = marks.reduce((sum, mark) => sum + mark.y - low, 0) * scale < marks.length * height / 2 ? 1 : -1;
    let taken = -Infinity;
    for (const mark of marks.sort((a, b) => up * (a.y - b.y))) {
      const at = up * (mark.y - low) * scale;
      taken = Math.max(at, taken + 14);
      mark.yshift = up * (taken - at);
    }
    return marks;
  }

  function layout(figure, height) {
    const font = { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("var(--muted)") };
    const lines = { gridcolor: colour("var(--hairline)"), linecolor: colour("var(--line)"), zerolinecolor: colour("var(--line)"), zerolinewidth: 1, ticks: "", showspikes: false };
    const marks = spread(labels(figure.data), figure.data, height - 52);
    const axis = (given) => ({ ...lines, ...given, title: { font, standoff: 8, ...given?.title } });
    const bars = figure.data.some((trace) => trace.type === "bar");
    const whole = figure.data.every((trace) => [...trace.x, ...trace.y].every((value) => typeof value !== "number" || Number.isInteger(value)));
    const hoverformat = whole ? ",d" : ",.4~r";
    const sideways = figure.data.some((trace) => trace.orientation === "h");
    return {
      ...figure.layout, font, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", bargap: 0.3,
      margin: { l: 48, r: 12, t: 12, b: 40 },
      xaxis: axis({ showgrid: sideways, ...(sideways ? { hoverformat } : {}), ...figure.layout.xaxis }),
      yaxis: axis({ showgrid: !sideways, ...(sideways ? { autorange: "reversed" } : { hoverformat }), ...figure.layout.yaxis }),
      hovermode: bars ? "closest" : "x unified",
      hoverlabel: { bgcolor: colour("var(--raised)"), bordercolor: colour("var(--hairline)"), font: { ...font, color: colour("var(--ink)") } },
      annotations: [...marks, ...(figure.layout.annotations ?? [])],
    };
  }

  const options = { displayModeBar: false, responsive: true, displaylogo: false };

  function draw(card) {
    const figure = JSON.parse($("[data-chart-figure]", card).textContent);
    const place = $(".chart", card);
    return Plotly.react(place, figure.data.map(paint), layout(figure, place.clientHeight), options);
  }

  function rows(card) {
    const lines = $$("[data-chart-rows] tr", card).map((row) => [...row.cells].map((cell) => quote(cell.textContent)).join(","));
    return `\ufeff${lines.join("\r\n")}\r\n`;
  }

  async function png(card) {
    const place = $(".chart", card);
    await Plotly.relayout(place, { paper_bgcolor: colour("var(--surface)") });
    await Plotly.downloadImage(place, { format: "png", scale: 2, width: place.clientWidth, height: place.clientHeight, filename: card.dataset.chart });
    await Plotly.relayout(place, { paper_bgcolor: "rgba(0,0,0,0)" });
  }

  function toggle(card, button) {
    const table = $("[data-chart-rows]", card);
    table.hidden = !table.hidden;
    $(".chart", card).hidden = !table.hidden;
    button.setAttribute("aria-pressed", String(!table.hidden));
    if (table.hidden) draw(card);
  }

  document.addEventListener("click", (event) => {
    const card = event.target.closest("[data-chart]");
    if (!card) return;
    if (event.target.closest("[data-chart-csv]")) save(rows(card), `${card.dataset.chart}.csv`);
    if (event.target.closest("[data-chart-png]")) png(card);
    const button = event.target.closest("[data-chart-table]");
    if (button) toggle(card, button);
  });

  const again = () => { for (const card of $$("[data-chart]")) if (!$(".chart", card).hidden) draw(card); };
  document.addEventListener("themechange", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  window.pentaquark.drawCharts = again;
})();
