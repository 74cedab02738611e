// The till: reads QR codes with the camera, and goes on without a connection. What it cannot know while it is
// offline (whether a voucher was used elsewhere or cancelled) the server decides when the queue is sent.
const scanner = document.getElementById("scanner");
const video = scanner.querySelector("video");
const frame = scanner.querySelector(".viewfinder");
const list = document.getElementById("scans");
const words = document.getElementById("words").content;
const DAY_S = 86400;
const ID_TAIL = 12; // of an id: enough to tell vouchers apart, and all that stays on the device after sending
const SEEN_AT_MOST = 2000;
const SCANS_AT_ONCE = 100; // as many as the server takes
const TILL = "till";

const say = (word) => words.querySelector(`[data-say="${word}"]`).textContent;
const read = (name, empty) => JSON.parse(localStorage.getItem(name) ?? "null") ?? empty;
const keep = (name, value) => localStorage.setItem(name, JSON.stringify(value));

const kit = JSON.parse(document.getElementById("kit").textContent);
const QUEUE = `scans-${kit.merchant}`;
const SEEN = `seen-${kit.merchant}`;
const form = document.querySelector("form[action$='look-up/']");
let kept = "kept" in scanner.dataset; // this page came from the device, whatever the browser thinks of the network
const connected = () => navigator.onLine && !kept;

// --- the camera

let library;
async function reader() {
  if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async () => (await detector.detect(video))[0]?.rawValue;
  }
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = scanner.dataset.jsqr;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  await library;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async () => {
    const side = Math.min(640, video.videoWidth);
    canvas.width = side;
    canvas.height = Math.round((side * video.videoHeight) / video.videoWidth);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    return window.jsQR(pixels.data, pixels.width, pixels.height)?.data;
  };
}

const button = document.getElementById("scan");
let scanning = false;
function watch(on) {
  scanning = on;
  [button.querySelector("span").hidden, button.querySelector("span + span").hidden] = [on, !on];
}

async function scan() {
  if (scanning) return watch(false);
  watch(true);
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const next = await reader();
    frame.hidden = false;
    video.srcObject = stream;
    await video.play();
    while (scanning) {
      const text = await next();
      if (text) return await take(text);
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
  } catch {
    document.getElementById("no-camera").hidden = false;
  } finally {
    watch(false);
    stream?.getTracks().forEach((track) => track.stop());
    frame.hidden = true;
  }
}

// --- a code

async function take(text) {
  if (connected()) {
    form.elements.code.value = text;
    form.submit();
    return;
  }
  form.elements.code.value = "";
  const token = text.slice(text.indexOf("#") + 1).split(".").slice(0, 3).join(".");
  const found = text.includes("#") ? await judge(token) : { verdict: "typed" };
  if (found.verdict === "queued") {
    keep(QUEUE, [...read(QUEUE, []), { id: crypto.randomUUID(), token, scanned_at: new Date().toISOString() }]);
    keep(SEEN, [...read(SEEN, []), found.id].slice(-SEEN_AT_MOST));
  }
  show(found.title ?? "", say(found.verdict), ["queued", "pass"].includes(found.verdict));
}

async function judge(token) {
  const [kid, claim, signature] = token.split(".");
  if (!signature) return { verdict: "forged" };
  if (!kit.keys[kid]) return { verdict: "stale" };
  let genuine;
  try {
    const key = await crypto.subtle.importKey("raw", bytes(kit.keys[kid]), "Ed25519", false, ["verify"]);
    genuine = await crypto.subtle.verify("Ed25519", key, bytes(signature), new TextEncoder().encode(`${kid}.${claim}`));
  } catch {
    return { verdict: "unable" };
  }
  if (!genuine) return { verdict: "forged" };
  const said = bytes(claim);
  const view = new DataView(said.buffer);
  const title = kit.offers[uuid(said.slice(34, 50))];
  if (uuid(said.slice(18, 34)) !== kit.merchant) return { verdict: "elsewhere" };
  if (view.getUint8(1) & 1) return { verdict: "rotating", title };
  const id = uuid(said.slice(2, 18)).slice(-ID_TAIL);
  if (kit.passes[id] > Date.now() / 1000) return { verdict: "pass", title };
  if (view.getUint32(50) < Date.now() / 1000 + DAY_S) return { verdict: "expired", title };
  if (kit.closed.includes(id)) return { verdict: "closed", title };
  return { verdict: read(SEEN, []).includes(id) ? "again" : "queued", title, id };
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function uuid(said) {
  const hex = Array.from(said, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// --- the queue

let sending = false;
async function send() {
  if (sending) return;
  sending = true;
  try {
    while (connected() && (await sendSome()));
  } finally {
    sending = false;
  }
}

async function sendSome() {
  // scans of an earlier version of this page get their id here, and keep it
  const queue = read(QUEUE, []).map((scan) => ({ id: crypto.randomUUID(), ...scan }));
  if (!queue.length) return false;
  keep(QUEUE, queue);
  const headers = { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  const body = JSON.stringify(queue.slice(0, SCANS_AT_ONCE));
  const answer = await fetch(scanner.dataset.scans, { method: "POST", headers, body });
  document.getElementById("signed-out").hidden = answer.ok && !answer.redirected;
  if (!answer.ok || answer.redirected) return false;
  const { results } = await answer.json();
  const answered = new Set(results.map((result) => result.id));
  keep(QUEUE, read(QUEUE, []).filter((scan) => !answered.has(scan.id)));
  for (const result of results) show(result.offer ?? "", result.title, result.code === "confirmed");
  return results.length > 0;
}

function show(title, text, good) {
  const item = document.createElement("li");
  item.className = "list-item";
  const line = document.createElement("span");
  line.className = "grow";
  line.textContent = title ? `${title}: ${text}` : text;
  const badge = document.createElement("span");
  badge.className = `badge ${good ? "accepted" : "rejected"}`;
  badge.textContent = new Date().toLocaleTimeString(document.documentElement.lang);
  item.append(line, badge);
  list.prepend(item);
  list.hidden = false;
}

function standing() {
  document.getElementById("offline").hidden = connected();
  send().catch(() => {});
}

// --- the page and what it needs stay on the device, so that it opens without a connection; today's list does not

async function stay() {
  await navigator.serviceWorker.register(scanner.dataset.worker, { scope: scanner.dataset.scope });
  const files = [...document.querySelectorAll("link[rel=stylesheet], link[rel=preload], link[rel=icon], script[src]")];
  const wanted = [scanner.dataset.page, scanner.dataset.jsqr, ...files.map((file) => file.href ?? file.src)];
  for (const use of document.querySelectorAll("use")) wanted.push(use.getAttribute("href").split("#")[0]);
  const addresses = new Set(wanted.map((address) => new URL(address, location.href).href));
  const cache = await caches.open(TILL);
  await cache.addAll([...addresses]);
  for (const request of await cache.keys()) if (!addresses.has(request.url)) await cache.delete(request);
}

async function knock() {
  const answer = await fetch(scanner.dataset.worker, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  kept = false;
  standing();
}

scanner.hidden = !navigator.mediaDevices?.getUserMedia;
button.addEventListener("click", scan);
form.addEventListener("submit", (event) => {
  if (connected()) return;
  event.preventDefault();
  take(event.target.elements.code.value);
});
addEventListener("online", standing);
addEventListener("offline", standing);
standing();
if (kept) {
  addEventListener("online", knock);
  setInterval(() => kept && knock(), 10_000);
} else if ("serviceWorker" in navigator) stay().catch(() => {});
