{% load static %}"use strict";
// What every page needs is kept under SHELL; vouchers that were opened under VOUCHERS, until somebody signs out.
const SHELL = "shell-{{ version }}";
const VOUCHERS = "vouchers";
const KEPT = [{% for url in shell %}"{{ url|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const OFFLINE = "{% url 'offline' %}";
const VOUCHER = /^\/vouchers\/[0-9a-f-]{36}\/$/;
const LEAVING = "{% url 'account_logout' %}";
const DOORS = "{% url 'account_login' %}";
const HOME = "{% url 'notices' %}";
const ICON = "{% static 'pwa/icon-192.png' %}";
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
    event.respondWith(voucher(request));
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

async function voucher(request) {
  const path = new URL(request.url).pathname;
  const cache = await caches.open(VOUCHERS);
  try {
    const answer = await fetch(request);
    if (answer.redirected || !answer.ok) await cache.delete(path);
    else await cache.put(path, answer.clone());
    return answer;
  } catch {
    return (await cache.match(path)) || (await caches.match(OFFLINE, { cacheName: SHELL }));
  }
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
