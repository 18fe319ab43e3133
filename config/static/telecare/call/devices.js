// Step one of a visit: do loudspeaker, microphone and camera work? Each says in words what it is and what to do.

const LOUD = 0.06; // level of a voice, of 1

export class Devices {
  constructor(root, media) {
    this.root = root;
    this.media = media;
    this.cards = Object.fromEntries([...root.querySelectorAll("[data-device]")].map((card) => [card.dataset.device, card]));
    this.#buttons();
    media.addEventListener("change", () => this.#show());
    this.#show();
  }

  #buttons() {
    const press = {
      "test-sound": () => this.#sound(),
      "heard": () => this.#state("speaker", "ok"),
      "microphone": () => this.#open("microphone"),
      "camera": () => this.#open("camera"),
      "no-camera": () => this.#without(),
    };
    for (const [name, action] of Object.entries(press)) {
      for (const button of this.root.querySelectorAll(`[data-press="${name}"]`)) button.addEventListener("click", action);
    }
  }

  // Two soft tones, made here: no file has to come over a weak line.
  async #sound() {
    const context = new AudioContext();
    for (const [at, pitch] of [[0, 523], [0.35, 659]]) {
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, context.currentTime + at);
      volume.gain.linearRampToValueAtTime(0.3, context.currentTime + at + 0.05);
      volume.gain.linearRampToValueAtTime(0, context.currentTime + at + 0.32);
      tone.connect(volume).connect(context.destination);
      tone.start(context.currentTime + at);
      tone.stop(context.currentTime + at + 0.34);
    }
    setTimeout(() => context.close(), 1500);
    this.#state("speaker", "asked");
  }

  async #open(device) {
    this.#state(device, "asking");
    if (device === "microphone") await this.media.openMicrophone();
    else await this.media.openCamera();
    this.#show();
  }

  #without() {
    this.media.withoutCamera();
    this.#state("camera", "without");
  }

  #show() {
    const { media } = this;
    if (media.sound) {
      if (this.cards.microphone.dataset.now !== "ok") this.#state("microphone", "listening");
      this.#level();
    } else if (media.problems.microphone) {
      this.#state("microphone", media.problems.microphone);
    }
    const video = this.cards.camera.querySelector("video");
    video.srcObject = media.picture ? new MediaStream([media.picture]) : null;
    video.hidden = !media.picture;
    if (media.picture) this.#state("camera", "ok");
    else if (media.problems.camera) this.#state("camera", media.problems.camera);
    else if (this.cards.camera.dataset.now === "ok") this.#state("camera", "without");
  }

  // the level of the voice, and once it was loud enough: "we hear you"
  #level() {
    if (this.meter) return;
    const meter = this.cards.microphone.querySelector("meter");
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream([this.media.sound])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    meter.hidden = false;
    this.meter = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const level = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
      meter.value = Math.min(1, level * 6);
      if (level > LOUD) this.#state("microphone", "ok");
      if (!this.media.sound) this.stop();
    }, 120);
    this.context = context;
  }

  stop() {
    clearInterval(this.meter);
    this.meter = null;
    this.context?.close();
    this.context = null;
  }

  #state(device, state) {
    const card = this.cards[device];
    if (!card || card.dataset.now === state) return;
    card.dataset.now = state;
    for (const part of card.querySelectorAll("[data-at]")) part.hidden = !part.dataset.at.split(" ").includes(state);
    const disc = card.querySelector(".tc-disc");
    const shown = card.querySelector(`[data-at~="${state}"] .tc-st, .tc-st[data-at~="${state}"]`);
    const look = [...(shown?.classList ?? [])].find((name) => name.startsWith("is-"));
    if (disc && look) disc.className = `tc-disc ${look}`;
  }
}
