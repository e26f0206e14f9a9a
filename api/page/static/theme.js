// Light or dark: as the system has it, until something else is chosen here. Runs before the page is painted.

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const remembered = () => {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // this browser keeps nothing
  }
};
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

if (remembered()) root.dataset.theme = remembered();

addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("theme");
  const tell = () => button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
  button.hidden = false;
  tell();
  system.addEventListener("change", tell);
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    tell();
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // then it holds for this page only
    }
  });
});
