// Small comforts; every page works without them.
"use strict";

document.documentElement.classList.add("script");

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const box = document.querySelector("input[type=search]");
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "/" && box && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});
