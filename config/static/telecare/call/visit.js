// The page of a patient or guest: check the devices, wait, talk. One page, so that the phone asks once for its camera.
import { socket as line } from "../socket.js";
import { stayAwake } from "./awake.js";
import { Call } from "./call.js";
import { Devices } from "./devices.js";
import { Media } from "./media.js";
import { followMedium } from "./medium.js";
import { Stage } from "./stage.js";
import { textPanel } from "./text.js";
import { Waiting } from "./waiting.js";

const root = document.querySelector("[data-visit]");
const room = root.dataset.visit;
const media = new Media();
let weak = false;
const steps = Object.fromEntries([...root.querySelectorAll("[data-step]")].map((step) => [step.dataset.step, step]));
const devices = new Devices(steps.check, media);
const waiting = new Waiting(steps.waiting, room, () => ({ sound: Boolean(media.sound), picture: Boolean(media.picture), weak }));
let call = null;

function show(name) {
  for (const [key, step] of Object.entries(steps)) step.hidden = key !== name;
  document.title = steps[name].dataset.title;
  document.body.classList.toggle("tc-incall", name === "call");
  const heading = steps[name].querySelector("h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: name === "call" });
}

async function sitDown(more) {
  devices.stop();
  show("waiting");
  describe();
  await waiting.sit(more);
}

function describe() {
  const state = media.sound && media.picture ? "both" : media.sound ? "sound" : "text";
  for (const word of steps.waiting.querySelectorAll("[data-ready]")) word.hidden = word.dataset.ready !== state;
}

async function talk() {
  if (call) return;
  waiting.sitting = false;
  await media.open();
  stayAwake();
  show("call");
  call = new Call({ socket: line, room, media });
  const stage = new Stage(steps.call, call, media);
  textPanel(steps.call, call);
  stage.root.addEventListener("telecare:line", ({ detail }) => (steps.call.querySelector("[data-phone-hint]").hidden = detail !== "telephone"));
  call.addEventListener("status", ({ detail }) => ended(detail));
  await call.join();
}

function ended({ status, problem }) {
  if (status === "refused" && problem.kind === "denied") return void back();
  const key = { ended: "ended", left: "left", replaced: "replaced", withdrawn: "withdrawn", refused: problem?.kind === "missing" ? "withdrawn" : "ended" }[status];
  if (!key) return;
  media.close();
  call = null;
  waiting.close();
  for (const part of steps.over.querySelectorAll("[data-because]")) part.hidden = !part.dataset.because.split(" ").includes(key);
  show("over");
}

// the seat is gone and nobody has let us in again: wait
function back() {
  call = null;
  sitDown();
}

// a guest has nowhere to sign in: the invitation has ended
function nobody() {
  if (root.dataset.guest === undefined) location.reload();
  else if (steps.over.hidden) ended({ status: "withdrawn" });
}

async function goOn() {
  if (!media.sound && !media.problems.microphone) await media.openMicrophone();
  await sitDown();
}

root.querySelectorAll("[data-go='wait']").forEach((button) => button.addEventListener("click", goOn));
root.querySelectorAll("[data-go='call-me']").forEach((button) => {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    await sitDown({ wants_call: true });
    steps.waiting.querySelector("[data-called]").hidden = false;
  });
});
steps.call.querySelector("[data-go='by-phone']")?.addEventListener("click", async () => {
  await call?.leave();
  show("waiting");
  steps.waiting.querySelector("[data-called]").hidden = false;
  await waiting.sit({ wants_call: true });
});
steps.call.querySelector("[data-go='hang-up']").addEventListener("click", () => call?.leave());
steps.call.querySelector("[data-unmute] button").addEventListener("click", () => {
  for (const video of steps.call.querySelectorAll("video")) video.play();
  steps.call.querySelector("[data-unmute]").hidden = true;
});
waiting.addEventListener("admitted", talk);
waiting.addEventListener("over", () => ended({ status: "ended" }));
media.addEventListener("change", () => (describe(), waiting.sitting && waiting.sit()));
line.on("close", () => (steps.waiting.querySelector("[data-offline]").hidden = false));
line.on("open", () => (steps.waiting.querySelector("[data-offline]").hidden = true));
document.addEventListener("telecare:connection", ({ detail }) => detail === "signed-out" && nobody());
navigator.connection?.addEventListener?.("change", measure);

function measure() {
  const speed = navigator.connection?.downlink ?? 10;
  weak = speed < 0.8;
  for (const word of root.querySelectorAll("[data-line-now]")) word.hidden = (word.dataset.lineNow === "weak") !== weak;
}

followMedium(room, root);
measure();
show(root.dataset.state === "new" ? "check" : "waiting");
if (root.dataset.state !== "new") media.open().then(() => sitDown());

// from here on nothing that is pressed is lost: on a slow line the page stands long before this module is there
for (const button of steps.check.querySelectorAll("button:disabled")) button.disabled = false;
