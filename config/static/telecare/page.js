// Behaviours that every page shares. Pages work without them; see the named modules.
import "./back.js";
import "./connection.js";
import "./dialog.js";
import "./forms.js";
import "./menu.js";

// htmx sends Django's token with every request that changes something
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf"]');
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

// a button that prints the page is shown where scripts run
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
