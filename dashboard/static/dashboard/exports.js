// Shows how far an export is; without this script the links download it all the same.
"use strict";
(() => {
  async function save(link, box) {
    const answer = await fetch(link.href);
    const total = Number(answer.headers.get("X-Total-Count"));
    const bar = box.querySelector("progress");
    box.querySelector("[data-export-total]").textContent = total.toLocaleString();
    box.hidden = false;
    const parts = [];
    let lines = 0;
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      lines += value.reduce((count, byte) => count + (byte === 10), 0);
      const count = Math.max(0, Math.min(total, lines - 1));
      bar.value = total ? (100 * count) / total : 100;
      box.querySelector("[data-export-count]").textContent = count.toLocaleString();
    }
    const address = URL.createObjectURL(new Blob(parts, { type: answer.headers.get("Content-Type") }));
    const anchor = Object.assign(document.createElement("a"), { href: address, download: link.pathname.split("/").pop() });
    anchor.click();
    URL.revokeObjectURL(address);
  }

  document.querySelectorAll("[data-export] a").forEach((link) => {
    const box = link.closest("section").querySelector("[data-export-progress]");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      save(link, box).catch(() => { location.href = link.href; });
    });
  });
})();
