// Shows in words whether news arrive at once. The socket client tells: document.dispatchEvent(
//   new CustomEvent("telecare:connection", { detail: "open" | "closed" | "signed-out" | "refused" })).
// Until it does, only "No network" is shown.
let socket = "";

function show() {
  const state = navigator.onLine ? socket : "offline";
  for (const place of document.querySelectorAll("[data-connection]")) {
    for (const word of place.querySelectorAll("[data-state]")) word.hidden = word.dataset.state !== state;
  }
}

document.addEventListener("telecare:connection", (event) => {
  socket = event.detail;
  show();
});
addEventListener("online", show);
addEventListener("offline", show);
show();
