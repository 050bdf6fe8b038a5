// Tables: choose columns, kept on this device by page and table (names of columns only), and copy for a spreadsheet.
function chooseColumns(chooser) {
  const table = document.getElementById(chooser.dataset.choose);
  const heads = [...table.tHead.rows[0].cells];
  const key = `columns:${location.pathname}:${table.id}`;
  const hidden = new Set(JSON.parse(localStorage.getItem(key) || "[]"));
  const show = () => {
    for (const row of table.rows) [...row.cells].forEach((cell, index) => (cell.hidden = hidden.has(index)));
  };
  heads.slice(1).forEach((head, place) => {
    const index = place + 1;
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !hidden.has(index);
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(index);
      else hidden.add(index);
      localStorage.setItem(key, JSON.stringify([...hidden]));
      show();
    });
    label.append(box, head.innerText);
    chooser.lastElementChild.append(label);
  });
  chooser.hidden = heads.length < 3;
  show();
}

const words = (cell) => cell.innerText.trim().replace(/\s+/g, " ");

function textOf(source) {
  if (!source.matches("table")) return source.innerText.trim();
  return [...source.rows].map((row) => [...row.cells].filter((cell) => !cell.hidden).map(words).join("\t")).join("\n");
}

function offerCopy(button) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(textOf(document.getElementById(button.dataset.copy)));
    document.getElementById("said").textContent = button.dataset.said;
  });
}

function enhance() {
  for (const chooser of document.querySelectorAll("[data-choose]:not([data-ready])")) {
    chooser.dataset.ready = "";
    chooseColumns(chooser);
  }
  for (const button of document.querySelectorAll("[data-copy]:not([data-ready])")) {
    button.dataset.ready = "";
    offerCopy(button);
  }
}

enhance();
document.addEventListener("htmx:afterSettle", enhance);
