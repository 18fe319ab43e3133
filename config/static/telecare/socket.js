// The page's one socket to the gateway: telecare.v1, DESIGN §6 and messaging/realtime/README.md.
//
// It exports `socket` and `open` (an example with the word import here would be taken for one when files are collected).
//   const topic = open("thread:7f…", { after: 41, epoch, onEvent(event) {}, onReset() {}, onClosed(problem) {},
//                                      poll: async (after) => [events] });   topic.close();
//   await socket.send("thread.send", { thread, cid, text }, { again: true });  // rejects with {kind, text}, or {lost: true}
//   const stop = socket.on("open" | "close" | "event", (detail) => …);
//
// It connects when somebody first uses it, comes back by itself with growing pauses, opens every topic again after the last
// seq that was seen, notices lost hints by the heads, and says in [data-connection] how it stands (connection.js).
// `again`: a command that may be repeated waits for the line and is sent anew when it broke before the answer.
// `poll`: asked every 5 s while no line gets through, for networks that block sockets.
// `attentive(true)`: in a call, where a dead line must be noticed within seconds.
const CALM = { silence: 50_000, longestPause: 30_000 }; // ms without a word (the heads come every 20 s); between two tries
const ATTENTIVE = { silence: 6000, longestPause: 1000, hurry: 20_000 }; // hurry: ms after a loss in which tries are short
const SHORT = 2000; // ms, the least that a try is given
const ASK = 2500; // ms between questions while attentive
const PATIENCE = 10_000; // ms for the answer when somebody comes back to the page
const WITHOUT = 8_000; // ms without a line, then topics are polled
const POLL = 5_000;
const FINAL = { 4401: "signed-out", 4403: "refused" };

class Line {
  #ws = null;
  #id = 0;
  #asked = new Map(); // id → {text, again, resolve, reject}
  #topics = new Map(); // name → {name, after, epoch, handlers, behind, polls}
  #heard = { open: new Set(), close: new Set(), event: new Set() };
  #failures = 0;
  #timer = 0;
  #silence = 0;
  #ended = false;
  #pace = CALM;
  #asking = 0;
  #wasOpen = false;
  #lostAt = performance.now();
  #took = 0; // ms, the last time to open

  constructor() {
    setInterval(() => this.#poll(), POLL);
  }

  get isOpen() {
    return this.#ws?.readyState === WebSocket.OPEN;
  }

  on(kind, listener) {
    this.#heard[kind].add(listener);
    this.#connect();
    return () => this.#heard[kind].delete(listener);
  }

  send(command, fields = {}, { again = false } = {}) {
    this.#connect();
    if (!this.isOpen && !again) return Promise.reject({ lost: true });
    const id = ++this.#id;
    const text = JSON.stringify({ id, do: command, ...fields });
    if (this.isOpen) this.#ws.send(text);
    return new Promise((resolve, reject) => this.#asked.set(id, { text, again, resolve, reject }));
  }

  open(name, { after, epoch, ...handlers }) {
    const topic = { name, after, epoch, handlers, behind: null, polls: false };
    this.#topics.set(name, topic);
    this.#connect();
    if (this.isOpen) this.#listen(topic);
    return {
      close: () => {
        if (this.#topics.get(name) !== topic) return;
        this.#topics.delete(name);
        this.send("close", { topic: name }).catch(() => {});
      },
    };
  }

  attentive(yes) {
    this.#pace = yes ? ATTENTIVE : CALM;
    clearInterval(this.#asking);
    if (yes) this.#asking = setInterval(() => this.isOpen && this.#anyWord(), ASK);
    if (this.#ws) this.#expectAWord(this.#pace.silence);
  }

  // The network is back, or somebody looks at the page again: do not wait for the pause to end
  wake() {
    if (this.#timer) {
      this.#failures = 0;
      this.#again();
    } else if (this.isOpen) {
      this.#expectAWord(PATIENCE);
      this.#anyWord();
    }
  }

  #anyWord() {
    this.send("close", { topic: "none" }).catch(() => {}); // any answer will do
  }

  #connect() {
    if (this.#ws || this.#timer || this.#ended) return;
    const ws = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/ws/`, "telecare.v1");
    const began = performance.now();
    this.#ws = ws;
    ws.onopen = () => ((this.#took = performance.now() - began), this.#opened());
    ws.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    ws.onclose = ({ code, reason }) => this.#lost(ws, code, reason);
    this.#expectAWord(this.#patience());
  }

  // How long a line may take to open. A try that began while nothing went through repeats its packets ever more seldom: in a
  // call it is given up soon for a fresh one, as long as the loss is recent; a line that has become slow is waited for later.
  #patience() {
    const { silence, hurry } = this.#pace;
    if (!hurry || performance.now() - this.#lostAt > hurry) return silence;
    return Math.min(silence, Math.max(SHORT, 4 * this.#took));
  }

  #opened() {
    this.#wasOpen = true;
    this.#expectAWord(this.#pace.silence);
    for (const topic of this.#topics.values()) this.#listen(topic);
    for (const { text, again } of this.#asked.values()) if (again) this.#ws.send(text);
    this.#tell("open");
    this.#emit("open");
  }

  #listen(topic) {
    const fields = { topic: topic.name };
    if (topic.after !== undefined) fields.after = topic.after;
    if (topic.epoch) fields.epoch = topic.epoch;
    this.send("open", fields).then(
      ({ head, epoch }) => {
        topic.epoch = epoch;
        if (head !== null && topic.after === undefined) topic.after = head;
      },
      (problem) => {
        if (problem.lost || problem.kind === "failed" || this.#topics.get(topic.name) !== topic) return;
        this.#topics.delete(topic.name);
        topic.handlers.onClosed?.(problem);
      },
    );
  }

  #receive(frame) {
    this.#failures = 0; // only now: a line may open and be refused
    this.#expectAWord(this.#pace.silence);
    if ("re" in frame) {
      const asked = this.#asked.get(frame.re);
      this.#asked.delete(frame.re);
      if (frame.error) asked?.reject(frame.error);
      else asked?.resolve(frame.ok);
    } else if (frame.on === "heads") this.#compare(frame.data);
    else if (frame.on === "resync") this.#resync();
    else this.#hear(frame);
  }

  #hear(frame) {
    const topic = this.#topics.get(frame.topic);
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

  // A head beyond what we saw, twice: a hint was lost. Open again, and what is missing comes
  #compare(heads) {
    for (const [name, head] of Object.entries(heads)) {
      const topic = this.#topics.get(name);
      if (topic?.after === undefined || head <= topic.after) continue;
      if (topic.behind === topic.after) this.#listen(topic);
      topic.behind = topic.after;
    }
  }

  // What has rows is made up for by the server; the rest is loaded anew by those who show it
  #resync() {
    for (const topic of this.#topics.values()) if (topic.after === undefined) topic.handlers.onReset?.({});
  }

  #lost(ws, code, reason) {
    if (this.#ws !== ws) return;
    if (this.#wasOpen) this.#lostAt = performance.now();
    this.#wasOpen = false;
    ws.onopen = ws.onmessage = ws.onclose = null;
    ws.close();
    this.#ws = null;
    clearTimeout(this.#silence);
    for (const [id, { again, reject }] of [...this.#asked]) {
      if (again && !FINAL[code]) continue;
      this.#asked.delete(id);
      reject({ lost: true });
    }
    this.#emit("close", { code });
    if (FINAL[code]) {
      this.#ended = true;
      this.#tell(FINAL[code]);
      return;
    }
    this.#tell("closed");
    const asked = code === 4429 ? Number(/\d+/.exec(reason)?.[0] ?? 10) * 1000 : 0;
    const pause = Math.min(500 * 2 ** this.#failures++, this.#pace.longestPause) + (code === 1012 ? 2000 : 0);
    this.#timer = setTimeout(() => this.#again(), asked + pause * (0.25 + 0.75 * Math.random()));
  }

  #again() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#connect();
  }

  // A dead line may take minutes to close by itself
  #expectAWord(within) {
    clearTimeout(this.#silence);
    const ws = this.#ws;
    this.#silence = setTimeout(() => this.#lost(ws, 1006, ""), within);
  }

  async #poll() {
    if (this.isOpen || this.#ended || performance.now() - this.#lostAt < WITHOUT || !navigator.onLine) return;
    for (const topic of this.#topics.values()) {
      if (!topic.handlers.poll || topic.polls) continue;
      topic.polls = true;
      try {
        for (const event of await topic.handlers.poll(topic.after ?? 0)) this.#hear(event);
      } catch {
        // the network is away: the next turn comes
      } finally {
        topic.polls = false;
      }
    }
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
