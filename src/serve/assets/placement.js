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

// Marks a form as sent until the next page is there, or for a time: a file or a failure leaves this page as it is. A form that is sent a
// second time meanwhile sends nothing, unless another button of it was pressed whose page opens in another tab.
function sendOnce() {
  const forget = (form, button) => {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    if (button && button.dataset.says) button.textContent = button.dataset.says;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const { submitter } = event;
    const pressed = submitter ? `${submitter.formAction} ${submitter.name}=${submitter.value}` : "form";
    if (["yes", pressed].includes(form.dataset.sent)) {
      event.preventDefault();
      return;
    }
    const button = submitter || form.querySelector("button[data-pending]");
    const getsFile = submitter && (/export/.test(submitter.formAction) || submitter.value === "pdf");
    const staysHere = getsFile || [form.target, submitter && submitter.formTarget].includes("_blank");
    form.dataset.sent = staysHere ? pressed : "yes";
    setTimeout(forget, staysHere ? 1500 : 10000, form, staysHere ? null : button);
    if (staysHere) return;
    form.setAttribute("aria-busy", "true");
    if (button && button.dataset.pending) {
      button.dataset.says = button.textContent;
      button.textContent = button.dataset.pending;
    }
    keepSelection(form);
    addEventListener("pageshow", () => forget(form, button), { once: true });
  });
}

// Adds the selected providers to a form that asks another question.
function keepSelection(form) {
  if (new URL(form.action).pathname !== "/" || !one("[data-row]")) return;
  for (const old of form.querySelectorAll("input[type=hidden][name=pick]")) old.remove();
  const own = new Set(Array.from(form.elements).filter((input) => input.name === "pick"));
  for (const pick of all("input[type=checkbox][name=pick]:checked")) {
    if (own.has(pick)) continue;
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: "pick", value: pick.value });
    form.append(input);
  }
}

// Says how many providers are selected.
function countSelected() {
  const count = () => {
    for (const says of all("[data-selected]")) {
      const form = document.getElementById(says.dataset.selected);
      const picks = form ? Array.from(form.elements).filter((input) => input.name === "pick" && input.checked) : [];
      says.textContent = `${picks.length} selected`;
    }
  };
  document.addEventListener("change", count);
  addEventListener("pageshow", count);
  count();
}

// Sorts the rows of each group by a column: a first press ascending, a second descending, a third back to the ranks.
function sortColumns() {
  for (const table of all("table.rows")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    for (const [column, head] of heads.entries()) {
      if (!head.dataset.sort) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const order = { ascending: "descending", descending: "" }[head.getAttribute("aria-sort")] ?? "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        for (const label of table.tHead.querySelectorAll("button")) label.textContent = label.textContent.replace(/ [▲▼]$/, "");
        if (order) {
          head.setAttribute("aria-sort", order);
          button.textContent += order === "ascending" ? " ▲" : " ▼";
        }
        const isNumber = head.dataset.sort === "number";
        for (const body of table.tBodies) sortRows(body, order ? column : 1, order, isNumber || !order);
      });
    }
  }
}

function sortRows(body, column, order, isNumber) {
  for (const why of body.querySelectorAll(".why[open]")) {
    why.open = false;
    narrowWhy(why);
  }
  const value = (row) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    return isNumber ? Number.parseFloat(text) : text;
  };
  // What has no value comes last in either direction.
  const isMissing = (found) => found === "" || Number.isNaN(found);
  const direction = order === "descending" ? -1 : 1;
  const compare = (a, b) => {
    const [one, other] = [value(a), value(b)];
    if (isMissing(one) || isMissing(other)) return Number(isMissing(one)) - Number(isMissing(other));
    return direction * (isNumber ? one - other : one.localeCompare(other));
  };
  body.append(...Array.from(body.querySelectorAll("[data-row]")).sort(compare));
}

// Shows an opened reason below its row, as wide as the table.
function wideWhy() {
  for (const why of all(".why")) {
    why.addEventListener("toggle", () => {
      if (!why.open) {
        narrowWhy(why);
      } else if (!why.wide) {
        why.wide = document.createElement("tr");
        why.wide.className = "why-row";
        why.wide.insertCell().colSpan = 8;
        why.wide.cells[0].append(why.querySelector(".why-text"));
        why.closest("tr").after(why.wide);
      }
    });
  }
}

function narrowWhy(why) {
  if (!why.wide) return;
  why.append(why.wide.querySelector(".why-text"));
  why.wide.remove();
  why.wide = null;
}

// Single keys for the answer. They do nothing while something is typed, and can be turned off in their help.
function keys() {
  const help = one("dialog#keys");
  if (!help || !help.showModal) return;
  const rows = () => all("[data-row]");
  const current = () => rows().findIndex((row) => row.contains(document.activeElement));
  const move = (by) => {
    const at = current();
    const next = rows()[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows().length - 1)];
    if (next) next.querySelector("input[name=pick]").focus();
  };
  const act = {
    j: () => move(1),
    k: () => move(-1),
    x: () => rows()[Math.max(current(), 0)]?.querySelector("input[name=pick]").click(),
    w: () => rows()[Math.max(current(), 0)]?.querySelector(".why > summary").click(),
    "/": () => {
      one("#asked").open = true;
      one("#near").select();
    },
    "?": () => help.showModal(),
  };
  const button = (key) => {
    const near = document.activeElement.closest(".level-section") || document;
    return near.querySelector(`[data-key="${key}"]`);
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea, dialog");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key !== "?" && !one("#keys-on").checked) return;
    const press = Object.hasOwn(act, event.key) ? act[event.key] : null;
    const found = press ? null : "cvl".includes(event.key) && button(event.key);
    if (!press && !found) return;
    event.preventDefault();
    if (press) press();
    else found.click();
  });
  one("[data-close]").addEventListener("click", () => help.close());
  for (const opens of all("[data-keys]")) {
    opens.hidden = false;
    opens.addEventListener("click", () => help.showModal());
  }
}

// Marks the pin of the row that is pointed at or has the focus, and the row of the pin. A pressed pin moves the focus to its row.
function markPins() {
  const mark = (event) => {
    for (const marked of all(".marked")) marked.classList.remove("marked");
    const near = event.target.closest("[data-row], .place");
    const other = near && document.getElementById(near.id.replace(/^(rank|pin)-/, (kind) => (kind === "pin-" ? "rank-" : "pin-")));
    if (other && other !== near) other.classList.add("marked");
  };
  for (const event of ["pointerover", "focusin"]) document.addEventListener(event, mark);
  for (const pin of all(".place")) {
    pin.addEventListener("click", () => {
      const row = document.getElementById(`rank-${pin.id.slice(4)}`);
      if (row) setTimeout(() => row.querySelector("input[name=pick]").focus());
    });
  }
}

// Tells the style sheet how tall the sticky bar is, so that the heads of the columns stay below it.
function measureBar() {
  const bar = one(".question-bar");
  if (!bar || !window.ResizeObserver) return;
  new ResizeObserver(() => {
    const isSticky = getComputedStyle(bar).position === "sticky";
    document.documentElement.style.setProperty("--bar", isSticky ? `${bar.offsetHeight - 1}px` : "0px");
  }).observe(bar);
}

// Opens the folded part that a link of this page leads to, in browsers that do not.
function openFolds() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const first = target && target.matches("fieldset") && target.querySelector("input");
    if (first) setTimeout(() => first.focus());
  });
}

// Takes over what is recorded where nothing was entered, so that the next save does not withdraw what another desk recorded.
function adoptRecorded(form, now) {
  const isNeutral = (value) => value === "" || value.endsWith("=unknown");
  for (const recorded of now.querySelectorAll("input[type=radio]:checked")) {
    const group = Array.from(form.elements).filter((field) => field.type === "radio" && field.name === recorded.name);
    const chosen = group.find((field) => field.checked);
    if (isNeutral(recorded.value) || (chosen && !isNeutral(chosen.value))) continue;
    for (const field of group) field.checked = field.value === recorded.value;
    if (recorded.name === "heard_room") form.elements.heard_day.value = now.elements.heard_day.value;
  }
  for (const recorded of now.querySelectorAll("input[type=number]")) {
    const field = form.elements[recorded.name];
    if (field && field.value === "") field.value = recorded.value;
  }
}

// Saves the answers of a line of the call sheet as soon as one is entered. One request at a time; what changes meanwhile is sent next.
function saveAnswers() {
  const forms = all("form[data-heard]");
  if (!forms.length) return;
  one("[data-answer-keys]").hidden = false;
  for (const form of forms) {
    const says = form.querySelector("[role=status]");
    let busy = false;
    let more = false;
    const save = async () => {
      if (busy) {
        more = true;
        return;
      }
      busy = true;
      says.textContent = "Saving…";
      try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(form.action, { method: "POST", body });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const now = page.getElementById(form.dataset.heard)?.querySelector("form[data-heard]");
        const gone = page.querySelector(`[data-gone="${CSS.escape(form.elements.provider.value)}"]`);
        const faults = Array.from((now ?? gone)?.querySelectorAll("[role=alert]") ?? [], (fault) => fault.textContent);
        const version = now?.elements.version.value ?? gone?.dataset.version;
        if (!version || (!answer.ok && !faults.length)) throw new Error();
        // After a conflict both sides are shown; the next save, with the new version, is deliberate.
        form.elements.version.value = version;
        says.textContent = faults.join(" ") || now?.querySelector("[role=status]").textContent || "Saved.";
        if (gone && !faults.length) says.textContent = "Saved. This provider is no longer in the results.";
        if (faults.length) {
          more = false;
          if (now) adoptRecorded(form, now);
        }
      } catch {
        says.textContent = "Not saved. Press Save.";
        more = false;
      }
      busy = false;
      if (more) {
        more = false;
        save();
      }
    };
    form.addEventListener("change", (event) => {
      reachedByAnswer(event.target);
      save();
    });
    form.addEventListener("keydown", answerByKey);
  }
}

// One that answers was reached.
function reachedByAnswer({ name, value, form }) {
  const answers = name !== "heard_call" && /^heard_(\d+|room|m.*)$/.test(name) && value !== "" && !value.endsWith("=unknown");
  if (answers) form.querySelector("[data-call] input[value='']").checked = true;
}

// Y, N and U answer, and the focus goes on: after "room" to its day, else to the next question, which may be the next provider's.
// About the call itself no letter counts: what is meant for the next question must not say that nobody was reached.
function answerByKey(event) {
  const field = event.target;
  const group = field.matches("input") && field.closest("fieldset:not([data-call])");
  if (!group || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const isChoice = field.type === "radio";
  const at = isChoice ? { y: 0, n: 1, u: 2 }[event.key.toLowerCase()] : undefined;
  if (at === undefined && (isChoice || event.key !== "Enter")) return;
  event.preventDefault();
  if (isChoice) {
    const options = group.querySelectorAll("input[type=radio]");
    if (!options[at].checked) options[at].click();
    options[at].focus();
    const day = at < 2 && group.querySelector("input[type=date]");
    if (day) {
      day.focus();
      return;
    }
  }
  const groups = all("form[data-heard] fieldset:not([data-call])");
  const next = groups[groups.indexOf(group) + 1];
  if (next) (next.querySelector(":checked") || next.querySelector("input")).focus();
  else field.form.querySelector("button").focus();
}

// A box that decides a choice sets it, and takes back what it set.
function setChoices() {
  for (const box of all("[data-sets]")) {
    const choice = document.getElementById(box.dataset.sets);
    if (choice) box.addEventListener("change", () => {
      if (box.checked) choice.value = "confirmed";
      else if (choice.value === "confirmed") choice.value = "";
    });
  }
}

// Opens the page of a referral request again when the request changes. Nothing is lost: a new link stays, and so does
// what was typed.
function followRequest() {
  const followed = one("[data-events]");
  if (!followed || !window.EventSource || one("#new-link")) return;
  for (const note of all("[data-follows]")) note.hidden = false;
  let typed = false;
  document.addEventListener("input", () => { typed = true; });
  const events = new EventSource(followed.dataset.events);
  const reload = (event) => {
    if (typed || event.lastEventId === followed.dataset.version) return;
    events.close();
    location.assign(followed.dataset.events.replace(/\/events(?=\?|$)/, ""));
  };
  for (const name of ["request", "board"]) events.addEventListener(name, reload);
}

// Shows how far a batch is, and opens its page again when the answers are ready. The pauses grow to five seconds.
function followBatch() {
  if (!one("[data-batch]")) return;
  const look = (pause) => setTimeout(async () => {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const progress = page.querySelector("#batch-progress");
      if (!answer.ok || !progress) return location.reload();
      one("#batch-progress").value = progress.value;
      one("#batch-says").textContent = page.querySelector("#batch-says").textContent;
    } catch {
      // Without an answer the page stays, and asks again.
    }
    return look(Math.min(pause * 1.5, 5000));
  }, pause);
  look(1000);
}

// Opens the question of a card's link. The token is in the fragment, and is taken out of the address at once.
function openFromCard() {
  const form = one("#from-card");
  if (!form) return;
  const handle = location.hash.slice(1);
  if (handle) {
    form.elements.handle.value = handle;
    history.replaceState(null, "", location.pathname);
  }
  if (handle || form.dataset.resumes) form.requestSubmit();
}

suggest(one("#coverage"), "/suggest/plans");
suggest(one("#provider"), "/suggest/providers");
offerTheNextNeed();
filterNeeds();
copyButtons();
printButtons();
countSelected();
sortColumns();
wideWhy();
keys();
markPins();
measureBar();
openFolds();
saveAnswers();
setChoices();
followRequest();
followBatch();
sendOnce();
openFromCard();
focusOnWhatMatters();
