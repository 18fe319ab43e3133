// The page's one socket to the gateway: telecare.v1, DESIGN §6 and messaging/realtime/README.md.
//
// It exports `socket` and `open` (an example with the word import here would be taken for one when files are collected).
//   const topic = open("thread:7f…", { after: 41, onEvent(event) {}, onReset() {}, onClosed(problem) {} });   topic.close();
//   await socket.send("thread.send", { thread, cid, text });      // rejects with {kind, text}, or {lost: true} without a line
//   const stop = socket.on("open" | "close" | "event", (detail) => …);
//
// It connects when somebody first uses it, comes back by itself with growing pauses, opens every topic again after the last
// seq that was seen, notices lost hints by the heads, and says in [data-connection] how it stands (connection.js).
const BEAT = 25_000; // ms between heartbeats
const PATIENCE = 10_000; // ms for the answer to one
const LONGEST_PAUSE = 30_000;
const FINAL = { 4401: "signed-out", 4403: "refused" };

class Line {
  #ws = null;
  #id = 0;
  #asked = new Map(); // id → {resolve, reject}
  #topics = new Map(); // name → {after, epoch, handlers}
  #heard = { open: new Set(), close: new Set(), event: new Set() };
  #failures = 0;
  #timer = 0;
  #beat = 0;
  #ended = false;

  get isOpen() {
    return this.#ws?.readyState === WebSocket.OPEN;
  }

  on(kind, listener) {
    this.#heard[kind].add(listener);
    this.#connect();
    return () => this.#heard[kind].delete(listener);
  }

  send(command, fields = {}) {
    this.#connect();
    if (!this.isOpen) return Promise.reject({ lost: true });
    const id = ++this.#id;
    this.#ws.send(JSON.stringify({ id, do: command, ...fields }));
    return new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
  }

  open(name, { after, epoch, ...handlers }) {
    const topic = { after, epoch, handlers };
    this.#topics.set(name, topic);
    this.#connect();
    if (this.isOpen) this.#listen(name, topic);
    return {
      close: () => {
        if (this.#topics.get(name) !== topic) return;
        this.#topics.delete(name);
        if (this.isOpen) this.send("close", { topic: name }).catch(() => {});
      },
    };
  }

  #connect() {
    if (this.#ws || this.#timer || this.#ended) return;
    const ws = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/ws/`, "telecare.v1");
    this.#ws = ws;
    ws.onopen = () => {
      this.#tell("open");
      for (const [name, topic] of this.#topics) this.#listen(name, topic);
      this.#emit("open");
      this.#beat = setInterval(() => this.#check(), BEAT);
    };
    ws.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    ws.onclose = ({ code, reason }) => this.#lost(ws, code, reason);
  }

  #listen(name, topic) {
    const fields = { topic: name };
    if (topic.after !== undefined) fields.after = topic.after;
    if (topic.epoch) fields.epoch = topic.epoch;
    this.send("open", fields).then(
      ({ head, epoch }) => {
        this.#failures = 0;
        topic.epoch = epoch;
        if (head !== null && topic.after === undefined) topic.after = head;
      },
      (problem) => {
        if (problem.lost || problem.kind === "failed") return;
        this.#topics.delete(name);
        topic.handlers.onClosed?.(problem);
      },
    );
  }

  #receive(frame) {
    if ("re" in frame) {
      const asked = this.#asked.get(frame.re);
      this.#asked.delete(frame.re);
      if (frame.error) asked?.reject(frame.error);
      else asked?.resolve(frame.ok);
      return;
    }
    const topic = this.#topics.get(frame.topic);
    if (frame.on === "heads") return this.#compare(frame.data);
    if (frame.on === "resync") return this.#resync();
    if (frame.on === "reset" && topic) {
      Object.assign(topic, { after: 0, epoch: frame.data.epoch });
      topic.handlers.onReset?.(frame);
    } else if (frame.on === "closed" && topic) {
      this.#topics.delete(frame.topic);
      topic.handlers.onClosed?.(frame.data);
    } else if (topic && frame.seq !== undefined) {
      if (frame.seq <= (topic.after ?? -1)) return; // seen already
      topic.after = frame.seq;
      topic.handlers.onEvent?.(frame);
    } else {
      topic?.handlers.onEvent?.(frame);
    }
    this.#emit("event", frame);
  }

  // A head beyond what we saw means a lost hint: open again, and what is missing comes
  #compare(heads) {
    for (const [name, head] of Object.entries(heads)) {
      const topic = this.#topics.get(name);
      if (topic && topic.after !== undefined && head > topic.after) this.#listen(name, topic);
    }
  }

  #resync() {
    for (const [name, topic] of this.#topics) {
      if (topic.after === undefined) topic.handlers.onReset?.({});
      else this.#listen(name, topic);
    }
  }

  async #check() {
    const ws = this.#ws;
    const late = setTimeout(() => this.#lost(ws, 4009, ""), PATIENCE);
    await this.send("ping").catch(() => {});
    clearTimeout(late);
  }

  #lost(ws, code, reason) {
    if (this.#ws !== ws) return;
    ws.onopen = ws.onmessage = ws.onclose = null;
    ws.close();
    this.#ws = null;
    clearInterval(this.#beat);
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject({ lost: true });
    this.#emit("close", { code });
    if (FINAL[code]) {
      this.#ended = true;
      this.#tell(FINAL[code]);
      return;
    }
    this.#tell("closed");
    const wait = Number(/\d+/.exec(reason)?.[0]) * 1000 || Math.min(500 * 2 ** this.#failures++, LONGEST_PAUSE);
    this.#timer = setTimeout(() => this.#again(), wait * (0.5 + Math.random() / 2) + (code === 1012 ? Math.random() * 3000 : 0));
  }

  #again() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#connect();
  }

  // The network is back, or somebody looks at the page again: do not wait for the pause to end
  wake() {
    if (this.#timer) this.#again();
    else if (this.isOpen) this.#check();
  }

  #emit(kind, detail) {
    for (const listener of this.#heard[kind]) listener(detail);
  }

  #tell(state) {
    document.dispatchEvent(new CustomEvent("telecare:connection", { detail: state }));
  }
}

export const socket = new Line();
export const open = (topic, handlers = {}) => socket.open(topic, handlers);

addEventListener("online", () => socket.wake());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && socket.wake());
