// Says below a table of amounts what they add up to, beside what is needed; shares are of the row's own subjects, rounded up.
const amountOf = (field) => {
  const text = field.value.trim().replaceAll(/[,，]/g, "");
  const subjects = Number(field.dataset.subjects);
  const share = /^(\d+(?:\.\d+)?)\s*[%％]$/.exec(text);
  if (share) return Math.ceil((Number(share[1]) * subjects) / 100 - 1e-9);
  return /^\d+$/.test(text) ? Number(text) : 0;
};

for (const form of document.querySelectorAll("[data-add-up]")) {
  const needed = Number(form.dataset.addUp);
  const output = form.querySelector("[data-add-up-sum]");
  const show = () => {
    const sum = [...form.querySelectorAll("[data-subjects]")].reduce((total, field) => total + amountOf(field), 0);
    const rest = needed - sum;
    output.textContent = rest > 0 ? `${sum}，还差 ${rest}` : rest < 0 ? `${sum}，多 ${-rest}` : `${sum}，正好`;
  };
  form.addEventListener("input", show);
  show();
}
