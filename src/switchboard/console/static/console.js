// Small comforts; every page works without them. It runs before the page is drawn, so that no page flashes.
"use strict";

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
root.classList.add("script");
function follow() {
  if (root.dataset.choice === "system") root.dataset.bsTheme = dark.matches ? "dark" : "light";
}
follow();
dark.addEventListener("change", follow);

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// A search box that was emptied begins another search: the trail shows the keystrokes of each as one line.
document.addEventListener("input", (event) => {
  const search = event.target.type === "search" && !event.target.value && event.target.form?.elements.search;
  if (!search) return;
  const now = Date.now().toString(16).padStart(12, "0");
  search.value = now + [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
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

document.addEventListener("click", async (event) => {
  const closes = event.target.closest(".toast .btn-close");
  if (closes) closes.closest(".toast").remove();
  const copies = event.target.closest("[data-copy]");
  if (copies) {
    const box = document.getElementById(copies.dataset.copy);
    box.select();
    try {
      await navigator.clipboard.writeText(box.value);
      tell("Copied.");
    } catch {
      tell("Press Ctrl+C to copy what is marked.");
    }
  }
});

// What a part of a page could not fetch is said, and the part stays as it was.
function tell(words, isBad = false) {
  const toast = document.createElement("div");
  toast.className = `toast show${isBad ? " bad" : ""}`;
  const body = document.createElement("div");
  body.className = "toast-body";
  body.textContent = words;
  toast.append(body);
  document.getElementById("toasts")?.append(toast);
  setTimeout(() => toast.remove(), 6000);
}
// A page has the title of its address: a part that comes into it brings none.
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const moves = ctx.push || ctx.replace || ctx.hx?.pushurl || ctx.hx?.replaceurl;
  if (!moves) ctx.title = null;
});
document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status >= 500) tell("That did not work just now. Try again in a moment.", true);
});
document.addEventListener("htmx:error", () => tell("Switchboard can not be reached just now.", true));
document.addEventListener("DOMContentLoaded", () => {
  for (const toast of document.querySelectorAll("[data-toast]")) setTimeout(() => toast.remove(), 8000);
});

// Charts: what a mark stands for, beside the pointer.
let tip;
document.addEventListener("pointermove", (event) => {
  const mark = event.target.closest?.("[data-tip]");
  if (!mark) {
    tip?.remove();
    tip = undefined;
    return;
  }
  if (!tip) {
    tip = document.createElement("div");
    tip.className = "tip";
    tip.setAttribute("aria-hidden", "true");
    document.body.append(tip);
  }
  tip.textContent = mark.dataset.tip;
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(left, 8)}px`;
  tip.style.top = `${Math.max(event.clientY - tip.offsetHeight - 12, 8)}px`;
});

// Files: dropped or chosen, sent as they are, with a bar that shows how far.
function send(form, file) {
  const bar = form.querySelector("progress");
  const told = form.querySelector(".told");
  const asked = new URLSearchParams({ name: file.name, kind: form.elements.kind.value });
  const request = new XMLHttpRequest();
  request.open("POST", `${form.dataset.upload}?${asked}`);
  request.setRequestHeader("X-Token", form.dataset.token);
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.addEventListener("load", () => {
    if (request.status === 200) location.assign(JSON.parse(request.responseText).to);
    else if (request.status === 401) location.reload();
    else {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      told.textContent = page.querySelector(".lead")?.textContent || "The file was not taken. Try again in a moment.";
      bar.hidden = true;
    }
  });
  request.addEventListener("error", () => {
    told.textContent = "Switchboard can not be reached just now. Try again in a moment.";
  });
  told.textContent = `Sending ${file.name} …`;
  bar.hidden = false;
  request.send(file);
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-upload]");
  if (form && event.target.type === "file" && event.target.files.length) send(form, event.target.files[0]);
});
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const form = document.querySelector("[data-upload]");
    if (!form) return;
    event.preventDefault();
    form.classList.toggle("over", name === "dragover");
    if (name === "drop" && event.dataTransfer.files.length) send(form, event.dataTransfer.files[0]);
  });
}

// What a button brought is where the keyboard goes on.
document.addEventListener("htmx:after:swap", () => document.querySelector("[data-focus]")?.focus());
