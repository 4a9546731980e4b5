"use strict";
// Improvements for browsers with scripts on; every page works without them. This script makes no decisions, sends data only to this
// server, and writes nothing to the browser's storage.

const one = (selector) => document.querySelector(selector);
const all = (selector) => Array.from(document.querySelectorAll(selector));

// Moves the focus to the errors or to the answer, so that they are read first.
function focusOnWhatMatters() {
  if (location.hash) return;
  const first = one("#errors") || one("h1#answer");
  if (first) first.focus();
}

// Fills the list of `input` with the server's suggestions. The text is sent as a body, never in an address.
function suggest(input, path) {
  if (!input || !input.list) return;
  let pause;
  let asked = "";
  input.addEventListener("input", () => {
    clearTimeout(pause);
    const typed = input.value.trim();
    if (typed.length < 2 || typed === asked) return;
    pause = setTimeout(async () => {
      asked = typed;
      try {
        const body = new URLSearchParams([[input.name, typed]]);
        const answer = await fetch(path, { method: "POST", body });
        if (!answer.ok || input.value.trim() !== typed) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        input.list.replaceChildren(...page.querySelectorAll("option"));
      } catch {
        // Without an answer the list does not change.
      }
    }, 150);
  });
}

// After a comma, suggests the next need: each option then includes the text typed before it.
function offerTheNextNeed() {
  const input = one("#need_words");
  if (!input || !input.list) return;
  const labels = Array.from(input.list.options, (option) => option.value);
  let kept = "";
  input.addEventListener("input", () => {
    const before = input.value.slice(0, input.value.lastIndexOf(",") + 1).trim();
    // A label that contains a comma has just been chosen.
    if (before === kept || labels.some((label) => input.value.endsWith(label))) return;
    kept = before;
    input.list.replaceChildren(...labels.map((label) => {
      const option = document.createElement("option");
      option.value = before ? `${before} ${label}` : label;
      return option;
    }));
  });
}

// Shows the needs that match the typed words; checked ones stay.
function filterNeeds() {
  const filter = one("#needs-filter");
  if (!filter) return;
  one("[data-needs-filter]").hidden = false;
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const need of all("[data-need]")) {
      const text = need.dataset.need.toLowerCase();
      need.hidden = !words.every((word) => text.includes(word)) && !need.querySelector(":checked");
    }
    for (const group of all(".vocabulary fieldset")) {
      group.hidden = !group.querySelector("[data-need]:not([hidden])");
    }
  });
  // Enter must not send the unfinished form.
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

// Copies the text of the element that a button names.
function copyButtons() {
  for (const button of all("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    if (!source || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const told = one("#copied");
      try {
        await navigator.clipboard.writeText(source.textContent);
        if (told) told.textContent = "Copied.";
      } catch {
        if (told) told.textContent = "Not copied. The numbers are listed as text below the table.";
      }
    });
  }
}

function printButtons() {
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

suggest(one("#coverage"), "/suggest/plans");
suggest(one("#provider"), "/suggest/providers");
offerTheNextNeed();
filterNeeds();
copyButtons();
printButtons();
focusOnWhatMatters();
