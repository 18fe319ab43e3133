// A click needs the same button from its beginning to its end: what keeps a page current replaces nothing in between.
//   if (pressing()) onceReleased(refresh);
let down = false;
const waiting = new Set();

export const pressing = () => down;
export const onceReleased = (call) => waiting.add(call);

function released() {
  setTimeout(() => {
    down = false; // after the click that follows
    for (const call of waiting) call();
    waiting.clear();
  });
}

document.addEventListener("pointerdown", () => (down = true), true);
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, released, true);
