// Comfort only: every page works without it.
"use strict";

document.documentElement.classList.add("scripted");

// Menus close when something else is pressed, and with Escape.
const menus = "details.ask, details.drawer";
const closeMenus = (but) => {
  for (const menu of document.querySelectorAll(menus)) {
    if (menu.open && !menu.contains(but)) menu.open = false;
  }
};
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.activeElement?.closest(menus);
    closeMenus(null);
    open?.querySelector("summary")?.focus();
  }
  // A slash leads to the search, unless somebody is writing.
  const isWriting = event.target.matches("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !isWriting && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

// What can be copied has a button.
const sources = navigator.clipboard ? document.querySelectorAll("[data-copy]") : [];
for (const source of sources) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  source.after(button);
}

// Nobody sends a form twice.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", () => {
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  });
}
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[method=post] button")) button.disabled = false;
});

// What is still under way is looked at again, unless somebody is reading what they opened.
const underWay = document.querySelector("[data-look-again]");
if (underWay) {
  setInterval(() => {
    if (!document.hidden && !document.querySelector("details.ask[open]")) location.reload();
  }, Number(underWay.dataset.lookAgain) * 1000);
}
