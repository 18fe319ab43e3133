// Keeps a worklist current: the socket says that a task came or changed, the list is fetched anew.
// <div data-worklist="worklist:<organisation>"><div id="worklist">…</div></div>; without a socket the page stays a page.
import { open } from "./socket.js";

const frame = document.querySelector("[data-worklist]");

if (frame) {
  let running = false;
  let again = false;

  async function refresh() {
    if (running) return void (again = true);
    running = true;
    try {
      const answer = await fetch(location.pathname, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        frame.querySelector("#worklist").replaceChildren(...fresh.body.childNodes);
      }
    } finally {
      running = false;
      if (again) {
        again = false;
        refresh();
      }
    }
  }

  open(frame.dataset.worklist, { onEvent: refresh, onReset: refresh });
}
