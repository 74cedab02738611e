// A phone's own camera opens a voucher by its address: the digits of a changing code stand behind the `#`.
const digits = document.getElementById("digits");
const parts = location.hash.slice(1).split(".");
if (digits && !digits.value && /^\d{6}$/.test(parts[3] ?? "")) digits.value = parts[3];
