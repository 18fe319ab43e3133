// How moments are written, as config/formats.py does it: in the time zone of the deployment, which [data-zone] names.
const language = document.documentElement.lang;
const timeZone = document.querySelector("[data-zone]")?.dataset.zone;

export const clock = (at) => at.toLocaleTimeString("de", { hour: "2-digit", minute: "2-digit", timeZone });
export const longDay = (at) => at.toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long", timeZone });
export const dayOf = (at) => at.toLocaleDateString("sv", { timeZone }); // 2026-11-23
