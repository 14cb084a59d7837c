// A reviewer's page by keyboard: move between items, score, give reasons, look at evidence; scores are saved as one goes.
const form = document.querySelector("[data-review]");
const items = [...document.querySelectorAll(".review-item")];
const writable = form && "writable" in form.dataset;
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

let current = -1;
const go = (at) => {
  if (at < 0 || at >= items.length) return;
  current = at;
  items[at].focus({ preventScroll: true });
  items[at].scrollIntoView({ block: "start" });
};
const now = () => (current >= 0 ? items[current] : undefined);
document.addEventListener("focusin", (event) => {
  const item = event.target.closest?.(".review-item");
  if (item) current = items.indexOf(item);
});

// Scores

const timers = new WeakMap();
const busy = new WeakMap();
const again = new WeakSet();

const sentOf = (item) => {
  const sent = new FormData();
  for (const field of item.querySelectorAll("[name^='s']")) {
    if ((field.type === "radio" || field.type === "checkbox") && !field.checked) continue;
    sent.append(field.name, field.value);
  }
  sent.append("csrfmiddlewaretoken", token());
  return sent;
};

const say = (item, text, kind) => {
  const line = item.querySelector("[data-saved]");
  line.textContent = text;
  line.dataset.kind = kind ?? "";
};

const isScored = (item) => {
  const points = item.querySelector("[data-points]");
  return Boolean(points?.value || item.querySelector("input[type=radio]:checked") || item.querySelector("[data-away]:checked"));
};

const show = (item, problems) => {
  for (const slot of item.querySelectorAll("[data-error]")) slot.textContent = problems[slot.dataset.error] ?? "";
  item.classList.toggle("item-wrong", Object.keys(problems).length > 0);
};

const save = async (item) => {
  clearTimeout(timers.get(item));
  timers.delete(item);
  if (busy.get(item)) {
    again.add(item);
    return;
  }
  busy.set(item, true);
  say(item, "正在保存…");
  let answer;
  let status = 0;
  try {
    const response = await fetch(form.action, { method: "POST", body: sentOf(item), headers: { Accept: "application/json" }, redirect: "manual" });
    status = response.type === "opaqueredirect" ? 401 : response.status;
    if (response.headers.get("Content-Type")?.includes("json")) answer = await response.json();
  } catch {
    status = 0;
  }
  busy.set(item, false);
  const problems = answer?.problems?.[item.dataset.item] ?? {};
  show(item, problems);
  if (status === 200 && answer) {
    say(item, isScored(item) ? "已保存" : "", "good");
    const total = document.querySelector("[data-own-total]");
    if (total) total.textContent = answer.total;
    const scored = document.querySelector("[data-scored]");
    if (scored) scored.textContent = answer.scored;
    const mark = document.querySelector(`[data-index="${item.dataset.item}"]`);
    mark?.classList.toggle("index-done", isScored(item));
    mark?.classList.toggle("index-open", !isScored(item));
  } else if (status === 422) say(item, "没有保存，请改正标出的内容。", "bad");
  else if (answer?.problem) say(item, answer.problem, "bad");
  else if (status === 401 || status === 403) say(item, "登录已过期或岗位已变更，没有保存。", "bad");
  else say(item, "网络不通，没有保存。请再改动一次或按“保存本项”。", "bad");
  if (again.delete(item)) save(item);
};

const later = (item, wait) => {
  clearTimeout(timers.get(item));
  timers.set(item, setTimeout(() => save(item), wait));
};

const needsReason = (item) => {
  const reason = item.querySelector("[data-reason]");
  const points = item.querySelector("[data-points]");
  const chosen = item.querySelector("[data-away]:checked") ? "away" : points ? points.value : (item.querySelector("input[type=radio]:checked")?.value ?? "");
  const same = points && item.dataset.claim !== "away" ? Number(chosen) === Number(item.dataset.claim) && chosen !== "" && chosen !== "away" : chosen === item.dataset.claim;
  return chosen !== "" && !same && !reason.value.trim();
};

const agree = (item) => {
  const claim = item.dataset.claim;
  const points = item.querySelector("[data-points]");
  const away = item.querySelector("[data-away]");
  if (away) away.checked = claim === "away";
  if (points) points.value = claim === "away" ? "" : claim;
  const choice = item.querySelector(`input[type=radio][value="${claim}"]`);
  if (choice) choice.checked = true;
  save(item);
};

if (writable) {
  for (const button of document.querySelectorAll("[data-agree]")) {
    button.hidden = false;
    button.addEventListener("click", () => agree(button.closest(".review-item")));
  }
  form.addEventListener("change", (event) => {
    const item = event.target.closest(".review-item");
    if (!item || !event.target.name.startsWith("s")) return;
    // A score that differs waits for its reason.
    if (needsReason(item) && !event.target.matches("[data-reason]")) {
      say(item, "与自评不一致，请写明理由后自动保存。", "bad");
      return;
    }
    save(item);
  });
  form.addEventListener("input", (event) => {
    const item = event.target.closest(".review-item");
    if (item && event.target.matches("[data-reason]")) later(item, 900);
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-save-item]");
    if (!button) return;
    event.preventDefault();
    save(button.closest(".review-item"));
  });
}

// Items to send back

const count = document.querySelector("[data-return-count]");
const recount = () => {
  if (count) count.textContent = document.querySelectorAll("[data-return]:checked").length;
};
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-return]")) return;
  recount();
  if (event.target.checked) event.target.closest(".return-item").querySelector("[data-return-reason]").focus();
});
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-return-reason]")) return;
  const box = event.target.closest(".return-item").querySelector("[data-return]");
  if (event.target.value.trim()) box.checked = true;
  recount();
});

// Evidence

const viewer = document.querySelector("[data-viewer]");
let shown = [];
let at = 0;
const put = () => {
  const piece = shown[at];
  const image = viewer.querySelector("[data-viewer-image]");
  const isImage = "image" in piece.dataset;
  viewer.querySelector("[data-viewer-name]").textContent = `${piece.querySelector(".evidence-name").textContent}（${at + 1} / ${shown.length}）`;
  viewer.querySelector("[data-viewer-facts]").textContent = piece.dataset.facts;
  viewer.querySelector("[data-viewer-original]").href = piece.dataset.original;
  image.hidden = !isImage;
  if (isImage) image.src = piece.href;
  image.alt = piece.querySelector(".evidence-name").textContent;
  viewer.querySelector("[data-viewer-file]").hidden = isImage;
};
const turn = (by) => {
  at = (at + by + shown.length) % shown.length;
  put();
};
// The page holds the first few pieces of an item; leafing through goes through all of them.
const fetchRest = async (item) => {
  const more = item.querySelector("[data-more-pieces] a");
  if (!more) return;
  try {
    const response = await fetch(more.href, { headers: { "HX-Request": "true" }, redirect: "manual" });
    if (response.ok) more.closest("[data-pieces]").innerHTML = await response.text();
  } catch {
    // Without the rest, those on the page are shown.
  }
};
const view = async (item, piece) => {
  const wanted = piece?.href;
  await fetchRest(item);
  shown = [...item.querySelectorAll("[data-view]")];
  if (shown.length === 0 || viewer.open) return;
  at = Math.max(0, shown.findIndex((one) => one.href === wanted));
  put();
  viewer.showModal();
};
document.addEventListener("click", (event) => {
  const piece = event.target.closest("[data-view]");
  if (!piece || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  view(piece.closest(".review-item"), piece);
});
viewer.querySelector("[data-viewer-back]").addEventListener("click", () => turn(-1));
viewer.querySelector("[data-viewer-on]").addEventListener("click", () => turn(1));
viewer.querySelector("[data-viewer-close]").addEventListener("click", () => viewer.close());
viewer.addEventListener("close", () => now()?.focus({ preventScroll: true }));

// Keys

const setPoints = (item, digit) => {
  const points = item.querySelector("[data-points]");
  if (!points) return;
  if (points.max && Number(digit) > Number(points.max)) {
    show(item, { points: `本项最高 ${points.max} 分。` });
    return;
  }
  points.value = digit;
  points.dispatchEvent(new Event("change", { bubbles: true }));
  if (needsReason(item)) item.querySelector("[data-reason]").focus();
};
const choose = (item, value) => {
  const choice = item.querySelector(`input[type=radio][value="${value}"]`);
  if (!choice) return;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  if (needsReason(item)) item.querySelector("[data-reason]").focus();
};
const keys = {
  j: () => go(current + 1),
  k: () => go(current <= 0 ? 0 : current - 1),
  n: () => {
    const left = items.findIndex((item, index) => index > current && !isScored(item));
    go(left >= 0 ? left : items.findIndex((item) => !isScored(item)));
  },
  e: () => now() && view(now()),
  r: () => now()?.querySelector("[data-reason]")?.focus(),
  s: () => now()?.querySelector("[data-points]")?.focus(),
  t: () => {
    const box = now()?.querySelector("[data-return]");
    if (box) box.click();
  },
  "?": () => {
    const help = document.querySelector(".keys");
    help.open = true;
    help.querySelector("summary").focus();
  },
};
const writing = {
  a: () => now() && agree(now()),
  y: () => now() && choose(now(), "yes"),
  x: () => now() && choose(now(), "no"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (viewer.open) {
    if (event.key === "ArrowLeft") turn(-1);
    else if (event.key === "ArrowRight") turn(1);
    return;
  }
  const typing = event.target.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select");
  if (typing) {
    if (event.key === "Escape") now()?.focus({ preventScroll: true });
    return;
  }
  const run = keys[event.key] ?? (writable ? writing[event.key] : undefined);
  if (run) {
    event.preventDefault();
    run();
  } else if (writable && /^[0-9]$/.test(event.key) && now()) {
    event.preventDefault();
    setPoints(now(), event.key);
  }
});
window.addEventListener("beforeunload", (event) => {
  if (items.some((item) => busy.get(item) || timers.has(item))) event.preventDefault();
});
