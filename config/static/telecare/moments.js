// How moments are written, as config/formats.py does it.
const language = document.documentElement.lang;

export const clock = (at) => at.toLocaleTimeString("de", { hour: "2-digit", minute: "2-digit" });
export const longDay = (at) => at.toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
export const dayOf = (at) =>
  [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
