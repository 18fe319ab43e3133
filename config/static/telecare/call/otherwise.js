// A visit that does not take place in our room: say that we are here, and follow when the way changes.
import { socket as line } from "../socket.js";
import { followMedium } from "./medium.js";

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

followMedium(room, root);
line.on("open", sit);
setInterval(() => line.send("waiting.look", { room }).catch(() => {}), 15_000);
