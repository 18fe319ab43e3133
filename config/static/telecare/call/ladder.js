// How much picture a line can carry. Pure: it gets a sample every two seconds and says which step to be on.
// Sound always goes first; a line that climbs and falls again has to be good for longer before the next try.

export const STEPS = [
  { name: "full", width: 640, height: 480, bitrate: 500_000, frames: 24, need: 300_000 },
  { name: "small", width: 320, height: 240, bitrate: 110_000, frames: 12, need: 130_000 },
  { name: "tiny", width: 160, height: 120, bitrate: 40_000, frames: 8, need: 65_000 },
  { name: "still", need: 40_000 },
  { name: "sound", need: 26_000 },
  { name: "telephone", need: 0 },
];
export const INTERVAL = 2000; // ms between samples
const GOOD_FOR = 20_000; // ms of good line before the next step up
const LONGEST = 160_000;
const CLEAN = 0.05; // up to this loss a line counts as good: it carries a picture well
const FALLS_BACK = 10_000; // falling within this time after a step up counts against the line
const SETTLES = 6000; // ms after an outage, until reports no longer tell of it
const SOUND = STEPS.findIndex((step) => step.name === "sound");
const HOPELESS_FOR = 10_000; // ms of sound that cannot be understood before the telephone is offered

export class Ladder {
  constructor() {
    this.step = 0;
    this.bad = 0;
    this.goodSince = null;
    this.patience = GOOD_FOR;
    this.climbedAt = null;
    this.settledAt = -Infinity;
    this.changedAt = -Infinity; // what was reported before tells of another step, or of the outage
  }

  // The line is back after an outage: what was lost in it says nothing of what the line carries now.
  back(now) {
    this.settledAt = now + SETTLES;
    this.changedAt = now;
    this.bad = 0;
  }

  // sample: {loss: 0…1 or null, roundTrip: seconds or null, available: bit/s or null}, now: ms. Returns the step's index.
  next(sample, now) {
    if (now < this.settledAt) return this.step;
    const loss = sample.loss ?? 0;
    const roundTrip = sample.roundTrip ?? 0;
    const need = STEPS[this.step].need;
    const starved = sample.available !== null && sample.available < need * 0.8;
    const awful = loss > 0.25 || (sample.available !== null && sample.available < need * 0.4);
    const poor = awful || starved || loss > 0.1 || roundTrip > 1.5;
    if (poor) this.#worse(awful, loss, now);
    else this.#better(loss, sample.available, now);
    return this.step;
  }

  #worse(awful, loss, now) {
    this.goodSince = null;
    this.bad += 1;
    if (this.step >= SOUND) {
      this.hopelessSince ??= now;
      const lost = loss > 0.3 && now - this.hopelessSince >= HOPELESS_FOR;
      if (lost && this.step === SOUND) this.#go(1, now);
      return;
    }
    if (!awful && this.bad < 2) return;
    if (this.climbedAt !== null && now - this.climbedAt < FALLS_BACK) {
      this.patience = Math.min(this.patience * 2, LONGEST);
    }
    this.#go(1, now);
    this.climbedAt = null;
  }

  #better(loss, available, now) {
    this.bad = 0;
    this.hopelessSince = undefined;
    if (loss > CLEAN) {
      this.goodSince = null;
      return;
    }
    this.goodSince ??= now;
    if (this.step === 0) {
      if (now - this.goodSince > LONGEST) this.patience = GOOD_FOR;
      return;
    }
    // below the moving picture nothing is sent that could prove the room for it: time alone decides
    const moving = STEPS[this.step].bitrate !== undefined;
    const room = !moving || available === null || available > STEPS[this.step - 1].need;
    if (now - this.goodSince >= this.patience && room) {
      this.#go(-1, now);
      this.goodSince = now;
      this.climbedAt = now;
    }
  }

  #go(down, now) {
    this.step += down;
    this.bad = 0;
    this.changedAt = now;
  }
}
