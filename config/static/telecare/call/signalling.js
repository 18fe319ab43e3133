// Our seat in a room, over the page's socket: enter, take the same seat again after a lost line, send and receive signals.
// After a reload of the page the seat is a new one: the old connections are gone with the page.
// The protocol is described in telecare/consultations/README.md.

const REFUSALS = ["denied", "missing", "gone", "conflict", "invalid"]; // anything else is a fault, and passes
const AGAIN = 2000; // ms after a fault
const SIGNED_OUT = 4401;

// Events: "entered" {resumed, peer, others, missed, incomplete, ice} · "news" {on, data} · "lost" · "refused" {kind, text}
export class Room extends EventTarget {
  constructor(socket, id) {
    super();
    Object.assign(this, { socket, id, inside: false, closed: false, seat: {} });
    this.waiting = [];
    this.stops = [
      socket.on("open", () => this.wanted && this.enter()),
      socket.on("close", ({ code }) => this.#lost(code)),
      socket.on("event", (event) => this.#heard(event)),
    ];
    socket.attentive(true);
  }

  async enter() {
    this.wanted = true;
    this.early = [];
    let answer;
    try {
      answer = await this.#ask("room.join", this.seat);
    } catch (problem) {
      if (this.closed || !problem.kind) return;
      if (REFUSALS.includes(problem.kind)) this.#emit("refused", problem);
      else setTimeout(() => this.wanted && this.enter(), AGAIN);
      return;
    }
    if (this.closed) return;
    this.seat = { peer: answer.peer, token: answer.token };
    this.inside = true;
    this.#emit("entered", answer);
    for (const news of this.early.splice(0)) this.#emit("news", news);
    // descriptions have been said anew by those whom "entered" has reached, see Peer.recover
    for (const [to, signal] of this.waiting.splice(0)) if (!signal.description) this.signal(to, signal);
  }

  // A signal while the line is away waits for it; a repeated one is harmless.
  signal(to, signal) {
    if (!this.inside) {
      if (this.waiting.length < 100) this.waiting.push([to, signal]);
      return;
    }
    this.#ask("room.signal", { to, ...signal }).catch((problem) => {
      if (!this.closed && !problem.kind) this.waiting.push([to, signal]);
    });
  }

  async who() {
    return (await this.#ask("room.who").catch(() => ({ others: [] }))).others;
  }

  // A sign of life. Who is in the room now; null when nobody can say. A seat that is gone is asked for again.
  async alive() {
    if (!this.inside) return null;
    try {
      return (await this.#ask("room.alive")).peers;
    } catch (problem) {
      if (problem.kind === "missing" && !this.closed) this.enter();
      return null;
    }
  }

  async leave() {
    if (this.inside) await this.#ask("room.leave").catch(() => {});
    this.close();
  }

  close() {
    this.closed = true;
    this.inside = this.wanted = false;
    this.socket.attentive(false);
    this.stops.forEach((stop) => stop());
  }

  #heard({ on, topic, data }) {
    if (on === "closed" && topic === `room:${this.id}/${this.seat.peer}`) return void this.enter();
    if (!on.startsWith("room.") || !topic?.startsWith(`room:${this.id}/`)) return;
    const news = { on, data: data ?? {} };
    if (this.inside) this.#emit("news", news);
    else this.early?.push(news);
  }

  #lost(code) {
    if (code === SIGNED_OUT) return this.#emit("news", { on: "room.withdrawn", data: {} });
    if (!this.inside) return;
    this.inside = false;
    this.#emit("lost");
  }

  #ask(command, fields = {}) {
    return this.socket.send(command, { room: this.id, ...fields });
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
