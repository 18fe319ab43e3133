// The thread of a care team, live. Without this script the page reads and sends by itself; with it, nothing is loaded anew.
import { open, socket } from "./socket.js";
import { clock, dayOf, longDay } from "./moments.js";

const list = document.getElementById("thread");
const form = document.getElementById("write");
const text = document.getElementById("text");
const scroll = list.parentElement;
const { thread, epoch, after, me, messages } = list.dataset;
const name = `thread:${thread}`;
const people = new Map();
const roles = new Map();
for (const term of document.querySelectorAll("#roles dt")) roles.set(term.textContent, term.nextElementSibling.textContent);
function meet() {
  for (const item of document.querySelectorAll("#people li")) {
    people.set(item.dataset.person, { item, name: item.dataset.name, seq: Number(item.dataset.seq) });
  }
}
meet();
let last = Number(after);

// -- showing

const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

function initials(of) {
  const words = of.replaceAll("-", " ").split(/\s+/).filter((word) => word && !word.endsWith("."));
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : (words[0] ?? "?").slice(0, 2)).toUpperCase();
}

function bubble(kind, { seq, cid, body, at, sender }) {
  const item = copy(`bubble-${kind}`);
  item.dataset.cid = cid;
  if (seq) item.dataset.seq = seq;
  item.querySelector(".tc-bub p, p.tc-bub").textContent = body;
  if (kind === "other") {
    item.querySelector(".tc-ava").textContent = initials(sender.name);
    item.querySelector(".tc-b").textContent = sender.name || (roles.get(sender.role) ?? "");
    item.querySelector(".tc-m").textContent = [roles.get(sender.role), clock(at)].filter(Boolean).join(" · ");
  }
  if (kind === "own") readers(item, clock(at));
  return item;
}

function readers(item, time) {
  let line = item.querySelector("p.tc-row:last-child");
  time ??= line.firstChild.data.trim();
  if (!line.querySelector("svg")) {
    const whole = copy("bubble-own").querySelector("p.tc-row:last-child");
    line.replaceWith(whole);
    line = whole;
  }
  const others = [...people.values()].filter((one) => one.item.dataset.person !== me);
  const read = others.filter((one) => one.seq >= Number(item.dataset.seq)).map((one) => one.name);
  const all = read.length > 0 && read.length === others.length;
  const words = all ? list.dataset.readByAll : `${list.dataset.readBy} ${read.join(", ")}`;
  line.firstChild.data = `${time} `;
  line.querySelector("svg").toggleAttribute("hidden", !read.length);
  line.lastChild.data = read.length ? ` ${words}` : "";
}

function add(item, at) {
  document.getElementById("nothing")?.remove();
  const near = scroll.scrollTop > -80; // the column is reversed: 0 is the end
  const days = list.querySelectorAll("[data-day]");
  if (days[days.length - 1]?.dataset.day !== dayOf(at)) {
    const day = copy("day");
    day.dataset.day = dayOf(at);
    day.textContent = longDay(at);
    list.append(day);
  }
  list.append(item);
  if (near) scroll.scrollTop = 0;
}

function show(event) {
  const { cid, text: body, sent_at, sender } = event.data;
  const at = new Date(sent_at);
  last = event.seq;
  const waiting = list.querySelector(`.tc-msg--unsent[data-cid="${CSS.escape(cid)}"]`);
  waiting?.remove();
  if (list.querySelector(`[data-seq="${event.seq}"]`)) return;
  const kind = sender.person === me ? "own" : "other";
  add(bubble(kind, { seq: event.seq, cid, body, at, sender }), at);
  for (const unsent of list.querySelectorAll(".tc-msg--unsent")) list.append(unsent); // they come after what was sent
  preview(thread, sender.person === me, sender.name, body, at);
  if (!people.has(sender.person)) newcomer(sender.person);
  read();
}

function preview(of, own, author, body, at) {
  const entry = document.querySelector(`#inbox [data-thread="${CSS.escape(of)}"]`);
  if (!entry) return;
  entry.querySelector("[data-text]").textContent = body.slice(0, 90);
  entry.querySelector("[data-at]").textContent = clock(at);
  entry.querySelector("[data-author]").textContent = own ? entry.parentElement.dataset.you : author;
  if (of !== thread) entry.querySelector("[data-new]").hidden = own;
  entry.parentElement.prepend(entry);
}

// -- reading

let told = last;
let soon = 0;

function read() {
  clearTimeout(soon);
  if (document.visibilityState !== "visible" || last <= told) return;
  soon = setTimeout(() => {
    const seq = last;
    socket.send("thread.read", { thread, seq }).then(() => (told = Math.max(told, seq)), () => {});
  }, 400);
}

function marked({ data: { person, seq } }) {
  const one = people.get(person);
  if (!one) return newcomer(person);
  if (seq <= one.seq) return;
  one.seq = seq;
  one.item.querySelector("[data-until]").textContent = `${list.dataset.until} ${clock(new Date())}`;
  tellReaders();
}

function tellReaders() {
  for (const item of list.querySelectorAll(".tc-msg--own[data-seq]:not(.tc-msg--unsent)")) {
    if (Number(item.dataset.seq) > 0) readers(item);
  }
}

// Somebody reads along who did not when the page was made: only the server may say who that is. Messages are not asked for,
// since those that a page brings count as read
const asked = new Set();

async function newcomer(person) {
  if (asked.has(person)) return;
  asked.add(person);
  try {
    const response = await fetch(`${location.pathname}?before=1`, { headers: { Accept: "text/html" } });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const id of ["people", "crowd"]) document.getElementById(id).replaceWith(page.getElementById(id));
    meet();
    tellReaders();
  } catch {
    asked.delete(person); // the network is away: the next mark asks again
  }
}

document.addEventListener("visibilitychange", read);

// -- writing

const unsent = new Set();

const say = (cid, body) => socket.send("thread.send", { thread, cid, text: body }, { again: true });

async function send(cid, body) {
  await (socket.isOpen ? say(cid, body) : byForm(cid, body));
  unsent.delete(cid);
}

// where no socket gets through: the way of the form, until one of both works
async function byForm(cid, body) {
  for (;;) {
    if (socket.isOpen) return say(cid, body);
    const fields = new FormData(form);
    fields.set("cid", cid);
    fields.set("text", body);
    try {
      const response = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "application/json" } });
      if (response.ok) return await response.json();
      if (response.status < 500) throw { kind: "refused", text: "" };
    } catch (problem) {
      if (problem.kind) throw problem;
    }
    await new Promise((again) => setTimeout(again, 3000));
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
  const body = text.value.trim();
  if (!body) return text.focus();
  const cid = crypto.randomUUID?.() ?? form.elements.cid.value;
  const item = bubble("unsent", { cid, body });
  const at = new Date();
  unsent.add(cid);
  item.hidden = true; // a quick answer makes no flicker
  setTimeout(() => (item.hidden = false), 700);
  add(item, at);
  text.value = "";
  grow();
  send(cid, body).catch((problem) => {
    item.remove();
    unsent.delete(cid);
    text.value = [body, text.value].filter(Boolean).join("\n");
    text.setCustomValidity(problem.text || " ");
    text.reportValidity();
  });
});

text.addEventListener("input", () => {
  text.setCustomValidity("");
  grow();
});

function grow() {
  text.rows = Math.min(text.value.split("\n").length, 6);
}

text.addEventListener("keydown", (event) => {
  const touch = matchMedia("(pointer: coarse)").matches;
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !touch) {
    event.preventDefault();
    form.requestSubmit();
  }
});

addEventListener("beforeunload", (event) => {
  if (unsent.size) event.preventDefault();
});

// -- listening

open(name, {
  after: Number(after),
  epoch,
  onEvent: (event) => (event.on === "thread.message" ? show(event) : marked(event)),
  onReset: () => location.reload(),
  onClosed: ({ kind }) => kind === "missing" && location.reload(),
  poll: async (seq) => {
    const response = await fetch(`${messages}?after=${seq}`, { headers: { Accept: "application/json" } });
    return response.ok ? (await response.json()).events : [];
  },
});

for (const entry of document.querySelectorAll("#inbox [data-thread]")) {
  const other = entry.dataset.thread;
  if (other === thread) continue;
  open(`thread:${other}`, {
    onEvent: ({ on, data }) =>
      on === "thread.message" &&
      preview(other, data.sender.person === me, data.sender.name, data.text, new Date(data.sent_at)),
  });
}
read();
