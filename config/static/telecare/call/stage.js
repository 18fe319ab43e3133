// The stage: pictures of the others, our own small one, controls, and the line in words.
import { STEPS } from "./ladder.js";

// Words stand in the page: <template data-words> with one element for each key.
function words(root) {
  const found = new Map();
  for (const item of root.querySelector("template[data-words]").content.children) {
    found.set(item.dataset.key, { text: item.textContent.trim(), state: item.dataset.state ?? "" });
  }
  return found;
}

export class Stage {
  constructor(root, call, media) {
    Object.assign(this, { root, call, media, words: words(root), pictures: new Map(), lines: new Map() });
    this.others = root.querySelector("[data-others]");
    this.self = root.querySelector("[data-self]");
    this.chip = root.querySelector("[data-line]");
    this.names = root.querySelector("[data-names]");
    this.code = root.querySelector("[data-code]");
    this.#controls();
    this.#follow();
    this.showSelf();
  }

  showSelf() {
    const video = this.self.querySelector("video");
    const stream = this.media.picture ? new MediaStream([this.media.picture]) : null;
    video.srcObject = stream;
    this.self.hidden = !stream;
    for (const [device, on] of Object.entries(this.media.state)) {
      const button = this.root.querySelector(`[data-toggle="${device}"]`);
      if (!button) continue;
      button.setAttribute("aria-pressed", String(on));
      for (const face of button.querySelectorAll("[data-when]")) face.hidden = (face.dataset.when === "on") !== on;
    }
  }

  #controls() {
    const press = { microphone: () => this.media.toggleMicrophone(), camera: () => this.media.toggleCamera() };
    for (const [device, action] of Object.entries(press)) {
      this.root.querySelector(`[data-toggle="${device}"]`)?.addEventListener("click", action);
    }
    this.media.addEventListener("change", () => this.showSelf());
  }

  #follow() {
    const { call } = this;
    call.addEventListener("joined", ({ detail }) => this.#add(detail.peer));
    call.addEventListener("named", () => this.#showNames());
    call.addEventListener("left", ({ detail }) => this.#remove(detail.peer));
    call.addEventListener("stream", ({ detail }) => this.#play(detail.peer, detail.stream));
    call.addEventListener("theirs", ({ detail }) => this.#theirState(detail.peer, detail));
    call.addEventListener("still", ({ detail }) => this.#still(detail.peer, detail.blob));
    call.addEventListener("code", ({ detail }) => this.#showCode(detail.code));
    for (const name of ["live", "weak", "line", "theirs", "left"]) {
      call.addEventListener(name, ({ detail }) => this.#judge(detail.peer));
    }
    call.addEventListener("status", ({ detail }) => this.#status(detail.status));
  }

  #add(peer) {
    const figure = this.root.querySelector("template[data-picture]").content.firstElementChild.cloneNode(true);
    this.others.append(figure);
    this.pictures.set(peer.id, figure);
    this.others.dataset.count = String(this.pictures.size);
    this.#showNames();
  }

  #remove(peer) {
    this.pictures.get(peer.id)?.remove();
    this.pictures.delete(peer.id);
    this.lines.delete(peer.id);
    this.others.dataset.count = String(this.pictures.size);
    this.#showNames();
  }

  async #play(peer, stream) {
    const figure = this.pictures.get(peer.id);
    const video = figure?.querySelector("video");
    if (!video) return;
    if (video.srcObject !== stream) {
      video.srcObject = stream;
      video.requestVideoFrameCallback?.(() => {
        performance.mark("telecare:first-frame");
        figure.dataset.live = "yes";
        this.#emptyOrNot(figure);
      });
    }
    try {
      await video.play();
      this.root.querySelector("[data-unmute]").hidden = true;
    } catch (problem) {
      // the browser wants a press before it plays sound
      if (problem.name === "NotAllowedError") this.root.querySelector("[data-unmute]").hidden = false;
    }
  }

  #theirState(peer, state) {
    const figure = this.pictures.get(peer.id);
    if (!figure) return;
    figure.dataset.camera = state.camera ? "on" : "off";
    figure.dataset.step = STEPS[state.step]?.name ?? "full";
    figure.dataset.stepNumber = String(STEPS[state.step] ? state.step : 0);
    figure.querySelector("[data-muted]").hidden = Boolean(state.microphone);
    this.#emptyOrNot(figure);
  }

  #still(peer, blob) {
    const image = this.pictures.get(peer.id)?.querySelector("img");
    if (!image) return;
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(blob);
    image.closest("figure").dataset.stillAt = String(Date.now());
    this.#emptyOrNot(image.closest("figure"));
  }

  // which of the three is seen: the moving picture, the still one, or the initials
  #emptyOrNot(figure) {
    const { live, camera, step, stillAt } = figure.dataset;
    const moving = Boolean(live) && camera !== "off" && !["still", "sound", "telephone"].includes(step);
    const still = !moving && camera !== "off" && step === "still" && Boolean(stillAt);
    figure.querySelector("video").classList.toggle("is-hidden", !moving);
    figure.querySelector("img").hidden = !still;
    figure.querySelector("[data-initials]").hidden = moving || still;
  }

  // The worst of our own line and theirs, in words. Good lines say nothing.
  #judge(peer) {
    if (peer && this.call.peers.has(peer.id)) {
      const theirs = Number(this.pictures.get(peer.id)?.dataset.stepNumber ?? 0);
      this.lines.set(peer.id, { live: peer.live, step: Math.max(peer.ladder.step, theirs) });
    }
    const lines = [...this.lines.values()];
    const away = lines.some((line) => !line.live);
    const step = Math.max(0, ...lines.map((line) => line.step));
    const key = away ? "away" : STEPS[step].name;
    this.#say(lines.length && key !== "full" ? key : "");
    this.root.dispatchEvent(new CustomEvent("telecare:line", { detail: key }));
  }

  #status(status) {
    if (status === "lost") this.#say("away");
    if (status === "inside") this.#judge();
    this.root.dispatchEvent(new CustomEvent("telecare:call", { detail: status, bubbles: true }));
  }

  #say(key) {
    const said = this.words.get(key);
    this.chip.hidden = !said;
    if (!said || this.chip.dataset.key === key) return void (this.chip.dataset.key = key);
    this.chip.dataset.key = key;
    this.chip.className = `tc-chip is-${said.state}`;
    this.chip.firstElementChild.className = `tc-st is-${said.state}`;
    this.chip.firstElementChild.textContent = said.text;
  }

  #showCode(code) {
    if (!this.code) return;
    this.code.hidden = false;
    this.code.querySelector("[data-digits]").textContent = code || this.words.get("unverified").text;
    this.code.classList.toggle("is-urgent", !code);
  }

  #showNames() {
    const names = [...this.call.peers.values()].map((peer) => peer.name).filter(Boolean);
    if (this.names) {
      this.names.textContent = names.join(", ");
      this.names.hidden = !names.length;
    }
    for (const [id, figure] of this.pictures) {
      const name = this.call.peers.get(id)?.name ?? "";
      figure.querySelector("[data-name]").textContent = name;
      figure.querySelector("[data-initials]").textContent = initials(name);
    }
    this.root.querySelector("[data-alone]").hidden = this.pictures.size > 0;
  }
}

function initials(name) {
  const parts = name.replace(/^(Dr\.|Prof\.)\s*/g, "").split(/\s+/).filter(Boolean);
  return [parts[0], parts.length > 1 ? parts.at(-1) : ""].map((part) => part?.[0] ?? "").join("").toUpperCase();
}
