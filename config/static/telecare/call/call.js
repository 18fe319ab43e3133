// A call: our seat in the room and a connection to everyone else in it. Knows no page; see stage.js.
import { Peer } from "./peer.js";
import { Room } from "./signalling.js";

const ALIVE = 15_000; // ms

// Events: "joined" {peer} · "left" {peer} · "status" {status: connecting, inside, lost, ended, replaced, withdrawn, refused} ·
// and those of the peers, with `peer` in the detail
export class Call extends EventTarget {
  peers = new Map();
  status = "connecting";

  constructor({ socket, room, media }) {
    super();
    this.media = media;
    this.room = new Room(socket, room);
    this.room.addEventListener("entered", ({ detail }) => this.#entered(detail));
    this.room.addEventListener("news", ({ detail }) => this.#news(detail));
    this.room.addEventListener("lost", () => this.#become("lost"));
    this.room.addEventListener("refused", ({ detail }) => this.#over("refused", detail));
    media.addEventListener("camera", ({ detail }) => this.#follow("video", detail));
    media.addEventListener("microphone", ({ detail }) => this.#follow("audio", detail));
    this.timer = setInterval(() => this.#beat(), ALIVE);
    media.addEventListener("change", () => this.peers.forEach((peer) => peer.tellState()));
  }

  join() {
    return this.room.enter();
  }

  async leave() {
    await this.room.leave();
    this.#over("left");
  }

  // Write to everyone. Returns whether somebody got it.
  say(text) {
    return [...this.peers.values()].map((peer) => peer.say(text)).some(Boolean);
  }

  #entered({ resumed, peer: own, others, missed, incomplete, ice }) {
    this.own = own;
    this.ice = ice;
    if (!resumed) this.#clear();
    for (const news of missed) this.#news(news);
    const present = new Set(others.map((other) => other.peer));
    for (const id of [...this.peers.keys()]) if (!present.has(id)) this.#drop(id);
    for (const other of others) {
      if (this.peers.has(other.peer)) this.peers.get(other.peer).recover(incomplete);
      else this.#add(other, !resumed);
    }
    this.#become("inside");
  }

  async #news({ on, data }) {
    if (on === "room.signal") await (this.peers.get(data.from) ?? this.#add({ peer: data.from }, false)).receive(data);
    else if (on === "room.joined") this.#add(data, false);
    else if (on === "room.back") this.peers.get(data.peer)?.recover();
    else if (on === "room.left") this.#drop(data.peer);
    else if (on === "room.ended") this.#over("ended");
    else if (on === "room.replaced") this.#over("replaced");
    else if (on === "room.withdrawn") this.#over("withdrawn");
  }

  // `offers`: we are the newcomer for this person
  #add({ peer: id, role, name }, offers) {
    const known = this.peers.get(id);
    if (known) return known;
    const peer = new Peer({
      id,
      role,
      name,
      offers,
      ice: this.ice,
      media: this.media,
      send: (to, signal) => this.room.signal(to, signal),
    });
    this.peers.set(id, peer);
    for (const event of ["stream", "live", "weak", "code", "line", "theirs", "text", "still"]) {
      peer.addEventListener(event, ({ detail }) => this.#emit(event, { ...detail, peer }));
    }
    this.#emit("joined", { peer });
    if (name === undefined) this.#learnNames();
    return peer;
  }

  // a word that somebody has left may have been lost: who was there before we asked and is not now has left
  async #beat() {
    const known = [...this.peers.keys()];
    const present = await this.room.alive();
    if (present) for (const id of known) if (!present.includes(id)) this.#drop(id);
  }

  // names are asked for over our own socket; the news carry none
  async #learnNames() {
    for (const other of await this.room.who()) {
      const peer = this.peers.get(other.peer);
      if (!peer || peer.name !== undefined) continue;
      Object.assign(peer, { name: other.name, role: other.role });
      this.#emit("named", { peer });
    }
  }

  #follow(kind, track) {
    for (const peer of this.peers.values()) peer.follow(kind, track);
  }

  #drop(id) {
    const peer = this.peers.get(id);
    if (!peer) return;
    this.peers.delete(id);
    peer.close();
    this.#emit("left", { peer });
  }

  #clear() {
    for (const id of [...this.peers.keys()]) this.#drop(id);
  }

  #over(status, problem) {
    clearInterval(this.timer);
    this.room.close();
    this.#clear();
    this.#become(status, problem);
  }

  #become(status, problem) {
    this.status = status;
    this.#emit("status", { status, problem });
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
