// A confirmation that unfolds in place becomes a dialog; menus close on Escape and on a click elsewhere.
const openDialog = (details) => {
  const panel = details.querySelector(".confirm-panel");
  const dialog = document.createElement("dialog");
  const summary = details.querySelector("summary");
  dialog.className = "confirm-dialog";
  dialog.setAttribute("aria-label", summary.textContent.trim());
  dialog.append(...panel.childNodes);
  const cancel = document.createElement("button");
  cancel.type = "button";
  cancel.className = "btn btn-outline";
  cancel.textContent = "取消";
  cancel.addEventListener("click", () => dialog.close());
  dialog.querySelector(".confirm-buttons").append(cancel);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    cancel.remove();
    panel.append(...dialog.childNodes);
    dialog.remove();
    summary.focus();
  });
  dialog.showModal();
};

document.addEventListener("click", (event) => {
  const summary = event.target.closest("details[data-confirm] > summary");
  if (summary) {
    event.preventDefault();
    openDialog(summary.parentElement);
    return;
  }
  for (const menu of document.querySelectorAll("details[data-closes][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const siblings = document.getElementById("siblings");
  if (siblings && !event.target.closest(".place")) siblings.replaceChildren();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-closes][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  document.getElementById("siblings")?.replaceChildren();
});
