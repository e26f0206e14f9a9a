// "Relevant" and "Not relevant" are kept without loading the page again. The button that is pressed takes it back.

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.judge");
  const chosen = event.submitter;
  if (!form || !chosen) return;
  event.preventDefault();
  const body = new FormData(form);
  body.append("grade", chosen.value);
  let kept = false;
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    kept = answer.type === "opaqueredirect"; // it would lead back here
  } catch {
    // told below
  }
  form.classList.toggle("failed", !kept);
  document.getElementById("status").textContent = kept ? "Kept" : "This was not kept";
  if (!kept) return;
  for (const button of form.querySelectorAll("button")) {
    const pressed = button === chosen && chosen.value !== "none";
    button.setAttribute("aria-pressed", pressed);
    button.value = pressed ? "none" : button.dataset.grade;
  }
});
