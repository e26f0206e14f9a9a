// The keyboard: / to the question, arrows through the hits, Enter opens one, ? tells the keys.

const dialog = document.getElementById("keys");
const typing = () => document.activeElement.matches("input:not([type=radio], [type=file], [type=submit]), select, textarea");
const titles = () => [...document.querySelectorAll(".hits .hit :is(h2, h3) a")];

function step(by) {
  const links = titles();
  const at = links.indexOf(document.activeElement.closest(".hit")?.querySelector("h2 a, h3 a"));
  const next = links[at + by];
  if (next) next.focus();
  else if (at + by < 0) document.getElementById("q")?.focus();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog.open) return;
  const question = document.getElementById("q");
  const arrow = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (arrow && titles().length && (document.activeElement === question || !typing())) {
    if (document.activeElement === question && arrow < 0) return;
    step(arrow);
  } else if (event.key === "Escape" && question && document.activeElement !== question) question.focus();
  else if (typing()) return;
  else if (event.key === "/" && question) (question.focus(), question.select());
  else if (event.key === "?") dialog.showModal();
  else return;
  event.preventDefault();
});

const button = document.getElementById("show-keys");
button.hidden = false;
button.addEventListener("click", () => dialog.showModal());
