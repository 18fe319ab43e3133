// Words beside the picture: written from browser to browser over the data channel, kept nowhere.

export function textPanel(root, call) {
  const panel = root.querySelector("[data-text]");
  const list = panel.querySelector("ol");
  const form = panel.querySelector("form");
  const field = form.querySelector("input, textarea");
  const toggle = root.querySelector("[data-toggle-text]");
  const count = toggle?.querySelector("[data-unread]");
  let unread = 0;

  function add(name, text, own) {
    const item = panel.querySelector("template").content.firstElementChild.cloneNode(true);
    item.querySelector("[data-who]").textContent = name;
    item.querySelector("[data-what]").textContent = text;
    item.classList.toggle("tc-msg--own", own);
    list.append(item);
    item.scrollIntoView({ block: "nearest" });
  }

  function show(open) {
    panel.hidden = !open;
    toggle?.setAttribute("aria-expanded", String(open));
    if (!open) return;
    unread = 0;
    if (count) count.hidden = true;
    field.focus();
  }

  toggle?.addEventListener("click", () => show(panel.hidden));
  panel.querySelector("[data-close]")?.addEventListener("click", () => (show(false), toggle?.focus()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    const sent = call.say(text);
    panel.querySelector("[data-unsent]").hidden = sent;
    if (!sent) return;
    add(panel.dataset.me, text, true);
    field.value = "";
  });
  call.addEventListener("text", ({ detail }) => {
    add(detail.peer.name ?? "", detail.text, false);
    if (!panel.hidden) return;
    unread += 1;
    if (!count) return show(true);
    count.hidden = false;
    count.textContent = String(unread);
  });
}
