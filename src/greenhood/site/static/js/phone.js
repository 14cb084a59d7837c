// The survey form on a phone: sections and kinds as the server describes them, what is known of the community, and what waits to be
// sent. Everything works without a connection; what is sent, unsent or refused is always said. `[data-phone]` holds the addresses.
const root = document.querySelector("[data-phone]");
const urls = root.dataset;
const { make, field, read, problems, show, said } = await import(urls.form);
const store = await import(urls.queue);

// A phone says that it is connected a little before it is.
const RETRY = [2_000, 5_000, 15_000, 60_000];
const main = document.getElementById("main");
const bar = document.querySelector("[data-status]");

let me = null; // who is or was last signed in here
let link = "unknown"; // online, offline, signed-out
let isConfirmed = false; // whether the server has said during this visit who is signed in
let definitions = null;
let known = null; // what is kept of the community that is looked at
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
const today = () => new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
const kindOf = (key) => definitions?.kinds.find((kind) => kind.key === key);
const go = (path) => { if (location.hash === `#${path}`) draw(); else location.hash = path; };
const stamp = (at) => new Date(at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
const button = (title, run, look = "btn-outline") => make("button", { type: "button", class: `btn ${look}`, onclick: run }, title);

// The server

const ask = async (url) => {
  const response = await fetch(url, { redirect: "manual", headers: { Accept: "application/json" } });
  if (response.type === "opaqueredirect" || response.status === 401) return { isSignedOut: true };
  if (!response.ok) return { status: response.status };
  return { answer: await response.json() };
};

/** Find out who is signed in; without a connection it is who was last. */
const meet = async () => {
  try {
    const { answer, isSignedOut } = await ask(urls.me);
    if (isSignedOut) link = "signed-out";
    else if (answer && !answer.person) link = "signed-out";
    else if (answer) {
      const { token, ...person } = answer;
      const isOther = me && (me.person !== person.person || me.post !== person.post);
      me = { ...person, token };
      link = "online";
      isConfirmed = true;
      if (isOther) known = null;
      await store.keep("me", person);
    } else link = "offline";
  } catch {
    link = "offline";
  }
};

const learn = async () => {
  try {
    const { answer } = await ask(urls.definitions);
    if (answer) await store.keep("definitions", answer);
  } catch {
    // What was kept serves.
  }
  definitions = (await store.kept("definitions"))?.value ?? null;
};

const keyOf = (code) => `known/${owner()}/${code}`;

const look = async (code, { isFresh = false } = {}) => {
  const kept = await store.kept(keyOf(code));
  if (kept) known = { ...kept.value, at: kept.at };
  else if (known?.community.code !== code) known = null;
  if (link !== "online" || (kept && !isFresh)) return;
  try {
    const { answer } = await ask(`${urls.known}${code}/`);
    if (!answer) return;
    await store.keep(keyOf(code), answer);
    known = { ...answer, at: Date.now() };
  } catch {
    // What was kept serves.
  }
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
    if (known) await look(known.community.code, { isFresh: true });
    return;
  }
  if (end === "signed-out") link = "signed-out";
  if (end === "offline") link = "offline";
  tell(ENDS[end]);
  if (end === "busy" || end === "offline") later();
};

const send = async () => {
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

// What the community has: what the server knows, and over it what waits here

const mine = (code) => queue.filter((item) => item.type === "record" && item.operation.community === code && item.state !== "sent");

const thingsOf = (code, key) => {
  const found = new Map((known?.things[key] ?? []).map((thing) => [thing.thing, { ...thing }]));
  const kind = kindOf(key);
  for (const item of mine(code)) {
    const { operation } = item;
    if (operation.kind !== key || operation.verb === "nothing") continue;
    const before = found.get(operation.thing) ?? [...found.values()].find(() => kind.is_single);
    const values = { ...before?.values, ...operation.values };
    found.set(before?.thing ?? operation.thing, {
      ...before,
      thing: before?.thing ?? operation.thing,
      values,
      dated: operation.dated,
      name: (kind.name && values[kind.name]) || before?.name || kind.title,
      waits: item,
    });
  }
  return [...found.values()];
};

const namesOf = (code) => (key) => thingsOf(code, key).map((thing) => [thing.thing, thing.name]);

const askedOf = (key) => {
  const kind = kindOf(key);
  const asked = (known?.campaigns ?? []).filter((campaign) => campaign.asked[key]).flatMap((campaign) => campaign.asked[key]);
  return kind.columns.filter((column) => asked.includes(column.name) || column.is_required);
};

const kindsAsked = () => {
  const campaigns = known?.campaigns ?? [];
  return definitions.kinds.filter((kind) => !campaigns.length || campaigns.some((campaign) => campaign.asked[kind.key]));
};

const freshFrom = () => (known?.campaigns ?? []).map((campaign) => campaign.fresh_from).sort().at(-1) ?? "";

const missingOf = (key, thing) => askedOf(key).filter((column) => !thing.values[column.name]);

const nothingOf = (code, key) => {
  const waits = mine(code).findLast((item) => item.operation.kind === key && item.operation.verb === "nothing");
  return waits ? { dated: waits.operation.dated, waits } : known?.nothing[key] ? { dated: known.nothing[key] } : null;
};

const isDone = (code, kind) => {
  const things = thingsOf(code, kind.key);
  const fresh = freshFrom();
  if (things.length) return things.every((thing) => !missingOf(kind.key, thing).length && thing.dated >= fresh);
  const nothing = nothingOf(code, kind.key);
  return Boolean(nothing && nothing.dated >= fresh);
};

/** How many cells a person still types: those that are empty; of a kind without a thing those of one thing. */
const cellsLeft = (code, kinds) =>
  kinds.reduce((sum, kind) => {
    const things = thingsOf(code, kind.key);
    if (things.length) return sum + things.reduce((part, thing) => part + missingOf(kind.key, thing).length, 0);
    return sum + (nothingOf(code, kind.key) ? 0 : askedOf(kind.key).length);
  }, 0);

// Queueing

const queued = async (item, { old = null } = {}) => {
  const whole = { id: crypto.randomUUID(), owner: owner(), person: me.person, post: me.post, order: store.nextOrder(), at: Date.now(), state: "unsent", isTried: false, problems: {}, ...item };
  if (old) await store.replace(owner(), old.id, whole);
  else await store.put(whole);
  await reload();
  return whole;
};

const record = (code, kind, thing, operation, title, old) =>
  queued(
    {
      type: "record",
      title: `${kind.title}：${title}`,
      place: known?.community.name ?? code,
      operation: {
        verb: "record",
        community: code,
        kind: kind.key,
        thing: thing?.thing ?? crypto.randomUUID(),
        replaces: thing?.version ?? null,
        // A sending whose answer was never heard may have been stored: the correction is of that.
        ...(old?.isTried ? { after: [...(old.operation.after ?? []), old.id].slice(-20) } : {}),
        dated: today(),
        ...operation,
      },
    },
    { old },
  );

// Pages

const badge = (tone, text) => make("span", { class: `state state-${tone}` }, make("span", { class: "state-mark", "aria-hidden": "true" }, { good: "✓", attend: "!", wait: "…", bad: "✕", none: "–" }[tone]), text);

const STATES = { unsent: ["wait", "未发送"], refused: ["bad", "没有被接受"], conflict: ["attend", "与他人的更新冲突"], sent: ["good", "已发送"] };
const stateOf = (item) => badge(...STATES[item.state]);

const title = (text, ...more) => [make("h1", { tabindex: "-1" }, text), ...more];
const back = (path, text) => make("p", {}, make("a", { href: `#${path}` }, `‹ ${text}`));

const page = (name, ...content) => {
  drawn = { path: here(), owner: owner() };
  document.title = `${name} · 社区摸底`;
  main.replaceChildren(...content.flat().filter(Boolean));
};

const signInUrl = () => `${urls.signIn}?next=${encodeURIComponent(location.pathname)}`;

const signIn = () => {
  const waiting = count("unsent", "refused", "conflict");
  page(
    "请登录",
    title("请登录"),
    me ? make("p", {}, `${me.person_name}（${me.post_name}）在这台手机上还有 ${waiting} 条没有发送，都保存在本机。本人登录后可以继续填写和发送。`) : make("p", {}, "登录后可以在手机上填写摸底信息；没有网络时也能填，联网后自动发送。"),
    make("p", {}, make("a", { class: "btn btn-primary", href: signInUrl() }, "登录")),
  );
};

const home = () => {
  const places = me.communities ?? [];
  page(
    "选择社区",
    title("选择社区"),
    places.length
      ? make("ul", { class: "phone-list" }, places.map((place) => make("li", {}, make("a", { href: `#/${place.code}` }, place.name))))
      : make("p", {}, me.may_record ? "没有进行中的摸底任务涉及您的社区。" : "您当前的岗位不能登记社区信息。请切换岗位，或联系安全管理员。"),
  );
};

const community = (code) => {
  const campaigns = known.campaigns;
  const asked = kindsAsked();
  const sections = definitions.sections.filter((section) => asked.some((kind) => kind.section === section.key));
  page(
    known.community.name,
    (me.communities ?? []).length > 1 ? back("/", "选择社区") : null,
    title(known.community.name),
    campaigns.length
      ? make("ul", { class: "phone-campaigns" }, campaigns.map((campaign) => make("li", {}, make("a", { href: campaign.url }, campaign.title), ` 截止 ${campaign.due_on}，数据日期不早于 ${campaign.fresh_from}，${campaign.state}`)))
      : make("p", { class: "quiet" }, "没有进行中的摸底任务，也可以随时登记。"),
    make(
      "ul",
      { class: "phone-list" },
      sections.map((section) => {
        const kinds = asked.filter((kind) => kind.section === section.key);
        const done = kinds.filter((kind) => isDone(code, kind)).length;
        return make("li", {}, make("a", { href: `#/${code}/s/${section.key}` }, section.title), done === kinds.length ? badge("good", "已完成") : badge("attend", `${done} / ${kinds.length} 类`));
      }),
    ),
    make("p", { class: "quiet" }, `还要填 ${cellsLeft(code, asked)} 格；系统已有的不用再填。资料更新于 ${stamp(known.at)}。`),
  );
};

const confirmThing = async (code, kind, thing) => {
  await record(code, kind, thing, { verb: "confirm", values: {} }, `${thing.name} 仍然如此`, thing.waits);
  tell("已保存在本机，等待发送。");
  await draw();
  send();
};

const stateNothing = async (code, kind) => {
  await record(code, kind, { thing: null }, { verb: "nothing", thing: null, values: {} }, "本社区没有此类", nothingOf(code, kind.key)?.waits);
  tell("已保存在本机，等待发送。");
  await draw();
  send();
};

const thingLine = (code, kind, thing) => {
  const missing = missingOf(kind.key, thing);
  const isOld = thing.dated < freshFrom();
  const photos = queue.filter((item) => item.type === "photo" && item.state !== "sent" && item.thing === thing.thing);
  return make(
    "li",
    {},
    make("a", { href: `#/${code}/k/${kind.key}/${thing.thing}` }, thing.name),
    make("span", { class: "quiet" }, thing.dated),
    thing.waits ? stateOf(thing.waits) : null,
    photos.length ? make("span", { class: "quiet" }, `照片 ${photos.length} 张未发送`) : null,
    missing.length ? badge("attend", `缺 ${missing.map((column) => column.title).join("、")}`) : isOld ? badge("attend", "数据过早") : !thing.waits ? badge("good", "已完成") : null,
    isOld && !missing.length && !thing.waits ? button("仍然如此", () => confirmThing(code, kind, thing), "btn-outline btn-small") : null,
  );
};

const kindPart = (code, kind) => {
  const things = thingsOf(code, kind.key);
  const nothing = things.length ? null : nothingOf(code, kind.key);
  return make(
    "section",
    { class: "panel", "aria-labelledby": `kind-${kind.key}` },
    make("h2", { id: `kind-${kind.key}` }, kind.title, " ", isDone(code, kind) ? badge("good", nothing ? "已确认没有" : "已完成") : things.length ? badge("attend", "未填完") : badge("none", "未登记")),
    kind.help ? make("p", { class: "quiet" }, kind.help) : null,
    things.length ? make("ul", { class: "phone-things" }, things.map((thing) => thingLine(code, kind, thing))) : null,
    nothing ? make("p", {}, `${nothing.dated} 确认本社区没有${kind.title}。`, nothing.waits ? " " : "", nothing.waits ? stateOf(nothing.waits) : null) : null,
    make(
      "div",
      { class: "phone-buttons" },
      kind.is_single && things.length ? null : make("a", { class: "btn btn-primary", href: `#/${code}/k/${kind.key}/new` }, kind.is_single ? "填写" : "登记一处", make("span", { class: "sr-only" }, `：${kind.title}`)),
      !things.length && !kind.is_single && !(nothing && nothing.dated >= freshFrom() && isDone(code, kind)) ? make("button", { type: "button", class: "btn btn-outline", onclick: () => stateNothing(code, kind) }, nothing ? "仍然没有" : "本社区没有此类", make("span", { class: "sr-only" }, `：${kind.title}`)) : null,
    ),
  );
};

const section = (code, key) => {
  const found = definitions.sections.find((one) => one.key === key);
  if (!found) return go(`/${code}`);
  return page(found.title, back(`/${code}`, known.community.name), title(found.title), kindsAsked().filter((kind) => kind.section === key).map((kind) => kindPart(code, kind)));
};

// The form of one thing

const place = (position, note) => {
  note.textContent = position
    ? `位置：经度 ${position.longitude}，纬度 ${position.latitude}${position.accuracy ? `，误差约 ${position.accuracy} 米` : ""}（手机定位为 WGS 84，与系统采用的 CGCS2000 相差不到 1 米）。`
    : "";
};

const locate = () =>
  new Promise((done, failed) => {
    if (!navigator.geolocation) failed(new Error("这个浏览器不能定位。"));
    else navigator.geolocation.getCurrentPosition((found) => done({ longitude: Number(found.coords.longitude.toFixed(7)), latitude: Number(found.coords.latitude.toFixed(7)), accuracy: Math.ceil(found.coords.accuracy), system: "wgs84" }), failed, { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 });
  });

const NO_PLACE = { 1: "没有允许定位。可在浏览器的网站设置中允许，或手填经纬度。", 2: "暂时定不了位，请到开阔处再试，或手填经纬度。", 3: "定位超时，请到开阔处再试，或手填经纬度。" };

const SYSTEMS = [["cgcs2000", "天地图、测绘（CGCS2000）"], ["wgs84", "手机定位、GPS（WGS 84）"], ["gcj02", "高德、腾讯、微信（GCJ-02）"], ["bd09", "百度（BD-09）"]];

const placePart = (state, thing) => {
  if (thing?.has_shape) return make("p", { class: "quiet" }, "已在地图上画出范围，位置不变。");
  const note = make("p", { class: "field-help", role: "status" });
  const input = (name, text) => make("label", {}, text, make("input", { class: "form-control", name, inputmode: "decimal", autocomplete: "off" }));
  place(state.position, note);
  const has = thing?.values.longitude ? `已有位置：经度 ${thing.values.longitude}，纬度 ${thing.values.latitude}（CGCS2000）。` : "";
  return make(
    "fieldset",
    { class: "field" },
    make("legend", { class: "form-label" }, "位置", make("span", { class: "optional" }, "（选填）")),
    has ? make("p", { class: "field-help" }, has) : null,
    button("取当前位置", async () => {
      note.textContent = "正在定位…";
      try {
        state.position = await locate();
        place(state.position, note);
      } catch (error) {
        note.textContent = NO_PLACE[error.code] ?? error.message;
      }
    }),
    note,
    make("details", {}, make("summary", {}, "手填经纬度"), make("div", { class: "phone-place" }, input("typed-longitude", "经度"), input("typed-latitude", "纬度"), make("label", {}, "坐标来自", make("select", { class: "form-select", name: "typed-system" }, SYSTEMS.map(([key, text]) => make("option", { value: key }, text))))), make("p", { class: "field-help" }, "系统统一换算为 CGCS2000 保存。")),
  );
};

const photoPart = (state) => {
  const list = make("ul", { class: "phone-photos" });
  const draw = () =>
    list.replaceChildren(
      ...state.photos.map((photo, at) =>
        make("li", {}, make("img", { src: (photo.url ??= URL.createObjectURL(photo.blob)), alt: photo.name }), make("span", {}, photo.isCaptured ? "现场拍摄" : "相册照片"), button("去掉", () => { state.photos.splice(at, 1); draw(); }, "btn-outline btn-small")),
      ),
    );
  const take = async (event, isCaptured) => {
    const files = [...event.target.files];
    event.target.value = "";
    for (const file of files) {
      // A camera's picture is a moment old; an older one was chosen from the album.
      const isNew = isCaptured && Math.abs(Date.now() - file.lastModified) < 120_000;
      const photo = { blob: file, name: file.name || "照片.jpg", isCaptured: isNew, capture: isNew ? { "capture-at": String(Date.now()), "capture-queued": "1" } : {} };
      state.photos.push(photo);
      draw();
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
  draw();
  return make("div", { class: "field" }, make("p", { class: "form-label" }, "照片", make("span", { class: "optional" }, "（选填）")), make("div", { class: "phone-buttons" }, input("拍照", "photo-camera", { capture: "environment" }, true), input("从相册选", "photo-album", { multiple: true }, false)), make("p", { class: "field-help" }, "现拍的照片带上手机的时间和位置（WGS 84，与 CGCS2000 相差不到 1 米）；没有网络时拍的会注明“离线”。"), list);
};

const typedPlace = (form) => {
  const [longitude, latitude] = ["typed-longitude", "typed-latitude"].map((name) => form.elements[name]?.value.trim() ?? "");
  return longitude || latitude ? { longitude, latitude, system: form.elements["typed-system"].value } : null;
};

const placeProblem = (position) => {
  if (!position) return "";
  const isNumber = [position.longitude, position.latitude].every((value) => /^-?\d{1,3}(\.\d+)?$/.test(value));
  return isNumber && Math.abs(position.longitude) <= 180 && Math.abs(position.latitude) <= 90 ? "" : "经度和纬度要一起填写，写成小数，例如 104.0635 和 30.6566。";
};

const fill = async (code, key, id) => {
  const kind = kindOf(key);
  if (!kind) return go(`/${code}`);
  const things = thingsOf(code, key);
  const thing = id === "new" ? (kind.is_single ? things[0] : undefined) : things.find((one) => one.thing === id);
  const draft = `draft/${owner()}/${code}/${key}/${id}`;
  const begun = (await store.kept(draft))?.value;
  const old = thing?.waits;
  const state = { position: old?.operation.position ?? null, photos: [] };
  const values = begun?.values ?? thing?.values ?? {};
  const wrong = begun ? {} : (old?.problems ?? {});
  const form = make("form", { "data-fill": true, novalidate: true });
  const path = `/${code}/s/${kind.section}`;
  // What is asked comes first; the rest is there to unfold, and what is already known of it stays.
  const asks = askedOf(key);
  const isAsked = (column) => asks.includes(column);
  const shown = kind.columns.filter((column) => !(thing?.has_shape && column.name === kind.area));
  const line = (column) => field(column, values[column.name], wrong[column.name], namesOf(code));
  form.append(
    make("div", { class: "problems", role: "alert", tabindex: "-1", "data-problems": true, hidden: true }),
    ...(begun ? [make("p", { class: "message" }, "这是上次没有填完的内容。")] : []),
    ...shown.filter(isAsked).map(line),
    shown.every(isAsked) ? "" : make("details", { open: shown.some((column) => !isAsked(column) && wrong[column.name]) }, make("summary", {}, `其他栏目（${shown.filter((column) => !isAsked(column)).length} 项，选填）`), ...shown.filter((column) => !isAsked(column)).map(line)),
    kind.is_located ? placePart(state, thing) : "",
    photoPart(state),
    field({ name: "dated", title: "数据日期", type: "date", is_required: true, help: "这些数字从哪一天起是这样；默认今天。" }, begun?.dated ?? today(), wrong.dated, namesOf(code)),
    make("div", { class: "phone-buttons" }, make("button", { type: "submit", class: "btn btn-primary" }, "保存"), button("不保存", async () => { await store.forget(draft); go(path); })),
  );
  form.addEventListener("input", () => store.keep(draft, { values: read(form, kind.columns), dated: form.elements.dated.value }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.saving) return;
    const typed = read(form, kind.columns);
    if (thing?.has_shape && kind.area) delete typed[kind.area];
    const asked = kind.columns.filter((column) => column.name in typed);
    const position = typedPlace(form) ?? state.position;
    const found = problems(asked, typed, form.elements.dated.value, today());
    if (placeProblem(typedPlace(form))) found[""] = placeProblem(typedPlace(form));
    show(form, found, kind.columns);
    if (Object.keys(found).length) return;
    form.dataset.saving = "yes";
    const name = (kind.name && typed[kind.name]) || thing?.name || kind.title;
    const item = await record(code, kind, thing, { values: typed, dated: form.elements.dated.value, position: position && { longitude: position.longitude, latitude: position.latitude, system: position.system } }, name, old);
    for (const photo of state.photos) await queued({ type: "photo", title: `照片：${photo.name}`, place: item.place, record: item.id, thing: item.operation.thing, blob: photo.blob, name: photo.name, capture: photo.capture });
    await store.forget(draft);
    tell("已保存在本机，等待发送。");
    go(path);
    send();
  });
  page(`${thing ? "修改" : "登记"}${kind.title}`, back(path, definitions.sections.find((one) => one.key === kind.section).title), title(thing ? thing.name : `登记${kind.title}`), kind.help ? make("p", { class: "quiet" }, kind.help) : null, form);
  if (Object.keys(wrong).length) show(form, wrong, kind.columns);
  return undefined;
};

// What waits, what was sent, what was refused

const drop = async (item) => {
  const photos = queue.filter((other) => other.record === item.id && other.state !== "sent").length;
  if (!window.confirm(`放弃“${item.title}”${photos ? `和它的 ${photos} 张照片` : ""}？放弃后不能恢复。`)) return;
  await store.discard(owner(), item.id);
  await reload();
  tell("");
  await draw();
};

const asPlain = async (item) => {
  await queued({ ...item, id: crypto.randomUUID(), capture: {}, state: "unsent", problems: {}, isTried: false }, { old: item });
  await draw();
  send();
};

const line = (item) => {
  const column = (name) => kindOf(item.operation?.kind)?.columns.find((one) => one.name === name)?.title ?? { dated: "数据日期", photo: "照片" }[name];
  return make(
    "li",
    { class: "panel" },
    make("p", {}, make("strong", {}, item.title), " ", stateOf(item)),
    make("p", { class: "quiet" }, `${item.place}，${stamp(item.at)} 填写${item.sentAt ? `，${stamp(item.sentAt)} 发送` : ""}`),
    ...Object.entries(item.problems ?? {}).map(([name, text]) => make("p", { class: "field-error" }, column(name) ? `${column(name)}：${text}` : text)),
    ...(item.answer?.notes ?? []).map((text) => make("p", {}, `提示：${text}`)),
    item.state === "sent"
      ? null
      : make(
          "div",
          { class: "phone-buttons" },
          item.state === "conflict" ? make("a", { class: "btn btn-primary", href: `#/queue/${item.id}` }, "比较并选择") : null,
          item.type === "record" && item.operation.verb === "record" && item.state !== "conflict" ? make("a", { class: "btn btn-outline", href: `#/${item.operation.community}/k/${item.operation.kind}/${item.operation.thing}` }, "修改") : null,
          item.type === "photo" && item.state === "refused" && Object.keys(item.capture ?? {}).length ? button("作为普通照片发送", () => asPlain(item)) : null,
          button("放弃", () => drop(item), "btn-outline-danger"),
        ),
  );
};

const list = () => {
  const part = (name, items) => (items.length ? [make("h2", {}, `${name}（${items.length}）`), make("ul", { class: "phone-queue" }, items.map(line))] : []);
  const by = (...states) => queue.filter((item) => states.includes(item.state));
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
  if (!item || item.state !== "conflict" || item.owner !== owner()) return go("/queue");
  const kind = kindOf(item.operation.kind);
  const { theirs, operation } = item;
  const finish = async (changes) => {
    if (changes) await queued({ ...item, id: crypto.randomUUID(), state: "unsent", isTried: false, theirs: undefined, problems: {}, operation: { ...operation, after: [], ...changes } }, { old: item });
    else await store.discard(owner(), item.id);
    await reload();
    tell("");
    go("/queue");
    if (changes) send();
    else if (known) await look(known.community.code, { isFresh: true });
  };
  if (!theirs) {
    return page("比较并选择", back("/queue", "发送清单"), title(item.title), make("p", {}, "这条信息已被他人注销。可以作为新的一处重新登记，或者放弃本机填写的内容。"), make("div", { class: "phone-buttons" }, button("重新登记", () => finish({ verb: "record", thing: kind.is_single ? null : crypto.randomUUID(), replaces: null }), "btn-primary"), button("放弃我的", () => finish(null), "btn-outline-danger")));
  }
  const names = namesOf(operation.community);
  const isDifferent = (column) => (operation.values[column.name] ?? theirs.values[column.name] ?? "") !== (theirs.values[column.name] ?? "");
  const differing = operation.verb === "record" ? kind.columns.filter(isDifferent) : [];
  const form = make("form", { "data-fill": true, novalidate: true });
  const cell = (column, whose, value) => make("label", { class: "phone-choice" }, make("input", { type: "radio", name: column.name, value: whose }), make("span", {}, make("span", { class: "quiet" }, whose === "mine" ? "我的：" : "对方的："), said(column, value, names)));
  const choose = (whose) => { for (const input of form.querySelectorAll(`input[value="${whose}"]`)) input.checked = true; };
  const wrong = make("p", { class: "field-error", role: "alert", hidden: true });
  form.append(
    ...differing.map((column) => make("fieldset", { class: "field" }, make("legend", { class: "form-label" }, column.title), cell(column, "mine", operation.values[column.name]), cell(column, "theirs", theirs.values[column.name]))),
    wrong,
    make("div", { class: "phone-buttons" }, differing.length ? button("全部选我的", () => choose("mine")) : null, differing.length ? button("全部选对方的", () => choose("theirs")) : null, differing.length ? make("button", { type: "submit", class: "btn btn-primary" }, "按选择保存") : null, button("采用对方的，放弃我的", () => finish(null), "btn-outline-danger")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(form);
    const open = differing.filter((column) => !chosen.get(column.name));
    wrong.hidden = open.length === 0;
    wrong.textContent = open.length ? `请选择：${open.map((column) => column.title).join("、")}。` : "";
    if (open.length) return;
    const values = { ...operation.values };
    for (const column of kind.columns) if (!isDifferent(column) || chosen.get(column.name) === "theirs") values[column.name] = theirs.values[column.name] ?? "";
    finish({ values, replaces: theirs.version, thing: theirs.thing, dated: operation.dated > theirs.dated ? operation.dated : theirs.dated });
  });
  return page(
    "比较并选择",
    back("/queue", "发送清单"),
    title(item.title),
    make("p", {}, `您填写期间，${theirs.person}在 ${stamp(theirs.recorded_at)} 更新了这条信息（数据日期 ${theirs.dated}）。没有覆盖任何一方，请逐项选择。`),
    differing.length ? null : make("p", {}, "两边的内容没有不同之处。"),
    form,
  );
};

// Routes

const ROUTES = [
  [/^\/queue\/([\w-]+)$/, conflict],
  [/^\/queue$/, list],
  [/^\/(\d{12})\/s\/(\w+)$/, section],
  [/^\/(\d{12})\/k\/([\w-]+)\/([\w-]+)$/, fill],
  [/^\/(\d{12})$/, community],
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
  if (!definitions) {
    page("请先联网", title("请先联网打开一次"), make("p", {}, "第一次使用需要联网取得填报内容；之后没有网络也能填。"));
    return;
  }
  const path = here();
  const [, view, values] = ROUTES.map(([pattern, run]) => [pattern, run, path.match(pattern)]).find(([, , match]) => match) ?? [];
  const code = values?.[1]?.length === 12 ? values[1] : null;
  if (code && known?.community.code !== code) await look(code, { isFresh: !isQuiet });
  if (!isWanted(isQuiet, number)) return;
  if (code && known?.community.code !== code) page("没有资料", back("/", "返回"), title("没有这个社区的资料"), make("p", {}, "请联网后再打开一次；也可能您的岗位不能登记这个社区。"));
  else if (view) await view(...values.slice(1));
  else if ((me.communities ?? []).length === 1) {
    location.replace(`#/${me.communities[0].code}`);
    return;
  } else home();
  if (!isQuiet) main.querySelector("h1")?.focus();
};

/** Draw the page of the address. Drawings run one after another: two at once would each put up the same form. */
const draw = ({ isQuiet = false } = {}) => {
  const number = isQuiet ? asked : (asked += 1);
  const mine = turn.then(() => drawNow(isQuiet, number));
  turn = mine.catch(() => {});
  return mine;
};

const begin = async () => {
  me = (await store.kept("me"))?.value ?? null;
  definitions = (await store.kept("definitions"))?.value ?? null;
  await meet();
  if (link === "online") await learn();
  await reload();
  if (me) await store.tidy(owner());
  const code = location.hash.match(/^#\/(\d{12})/)?.[1] ?? (me?.communities?.length === 1 ? me.communities[0].code : null);
  if (code && me && definitions) await look(code, { isFresh: true });
  // Asked for once, so that the browser doesn't clear what waits when the phone runs out of room.
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
