// Our own microphone and camera. The microphone is asked for first, the camera separately; either may be refused.
// What a person switched off stays off after a lost line and a reload of the page.

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 30 }, facingMode: "user" };
const STORE = "telecare.media";

// Events: "change" whenever sound or picture come, go, or are switched; "camera" {track or null}: the senders follow.
export class Media extends EventTarget {
  sound = null; // MediaStreamTrack or null
  picture = null;
  problems = { microphone: "", camera: "" }; // "", "refused", "missing", "busy"

  constructor(storage = sessionStorage) {
    super();
    this.storage = storage;
    this.wanted = { microphone: true, camera: true, ...read(storage) };
    this.stream = new MediaStream();
  }

  get state() {
    return { microphone: Boolean(this.sound?.enabled), camera: Boolean(this.picture) };
  }

  // Ask for the microphone. Returns whether we have it.
  async openMicrophone() {
    if (this.sound?.readyState === "live") return true;
    this.sound = await this.#ask("microphone", { audio: SOUND });
    if (this.sound) {
      this.sound.enabled = this.wanted.microphone;
      this.stream.addTrack(this.sound);
    }
    this.#changed();
    return Boolean(this.sound);
  }

  // Ask for the camera. Returns whether we have it.
  async openCamera() {
    if (this.picture?.readyState === "live") return true;
    this.#drop("picture");
    this.picture = await this.#ask("camera", { video: PICTURE });
    if (this.picture) {
      this.picture.contentHint = "motion";
      this.picture.addEventListener("ended", () => this.closeCamera());
      this.stream.addTrack(this.picture);
      this.#want({ camera: true });
    }
    this.dispatchEvent(new CustomEvent("camera", { detail: this.picture }));
    this.#changed();
    return Boolean(this.picture);
  }

  // Let go of the camera, so that its light goes out.
  closeCamera() {
    this.#drop("picture");
    this.dispatchEvent(new CustomEvent("camera", { detail: null }));
    this.#changed();
  }

  async toggleMicrophone() {
    if (!this.sound) {
      this.#want({ microphone: true });
      await this.openMicrophone();
      if (this.sound) this.dispatchEvent(new CustomEvent("microphone", { detail: this.sound }));
      return;
    }
    this.sound.enabled = !this.sound.enabled;
    this.#want({ microphone: this.sound.enabled });
    this.#changed();
  }

  async toggleCamera() {
    if (this.picture) {
      this.#want({ camera: false });
      this.closeCamera();
    } else {
      await this.openCamera();
    }
  }

  // The person chose to take part without a picture.
  withoutCamera() {
    this.#want({ camera: false });
    if (this.picture) this.closeCamera();
  }

  // Open what was wanted last time.
  async open() {
    await this.openMicrophone();
    if (this.wanted.camera) await this.openCamera();
  }

  close() {
    this.#drop("sound");
    this.#drop("picture");
  }

  #drop(name) {
    const track = this[name];
    if (!track) return;
    track.stop();
    this.stream.removeTrack(track);
    this[name] = null;
  }

  #want(change) {
    Object.assign(this.wanted, change);
    this.storage.setItem(STORE, JSON.stringify(this.wanted));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  async #ask(device, constraints) {
    this.problems[device] = "";
    try {
      if (!navigator.mediaDevices) throw new DOMException("no devices without https", "NotFoundError");
      return (await navigator.mediaDevices.getUserMedia(constraints)).getTracks()[0];
    } catch (problem) {
      const known = { NotAllowedError: "refused", NotFoundError: "missing", OverconstrainedError: "missing" };
      this.problems[device] = known[problem.name] ?? "busy";
      return null;
    }
  }
}

function read(storage) {
  try {
    return JSON.parse(storage.getItem(STORE) ?? "{}");
  } catch {
    return {};
  }
}
