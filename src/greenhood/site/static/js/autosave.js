// Saves each item of a self-assessment as one goes. What could not be saved stays on the page and is tried again; what somebody
// else saved meanwhile is shown beside one's own. `[data-autosave]` is an item with the address that takes it.
const WAIT = 800;
const RETRY = [2000, 5000, 15000, 30000];

const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const part = (card, name) => card.querySelector(`[data-${name}]`);

const mine = (card) => {
  const sent = new FormData();
  const start = `c${card.dataset.item}-`;
  for (const field of card.querySelectorAll("input, select, textarea")) {
    if (!field.name.startsWith(start) || field.type === "file") continue;
    if ((field.type === "radio" || field.type === "checkbox") && !field.checked) continue;
    sent.append(field.name, field.value);
  }
  sent.append("csrfmiddlewaretoken", token());
  return sent;
};

const state = new WeakMap();
const of = (card) => {
  if (!state.has(card)) state.set(card, { timer: 0, dirty: false, busy: false, held: false, tries: 0 });
  return state.get(card);
};

const say = (card, text, kind = "") => {
  const line = part(card, "saved");
  line.textContent = text;
  line.dataset.kind = kind;
};

const showProblems = (card, problems) => {
  for (const slot of card.querySelectorAll("[data-error]")) {
    const text = problems[slot.dataset.error] ?? "";
    slot.textContent = text;
    const field = card.querySelector(`#${CSS.escape(`id-c${card.dataset.item}-${slot.dataset.error}`)}`);
    if (field) {
      field.classList.toggle("is-invalid", text !== "");
      if (text) field.closest("details")?.setAttribute("open", "");
      if (text) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }
  card.classList.toggle("item-wrong", Object.keys(problems).length > 0);
};

const later = (card, wait) => {
  const now = of(card);
  clearTimeout(now.timer);
  now.timer = setTimeout(() => save(card), wait);
};

const failed = (card, text, again) => {
  const now = of(card);
  now.dirty = true;
  say(card, again ? `${text}，稍后自动重试。内容还在页面上。` : text, "bad");
  if (again) later(card, RETRY[Math.min(now.tries++, RETRY.length - 1)]);
};

const took = (card, answer) => {
  part(card, "revision").value = answer.revision;
  part(card, "conflict").replaceChildren();
  showProblems(card, {});
  part(card, "result").innerHTML = answer.result;
  const summary = document.querySelector("[data-summary]");
  const open = [...summary.querySelectorAll("details")].map((one) => one.open);
  summary.innerHTML = answer.summary;
  summary.querySelectorAll("details").forEach((one, at) => {
    if (at in open) one.open = open[at];
  });
  document.querySelector("[data-tabs]").innerHTML = answer.tabs;
  say(card, `已保存 ${answer.saved}`, "good");
};

const clash = (card, answer) => {
  const now = of(card);
  now.held = true;
  now.dirty = true;
  part(card, "conflict").innerHTML = answer.conflict;
  card.dataset.theirs = answer.revision;
  say(card, "没有保存：他人改过本项，请选择保留哪一份。", "bad");
};

const save = async (card) => {
  const now = of(card);
  clearTimeout(now.timer);
  if (now.held) return;
  if (now.busy) {
    now.dirty = true;
    return;
  }
  now.busy = true;
  now.dirty = false;
  say(card, "正在保存…");
  let answer;
  let status = 0;
  try {
    const response = await fetch(card.dataset.autosave, {
      method: "POST",
      body: mine(card),
      headers: { Accept: "application/json" },
      redirect: "manual",
    });
    status = response.type === "opaqueredirect" ? 401 : response.status;
    if (response.headers.get("Content-Type")?.includes("json")) answer = await response.json();
  } catch {
    status = 0;
  }
  now.busy = false;
  if (status === 200 && answer) {
    now.tries = 0;
    took(card, answer);
    if (now.dirty) later(card, 0);
    return;
  }
  now.dirty = true;
  if (status === 409 && answer) clash(card, answer);
  else if (status === 422 && answer) {
    showProblems(card, answer.problems);
    say(card, "没有保存，请改正标出的内容。", "bad");
  } else if (status === 423 && answer) failed(card, answer.problem, false);
  else if (status === 401 || status === 403) failed(card, "登录已过期或岗位已变更，没有保存。请在另一窗口登录后回到本页，再改动任意一处即可保存。", false);
  else failed(card, status === 0 ? "网络不通，没有保存" : `服务器暂时不能保存（${status}）`, true);
};

const cardOf = (target) => target.closest?.("[data-autosave]");
const isOurs = (card, field) => field.name?.startsWith(`c${card.dataset.item}-`) && field.type !== "file" && !field.name.endsWith("file-check");

const changed = (event, wait) => {
  const card = cardOf(event.target);
  if (!card || !isOurs(card, event.target)) return;
  of(card).dirty = true;
  if (!of(card).held) later(card, wait);
};

const toggleReason = (box) => {
  const reason = box.closest(".away").querySelector("[data-away-reason]");
  reason.hidden = !box.checked;
};

const takeTheirs = async (card) => {
  const response = await fetch(card.dataset.itemUrl, { redirect: "manual" });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-item]");
  card.replaceWith(fresh);
  prepare(fresh);
  fresh.dispatchEvent(new CustomEvent("item:replaced", { bubbles: true }));
  say(fresh, "已换成对方的内容。", "good");
};

document.addEventListener("input", (event) => changed(event, WAIT));
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-away]")) {
    toggleReason(event.target);
    // "Does not apply" waits for its reason, which is required.
    const reason = event.target.closest(".away").querySelector("textarea");
    if (event.target.checked && !reason.value.trim()) {
      reason.focus();
      of(cardOf(event.target)).dirty = true;
      return;
    }
  }
  changed(event, 0);
});

document.addEventListener("click", (event) => {
  const card = cardOf(event.target);
  if (!card) return;
  if (event.target.closest("[data-save-item]")) {
    event.preventDefault();
    save(card);
  } else if (event.target.closest("[data-keep-mine]")) {
    event.preventDefault();
    part(card, "revision").value = card.dataset.theirs ?? part(card, "revision").value;
    of(card).held = false;
    save(card);
  } else if (event.target.closest("[data-take-theirs]")) {
    event.preventDefault();
    takeTheirs(card);
  }
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    for (const card of document.querySelectorAll("[data-autosave]")) if (of(card).dirty) save(card);
  } else if (event.key === "Enter" && event.target.matches("input:not([type=file])") && cardOf(event.target)) {
    event.preventDefault();
    save(cardOf(event.target));
  }
});

window.addEventListener("online", () => {
  for (const card of document.querySelectorAll("[data-autosave]")) if (of(card).dirty) save(card);
});
window.addEventListener("beforeunload", (event) => {
  if ([...document.querySelectorAll("[data-autosave]")].some((card) => of(card).dirty || of(card).busy)) event.preventDefault();
});
// Links within the page wait for what is still on its way.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='?']");
  if (!link) return;
  for (const card of document.querySelectorAll("[data-autosave]")) if (of(card).dirty && !of(card).held) save(card);
});

const prepare = (root) => {
  for (const box of root.querySelectorAll("[data-away]")) toggleReason(box);
  for (const hint of root.querySelectorAll("[data-only-script]")) hint.hidden = false;
  for (const button of root.querySelectorAll("[data-save-item]")) button.classList.add("sr-only-focusable");
};
prepare(document);
