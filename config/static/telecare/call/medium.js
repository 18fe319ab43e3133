// When a consultation goes on by another way (telephone, an external room), every page of it is loaded anew as the page of
// that way. The news says only that something changed; the page itself says what.
import { open, socket } from "../socket.js";

export function followMedium(room, place) {
  open(`room:${room}`);
  socket.on("event", async ({ on, topic }) => {
    if (on !== "consultation.changed" || topic !== `room:${room}`) return;
    const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
    if (!answer) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-medium]");
    if (fresh && fresh.dataset.medium !== place.dataset.medium) location.reload();
    if (answer.url.endsWith(place.dataset.noteUrl ?? "#")) location.assign(answer.url); // closed meanwhile, by a colleague
  });
}
