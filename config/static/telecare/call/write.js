// The page of the note: the own part saves itself; signing waits until everything is saved.
import { noteField } from "./note.js";

const form = document.querySelector("[data-note]");
if (form) {
  const save = noteField(form);
  for (const other of document.querySelectorAll("form[data-after-saving]")) {
    other.addEventListener("submit", async (event) => {
      if (other.dataset.saved) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!(await save())) return;
      other.dataset.saved = "yes";
      setTimeout(() => other.requestSubmit()); // a form that is being submitted cannot be asked to
    }, { capture: true });
  }
}
