"use strict";
// Opens the till without a connection: its page and files, which the page itself puts into the cache. A navigation that
// fails gets the till; a confirmation that fails does not, since nobody knows then whether it arrived.
const TILL = "till";
const PAGE = "{% url 'merchant_offline' %}";
const LOOK_UP = "{% url 'merchant_look_up' %}";
const PATIENCE_MS = 5000;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate" && (request.method === "GET" || path === LOOK_UP)) event.respondWith(open(request));
  else if (request.method === "GET" && request.mode !== "navigate") event.respondWith(load(request));
});

async function open(request) {
  try {
    const answer = await fetch(request, request.method === "GET" ? { signal: AbortSignal.timeout(PATIENCE_MS) } : {});
    if (answer.type === "opaqueredirect" && request.method === "GET") await forget(request);
    return answer;
  } catch (error) {
    const kept = await caches.match(PAGE, { cacheName: TILL });
    if (!kept) throw error;
    return kept;
  }
}

// the till itself redirects only who is signed out
async function forget(request) {
  if (new URL(request.url).pathname === new URL(registration.scope).pathname) await caches.delete(TILL);
}

async function load(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { cacheName: TILL });
    if (!kept) throw error;
    return kept;
  }
}
