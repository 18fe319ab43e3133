// Forms: sent once, first mistake gets the focus, data-submit-on-change sends at once, data-digits keeps digits only.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  if (form) form.requestSubmit();
});
document.addEventListener("input", (event) => {
  const field = event.target.closest("input[data-digits]");
  if (!field) return;
  const digits = field.value.replace(/\D/g, "").slice(0, Number(field.dataset.digits) || undefined);
  if (digits !== field.value) field.value = digits;
});

document.querySelector('[aria-invalid="true"]')?.focus();
