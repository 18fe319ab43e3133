// Step two: the waiting room. Says how we are prepared, keeps our place, and notices when we are let in.
import { open, socket as line } from "../socket.js";

const LOOK = 15_000; // ms: also the sign of life that keeps the place

// Events: "admitted" · "over" (the appointment is closed, or we were sent away)
export class Waiting extends EventTarget {
  constructor(root, room, prepared) {
    super();
    Object.assign(this, { root, room, prepared, sitting: false });
    open(`room:${room}`);
    this.stops = [
      line.on("open", () => this.sitting && this.#sit()),
      line.on("event", ({ on, topic }) => {
        if (this.sitting && topic === `room:${room}` && on !== "note.saved") this.look();
      }),
    ];
    this.timer = setInterval(() => this.sitting && this.look(), LOOK);
  }

  // Sit down; again whenever something about us changed.
  sit(more = {}) {
    this.more = { ...this.more, ...more };
    this.sitting = true;
    return this.#sit();
  }

  async look() {
    this.#show(await line.send("waiting.look", { room: this.room }).catch((problem) => this.#gone(problem)));
  }

  async leave() {
    this.sitting = false;
    await line.send("waiting.leave", { room: this.room }).catch(() => {});
  }

  close() {
    this.sitting = false;
    clearInterval(this.timer);
    this.stops.forEach((stop) => stop());
  }

  async #sit() {
    const fields = { room: this.room, ...this.prepared(), ...this.more };
    this.#show(await line.send("waiting.wait", fields).catch((problem) => this.#gone(problem)));
  }

  #gone(problem) {
    // without a kind it was the line: the place is kept, and asked for again when it is back
    if (problem.kind) this.dispatchEvent(new CustomEvent("over", { detail: problem.text }));
    return null;
  }

  #show(place) {
    if (!place || !this.sitting) return;
    if (place.state === "ended") return void this.dispatchEvent(new CustomEvent("over", { detail: "" }));
    if (place.state === "admitted") return void this.dispatchEvent(new Event("admitted"));
    this.root.querySelector("[data-place]").textContent = String(place.place);
    for (const part of this.root.querySelectorAll("[data-first]")) {
      part.toggleAttribute("hidden", (part.dataset.first === "yes") !== (place.place === 1)); // also parts of the drawing
    }
    const taken = this.root.querySelector("[data-taken]");
    taken.hidden = !place.by;
    taken.querySelector("[data-by]").textContent = place.by;
    this.root.querySelector("svg[role=img]")?.setAttribute("aria-label", this.#label(place));
  }

  #label({ place }) {
    return this.root.querySelector("[data-label]").dataset.label.replace("{place}", String(place));
  }
}
