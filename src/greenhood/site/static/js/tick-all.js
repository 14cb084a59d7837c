// One box that ticks every row of the page, put before a form marked `data-tick-all` whose boxes stand in the list.

for (const form of document.querySelectorAll("form[data-tick-all]")) {
  const boxes = [...document.querySelectorAll(`input[type=checkbox][form="${form.id}"]`)];
  if (!boxes.length) continue;
  const label = document.createElement("label");
  label.className = "tick-all";
  const all = document.createElement("input");
  all.type = "checkbox";
  all.className = "form-check-input";
  const words = document.createElement("span");
  label.append(all, words);
  form.prepend(label);

  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    words.textContent = `全选本页（已选 ${ticked} / ${boxes.length}）`;
  };
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; show(); });
  for (const box of boxes) box.addEventListener("change", show);
  show();
}
