// Draws every <div class="chart" data-figure="ID" data-plotly="URL"> from the JSON in <script id="ID">.
// The drawing library is loaded only when a chart comes near the screen, and never holds up the page.
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
    if (!chart.isConnected || !source) return;
    const figure = withTokens(JSON.parse(source.textContent), getComputedStyle(document.documentElement));
    await plotly.react(chart, figure.data, figure.layout, { displayModeBar: false, responsive: true });
    if (chart.dataset.entries) listen(chart);
  }

  // A tapped bar shows its entries; the links in the chart's table do the same.
  function listen(chart) {
    if (chart.dataset.listening) return;
    chart.dataset.listening = "yes";
    chart.on("plotly_click", ({ points }) => {
      const address = new URL(location.href);
      address.searchParams.delete("after");
      address.searchParams.set("bar", points[0].customdata[2]);
      window.htmx.ajax("GET", address.pathname + address.search, { target: chart.dataset.entries, swap: "outerHTML show:top" });
      history.replaceState(null, "", address);
    });
  }

  function watch(root) {
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries.filter((item) => item.isIntersecting)) {
        seen.unobserve(entry.target);
        draw(entry.target);
      }
    }, { rootMargin: "200px" });
    root.querySelectorAll(".chart[data-figure]").forEach((chart) => seen.observe(chart));
  }

  watch(document);
  document.addEventListener("htmx:load", (event) => watch(event.target));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.querySelectorAll(".chart.js-plotly-plot").forEach(draw);
  });
})();
