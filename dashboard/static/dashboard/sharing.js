"use strict";
/* Copies or shares the link beside it; without scripts it is selected and copied by hand. */
for (const box of document.querySelectorAll("[data-sharing]")) {
  const link = box.querySelector("input");
  const copy = box.querySelector("[data-copy]");
  const share = box.querySelector("[data-share]");
  const said = box.querySelector("[data-copied]");
  if (navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(link.value);
      said.textContent = said.dataset.copied;
    });
  }
  if (navigator.share) {
    share.hidden = false;
    share.addEventListener("click", () => navigator.share({ title: box.dataset.title, url: link.value }).catch(() => {}));
  }
  link.addEventListener("focus", () => link.select());
}
