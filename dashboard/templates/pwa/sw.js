{% load static %}"use strict";
// What every page needs is kept under SHELL; vouchers that were opened under VOUCHERS, until they are used or somebody signs out.
const SHELL = "shell-{{ version }}";
const VOUCHERS = "vouchers";
const KEPT = [{% for url in shell %}"{{ url|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const OFFLINE = "{% url 'offline' %}";
const VOUCHER = /^\/vouchers\/[0-9a-f-]{36}\/$/;
const LEAVING = "{% url 'account_logout' %}";
const DOORS = "{% url 'account_login' %}";
const HOME = "{% url 'notices' %}";
const ICON = "{% static 'pwa/icon-192.png' %}";
const PATIENCE_MS = 2500;
const BADGE = "{% static 'pwa/badge-96.png' %}";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(KEPT.map((url) => new Request(url, { cache: "reload", credentials: "omit" })))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("shell-") && name !== SHELL).map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && url.pathname === LEAVING) {
    event.respondWith(caches.delete(VOUCHERS).then(() => fetch(request)));
  } else if (request.method === "GET" && VOUCHER.test(url.pathname)) {
    event.respondWith(voucher(event));
  } else if (request.method === "GET" && request.mode === "navigate") {
    event.respondWith(page(request));
  } else if (request.method === "GET" && KEPT.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname, { cacheName: SHELL }).then((kept) => kept || fetch(request)));
  }
});

async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.redirected && new URL(answer.url).pathname.startsWith(DOORS)) await caches.delete(VOUCHERS);
    return answer;
  } catch {
    return caches.match(OFFLINE, { cacheName: SHELL });
  }
}

// With one bar of signal nobody at a counter waits for the browser to give up: what is kept shows, and the answer is kept when it comes.
async function voucher(event) {
  const cache = await caches.open(VOUCHERS);
  const kept = await cache.match(event.request);
  const fresh = renew(event.request, cache);
  event.waitUntil(fresh.catch(() => {}));
  if (!kept) return fresh.catch(() => caches.match(OFFLINE, { cacheName: SHELL }));
  const later = new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS, kept); });
  return Promise.race([fresh.catch(() => kept), later]);
}

// The server says what may be kept: not what is used, nor digits that change.
async function renew(request, cache) {
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected && answer.headers.get("X-Offline") === "keep") await cache.put(request, answer.clone());
  else await cache.delete(request);
  return answer;
}

self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { told = {}; }
  event.waitUntil(self.registration.showNotification(told.title || "", {
    body: told.body || "", tag: told.tag, icon: ICON, badge: BADGE, data: { url: told.url || HOME },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  event.waitUntil((async () => {
    if (url.origin !== self.location.origin) return;
    const open = await self.clients.matchAll({ type: "window" });
    if (open.length) { await open[0].focus(); await open[0].navigate(url.href); } else await self.clients.openWindow(url.href);
  })());
});
