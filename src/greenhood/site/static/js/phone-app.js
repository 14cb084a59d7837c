// What every form on a phone has in common: who is signed in, the bar that says what waits, sending and trying again, the list of what
// waits, and pages drawn by their address. `[data-phone]` holds the addresses; `begin` says what is the form's own.
const root = document.querySelector("[data-phone]");
export const urls = root.dataset;
const { make } = await import(urls.form);
const store = await import(urls.queue);
if (urls.apart) store.keepApart(urls.apart);

// A phone says that it is connected a little before it is.
const RETRY = [2_000, 5_000, 15_000, 60_000];
const main = document.getElementById("main");
const bar = document.querySelector("[data-status]");

/** Who is or was last signed in here (`me`), the connection (`link`: online, offline, signed-out), and what waits here. */
export const session = { me: null, link: "unknown", queue: [], others: 0 };

let app = null;
let isConfirmed = false; // whether the server has said during this visit who is signed in
let sending = null;
let told = "";
let tries = 0;
let timer = 0;

export const owner = () => (session.me ? `${session.me.person}/${session.me.post}` : "");
export const today = () => new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
export const stamp = (at) => new Date(at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

// The server

export const ask = async (url) => {
  const response = await fetch(url, { redirect: "manual", headers: { Accept: "application/json" } });
  if (response.type === "opaqueredirect" || response.status === 401) return { isSignedOut: true };
  if (!response.ok) return { status: response.status };
  return { answer: await response.json() };
};

/** Keep what the server answers; without a connection, or without an answer, what was kept serves. */
export const learn = async (key, url) => {
  if (session.link === "online") {
    try {
      const { answer } = await ask(url);
      if (answer) await store.keep(key, answer);
    } catch {
      // What was kept serves.
    }
  }
  return (await store.kept(key)) ?? null;
};

/** Find out who is signed in; without a connection it is who was last. Says whether it is somebody else than before. */
const meet = async () => {
  try {
    const { answer, isSignedOut } = await ask(urls.me);
    if (isSignedOut || (answer && !answer.person)) session.link = "signed-out";
    else if (answer) {
      const { token, ...person } = answer;
      const before = owner();
      session.me = { ...person, token };
      session.link = "online";
      isConfirmed = true;
      await store.keep("me", person);
      return before !== "" && before !== owner();
    } else session.link = "offline";
  } catch {
    session.link = "offline";
  }
  return false;
};

const meetAgain = async () => {
  if (!(await meet())) return;
  app.forget();
  await app.learn();
};

// What waits

export const reload = async () => {
  session.queue = session.me ? await store.all(owner()) : [];
  session.others = await store.countOfOthers(owner());
};

export const count = (...states) => session.queue.filter((item) => states.includes(item.state)).length;

const WORDS = { online: "在线", offline: "离线", "signed-out": "未登录", unknown: "正在连接…" };

const status = () => {
  const { link, queue } = session;
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

export const tell = (text) => {
  told = text;
  status();
};

/** Put something in the queue; `old` is the item that it stands for. */
export const queued = async (item, { old = null } = {}) => {
  const { person, post } = session.me;
  const whole = { id: crypto.randomUUID(), owner: owner(), person, post, order: store.nextOrder(), at: Date.now(), state: "unsent", isTried: false, problems: {}, ...item };
  if (old) await store.replace(owner(), old.id, whole);
  else await store.put(whole);
  await reload();
  return whole;
};

/** Put photos in the queue that belong to an item of it. */
export const queuePhotos = async (item, photos, more = {}) => {
  for (const { blob, name, capture } of photos) await queued({ type: "photo", title: `照片：${name}`, place: item.place, record: item.id, blob, name, capture, ...more });
};

// Sending

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
  await meetAgain();
  await reload();
  if (!count("unsent")) return;
  if (session.link !== "online") {
    tell(ENDS[session.link] ?? ENDS.offline);
    if (session.link === "offline") later();
    return;
  }
  const end = await store.sendAll(owner(), session.me.token, { sync: urls.sync, photos: urls.photos }, async ({ number, left, item }) => {
    await reload();
    tell(item.state === "unsent" ? `正在发送第 ${number} 条（还有 ${left} 条）：${item.title}` : told);
  });
  await reload();
  if (end === "done") {
    tries = 0;
    const stuck = count("refused", "conflict");
    tell(stuck ? `有 ${stuck} 条没有被接受，请看“发送清单”。` : "已全部发送。");
    await app.sent();
    return;
  }
  if (end === "signed-out" || end === "offline") session.link = end;
  tell(ENDS[end]);
  if (end === "busy" || end === "offline") later();
};

export const send = async () => {
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
};

/** What was put in the queue is said, shown and sent. */
export const saved = async (path) => {
  tell("已保存在本机，等待发送。");
  if (path) go(path);
  else await draw();
  send();
};

// Parts of pages

export const button = (title, run, look = "btn-outline") => make("button", { type: "button", class: `btn ${look}`, onclick: run }, title);
export const title = (text) => make("h1", { tabindex: "-1" }, text);
export const back = (path, text) => make("p", {}, make("a", { href: `#${path}` }, `‹ ${text}`));
export const badge = (tone, text) => make("span", { class: `state state-${tone}` }, make("span", { class: "state-mark", "aria-hidden": "true" }, { good: "✓", attend: "!", wait: "…", bad: "✕", none: "–" }[tone]), text);

const STATES = { unsent: ["wait", "未发送"], refused: ["bad", "没有被接受"], conflict: ["attend", "与他人的更新冲突"], sent: ["good", "已发送"] };
export const stateOf = (item) => badge(...STATES[item.state]);

let drawn = null; // the address and the owner of the page that is shown

export const page = (name, ...content) => {
  drawn = { path: here(), owner: owner() };
  document.title = `${name} · ${app.name}`;
  main.replaceChildren(...content.flat().filter(Boolean));
};

// Pages that every form has: to sign in, and what waits, was sent or was refused

const signIn = () => {
  const { me } = session;
  const waiting = count("unsent", "refused", "conflict");
  page(
    "请登录",
    title("请登录"),
    make("p", {}, me ? `${me.person_name}（${me.post_name}）在这台手机上还有 ${waiting} 条没有发送，都保存在本机。本人登录后可以继续填写和发送。` : app.welcome),
    make("p", {}, make("a", { class: "btn btn-primary", href: `${urls.signIn}?next=${encodeURIComponent(location.pathname)}` }, "登录")),
  );
};

const drop = async (item) => {
  const photos = session.queue.filter((other) => other.record === item.id && other.state !== "sent").length;
  if (!window.confirm(`放弃“${item.title}”${photos ? `和它的 ${photos} 张照片` : ""}？放弃后不能恢复。`)) return;
  await store.discard(owner(), item.id);
  tell("");
  await draw();
};

// A photo whose time and place the server does not believe is a photo all the same.
const asPlain = async (item) => {
  await queued({ ...item, id: crypto.randomUUID(), capture: {}, state: "unsent", problems: {}, isTried: false }, { old: item });
  await draw();
  send();
};

const buttonsOf = (item) => {
  const path = item.type === "record" && item.state !== "conflict" ? app.pathOf(item) : null;
  return make(
    "div",
    { class: "phone-buttons" },
    item.state === "conflict" ? make("a", { class: "btn btn-primary", href: `#/queue/${item.id}` }, "比较并选择") : null,
    path ? make("a", { class: "btn btn-outline", href: `#${path}` }, "修改") : null,
    item.type === "photo" && item.state === "refused" && Object.keys(item.capture ?? {}).length ? button("作为普通照片发送", () => asPlain(item)) : null,
    button("放弃", () => drop(item), "btn-outline-danger"),
  );
};

const line = (item) =>
  make(
    "li",
    { class: "panel" },
    make("p", {}, make("strong", {}, item.title), " ", stateOf(item)),
    make("p", { class: "quiet" }, `${item.place}，${stamp(item.at)} 填写${item.sentAt ? `，${stamp(item.sentAt)} 发送` : ""}`),
    ...Object.entries(item.problems ?? {}).map(([name, text]) => make("p", { class: "field-error" }, app.headingOf(item, name) ? `${app.headingOf(item, name)}：${text}` : text)),
    ...(item.answer?.notes ?? []).map((text) => make("p", {}, `提示：${text}`)),
    item.state === "sent" ? null : buttonsOf(item),
  );

const list = () => {
  const { queue, others } = session;
  const by = (...states) => queue.filter((item) => states.includes(item.state));
  const part = (name, items) => (items.length ? [make("h2", {}, `${name}（${items.length}）`), make("ul", { class: "phone-queue" }, items.map(line))] : []);
  page(
    "发送清单",
    back("/", "返回"),
    title("发送清单"),
    queue.length ? null : make("p", {}, "没有等待发送的内容。"),
    part("待处理", by("conflict", "refused")),
    part("未发送", by("unsent")),
    part("已发送", by("sent").reverse()),
    others ? make("p", { class: "quiet" }, `这台手机上另有 ${others} 条由其他人或其他岗位填写，须由本人登录后发送。`) : null,
  );
};

const conflict = async (id) => {
  const item = await store.get(id);
  if (item?.state === "conflict" && item.owner === owner()) return app.conflict(item);
  return go("/queue");
};

// Drawing

let turn = Promise.resolve(); // the drawing that goes on
let asked = 0; // how many drawings were asked for by people

const here = () => location.hash.slice(1) || "/";
export const go = (path) => {
  if (here() === path) draw();
  else location.hash = path;
};

// A newer drawing does what an older one that waits would do. A quiet one freshens the page that is shown: not one that is being
// left, nor a form that is being filled in by the person who is signed in.
const isWanted = (isQuiet, number) => {
  if (number !== asked) return false;
  if (!isQuiet || !drawn) return true;
  return drawn.path === here() && (drawn.owner !== owner() || !main.querySelector("form[data-fill]"));
};

const viewOf = (path) => {
  const routes = [[/^\/queue\/([\w-]+)$/, conflict], [/^\/queue$/, list], ...app.routes];
  const [, view, match] = routes.map(([pattern, run]) => [pattern, run, path.match(pattern)]).find(([, , found]) => found) ?? [];
  return view ? () => view(...match.slice(1)) : app.home;
};

const drawNow = async (isQuiet, number) => {
  await reload();
  status();
  if (!isWanted(isQuiet, number)) return;
  if (!session.me || (session.link === "signed-out" && !isConfirmed)) {
    signIn();
    return;
  }
  const path = here();
  const instead = await app.prepare(path, isQuiet);
  if (!isWanted(isQuiet, number)) return;
  await (instead ?? viewOf(path))();
  if (!isQuiet) main.querySelector("h1")?.focus();
};

/** Draw the page of the address. Drawings run one after another: two at once would each put up the same form. */
export const draw = ({ isQuiet = false } = {}) => {
  const number = isQuiet ? asked : (asked += 1);
  const mine = turn.then(() => drawNow(isQuiet, number));
  turn = mine.catch(() => {});
  return mine;
};

// The beginning

const listen = () => {
  bar.querySelector("[data-send]").addEventListener("click", () => { tries = 0; send(); });
  window.addEventListener("hashchange", () => draw());
  window.addEventListener("online", () => { tries = 0; send(); });
  window.addEventListener("offline", () => { session.link = "offline"; tell(count("unsent") ? ENDS.offline : ""); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible" && count("unsent")) send(); });
};

/**
 * Begin with what is the form's own:
 * `name`, `welcome` (words before anybody signed in), `routes` ([pattern, view] each) and `home` (the view of any other address),
 * `learn()` (fetch what is kept), `sent()` (everything was sent), `forget()` (somebody else signed in: what is in memory is not theirs),
 * `prepare(path, isQuiet)` (what a page needs; may answer with another view), `conflict(item)` (both sides, to choose from),
 * `pathOf(item)` (where an item is corrected) and `headingOf(item, name)` (what a column with a problem is called).
 */
export const begin = async (own) => {
  app = own;
  listen();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register(urls.worker, { scope: location.pathname });
  session.me = (await store.kept("me"))?.value ?? null;
  await meet();
  await app.learn();
  await reload();
  if (session.me) await store.tidy(owner());
  // Asked for once, so that the browser doesn't clear what waits when the phone runs out of room.
  navigator.storage?.persist?.();
  await draw({ isQuiet: true });
  if (count("unsent") && session.link === "online") send();
  root.dataset.ready = "yes";
};
