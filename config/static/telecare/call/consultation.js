// The call's page for staff: the room at once, values as they come, the note that saves itself.
import { stayAwake } from "./awake.js";
import { Call } from "./call.js";
import { open, socket as line } from "../socket.js";
import { Media } from "./media.js";
import { followMedium } from "./medium.js";
import { noteField } from "./note.js";
import { Stage } from "./stage.js";
import { textPanel } from "./text.js";

const root = document.querySelector("[data-consultation]");
const { consultation: room, patient, organisation } = root.dataset;

followMedium(room, root);
if (patient) open(`patient:${patient}`);
if (organisation) open(`waiting:${organisation}`);
line.on("event", ({ on, topic }) => {
  if (on === "measurement.new" || on === "limit.changed") refresh("values");
  if (on === "note.saved" || on.startsWith("task.")) refresh("note");
  if (on === "waiting.changed" || on === "waiting.unattended") refresh("waiting");
  if (on === "consultation.changed" && topic === `room:${room}`) changed();
});

// parts of the page are fetched anew by htmx: <div hx-trigger="fresh" data-fresh="values">
function refresh(part) {
  for (const place of root.querySelectorAll(`[data-fresh="${part}"]`)) place.dispatchEvent(new Event("fresh"));
}

function changed() {
  refresh("waiting");
  refresh("note");
}

const note = root.querySelector("[data-note]");
if (note) noteField(note);
clock(document.querySelector("[data-clock]"));

// a form that htmx has sent is empty again for the next one
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target instanceof HTMLFormElement && target.dataset.again !== undefined && detail.successful) target.reset();
});

const stage = root.querySelector("[data-stage]");
if (stage) begin(stage);

async function begin(place) {
  const media = new Media();
  await media.open();
  stayAwake();
  const call = new Call({ socket: line, room, media });
  new Stage(place, call, media);
  textPanel(place, call);
  place.querySelector("[data-unmute] button").addEventListener("click", () => {
    for (const video of place.querySelectorAll("video")) video.play();
    place.querySelector("[data-unmute]").hidden = true;
  });
  place.addEventListener("telecare:line", ({ detail }) => {
    for (const hint of root.querySelectorAll("[data-phone-hint]")) hint.hidden = detail !== "telephone";
  });
  call.addEventListener("status", ({ detail: { status, problem } }) => {
    if (status === "ended") location.assign(root.dataset.noteUrl);
    if (["refused", "replaced", "withdrawn"].includes(status)) media.close();
    const message = root.querySelector("[data-trouble]");
    message.hidden = !["refused", "replaced", "withdrawn"].includes(status);
    if (problem?.text) message.querySelector("[data-said]").textContent = problem.text;
    for (const word of message.querySelectorAll("[data-because]")) word.hidden = word.dataset.because !== status;
  });
  await call.join();
}

function clock(place) {
  if (!place) return;
  const shown = place.querySelector("[data-since]");
  let since = Date.parse(shown.dataset.since);
  document.addEventListener("telecare:call", ({ detail }) => {
    if (detail === "inside" && !since) since = Date.now();
  });
  const show = () => {
    if (!since) return;
    place.hidden = false;
    const seconds = Math.max(0, Math.floor((Date.now() - since) / 1000));
    shown.textContent = [seconds / 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
  };
  setInterval(show, 1000);
  show();
}
