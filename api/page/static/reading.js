// A chosen file is sent and read while its question is being typed, so that the answer need not wait for it.

const form = document.querySelector("form[data-drop]");
const file = form.querySelector("input[type=file]");
const said = form.querySelector(".dropped");
const sending = form.querySelector(".sending");
const heading = document.querySelector("h1");
let sent = new AbortController();
let reading = null; // whether the chosen file can be asked, once it is known

function tell(words, wrong = false) {
  said.textContent = words;
  said.hidden = !words;
  said.classList.toggle("wrong", wrong);
}

// What was asked about before stays until the new file has been read.
function take(page) {
  for (const field of form.querySelectorAll("input[type=hidden]")) field.remove();
  form.prepend(...page.querySelectorAll("form[data-drop] input[type=hidden]"));
  heading.replaceChildren(...page.querySelector("h1").childNodes);
  document.querySelector("form.forget")?.remove();
  form.after(page.querySelector("form.forget"));
  file.removeAttribute("name");
  file.required = false;
}

async function read(chosen) {
  const body = new FormData();
  body.append("file", chosen);
  tell(`${chosen.name} is being read. You can type meanwhile.`);
  let page;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" }, signal: sent.signal });
    if (answer.status >= 500) throw new Error(answer.statusText);
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch (error) {
    if (error.name !== "AbortError") tell("");
    return error.name !== "AbortError"; // it goes with the question, and what is wrong is told then
  }
  if (page.querySelector("form[data-drop] [name=handle]")) {
    take(page);
    tell(`${chosen.name} has been read.`);
    return true;
  }
  tell(page.querySelector(".alert")?.textContent ?? "The file could not be read.", true);
  file.value = "";
  return false;
}

file.addEventListener("change", () => {
  sent.abort();
  sent = new AbortController();
  reading = null;
  tell("");
  if (!file.files.length) return;
  file.name = "file"; // until it has been read, it goes with the question as it does without scripts
  const mine = (reading = read(file.files[0]));
  mine.finally(() => reading === mine && (reading = null));
});

form.addEventListener("submit", async (event) => {
  if (!reading) return;
  event.preventDefault();
  let ready;
  while (reading) ready = await reading; // another file may be chosen meanwhile
  sending.hidden = true;
  if (ready) form.requestSubmit();
});
