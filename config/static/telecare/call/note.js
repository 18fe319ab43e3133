// A part of the note that saves itself while it is written, and says so. Nothing is lost: what could not be saved stays in the
// fields, is tried again, and the page asks before it is left.

const PAUSE = 1200; // ms after the last key
const AGAIN = 5000; // ms after a failure

export function noteField(form) {
  const said = form.querySelector("[data-saved]");
  let timer = null;
  let running = null; // the save that is under way
  let dirty = false;
  let refused = false; // by the server, until something else is written

  function say(text, state) {
    said.textContent = text;
    said.className = `tc-st is-${state}`;
    said.hidden = !text;
  }

  // Returns whether everything is saved. What is under way is waited for: it carries words, and may not get there.
  async function save() {
    clearTimeout(timer);
    timer = null;
    while (running) await running;
    if (!dirty) return !refused;
    running = send();
    await running;
    return !dirty && !refused;
  }

  async function send() {
    dirty = refused = false;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
      const { version, text } = await answer.json();
      if (answer.ok) form.elements.version.value = String(version);
      say(text, answer.ok ? "ok" : "urgent");
      refused = !answer.ok && answer.status < 500;
      dirty ||= answer.status >= 500;
    } catch {
      dirty = true;
      say(form.dataset.unsaved, "watch");
      timer = setTimeout(save, AGAIN);
    } finally {
      running = null;
      if (dirty && !timer) later();
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => ((timer = null), save()), PAUSE);
  }

  form.addEventListener("input", () => {
    dirty = true;
    later();
  });
  form.addEventListener("focusout", save);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dirty = true;
    save();
  });
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.addEventListener("click", () => {
      const field = form.querySelector("textarea");
      const source = document.querySelector(button.dataset.insert);
      const text = (source?.dataset.text ?? source?.innerText ?? "").trim();
      field.setRangeText(`${field.value && !field.value.endsWith("\n") ? "\n" : ""}${text}\n`, field.value.length, field.value.length, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  }
  addEventListener("beforeunload", (event) => {
    if (dirty || running) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    if (dirty || running) navigator.sendBeacon?.(form.action, new FormData(form));
  });
  return save;
}
