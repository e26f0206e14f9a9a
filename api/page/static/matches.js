// Goes from match to match of a document: n and p, or the two buttons.

const place = document.getElementById("matches");

if (place) {
  const count = Number(place.dataset.count);
  let at = 0;
  const told = document.createElement("span");
  const button = (words, key, by) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "step";
    made.textContent = words;
    made.title = `${by > 0 ? "next" : "previous"} match (${key})`;
    made.setAttribute("aria-label", made.title);
    made.addEventListener("click", () => go(by));
    return made;
  };

  function go(by) {
    document.getElementById(`m${at}`)?.classList.remove("current");
    at = at === 0 ? first(by) : ((at - 1 + by + count) % count) + 1;
    const mark = document.getElementById(`m${at}`);
    mark.classList.add("current");
    mark.scrollIntoView({ block: "center" });
    told.textContent = `${at} of ${count}`;
  }

  // The first step leads to what stands nearest to the passage that was asked for.
  function first(by) {
    const mark = document.querySelector("#passage mark[id]");
    return mark ? Number(mark.id.slice(1)) : by > 0 ? 1 : count;
  }

  told.textContent = `${count} ${count === 1 ? "match" : "matches"}`;
  place.replaceChildren(button("‹", "p", -1), told, button("›", "n", 1));
  addEventListener("keydown", (event) => {
    const by = { n: 1, p: -1 }[event.key];
    if (!by || !place.isConnected || event.ctrlKey || event.metaKey || event.altKey || document.activeElement.matches("input, select, textarea")) return;
    go(by);
    event.preventDefault();
  });
}
