// The form of one kind of fact, made from its definition, and what was typed into it.
export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
};

export const heading = (column) => (column.unit ? `${column.title}（${column.unit}）` : column.title);

/** A value as people read it. */
export const said = (column, value, names) => {
  if (value === undefined || value === null || value === "") return "（空）";
  if (column.type === "yes-no") return value === "yes" ? "是" : "否";
  if (column.type === "choice") return column.choices.find(([key]) => key === value)?.[1] ?? value;
  if (column.type === "reference") return names(column.refers_to).find(([key]) => key === value)?.[1] ?? "（未知的对象）";
  return column.unit && /^[\d.]+$/.test(value) ? `${value} ${column.unit}` : value;
};

const AREAS = ["平方米", "公顷", "亩"];

const options = (choices, value, empty) => [
  make("option", { value: "" }, empty),
  ...choices.map(([key, title]) => make("option", { value: key, selected: key === value }, title)),
];

const control = (column, value, id, described, names) => {
  const common = { id, name: column.name, class: "form-control", "aria-describedby": described };
  switch (column.type) {
    case "long":
      return make("textarea", { ...common, rows: 3, maxlength: column.longest }, value);
    case "choice":
      return make("select", { ...common, class: "form-select" }, options(column.choices, value, "（未选）"));
    case "reference":
      return make("select", { ...common, class: "form-select" }, options(names(column.refers_to), value, "（未选）"));
    case "date":
      return make("input", { ...common, type: "date", value });
    case "count":
    case "amount": {
      const input = make("input", { ...common, type: "text", inputmode: "decimal", autocomplete: "off", value });
      if (column.unit !== "平方米") return input;
      const units = make("select", { class: "form-select", name: `${column.name}_unit`, "aria-label": `${column.title}的单位` }, AREAS.map((unit) => make("option", { value: unit }, unit)));
      return make("span", { class: "phone-unit" }, input, units);
    }
    default:
      return make("input", { ...common, type: "text", autocomplete: "off", maxlength: column.longest, value });
  }
};

const truth = (column, value, id, described) =>
  make(
    "fieldset",
    { id, "aria-describedby": described, class: "phone-truth" },
    make("legend", { class: "form-label" }, heading(column), optional(column)),
    make(
      "div",
      { class: "choices" },
      [["yes", "是"], ["no", "否"], ...(column.is_required ? [] : [["", "未查明"]])].map(([key, title]) =>
        make("label", {}, make("input", { type: "radio", name: column.name, value: key, checked: key === (value ?? "") }), title),
      ),
    ),
  );

const optional = (column) => (column.is_required ? null : make("span", { class: "optional" }, "（选填）"));

/** One field with its label, help and place for an error. */
export const field = (column, value, problem, names) => {
  const id = `field-${column.name}`;
  const described = `${id}-error${column.help ? ` ${id}-help` : ""}`;
  const help = column.help ? make("p", { class: "field-help", id: `${id}-help` }, column.help) : null;
  const error = make("p", { class: "field-error", id: `${id}-error`, "data-error": column.name, hidden: !problem }, problem ?? "");
  const box = make("div", { class: `field${problem ? " field-wrong" : ""}`, "data-field": column.name });
  if (column.type === "yes-no") box.append(truth(column, value, id, described), ...(help ? [help] : []), error);
  else box.append(make("label", { class: "form-label", for: id }, heading(column), optional(column)), ...(help ? [help] : []), control(column, value ?? "", id, described, names), error);
  if (problem) (box.querySelector("input, select, textarea") ?? box).setAttribute("aria-invalid", "true");
  return box;
};

/** What was typed, by column; an area with the unit that was chosen for it. */
export const read = (form, columns) => {
  const sent = new FormData(form);
  const values = {};
  for (const column of columns) {
    const value = (sent.get(column.name) ?? "").toString().trim();
    const unit = sent.get(`${column.name}_unit`);
    values[column.name] = value && unit && unit !== column.unit && /^[\d.,，\s]+$/.test(value) ? `${value}${unit}` : value;
  }
  return values;
};

const problemOf = (column, value) => {
  if (!value) return column.is_required ? `请${["choice", "reference", "yes-no"].includes(column.type) ? "选择" : "填写"}${column.title}。` : "";
  if (column.type !== "count" && column.type !== "amount") return "";
  if (!/\d/.test(value)) return `${column.title}应为数字。`;
  // Anything but a plain number (1.2万, 3公顷) is for the server to read.
  const plain = value.replaceAll(",", "");
  if (!/^-?\d+(\.\d+)?$/.test(plain)) return "";
  const number = Number(plain);
  if (column.type === "count" && !Number.isInteger(number)) return `${column.title}应为整数。`;
  if (column.least !== null && number < Number(column.least)) return `${column.title}不能小于 ${column.least}。`;
  if (column.most !== null && number > Number(column.most)) return `${column.title}不能大于 ${column.most}，请核对单位和位数。`;
  return "";
};

/** What is plainly wrong, by column, so that it is said before the connection is back; the server looks at everything again. */
export const problems = (columns, values, dated, today) => {
  const found = {};
  for (const column of columns) {
    const problem = problemOf(column, values[column.name]);
    if (problem) found[column.name] = problem;
  }
  if (!dated) found.dated = "请填写数据日期。";
  else if (dated > today) found.dated = `数据日期 ${dated} 还没有到，不能晚于今天（${today}）。`;
  return found;
};

/** Say the problems at their fields and in a list on top; the first of them gets the focus. */
export const show = (form, found, columns) => {
  const titles = Object.fromEntries([...columns, { name: "dated", title: "数据日期" }].map((column) => [column.name, column.title]));
  for (const slot of form.querySelectorAll("[data-error]")) {
    const text = found[slot.dataset.error] ?? "";
    slot.textContent = text;
    slot.hidden = !text;
    const box = slot.closest("[data-field]");
    box?.classList.toggle("field-wrong", text !== "");
    for (const input of box?.querySelectorAll("input, select, textarea") ?? []) {
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }
  const list = form.querySelector("[data-problems]");
  list.replaceChildren(
    ...(Object.keys(found).length
      ? [
          make("p", { class: "problems-title" }, "还不能保存，请先改正下面的问题"),
          make("ul", {}, Object.entries(found).map(([name, text]) => make("li", {}, titles[name] ? make("a", { href: `#field-${name}`, onclick: (event) => { event.preventDefault(); form.querySelector(`[data-field="${name}"]`)?.querySelector("input, select, textarea")?.focus(); } }, titles[name]) : null, titles[name] ? `：${text}` : text))),
        ]
      : []),
  );
  list.hidden = Object.keys(found).length === 0;
  if (!list.hidden) list.focus();
};
