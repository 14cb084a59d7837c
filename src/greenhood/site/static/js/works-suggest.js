// Ticks the criteria that a kind of work suggests when the kind is ticked (`form[data-suggests]`), until somebody has chosen for themselves.
for (const form of document.querySelectorAll("form[data-suggests]")) {
  const criteria = [...form.querySelectorAll("input[name=criteria]")];
  let isTheirs = criteria.some((each) => each.checked);
  form.addEventListener("change", ({ target }) => {
    if (target.name === "criteria") isTheirs = true;
    if (target.name !== "kinds" || isTheirs) return;
    const kinds = new Set([...form.querySelectorAll("input[name=kinds]:checked")].map((each) => each.value));
    for (const each of criteria) each.checked = each.dataset.kinds.split(" ").some((kind) => kinds.has(kind));
    for (const part of form.querySelectorAll(".works-parts details")) part.open = part.querySelector("input:checked") !== null;
  });
}
