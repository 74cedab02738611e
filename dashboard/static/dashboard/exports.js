// Shows how far an export is; without this script the links download it all the same.
"use strict";
(() => {
  // What arrives must be the whole file: an error page or half of it is never saved under its name.
  async function load(link, box) {
    const answer = await fetch(link.href);
    if (answer.redirected) location.assign(link.href); // signed out meanwhile
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const total = Number(answer.headers.get("X-Total-Count"));
    const parts = [];
    let lines = 0;
    show(box, 0, total);
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      lines += value.reduce((count, byte) => count + (byte === 10), 0);
      show(box, Math.max(0, Math.min(total, lines - 1)), total);
    }
    return new Blob(parts, { type: answer.headers.get("Content-Type") });
  }

  function show(box, count, total) {
    box.querySelector("progress").value = total ? (100 * count) / total : 100;
    const { lang } = document.documentElement;
    box.querySelector("[data-export-count]").textContent = [count, total].map((each) => each.toLocaleString(lang)).join(" / ");
  }

  function save(file, name) {
    const address = URL.createObjectURL(file);
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    URL.revokeObjectURL(address);
  }

  async function take(link) {
    const box = link.closest("section").querySelector("[data-export-progress]");
    const say = (word) => {
      for (const each of box.querySelectorAll("[data-say]")) each.hidden = each.dataset.say !== word;
    };
    box.hidden = false;
    say("started");
    try {
      save(await load(link, box), link.pathname.split("/").pop());
      say("done");
    } catch {
      say("failed");
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-export] a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    take(link);
  });
})();
