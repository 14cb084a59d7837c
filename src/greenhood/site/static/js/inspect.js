// Check sheets on a phone: the checks of the inspections that one is named for, answered without a connection, and what waits to be
// sent. What the community claims is not here: it is shown on the page once one has answered. `[data-inspect]` holds the addresses.
const root = document.querySelector("[data-inspect]");
const urls = root.dataset;
const { make } = await import(urls.form);
const store = await import(urls.queue);
store.keepApart("inspection");

const RETRY = [2_000, 5_000, 15_000, 60_000];
const RESULTS = [["met", "符合"], ["not_met", "不符合"], ["unseen", "未能查看"]];
const WORD = Object.fromEntries(RESULTS);
const main = document.getElementById("main");
const bar = document.querySelector("[data-status]");

let me = null; // who is or was last signed in here
let link = "unknown"; // online, offline, signed-out
let isConfirmed = false; // whether the server has said during this visit who is signed in
let known = null; // the inspections that are kept
let queue = [];
let others = 0;
let sending = null;
let told = "";
let tries = 0;
let timer = 0;
let turn = Promise.resolve(); // the drawing that goes on
let asked = 0; // how many drawings were asked for by people
let drawn = null; // the address and the owner of the page that is shown

const here = () => location.hash.slice(1) || "/";
const owner = () => (me ? `${me.person}/${me.post}` : "");
const stamp = (at) => new Date(at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
const button = (title, run, look = "btn-outline") => make("button", { type: "button", class: `btn ${look}`, onclick: run }, title);
const title = (text) => make("h1", { tabindex: "-1" }, text);
const back = (path, text) => make("p", {}, make("a", { href: `#${path}` }, `返回${text}`));
const page = (name, ...parts) => {
  drawn = { path: here(), owner: owner() };
  document.title = `${name} · 现场检查`;
  main.replaceChildren(...parts.flat().filter(Boolean));
};

// The server

const ask = async (url) => {
  const response = await fetch(url, { redirect: "manual", headers: { Accept: "application/json" } });
  if (response.type === "opaqueredirect" || response.status === 401) return { isSignedOut: true };
  if (!response.ok) return { status: response.status };
  return { answer: await response.json() };
};

const keyOf = () => `known/${owner()}`;

/** Find out who is signed in; without a connection it is who was last. */
const meet = async () => {
  try {
    const { answer, isSignedOut } = await ask(urls.me);
    if (isSignedOut || (answer && !answer.person)) link = "signed-out";
    else if (answer) {
      const { token, ...person } = answer;
      if (me && (me.person !== person.person || me.post !== person.post)) known = null;
      me = { ...person, token };
      link = "online";
      isConfirmed = true;
      await store.keep("me", person);
    } else link = "offline";
  } catch {
    link = "offline";
  }
};

const learn = async () => {
  if (link === "online") {
    try {
      const { answer } = await ask(urls.known);
      if (answer) await store.keep(keyOf(), answer);
    } catch {
      // What was kept serves.
    }
  }
  const kept = me ? await store.kept(keyOf()) : null;
  known = kept ? { ...kept.value, at: kept.at } : null;
};

// Sending

const reload = async () => {
  queue = me ? await store.all(owner()) : [];
  others = await store.countOfOthers(owner());
};

const count = (...states) => queue.filter((item) => states.includes(item.state)).length;
const WORDS = { online: "在线", offline: "离线", "signed-out": "未登录", unknown: "正在连接…" };

const status = () => {
  const unsent = count("unsent");
  const stuck = count("refused", "conflict");
  bar.querySelector("[data-link]").textContent = WORDS[link];
  bar.dataset.link = link;
  bar.querySelector("[data-unsent]").textContent = unsent ? `未发送 ${unsent} 条` : stuck ? "" : queue.length ? "全部已发送" : "没有待发送的内容";
  bar.querySelector("[data-stuck]").textContent = stuck ? `待处理 ${stuck} 条` : "";
  bar.querySelector("[data-told]").textContent = told;
  bar.querySelector("[data-send]").disabled = !unsent || sending !== null;
  bar.dataset.waiting = unsent + stuck > 0 ? "yes" : "no";
};

const tell = (text) => {
  told = text;
  status();
};

const ENDS = {
  offline: "网络不通，没有发送的都保存在本机，联网后自动发送。",
  "signed-out": "登录已过期，没有发送的都保存在本机。请重新登录后发送。",
  busy: "服务器暂时不能接受，没有发送的都保存在本机，稍后自动重试。",
};

const later = () => {
  clearTimeout(timer);
  timer = setTimeout(send, RETRY[Math.min(tries++, RETRY.length - 1)]);
};

const sendNow = async () => {
  await meet();
  await reload();
  if (!count("unsent")) return;
  if (link !== "online") {
    tell(ENDS[link] ?? ENDS.offline);
    if (link === "offline") later();
    return;
  }
  const end = await store.sendAll(owner(), me.token, { sync: urls.sync, photos: urls.photos }, async ({ number, left, item }) => {
    await reload();
    tell(item.state === "unsent" ? `正在发送第 ${number} 条（还有 ${left} 条）：${item.title}` : told);
  });
  await reload();
  if (end === "done") {
    tries = 0;
    const stuck = count("refused", "conflict");
    tell(stuck ? `有 ${stuck} 条没有被接受，请看“发送清单”。` : "已全部发送。");
    await learn();
    return;
  }
  if (end === "signed-out") link = "signed-out";
  if (end === "offline") link = "offline";
  tell(ENDS[end]);
  if (end === "busy" || end === "offline") later();
};

async function send() {
  if (sending) return;
  sending = sendNow();
  status();
  try {
    await sending;
  } finally {
    sending = null;
    await draw({ isQuiet: true });
    status();
  }
}

// What is known, and over it what waits here

const sheets = () => (known?.inspections ?? []).flatMap((inspection) => inspection.sheets.map((sheet) => ({ ...sheet, inspection })));
const sheetOf = (id) => sheets().find((sheet) => sheet.id === id);
const waits = (sheet, key) => queue.filter((item) => item.type === "record" && item.state !== "sent" && item.operation.sheet === sheet && item.operation.key === key).at(-1);
const answerOf = (sheet, key) => {
  const mine = waits(sheet.id, key);
  return mine ? { ...mine.operation, waits: mine } : sheet.answers[key];
};
const done = (sheet) => sheet.inspection.lines.filter((line) => answerOf(sheet, line.key)).length;

const locate = () =>
  new Promise((found, failed) => {
    if (!navigator.geolocation) failed(new Error("这个浏览器不能定位。"));
    else navigator.geolocation.getCurrentPosition(({ coords }) => found({ longitude: Number(coords.longitude.toFixed(6)), latitude: Number(coords.latitude.toFixed(6)), accuracy: Math.ceil(coords.accuracy) }), failed, { enableHighAccuracy: true, timeout: 8_000, maximumAge: 60_000 });
  });

/** Put an answer in the queue, in the place of one that was never sent; photos that waited for that one wait for this one. */
const record = async (sheet, line, values, photos) => {
  const old = waits(sheet.id, line.key);
  const earlier = queue.filter((item) => item.type === "record" && item.operation.sheet === sheet.id && item.operation.key === line.key);
  const item = {
    id: crypto.randomUUID(),
    owner: owner(),
    person: me.person,
    post: me.post,
    type: "record",
    state: "unsent",
    order: store.nextOrder(),
    at: Date.now(),
    title: `${line.name}：${WORD[values.result]}`,
    place: sheet.community,
    problems: {},
    operation: {
      sheet: sheet.id,
      key: line.key,
      result: values.result,
      note: values.note,
      seen_at: new Date().toISOString(),
      position: values.position,
      replaces: values.replaces ?? sheet.answers[line.key]?.revision ?? 0,
      after: values.replaces === undefined ? earlier.filter((one) => one.isTried).map((one) => one.id).slice(-20) : [],
    },
  };
  if (old) await store.replace(owner(), old.id, item);
  else await store.put(item);
  for (const photo of photos) await store.put({ ...photo, id: crypto.randomUUID(), owner: owner(), person: me.person, post: me.post, type: "photo", state: "unsent", order: store.nextOrder(), at: Date.now(), title: `照片：${photo.name}`, place: sheet.community, record: item.id, problems: {} });
  await reload();
  tell("已保存在本机，等待发送。");
};

// Pages

const signIn = () =>
  page("请登录", title("请登录"), make("p", {}, queue.length || others ? `还有 ${count("unsent", "refused", "conflict") + others} 条没有发送，登录后继续。` : "登录后下载检查表，之后没有网络也能填。"), make("p", {}, make("a", { class: "btn btn-primary", href: `${urls.signIn}?next=${encodeURIComponent(location.pathname)}` }, "去登录")));

const home = () =>
  page(
    "我的检查表",
    title("我的检查表"),
    known ? make("p", { class: "quiet" }, `${stamp(known.at)} 下载。没有网络也能填，联网后自动发送。`) : make("p", {}, "第一次使用需要联网下载检查表。"),
    ...(known?.inspections ?? []).map((inspection) =>
      make("section", { class: "panel" }, make("h2", {}, inspection.title, make("span", { class: "quiet" }, ` ${inspection.kind}${inspection.is_hidden ? "，未公开" : ""}，${inspection.ends_on} 前`)), inspection.instructions ? make("p", {}, inspection.instructions) : null, make("ul", { class: "phone-list" }, inspection.sheets.map((each) => { const sheet = { ...each, inspection }; return make("li", {}, make("a", { href: `#/sheet/${sheet.id}` }, sheet.community), make("span", { class: "quiet" }, sheet.is_finished ? "已完成" : `${done(sheet)}/${inspection.lines.length} 项`)); }))),
    ),
    known && !known.inspections.length ? make("p", {}, "没有等您填写的检查表。被指定为检查人、检查开始以后，这里会出现。") : null,
  );

const stateOf = (answer) => {
  if (!answer) return "未填";
  const item = answer.waits;
  if (!item) return `${WORD[answer.result]}（已发送）`;
  return `${WORD[answer.result]}（${{ unsent: "未发送", refused: "未接受", conflict: "有冲突" }[item.state]}）`;
};

const sheet = (id) => {
  const one = sheetOf(id);
  if (!one) return home();
  const parts = Map.groupBy ? Map.groupBy(one.inspection.lines, (line) => line.part) : one.inspection.lines.reduce((map, line) => map.set(line.part, [...(map.get(line.part) ?? []), line]), new Map());
  return page(
    one.community,
    back("/", "我的检查表"),
    title(one.community),
    make("p", { class: "quiet" }, `${one.inspection.title}，已填 ${done(one)}/${one.inspection.lines.length} 项`),
    one.is_finished ? make("p", { class: "message" }, "这份检查表已完成；需要修改的，请联网后在网页上重新打开。") : null,
    ...[...parts].map(([part, lines]) => make("section", {}, make("h2", {}, part), make("ul", { class: "phone-list" }, lines.map((line) => make("li", {}, make("a", { href: `#/sheet/${id}/${line.key}` }, `${line.name.startsWith("第") ? `${line.name} ` : ""}${line.text}`), make("span", { class: "quiet" }, stateOf(answerOf(one, line.key)))))))),
    make("p", {}, make("a", { href: one.url }, "网页上的检查表（对照社区自评、登记问题、完成检查表）")),
  );
};

const photoPart = (photos) => {
  const list = make("ul", { class: "phone-photos" });
  const show = () => list.replaceChildren(...photos.map((photo, at) => make("li", {}, make("img", { src: (photo.url ??= URL.createObjectURL(photo.blob)), alt: photo.name }), make("span", {}, Object.keys(photo.capture).length ? "现场拍摄" : "相册照片"), button("去掉", () => { photos.splice(at, 1); show(); }, "btn-outline btn-small"))));
  const take = async (event, isCaptured) => {
    const files = [...event.target.files];
    event.target.value = "";
    for (const file of files) {
      // A camera's picture is a moment old; an older one was chosen from the album.
      const isNew = isCaptured && Math.abs(Date.now() - file.lastModified) < 120_000;
      const photo = { blob: file, name: file.name || "照片.jpg", capture: isNew ? { "capture-at": String(Date.now()), "capture-queued": "1" } : {} };
      photos.push(photo);
      show();
      if (!isNew) continue;
      try {
        const where = await locate();
        Object.assign(photo.capture, { "capture-longitude": String(where.longitude), "capture-latitude": String(where.latitude), "capture-accuracy": String(where.accuracy) });
      } catch {
        // A photo without a place is a photo all the same.
      }
    }
  };
  const input = (text, id, options, isCaptured) => make("label", { class: "btn btn-outline", for: id }, text, make("input", { id, class: "sr-only", type: "file", accept: "image/jpeg,image/png,image/webp", ...options, onchange: (event) => take(event, isCaptured) }));
  return make("div", { class: "field" }, make("p", { class: "form-label" }, "照片", make("span", { class: "optional" }, "（选填）")), make("div", { class: "phone-buttons" }, input("拍照", "photo-camera", { capture: "environment" }, true), input("从相册选", "photo-album", { multiple: true }, false)), list);
};

const check = (id, key) => {
  const one = sheetOf(id);
  const at = one?.inspection.lines.findIndex((each) => each.key === key) ?? -1;
  if (at < 0) return home();
  const line = one.inspection.lines[at];
  const next = one.inspection.lines[at + 1];
  const answer = answerOf(one, key);
  const photos = [];
  let position = null;
  const wrong = make("p", { class: "field-error", role: "alert", hidden: true });
  const where = make("p", { class: "field-help", role: "status" });
  const look = async () => {
    where.textContent = "正在定位…";
    try {
      position = await locate();
      where.textContent = `位置：${position.longitude}, ${position.latitude}，误差约 ${position.accuracy} 米。`;
    } catch {
      where.textContent = "没有取到位置，可以不带位置保存。";
    }
  };
  const form = make(
    "form",
    { "data-fill": true, novalidate: true },
    make("fieldset", { class: "field" }, make("legend", { class: "form-label" }, "检查结果"), RESULTS.map(([value, text]) => make("label", { class: "inspect-choice phone-choice" }, make("input", { type: "radio", name: "result", value, checked: answer?.result === value }), text))),
    make("label", { class: "form-label", for: "note" }, "看到的情况", make("span", { class: "optional" }, "（不符合的必填）")),
    make("textarea", { class: "form-control", id: "note", name: "note", rows: 3, maxlength: 1000 }, answer?.note ?? ""),
    photoPart(photos),
    make("div", { class: "field" }, button("取当前位置", look), where),
    ...Object.values(answer?.waits?.problems ?? {}).map((text) => make("p", { class: "field-error" }, text)),
    wrong,
    make("div", { class: "phone-buttons" }, make("button", { type: "submit", class: "btn btn-primary" }, next ? "保存，看下一项" : "保存"), make("a", { class: "btn btn-outline", href: `#/sheet/${id}` }, "不保存")),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.saving) return;
    const sent = new FormData(form);
    const values = { result: sent.get("result"), note: (sent.get("note") ?? "").toString().trim(), position };
    const problem = !values.result ? "请选择符合、不符合或未能查看。" : values.result === "not_met" && !values.note ? "不符合的，请写明看到的情况。" : "";
    wrong.textContent = problem;
    wrong.hidden = !problem;
    if (problem) return;
    form.dataset.saving = "yes";
    await record(one, line, values, photos);
    location.hash = next ? `#/sheet/${id}/${next.key}` : `#/sheet/${id}`;
    send();
  });
  page(line.name, back(`/sheet/${id}`, one.community), title(line.name), make("p", {}, line.text), line.clause ? make("p", { class: "quiet" }, `依据：${line.clause}`) : null, form);
  if (!one.is_finished && navigator.permissions) navigator.permissions.query({ name: "geolocation" }).then((found) => { if (found.state === "granted") look(); }).catch(() => {});
  return undefined;
};

const drop = async (item) => {
  if (!window.confirm(`放弃“${item.title}”？放弃后不能恢复。`)) return;
  await store.discard(owner(), item.id);
  tell("");
  await draw();
};

const lineOf = (item) => {
  const { sheet: id, key } = item.operation ?? {};
  const words = { unsent: "未发送", refused: "未接受", conflict: "有冲突", sent: "已发送" }[item.state];
  return make(
    "li",
    { class: "panel" },
    make("p", {}, make("strong", {}, item.title), ` ${words}`),
    make("p", { class: "quiet" }, `${item.place}，${stamp(item.at)} 填写${item.sentAt ? `，${stamp(item.sentAt)} 发送` : ""}`),
    ...Object.values(item.problems ?? {}).map((text) => make("p", { class: "field-error" }, text)),
    item.state === "sent"
      ? null
      : make("div", { class: "phone-buttons" }, item.state === "conflict" ? make("a", { class: "btn btn-primary", href: `#/queue/${item.id}` }, "比较并选择") : null, item.type === "record" && item.state !== "conflict" ? make("a", { class: "btn btn-outline", href: `#/sheet/${id}/${key}` }, "修改") : null, button("放弃", () => drop(item), "btn-outline-danger")),
  );
};

const list = () => {
  const part = (name, items) => (items.length ? [make("h2", {}, `${name}（${items.length}）`), make("ul", { class: "phone-queue" }, items.map(lineOf))] : []);
  const by = (...states) => queue.filter((item) => states.includes(item.state));
  page("发送清单", back("/", "我的检查表"), title("发送清单"), queue.length ? null : make("p", {}, "没有等待发送的内容。"), ...part("待处理", by("conflict", "refused")), ...part("未发送", by("unsent")), ...part("已发送", by("sent").reverse()), others ? make("p", { class: "quiet" }, `这台手机上另有 ${others} 条由其他人或其他岗位填写，须由本人登录后发送。`) : null);
};

const conflict = async (id) => {
  const item = await store.get(id);
  const one = item && sheetOf(item.operation?.sheet);
  if (!item || item.state !== "conflict" || item.owner !== owner() || !one) return list();
  const { theirs, operation } = item;
  const line = one.inspection.lines.find((each) => each.key === operation.key);
  const keepMine = async () => {
    await record(one, line, { result: operation.result, note: operation.note, position: operation.position, replaces: theirs.revision }, []);
    location.hash = "#/queue";
    send();
  };
  const takeTheirs = async () => {
    await store.discard(owner(), item.id);
    await reload();
    await learn();
    tell("");
    location.hash = "#/queue";
  };
  const side = (name, answer) => make("section", { class: "inspect-check" }, make("h2", {}, name), make("p", {}, make("strong", {}, WORD[answer.result])), make("p", {}, answer.note || "（没有说明）"));
  return page("比较并选择", back("/queue", "发送清单"), title(item.title), make("p", {}, line.text), make("p", {}, `您填写期间，${theirs.by}在 ${stamp(theirs.at)} 也填写了这一项。没有覆盖任何一方，请选择。`), side("我的", operation), side("对方的", theirs), make("div", { class: "phone-buttons" }, button("用我的", keepMine, "btn-primary"), button("采用对方的，放弃我的", takeTheirs, "btn-outline-danger")));
};

// Routes

const ROUTES = [
  [/^\/queue\/([\w-]+)$/, conflict],
  [/^\/queue$/, list],
  [/^\/sheet\/([\w-]+)$/, sheet],
  [/^\/sheet\/([\w-]+)\/([\w.]+)$/, check],
];

// A newer drawing does what an older one that waits would do. A quiet one freshens the page that is shown: not one that is being
// left, nor a form that is being filled in by the person who is signed in.
const isWanted = (isQuiet, number) => {
  if (number !== asked) return false;
  if (!isQuiet || !drawn) return true;
  return drawn.path === here() && (drawn.owner !== owner() || !main.querySelector("form[data-fill]"));
};

const drawNow = async (isQuiet, number) => {
  await reload();
  status();
  if (!isWanted(isQuiet, number)) return;
  if (!me || (link === "signed-out" && !isConfirmed)) {
    signIn();
    return;
  }
  const path = here();
  const [, view, values] = ROUTES.map(([pattern, run]) => [pattern, run, path.match(pattern)]).find(([, , match]) => match) ?? [];
  if (view) await view(...values.slice(1));
  else home();
  if (!isQuiet) main.querySelector("h1")?.focus();
};

/** Draw the page of the address. Drawings run one after another: two at once would each put up the same form. */
function draw({ isQuiet = false } = {}) {
  const number = isQuiet ? asked : (asked += 1);
  const mine = turn.then(() => drawNow(isQuiet, number));
  turn = mine.catch(() => {});
  return mine;
}

const begin = async () => {
  me = (await store.kept("me"))?.value ?? null;
  await meet();
  await learn();
  await reload();
  if (me) await store.tidy(owner());
  navigator.storage?.persist?.();
  await draw({ isQuiet: true });
  if (count("unsent") && link === "online") send();
};

bar.querySelector("[data-send]").addEventListener("click", () => { tries = 0; send(); });
window.addEventListener("hashchange", () => draw());
window.addEventListener("online", () => { tries = 0; send().then(() => status()); });
window.addEventListener("offline", () => { link = "offline"; tell(count("unsent") ? ENDS.offline : ""); });
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible" && count("unsent")) send(); });

if ("serviceWorker" in navigator) navigator.serviceWorker.register(urls.worker, { scope: location.pathname });
await begin();
root.dataset.ready = "yes";
