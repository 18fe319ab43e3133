// The list of threads, live: what is new rises to the top.
import { open } from "./socket.js";
import { clock } from "./moments.js";

for (const entry of document.querySelectorAll("#inbox [data-thread]")) {
  open(`thread:${entry.dataset.thread}`, {
    onEvent({ on, data }) {
      if (on !== "thread.message") return;
      entry.querySelector("[data-text]").textContent = data.text.slice(0, 90);
      entry.querySelector("[data-author]").textContent = data.sender.name;
      entry.querySelector("[data-at]").textContent = clock(new Date(data.sent_at));
      entry.querySelector("[data-new]").hidden = false;
      entry.parentElement.prepend(entry);
    },
  });
}
