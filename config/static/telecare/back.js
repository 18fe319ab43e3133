// Back and forward: a browser may bring a page back as it stood when it was left, though what it shows may have been taken
// from its reader since. It is asked for anew, and shows nothing until the answer is there.
addEventListener("pagehide", ({ persisted }) => (document.documentElement.hidden = persisted));
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
