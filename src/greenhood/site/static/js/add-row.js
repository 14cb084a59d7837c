// Adds an empty row to a form of rows (`[data-rows]` holding `[data-row]`, the last of which is empty) without leaving the page: the button
// `[data-add-row]` copies the last one with the next number in its names. Without this module the button saves and comes back with more rows.
for (const button of document.querySelectorAll("button[data-add-row]")) {
  button.addEventListener("click", (event) => {
    const rows = button.form.querySelector("[data-rows]");
    const last = rows?.querySelector("[data-row]:last-of-type");
    if (!last) return;
    event.preventDefault();
    const copy = last.cloneNode(true);
    const next = (text) => text.replace(/-(\d+)-/, (_, number) => `-${Number(number) + 1}-`);
    for (const part of copy.querySelectorAll("[id], [name], [for], [aria-describedby]")) {
      for (const name of ["id", "name", "for", "aria-describedby"]) {
        if (part.hasAttribute(name)) part.setAttribute(name, next(part.getAttribute(name)));
      }
      part.removeAttribute("aria-invalid");
      if (part.matches("input, textarea")) part.value = "";
    }
    for (const gone of copy.querySelectorAll(".field-error, .row-drop, .row-note")) gone.remove();
    rows.append(copy);
    copy.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  });
}
