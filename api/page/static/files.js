// Files and folders that are dropped anywhere on the page go into its form; while they are sent, it shows how far they are.

const form = document.querySelector("form[data-drop]");
const said = form.querySelector(".dropped");
const sending = form.querySelector(".sending");
const single = form.querySelector("input[type=file]:not([multiple], [webkitdirectory])");
let dropped = []; // [{file, path}]

const whole = (reader) => new Promise((done, failed) => reader.readEntries(done, failed));

async function* filesOf(entry) {
  if (entry.name.startsWith(".")) return;
  if (entry.isFile) {
    yield { file: await new Promise((done, failed) => entry.file(done, failed)), path: entry.fullPath.slice(1) };
    return;
  }
  const reader = entry.createReader();
  for (let some = await whole(reader); some.length; some = await whole(reader)) {
    for (const inner of some) yield* filesOf(inner);
  }
}

function tell(words, wrong = false) {
  said.textContent = words;
  said.hidden = false;
  said.classList.toggle("wrong", wrong);
}

function tooMuch(files) {
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  if (files.length > form.dataset.mostFiles) {
    return `${files.length} files are more than the ${form.dataset.mostFiles} that go at once. Use winnow ingest.`;
  }
  if (bytes > form.dataset.mostBytes) return `${(bytes / 1e6).toFixed(1)} MB are more than go at once. Use winnow ingest.`;
  return "";
}

addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  form.classList.add("over");
});
addEventListener("dragleave", (event) => event.relatedTarget || form.classList.remove("over"));

addEventListener("drop", async (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  form.classList.remove("over");
  if (single) {
    if (event.dataTransfer.files.length !== 1) return tell("This page searches in one file at a time: drop it alone.", true);
    single.files = event.dataTransfer.files;
    single.dispatchEvent(new Event("change"));
    form.querySelector("[name=q]").focus();
    return;
  }
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  const found = entries.length ? [] : [...event.dataTransfer.files].map((file) => ({ file, path: file.name }));
  for (const entry of entries) for await (const one of filesOf(entry)) found.push(one);
  const wrong = found.length ? tooMuch(found) : "There is no file in it.";
  dropped = wrong ? [] : found;
  const names = found.slice(0, 3).map(({ path }) => path).join(", ");
  tell(wrong || `${names}${found.length > 3 ? ` and ${found.length - 3} more` : ""}: ready to be added.`, Boolean(wrong));
  form.querySelector("button").focus();
});

// Dropped files are not in the form's own fields, which could not hold the paths of a folder.
form.addEventListener("submit", (event) => {
  if (single) sending.hidden = false;
  if (!dropped.length) return;
  event.preventDefault();
  const body = new FormData();
  body.append("collection", form.elements.collection.value);
  for (const { file, path } of dropped) body.append("files", file, path);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("accept", "text/html");
  sending.hidden = false;
  request.upload.onprogress = ({ loaded, total }) => Object.assign(sending, { value: loaded, max: total });
  request.onerror = () => ((sending.hidden = true), tell("They could not be sent. Try again.", true));
  request.onload = () => {
    if (request.status === 200) return location.assign(request.responseURL);
    sending.hidden = true;
    const refusal = new DOMParser().parseFromString(request.responseText, "text/html").querySelector(".alert");
    tell(refusal ? refusal.textContent : "They could not be added.", true);
  };
  request.send(body);
});
addEventListener("pageshow", () => (sending.hidden = true)); // somebody came back
