// Nearest first: the place goes into the address of this page, rounded to about a hundred metres, and nowhere else.
document.addEventListener("htmx:afterSettle", offer);
document.addEventListener("click", (event) => {
  if (event.target.closest("#near")) navigator.geolocation.getCurrentPosition(sort, complain, { timeout: 10_000 });
});
offer();

function offer() {
  const near = document.getElementById("near");
  if (near && navigator.geolocation) near.hidden = false;
}

function sort({ coords }) {
  const address = new URL(location.href);
  address.searchParams.set("near", [coords.latitude, coords.longitude].map((degrees) => degrees.toFixed(3)).join(","));
  address.searchParams.delete("page");
  location.replace(address);
}

function complain() {
  document.getElementById("no-place").hidden = false;
}
