// "Link" copies the address of its passage, "Cite" a hit as one would cite it. Without this, "Link" only leads there.

if (navigator.clipboard) {
  document.documentElement.classList.add("copies");
  document.addEventListener("click", async (event) => {
    const chosen = event.target.closest("[data-copy]");
    if (!chosen || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await navigator.clipboard.writeText(chosen.dataset.copy || chosen.href);
    chosen.classList.add("copied");
    document.getElementById("status").textContent = "Copied";
    setTimeout(() => chosen.classList.remove("copied"), 1500);
  });
}
