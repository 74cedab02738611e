"use strict";
/* Parts of pages, which htmx fetches: a bar while that takes long, words and another try where it fails, where the
   focus stays and what is heard. Without scripts the same links and forms load whole pages. */
(() => {
  const one = (name) => document.querySelector(`[data-${name}]`);
  const [bar, toast, status] = [one("loading"), one("failure"), one("said")];
  let running = 0;
  let again = null;
  let arrived = null;
  let focused = false;

  const on = (name, act) => document.addEventListener(`htmx:${name}`, (event) => act(event.detail, event));

  // Somebody asked for it; what a page looks up by itself fails without a word.
  const asked = ({ etc, requestConfig }) => Boolean(etc.returnPromise || requestConfig.triggeringEvent);

  function count(change, detail) {
    if (!asked(detail)) return;
    running += change;
    bar.hidden = running === 0;
    if (change > 0) detail.target.setAttribute("aria-busy", "true");
    else detail.target.removeAttribute("aria-busy");
  }

  on("beforeRequest", (detail, event) => { if (document.hidden && !asked(detail)) event.preventDefault(); });
  on("beforeSend", (detail) => { toast.hidden = true; count(1, detail); });
  on("afterRequest", (detail) => count(-1, detail));

  // --- failure

  const stale = ({ requestConfig }, is) => {
    const { stale: name } = requestConfig.elt.dataset;
    const note = name && document.querySelector(name);
    if (note) note.hidden = !is;
  };

  function fail(reason, detail) {
    stale(detail, true);
    if (!asked(detail)) return;
    const { etc, requestConfig: { elt, path, target, verb } } = detail;
    again = () => window.htmx.ajax(verb, path, { source: elt, target, swap: etc.swapOverride, replace: etc.replace }).catch(() => {});
    for (const words of toast.querySelectorAll("[data-reason]")) words.hidden = words.dataset.reason !== reason;
    toast.hidden = false;
  }

  on("sendError", (detail) => fail("network", detail));
  on("timeout", (detail) => fail("network", detail));
  on("responseError", (detail) => fail("server", detail));
  on("afterOnLoad", (detail) => stale(detail, false));
  toast.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    toast.hidden = true;
    if ("again" in button.dataset) again();
  });

  // --- success

  // Led elsewhere, to the sign-in say: that is a page of its own.
  on("beforeSwap", (detail, event) => {
    const { finalRequestPath, responsePath } = detail.pathInfo;
    const at = (path) => new URL(path, location.href).pathname;
    if (responsePath && at(responsePath) !== at(finalRequestPath)) {
      event.preventDefault();
      location.assign(responsePath);
    }
    arrived = null;
    focused = detail.target.contains(document.activeElement);
  });

  on("load", (detail, event) => { arrived ??= detail.elt ?? event.target; });

  // htmx gives the focus back to what has the same id; where nothing has, it goes to the first thing that came.
  on("afterSettle", (detail) => {
    if (!arrived?.isConnected || !asked(detail)) return;
    if (focused && document.activeElement === document.body) {
      const next = arrived.matches("[tabindex]") ? arrived : arrived.querySelector("a[href], button");
      next?.focus({ preventScroll: true });
    }
    const words = [...arrived.querySelectorAll("[data-announce]")].map((each) => each.textContent.replace(/\s+/g, " ").trim());
    status.textContent = words.join(", ");
  });

  on("pushedIntoHistory", () => {
    for (const next of document.querySelectorAll("input[name=next]")) next.value = location.pathname + location.search;
  });
})();
