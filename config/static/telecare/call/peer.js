// One connection to one other person: negotiation, ICE restart, tracks, a data channel.
// Only one of the two ever offers, the newcomer; the other asks for an offer (`wish`). Two offers at once need a rollback, and
// after one Chromium decodes the other's picture but shows it no more; simultaneous first offers can leave a pair stuck.
import { limit, preferRedundancy, SOUND_BITRATE, steerOpus } from "./codecs.js";
import { INTERVAL, Ladder, STEPS } from "./ladder.js";
import { sampleOf } from "./samples.js";
import { sendStill } from "./still.js";
import { Verification } from "./verify.js";

const PATIENCE = 3000; // ms of "disconnected" before ICE is restarted
const STILL_EVERY = 10_000; // ms
const AT_ONCE = 40; // candidates of one message

// Events: "stream" {stream} · "live" (connected) · "weak" (not connected) · "code" {code} · "line" {step} · "theirs" {step,
// microphone, camera} · "text" {text} · "still" {blob}
export class Peer extends EventTarget {
  constructor({ id, role, name, offers, ice, media, send }) {
    super();
    Object.assign(this, { id, role, name, offers, media, send });
    this.number = 0; // of the offer that was made or answered last
    this.turn = Promise.resolve();
    this.restarts = 0;
    this.ladder = new Ladder();
    this.stream = new MediaStream();
    this.connection = new RTCPeerConnection({ ...ice, bundlePolicy: "max-bundle" });
    this.#listen();
    this.#openChannel(id);
    for (const track of media.stream.getTracks()) this.connection.addTrack(track, media.stream);
    if (offers) this.#makeRoom();
    this.timer = setInterval(() => this.#measure(), INTERVAL);
  }

  // -- what comes from the other side

  // One signal after the other: of two offers at once the second would be answered with an offer.
  receive(signal) {
    const turn = this.turn.then(() => this.#received(signal));
    this.turn = turn.catch(() => {});
    return turn;
  }

  async #received({ description, candidates, wish }) {
    if (description?.type === "offer") await this.#answer(description);
    if (description?.type === "answer") await this.#settle(description);
    if (wish) this.#grant(wish);
    for (const candidate of candidates ?? []) {
      try {
        await this.connection.addIceCandidate(candidate.candidate ? candidate : null);
      } catch (problem) {
        // one of an offer that has been replaced meanwhile
        if (this.connection.signalingState !== "closed") console.info("candidate", problem.name);
      }
    }
  }

  async #answer({ sdp, number }) {
    if (this.offers || number < this.number) return;
    this.number = number;
    await this.connection.setRemoteDescription({ type: "offer", sdp: steerOpus(sdp) });
    preferRedundancy(this.connection);
    await this.connection.setLocalDescription();
    this.#sendDescription();
    await this.#applyStep();
  }

  // An offer that was said twice is answered twice: the second answer, or one to an older offer, says nothing new.
  async #settle({ sdp, number }) {
    if (number !== this.number || this.connection.signalingState !== "have-local-offer") return;
    await this.connection.setRemoteDescription({ type: "answer", sdp: steerOpus(sdp) });
    await this.#applyStep();
  }

  #grant(wish) {
    if (!this.offers) return;
    if (this.connection.signalingState === "have-local-offer") this.#sendDescription();
    else if (wish === "restart") this.connection.restartIce();
    else this.#offer();
  }

  // -- after the signalling was away

  // Say again what may have been lost. Our offer is repeated as it is; a line that does not work is negotiated anew.
  recover(thoroughly = false) {
    const { connection } = this;
    if (this.offers && connection.signalingState === "have-local-offer") this.#sendDescription();
    else if (thoroughly || !this.live) this.restart();
  }

  restart() {
    this.restarts += 1;
    if (this.offers) this.connection.restartIce();
    else this.send(this.id, { wish: "restart" });
  }

  get live() {
    return ["connected", "completed"].includes(this.connection.iceConnectionState);
  }

  // -- our tracks

  async follow(kind, track) {
    const sender = this.connection.getTransceivers().find((one) => one.receiver.track.kind === kind)?.sender;
    if (sender && (!track || this.#sends(sender))) await sender.replaceTrack(track);
    else if (track) this.connection.addTrack(track, this.media.stream);
    this.tellState();
    await this.#applyStep();
  }

  #sends(sender) {
    const transceiver = this.connection.getTransceivers().find((one) => one.sender === sender);
    return ["sendrecv", "sendonly"].includes(transceiver?.direction);
  }

  // -- the data channel

  say(text) {
    return this.#tell({ kind: "text", text });
  }

  tellState() {
    this.#tell({ kind: "state", ...this.media.state, step: this.ladder.step });
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.patience);
    this.channel.close();
    this.connection.close();
  }

  #tell(message) {
    if (this.channel.readyState !== "open") return false;
    this.channel.send(JSON.stringify(message));
    return true;
  }

  #openChannel() {
    this.channel = this.connection.createDataChannel("telecare", { negotiated: true, id: 1 });
    this.channel.binaryType = "arraybuffer";
    this.channel.addEventListener("open", () => {
      this.verification = new Verification(this.connection, (message) => this.#tell(message), !this.offers);
      this.verification.start();
      this.tellState();
    });
    this.channel.addEventListener("message", ({ data }) => this.#heard(data));
  }

  async #heard(data) {
    if (data instanceof ArrayBuffer) {
      this.#emit("still", { blob: new Blob([data], { type: "image/jpeg" }) });
      return;
    }
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message.kind === "text") this.#emit("text", { text: String(message.text).slice(0, 4000) });
    else if (message.kind === "state") this.#emit("theirs", message);
    else {
      const code = await this.verification?.receive(message);
      if (code !== undefined) this.#emit("code", { code });
    }
  }

  // -- negotiation and recovery

  #listen() {
    const { connection } = this;
    const batch = [];
    const sendBatch = () => {
      while (batch.length) this.send(this.id, { candidates: batch.splice(0, AT_ONCE) });
    };
    connection.addEventListener("negotiationneeded", () => this.#offer());
    connection.addEventListener("icecandidate", ({ candidate }) => {
      batch.push(candidate ? candidate.toJSON() : { candidate: "" });
      if (batch.length === 1) setTimeout(sendBatch, 20);
    });
    connection.addEventListener("iceconnectionstatechange", () => this.#iceChanged());
    connection.addEventListener("track", ({ track }) => {
      this.stream.addTrack(track);
      this.#emit("stream", { stream: this.stream, track });
    });
  }

  async #offer() {
    const { connection } = this;
    if (!this.offers) {
      if (connection.remoteDescription) this.send(this.id, { wish: "change" });
      return;
    }
    if (connection.signalingState !== "stable") return; // asked again when it is
    this.number += 1;
    preferRedundancy(connection);
    await connection.setLocalDescription();
    this.#sendDescription();
  }

  #sendDescription() {
    const { type, sdp } = this.connection.localDescription;
    this.send(this.id, { description: { type, sdp, number: this.number } });
  }

  // the newcomer's offer has room for sound and picture even where it sends none yet
  #makeRoom() {
    const kinds = this.connection.getTransceivers().map((one) => one.sender.track?.kind);
    for (const kind of ["audio", "video"]) {
      if (!kinds.includes(kind)) this.connection.addTransceiver(kind, { direction: "recvonly" });
    }
  }

  #iceChanged() {
    const state = this.connection.iceConnectionState;
    clearTimeout(this.patience);
    if (state === "failed") this.restart();
    if (state === "disconnected") {
      this.patience = setTimeout(() => this.connection.iceConnectionState === "disconnected" && this.restart(), PATIENCE);
    }
    if (this.live) {
      this.ladder.back(performance.now());
      this.#applyStep();
    }
    this.#emit(this.live ? "live" : "weak", { state });
  }

  // -- the ladder

  async #measure() {
    if (!this.live) return;
    const since = performance.now() - this.ladder.changedAt;
    const { sample, memory } = sampleOf(await this.connection.getStats(), this.memory, since);
    this.memory = memory;
    const before = this.ladder.step;
    const step = this.ladder.next(sample, performance.now());
    if (step !== before) {
      await this.#applyStep();
      this.tellState();
      this.#emit("line", { step });
    }
    const still = STEPS[step].name === "still" && this.media.picture;
    if (still && performance.now() - (this.stillAt ?? -STILL_EVERY) >= STILL_EVERY) {
      this.stillAt = performance.now();
      await sendStill(this.media.picture, this.channel);
    }
  }

  async #applyStep() {
    const step = STEPS[this.ladder.step];
    for (const sender of this.connection.getSenders()) {
      const kind = sender.track?.kind ?? (sender === this.pictureSender ? "video" : null);
      if (kind === "audio") await limit(sender, { bitrate: SOUND_BITRATE, priority: "high" });
      if (kind !== "video") continue;
      this.pictureSender = sender;
      const wanted = step.bitrate ? this.media.picture : null;
      if (sender.track !== wanted) await sender.replaceTrack(wanted);
      if (!wanted) continue;
      const scale = (wanted.getSettings().height ?? 480) / step.height;
      await limit(sender, { bitrate: step.bitrate, frames: step.frames, scale, priority: "low" });
    }
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
