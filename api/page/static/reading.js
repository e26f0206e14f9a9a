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

// Until it is read, the file goes with the question as it does without scripts.
function sendWithQuestion() {
  for (const field of form.querySelectorAll("input[type=hidden]")) field.remove();
  file.name = "file";
  file.required = true;
}

async function read(chosen) {
  const body = new FormData();
  body.append("file", chosen);
  tell(`${chosen.name} is being read. You can type meanwhile.`);
  let page;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" }, signal: sent.signal });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch (error) {
    if (error.name !== "AbortError") tell("");
    return error.name !== "AbortError"; // it goes with the question, and what is wrong is told then
  }
  const fields = page.querySelectorAll("form[data-drop] input[type=hidden]");
  if (!fields.length) {
    tell(page.querySelector(".alert")?.textContent ?? "The file could not be read.", true);
    file.value = "";
    return false;
  }
  form.prepend(...fields);
  heading.replaceChildren(...page.querySelector("h1").childNodes);
  file.removeAttribute("name");
  file.required = false;
  tell(`${chosen.name} is read.`);
  return true;
}

file.addEventListener("change", () => {
  sent.abort();
  sent = new AbortController();
  tell("");
  reading = null;
  if (!file.files.length) return;
  sendWithQuestion();
  const mine = (reading = read(file.files[0]));
  mine.finally(() => reading === mine && (reading = null));
});

form.addEventListener("submit", async (event) => {
  if (!reading) return;
  event.preventDefault();
  const ready = await reading;
  sending.hidden = true;
  if (ready) form.requestSubmit();
});
