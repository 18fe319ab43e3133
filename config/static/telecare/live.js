// Keeps parts of a page current: the socket says that something came or changed, the page is fetched anew and its parts
// with the same ids take the place of the old ones. The page works without it.
// <div id="day" data-live="worklist:<organisation> waiting:<organisation>">…</div>
import { onceReleased, pressing } from "./press.js";
import { open } from "./socket.js";

const PAUSE = 400; // ms: several news at once are one fetch
const parts = [...document.querySelectorAll("[data-live][id]")];
let timer = 0;
let late = false; // something came while nobody looked, or while somebody was typing

function busy() {
  const active = document.activeElement;
  return document.hidden || (active?.matches("input:not([type=hidden]), textarea, select") && active.closest("[data-live]"));
}

async function refresh() {
  timer = 0;
  late = busy();
  if (late) return;
  const answer = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const text = await answer.text();
  late = busy(); // the answer took its time
  if (late) return;
  if (pressing()) return onceReleased(soon);
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const focused = document.activeElement?.closest("[data-live]") && document.activeElement.getAttribute("href");
  for (const part of parts) {
    const other = fresh.getElementById(part.id);
    if (other) part.replaceChildren(...other.childNodes);
  }
  for (const count of document.querySelectorAll("[data-count]")) {
    const other = fresh.querySelector(`[data-count="${CSS.escape(count.dataset.count)}"]`);
    if (other) count.replaceChildren(...other.childNodes);
  }
  if (focused) document.querySelector(`[data-live] [href="${CSS.escape(focused)}"]`)?.focus();
}

function soon() {
  timer ||= setTimeout(refresh, PAUSE);
}

for (const name of new Set(parts.flatMap((part) => part.dataset.live.split(" ")).filter((name) => !name.endsWith(":")))) {
  open(name, { onEvent: soon, onReset: soon });
}
document.addEventListener("visibilitychange", () => late && soon());
document.addEventListener("focusout", () => late && soon());
