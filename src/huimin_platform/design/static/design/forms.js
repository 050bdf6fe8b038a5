// Forms: focus goes to the error summary, a double click sends once, a draft is kept for this tab until the form was
// taken, ids are checked while typing. Everything works without this file.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  form.setAttribute("aria-busy", "true");
  // Whoever signs out leaves nothing typed behind for the next one at this screen.
  if (form.matches("[data-signs-out]")) for (const key of drafts()) sessionStorage.removeItem(key);
  else if (form.dataset.draft) sessionStorage.setItem(SENT, draftKey(form));
  setTimeout(() => form.removeAttribute("aria-busy"), 8000);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});

// A select in a filter bar sends its form at once; without script the button does.
document.addEventListener("change", (event) => {
  if (event.target.matches("form[data-filters] select")) event.target.form.requestSubmit();
});

// A draft has a name of its own: a form on a page and the address that takes it need not be the same.
const SENT = "draft-sent";
const drafts = () => Object.keys(sessionStorage).filter((key) => key.startsWith("draft"));
const draftKey = (form) => `draft:${document.documentElement.dataset.user || ""}:${form.dataset.draft}`;
const draftFields = (form) =>
  [...form.elements].filter((field) => field.name && !["hidden", "password", "file", "submit"].includes(field.type));
const picked = (field) => ["radio", "checkbox"].includes(field.type);

function keepDraft(form) {
  const kept = JSON.parse(sessionStorage.getItem(draftKey(form)) || "{}");
  const untouched = (name) => draftFields(form).every((field) => field.name !== name || !field.checked);
  for (const [name, values] of Object.entries(kept)) {
    const fields = draftFields(form).filter((field) => field.name === name);
    if (fields.some(picked) && !untouched(name)) continue;
    for (const field of fields) {
      if (picked(field)) field.checked = values.includes(field.value);
      else if (!field.value && values[0]) field.value = values[0];
    }
  }
  form.addEventListener("input", () => {
    const values = {};
    for (const field of draftFields(form)) {
      if (!picked(field) || field.checked) (values[field.name] ||= []).push(field.value);
    }
    sessionStorage.setItem(draftKey(form), JSON.stringify(values));
  });
}

// The page after a form says whether it was taken: where one has to sign in first, or the page could not be made, what
// was typed waits for the form to come again.
function settleDraft() {
  const sent = sessionStorage.getItem(SENT);
  if (!sent) return;
  sessionStorage.removeItem(SENT);
  if (!("refused" in document.documentElement.dataset)) sessionStorage.removeItem(sent);
}

// GB 11643: seventeen digits with weights, the eighteenth is the check digit.
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checkDigit = (digits) =>
  "10X98765432"[WEIGHTS.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0) % 11];

function checkId(field) {
  const said = document.getElementById(field.dataset.nationalId);
  field.addEventListener("input", () => {
    const text = field.value.normalize("NFKC").replace(/[\s'-]/g, "").toUpperCase();
    if (text.length < 18) said.textContent = text ? said.dataset.short.replace("%d", String(18 - text.length)) : "";
    else if (/^\d{17}[\dX]$/.test(text) && checkDigit(text) === text[17]) said.textContent = said.dataset.good;
    else said.textContent = said.dataset.wrong;
  });
}

function enhance() {
  document.querySelector("[data-error-summary]")?.focus();
  for (const form of document.querySelectorAll("form[data-draft]:not([data-kept])")) {
    form.dataset.kept = "";
    keepDraft(form);
  }
  for (const field of document.querySelectorAll("input[data-national-id]:not([data-checked])")) {
    field.dataset.checked = "";
    checkId(field);
  }
  for (const button of document.querySelectorAll("[data-print-page][hidden]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

settleDraft();
enhance();
document.addEventListener("htmx:afterSettle", enhance);
