// The waiting room of staff: fetched anew whenever somebody comes, goes or is taken on.
import { open, socket as line } from "../socket.js";

const place = document.querySelector("[data-waiting-topic]");
open(place.dataset.waitingTopic);
line.on("event", ({ on, data }) => {
  if (on.startsWith("waiting.") || on === "resync") place.dispatchEvent(new Event("fresh"));
  if (on === "waiting.unattended") document.querySelector("[data-unattended]").hidden = !data;
});
line.on("open", () => place.dispatchEvent(new Event("fresh")));
