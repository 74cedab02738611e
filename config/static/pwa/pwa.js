"use strict";
/* Registers the service worker, offers its new version and the installation, and switches push messages on and off. */
(() => {
  const one = (name) => document.querySelector(`[data-${name}]`);

  async function register() {
    const registration = await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    let reloading = false;
    const offer = () => {
      const bar = one("renewal");
      if (!bar || !registration.waiting || !navigator.serviceWorker.controller) return;
      bar.hidden = false;
      bar.querySelector("button").addEventListener("click", () => {
        reloading = true;
        registration.waiting.postMessage("take-over");
      });
    };
    offer();
    registration.addEventListener("updatefound", () => {
      const fresh = registration.installing;
      fresh.addEventListener("statechange", () => { if (fresh.state === "installed") offer(); });
    });
    navigator.serviceWorker.addEventListener("controllerchange", () => { if (reloading) location.reload(); });
  }

  // The kept pages say themselves, in their language, what they are and until when they hold.
  async function listVouchers() {
    const list = one("vouchers");
    if (!list || !("caches" in window)) return;
    const cache = await caches.open("vouchers");
    for (const request of await cache.keys()) {
      const page = new DOMParser().parseFromString(await (await cache.match(request)).text(), "text/html");
      const until = page.querySelector("time[data-until]");
      if (!until || Date.parse(until.dateTime) <= Date.now()) continue;
      const item = list.appendChild(document.createElement("li"));
      const link = item.appendChild(Object.assign(document.createElement("a"), { className: "list-item", href: request.url }));
      const title = Object.assign(document.createElement("strong"), { className: "grow", textContent: page.querySelector("h1").textContent });
      const term = Object.assign(document.createElement("span"), { className: "muted small end" });
      term.textContent = `${until.closest("dd")?.previousElementSibling.textContent ?? ""} ${until.textContent}`;
      link.append(title, term);
      item.lang = page.documentElement.lang;
    }
    list.hidden = list.children.length === 0;
  }

  function offerInstallation() {
    const card = one("install");
    if (!card) return;
    addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      card.hidden = false;
      card.querySelector("button").addEventListener("click", async () => { await event.prompt(); card.hidden = true; }, { once: true });
    });
    addEventListener("appinstalled", () => { card.hidden = true; });
  }

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

  async function offerPush() {
    const card = one("push");
    if (!card || !("PushManager" in window)) return;
    const registration = await navigator.serviceWorker.ready;
    const send = (method, content) => fetch(card.dataset.url, {
      method, body: JSON.stringify(content),
      headers: { "Content-Type": "application/json", "X-CSRFToken": card.querySelector("[name=csrfmiddlewaretoken]").value },
    });
    const show = async () => {
      const subscription = await registration.pushManager.getSubscription();
      one("push-on").hidden = Boolean(subscription);
      one("push-off").hidden = !subscription;
      one("push-denied").hidden = Notification.permission !== "denied";
      card.hidden = false;
    };
    one("push-on").addEventListener("click", async () => {
      try {
        const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(card.dataset.key) });
        const answer = await send("POST", subscription.toJSON());
        if (!answer.ok) await subscription.unsubscribe();
      } catch { /* refused by the person or the browser: the card says so */ }
      await show();
    });
    one("push-off").addEventListener("click", async () => {
      const subscription = await registration.pushManager.getSubscription();
      await send("DELETE", { endpoint: subscription.endpoint });
      await subscription.unsubscribe();
      await show();
    });
    await show();
  }

  listVouchers();
  offerInstallation();
  if ("serviceWorker" in navigator) {
    register().catch(() => { /* a private window, say: the site works without */ });
    offerPush();
  }
})();
