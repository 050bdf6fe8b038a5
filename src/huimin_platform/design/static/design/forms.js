// Forms: focus goes to the error summary, a double click sends once, a draft is kept for this tab,
// ids are checked while typing. Everything works without this file.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  form.setAttribute("aria-busy", "true");
  forget(form);
  setTimeout(() => form.removeAttribute("aria-busy"), 8000);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});

// A select in a filter bar sends its form at once; without script the button does.
document.addEventListener("change", (event) => {
  if (event.target.matches("form[data-filters] select")) event.target.form.requestSubmit();
});

const draftKey = (form) => `draft:${location.pathname}:${form.dataset.draft}`;
const draftFields = (form) => [...form.querySelectorAll("textarea[name], input[type=text][name]")];
const forget = (form) => form.dataset.draft && sessionStorage.removeItem(draftKey(form));

function keepDraft(form) {
  const kept = JSON.parse(sessionStorage.getItem(draftKey(form)) || "{}");
  for (const field of draftFields(form)) if (!field.value && kept[field.name]) field.value = kept[field.name];
  form.addEventListener("input", () => {
    const values = Object.fromEntries(draftFields(form).map((field) => [field.name, field.value]));
    sessionStorage.setItem(draftKey(form), JSON.stringify(values));
  });
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

enhance();
document.addEventListener("htmx:afterSettle", enhance);
