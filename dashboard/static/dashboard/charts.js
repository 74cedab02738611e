// Draws every <div class="chart" data-figure="ID" data-plotly="URL"> from the JSON in <script id="ID">.
// The server's drawing stands there until then: the library (1.2 MB) is asked for when somebody points at the chart or
// touches it, so that it never holds up the page. Whoever goes by keyboard keeps the drawing, whose bars are links.
"use strict";
(() => {
  const TOKEN = /^var\((--[\w-]+)\)$/;
  let library;

  function loadLibrary(url) {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = url;
      script.onload = () => resolve(window.Plotly || window.moduleName);
      script.onerror = reject;
      document.head.append(script);
    });
    return library;
  }

  // Fills in the stylesheet's tokens, in the theme that is on.
  function withTokens(value, style) {
    if (Array.isArray(value)) return value.map((item) => withTokens(item, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTokens(item, style)]));
    }
    const token = typeof value === "string" && value.match(TOKEN);
    return token ? style.getPropertyValue(token[1]).trim() : value;
  }

  async function draw(chart) {
    const plotly = await loadLibrary(chart.dataset.plotly);
    const source = document.getElementById(chart.dataset.figure);
    if (!chart.isConnected || !source || chart.querySelector(":focus-visible")) return;
    const figure = withTokens(JSON.parse(source.textContent), getComputedStyle(document.documentElement));
    await plotly.react(chart, figure.data, figure.layout, { displayModeBar: false, responsive: true });
    chart.querySelector(".drawn")?.remove();
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", chart.dataset.label);
    if (chart.dataset.entries && !chart.dataset.listening) {
      chart.dataset.listening = "yes";
      chart.on("plotly_click", ({ points }) => showEntries(chart, points[0].customdata[2]));
    }
  }

  // A tapped bar shows its entries; the links in the chart's table do the same.
  function showEntries(chart, bar) {
    const address = new URL(location.href);
    address.searchParams.delete("after");
    address.searchParams.set("bar", bar);
    const place = { target: chart.dataset.entries, swap: "outerHTML show:top", replace: address.pathname + address.search };
    window.htmx.ajax("GET", place.replace, place).catch(() => { /* partial.js says so */ });
  }

  const chartOf = (event) => event.target.closest?.(".chart[data-figure]");

  document.addEventListener("pointerover", (event) => {
    const chart = chartOf(event);
    if (chart && !chart.contains(event.relatedTarget) && !chart.classList.contains("js-plotly-plot")) draw(chart).catch(() => { library = undefined; });
  });

  document.addEventListener("click", (event) => {
    const bar = chartOf(event) && event.target.closest("a[data-bar]");
    if (!bar || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showEntries(chartOf(event), bar.dataset.bar);
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.querySelectorAll(".chart.js-plotly-plot").forEach(draw);
  });
})();
