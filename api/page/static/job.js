// Looks at a job once a second and shows what has changed, until it has finished.

const again = async () => {
  const shown = document.getElementById("job");
  if (!("working" in shown.dataset)) return;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const job = fresh.getElementById("job");
    if (job && job.outerHTML !== shown.outerHTML) {
      const held = shown.contains(document.activeElement) && document.activeElement.type === "submit";
      shown.replaceWith(job);
      document.title = fresh.title;
      if (held) job.querySelector("button")?.focus();
      if (!("working" in job.dataset)) document.getElementById("status").textContent = job.querySelector("h1").textContent;
    }
  } catch {
    // The service is away for a moment: the next look may find it.
  }
  setTimeout(again, 1000);
};

setTimeout(again, 500);
