// The waiting room of staff: fetched anew whenever somebody comes, goes or is taken on.
import { onceReleased, pressing } from "../press.js";
import { open, socket as line } from "../socket.js";

const place = document.querySelector("[data-waiting-topic]");
const fetchAnew = () => place.dispatchEvent(new Event("fresh"));
open(place.dataset.waitingTopic);
line.on("event", ({ on, data }) => {
  if (on.startsWith("waiting.") || on === "resync") fetchAnew();
  if (on === "waiting.unattended") document.querySelector("[data-unattended]").hidden = !data;
});
line.on("open", fetchAnew);
place.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!pressing()) return;
  detail.shouldSwap = false;
  onceReleased(fetchAnew);
});
