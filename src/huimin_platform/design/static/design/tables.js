// Tables: choose columns, kept on this device by page and table. Holds only names of columns, nothing about people.
for (const chooser of document.querySelectorAll("[data-choose]")) {
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
