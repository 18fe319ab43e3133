// The keypad of the measuring page: writes into the number that has the focus (the first, else), like keys of a keyboard.
// <form data-keypad> holds the inputs in .tc-display and buttons with data-key="0…9 , delete". A full first number moves on.
const form = document.querySelector("form[data-keypad]");

if (form) {
  const fields = [...form.querySelectorAll(".tc-display input")];
  const keys = form.querySelector(".tc-keys");
  let active = fields.find((field) => field.getAttribute("aria-invalid") === "true") || fields.find((field) => !field.value) || fields[0];
  keys.hidden = false;

  for (const field of fields) {
    field.addEventListener("focus", () => (active = field));
    field.addEventListener("input", () => (field.value = clean(field)));
  }
  // The pad replaces the phone's own keyboard; a real keyboard still types.
  if (matchMedia("(pointer: coarse)").matches) for (const field of fields) field.inputMode = "none";
  active.focus();
  active.select();

  keys.addEventListener("mousedown", (event) => event.preventDefault()); // a tap leaves the focus in the number
  keys.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key || !active) return;
    const chosen = active.selectionStart !== active.selectionEnd && document.activeElement === active;
    if (key === "delete") active.value = chosen ? "" : active.value.slice(0, -1);
    else active.value = (chosen ? "" : active.value) + key;
    active.dispatchEvent(new Event("input", { bubbles: true }));
    if (event.detail === 0) return; // a key of the pad pressed by keyboard keeps the focus
    active.focus();
    active.setSelectionRange(active.value.length, active.value.length);
  });

  function clean(field) {
    const whole = field.dataset.decimals === "0";
    let text = field.value.replace(/\./g, ",").replace(whole ? /[^0-9]/g : /[^0-9,]/g, "");
    const [first, ...rest] = text.split(",");
    text = rest.length ? `${first},${rest.join("").slice(0, Number(field.dataset.decimals || 2))}` : first;
    return text.slice(0, 7);
  }
}
