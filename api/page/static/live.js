// Searches while somebody types, and when something that narrows the search is chosen. The fused order comes at once,
// without the reranker; the reranked one settles in when typing rests, but never under a pointer that moves over the hits,
// nor around what was opened or has the focus.

const PAUSE = 120; // ms without a key until the fused order is asked for
const REST = 350; // ms more until the reranked one is
const SHORTEST = 2; // characters

const form = document.querySelector("header form.search");
const input = form.elements.q;
const content = document.getElementById("content");
let asking = new AbortController();
let waiting = 0;
let settled = null; // the reranked page, while it must not be shown yet
let pointed = false; // the pointer has moved over the hits since they were shown

function addressOf(form) {
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form)) if (value) address.searchParams.append(name, value);
  if (address.searchParams.get("mode") === "hybrid") address.searchParams.delete("mode");
  return address;
}

async function page(address, signal) {
  const answer = await fetch(address, { headers: { accept: "text/html" }, signal });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

const same = (field) => content.querySelector(`.narrowing [name="${CSS.escape(field.name)}"]${field.type === "checkbox" ? `[value="${CSS.escape(field.value)}"]` : ""}`);

function show(fresh) {
  settled = null;
  pointed = false;
  const held = document.activeElement.closest(".narrowing input");
  const open = content.querySelector(".facets")?.open;
  document.title = fresh.title;
  content.replaceChildren(...fresh.getElementById("content").childNodes);
  const facets = content.querySelector(".facets");
  if (open && facets) facets.open = true;
  if (held) same(held)?.focus();
  for (const old of form.querySelectorAll("[name=filter]")) old.remove(); // what is chosen goes with the next question
  form.append(...fresh.querySelectorAll("header form.search [name=filter]"));
}

const inUse = () => {
  const hits = content.querySelector(".hits");
  return hits !== null && ((pointed && hits.matches(":hover")) || hits.contains(document.activeElement) || hits.querySelector("details[open]"));
};

function settle(fresh) {
  if (!inUse()) return show(fresh);
  settled = fresh;
  const offer = content.querySelector(".reading");
  if (!offer) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "offer";
  button.textContent = "show the order after reading";
  button.addEventListener("click", () => show(fresh));
  offer.replaceChildren(button);
}

async function search(form) {
  asking.abort();
  const { signal } = (asking = new AbortController());
  const address = addressOf(form);
  const fused = new URL(address);
  fused.searchParams.set("fused", "1");
  try {
    show(await page(fused, signal));
    history.replaceState(null, "", address);
    await new Promise((done) => setTimeout(done, REST));
    if (signal.aborted) return;
    settle(await page(address, signal));
  } catch (error) {
    if (error.name !== "AbortError") document.getElementById("status").textContent = "The search did not work. Press Enter.";
  }
}

input.addEventListener("input", () => {
  clearTimeout(waiting);
  asking.abort(); // what was asked for is no longer wanted
  if (input.value.trim().length >= SHORTEST) waiting = setTimeout(search, PAUSE, form);
});
form.addEventListener("submit", () => (clearTimeout(waiting), asking.abort()));
content.addEventListener("change", ({ target }) => {
  const narrowing = target.closest("form.narrowing");
  if (narrowing?.checkValidity()) search(narrowing);
});
document.documentElement.classList.add("live");
content.addEventListener("pointermove", (event) => (pointed ||= Boolean(event.target.closest(".hits"))));
for (const kind of ["pointerout", "focusout"]) {
  content.addEventListener(kind, () => setTimeout(() => settled && !inUse() && show(settled), 50));
}
