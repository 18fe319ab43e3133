// A visit that does not take place in our room: say that we are here, and follow when the way changes.
import { open, socket as line } from "../socket.js";

const root = document.querySelector("[data-visit]");
const room = root.dataset.visit;

async function sit() {
  try {
    const place = await line.send("waiting.wait", { room, sound: true });
    root.querySelector("[data-here]").hidden = place.state === "ended";
  } catch (problem) {
    if (problem.kind) location.reload();
  }
}

open(`room:${room}`);
line.on("open", sit);
line.on("event", ({ on, topic }) => on === "consultation.changed" && topic === `room:${room}` && look());
setInterval(() => line.send("waiting.look", { room }).catch(() => {}), 15_000);

async function look() {
  const fresh = await fetch(location.href, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await fresh.text(), "text/html");
  if (page.querySelector("[data-visit]")?.dataset.medium !== root.dataset.medium) location.reload();
}
