// Fills the foot of the page with what the headers of this very answer say: `Server-Timing`, which scripts can read.
// On a page that comes from the cache, the rest of the foot is as old as the page: there is what it cost to make.
const WORDS = {
  hit: "From the cache",
  stored: "Made just now, and kept",
  shared: "Made just now, for several at once",
  passed: "Passed by the cache",
  made: "Made for you, and not kept",
};

const [visit] = performance.getEntriesByType("navigation");
const told = Object.fromEntries((visit?.serverTiming ?? []).map((one) => [one.name, one]));
const panel = document.querySelector(".panel");

if (panel && told.outcome) {
  const put = (name, text) => { panel.querySelector(`[data-panel=${name}]`).textContent = text; };
  const cold = Number(panel.querySelector("[data-panel=cold]").dataset.micros) / 1000;
  const now = told.now.duration;
  const age = Number(told.age.description);

  panel.dataset.outcome = told.outcome.description;
  put("outcome", WORDS[told.outcome.description]);
  put("age", age < 60 ? `${age} s` : `${Math.floor(age / 60)} min ${age % 60} s`);
  put("now", now < 1 ? `${Math.round(now * 1000)} µs` : `${now.toPrecision(3)} ms`);
  put("gain", told.outcome.description === "hit" ? `${Math.round(cold / now)}×` : "–");
  put("status", told.status.description);
}
