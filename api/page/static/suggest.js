// Completes the question on the first page with titles of the collection that is chosen.

const input = document.getElementById("q");
const collection = document.getElementById("collection");
const completions = document.getElementById("completions");
let asking = new AbortController();
let waiting = 0;

async function complete() {
  asking.abort();
  const { signal } = (asking = new AbortController());
  const prefix = input.value.trim().slice(0, 200);
  if (prefix.length < 2 || collection.value === "*") return completions.replaceChildren();
  const address = `/v1/collections/${encodeURIComponent(collection.value)}/suggest?limit=6&prefix=${encodeURIComponent(prefix)}`;
  try {
    const { suggestions = [] } = await (await fetch(address, { signal })).json();
    completions.replaceChildren(...suggestions.map((text) => Object.assign(document.createElement("option"), { value: text })));
  } catch {
    // It is only a help.
  }
}

input?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(complete, 120);
});
