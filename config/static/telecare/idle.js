// On a shared device: nobody has touched it for a while, then whoever was signed in is signed out. A call keeps it awake.
const form = document.querySelector("form[data-idle]");
const KEY = "telecare touched";
const touched = () => localStorage.setItem(KEY, String(Date.now())); // other pages of this browser count as well
let asked = Date.now();

for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) addEventListener(kind, touched, { passive: true });
touched();
const watch = setInterval(() => {
  if (document.querySelector(".tc-call")) {
    touched();
    if (Date.now() - asked < 120_000) return;
    asked = Date.now();
    fetch(form.dataset.alive).catch(() => {});
  } else if (Date.now() - Number(localStorage.getItem(KEY)) > Number(form.dataset.idle) * 1000) {
    clearInterval(watch); // once: on a slow line a second would break the first off
    form.submit();
  }
}, 1000);
