// The survey form on a phone: sections and kinds as the server describes them, what is known of the community, and what waits to be
// sent. Everything works without a connection; what is sent, unsent or refused is always said.
const { urls, session, ask, learn, reload, owner, today, stamp, tell, queued, queuePhotos, saved, send, go, button, title, back, badge, stateOf, page, begin } = await import(document.querySelector("[data-phone]").dataset.app);
const { make, field, read, problems, show, said } = await import(urls.form);
const { locate, whyNoPlace, photoPart } = await import(urls.pictures);
const store = await import(urls.queue);

let definitions = null;
let known = null; // what is kept of the community that is looked at

const kindOf = (key) => definitions?.kinds.find((kind) => kind.key === key);

const keyOf = (code) => `known/${owner()}/${code}`;

const look = async (code, { isFresh = false } = {}) => {
  const kept = await store.kept(keyOf(code));
  if (kept) known = { ...kept.value, at: kept.at };
  else if (known?.community.code !== code) known = null;
  if (session.link !== "online" || (kept && !isFresh)) return;
  try {
    const { answer } = await ask(`${urls.known}${code}/`);
    if (!answer) return;
    await store.keep(keyOf(code), answer);
    known = { ...answer, at: Date.now() };
  } catch {
    // What was kept serves.
  }
};

// What the community has: what the server knows, and over it what waits here

const mine = (code) => session.queue.filter((item) => item.type === "record" && item.operation.community === code && item.state !== "sent");

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

const record = async (code, kind, thing, operation, title, old) => {
  // What was being sent while the form was open may have been stored, heard of or not: the correction is of that.
  const before = (old && (await store.get(old.id))) ?? null;
  return queued(
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
        ...(before?.isTried ? { after: [...(before.operation.after ?? []), before.id].slice(-20) } : {}),
        dated: today(),
        ...operation,
      },
    },
    { old: before?.state === "sent" ? null : before },
  );
};

// Pages

const home = () => {
  const places = session.me.communities ?? [];
  if (places.length === 1) {
    location.replace(`#/${places[0].code}`);
    return;
  }
  page(
    "选择社区",
    title("选择社区"),
    places.length
      ? make("ul", { class: "phone-list" }, places.map((place) => make("li", {}, make("a", { href: `#/${place.code}` }, place.name))))
      : make("p", {}, session.me.may_record ? "没有进行中的摸底任务涉及您的社区。" : "您当前的岗位不能登记社区信息。请切换岗位，或联系安全管理员。"),
  );
};

const community = (code) => {
  const campaigns = known.campaigns;
  const asked = kindsAsked();
  const sections = definitions.sections.filter((section) => asked.some((kind) => kind.section === section.key));
  page(
    known.community.name,
    (session.me.communities ?? []).length > 1 ? back("/", "选择社区") : null,
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
  await saved();
};

const stateNothing = async (code, kind) => {
  await record(code, kind, { thing: null }, { verb: "nothing", thing: null, values: {} }, "本社区没有此类", nothingOf(code, kind.key)?.waits);
  await saved();
};

const thingLine = (code, kind, thing) => {
  const missing = missingOf(kind.key, thing);
  const isOld = thing.dated < freshFrom();
  const photos = session.queue.filter((item) => item.type === "photo" && item.state !== "sent" && item.thing === thing.thing);
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
        note.textContent = `${whyNoPlace(error)}也可以手填经纬度。`;
      }
    }),
    note,
    make("details", {}, make("summary", {}, "手填经纬度"), make("div", { class: "phone-place" }, input("typed-longitude", "经度"), input("typed-latitude", "纬度"), make("label", {}, "坐标来自", make("select", { class: "form-select", name: "typed-system" }, SYSTEMS.map(([key, text]) => make("option", { value: key }, text))))), make("p", { class: "field-help" }, "系统统一换算为 CGCS2000 保存。")),
  );
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
    photoPart(state.photos),
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
    await queuePhotos(item, state.photos, { thing: item.operation.thing });
    await store.forget(draft);
    await saved(path);
  });
  page(`${thing ? "修改" : "登记"}${kind.title}`, back(path, definitions.sections.find((one) => one.key === kind.section).title), title(thing ? thing.name : `登记${kind.title}`), kind.help ? make("p", { class: "quiet" }, kind.help) : null, form);
  if (Object.keys(wrong).length) show(form, wrong, kind.columns);
  return undefined;
};

// What was refused, and what two people said

const headingOf = (item, name) => kindOf(item.operation?.kind)?.columns.find((one) => one.name === name)?.title ?? { dated: "数据日期", photo: "照片" }[name];

const pathOf = ({ operation }) => (operation.verb === "record" ? `/${operation.community}/k/${operation.kind}/${operation.thing}` : null);

const conflict = (item) => {
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

// What a page needs before it is drawn

const codeOf = (path) => path.match(/^\/(\d{12})(?:\/|$)/)?.[1] ?? null;

const nothingYet = () => page("请先联网", title("请先联网打开一次"), make("p", {}, "第一次使用需要联网取得填报内容；之后没有网络也能填。"));
const notKnown = () => page("没有资料", back("/", "返回"), title("没有这个社区的资料"), make("p", {}, "请联网后再打开一次；也可能您的岗位不能登记这个社区。"));

const prepare = async (path, isQuiet) => {
  if (!definitions) return nothingYet;
  const code = codeOf(path);
  if (code && known?.community.code !== code) await look(code, { isFresh: !isQuiet });
  return code && known?.community.code !== code ? notKnown : null;
};

await begin({
  name: "社区摸底",
  welcome: "登录后可以在手机上填写摸底信息；没有网络时也能填，联网后自动发送。",
  routes: [
    [/^\/(\d{12})\/s\/(\w+)$/, section],
    [/^\/(\d{12})\/k\/([\w-]+)\/([\w-]+)$/, fill],
    [/^\/(\d{12})$/, community],
  ],
  home,
  prepare,
  conflict,
  pathOf,
  headingOf,
  async learn() {
    definitions = (await learn("definitions", urls.definitions))?.value ?? null;
    const places = session.me?.communities ?? [];
    const code = codeOf(location.hash.slice(1)) ?? (places.length === 1 ? places[0].code : null);
    if (code && session.me && definitions) await look(code, { isFresh: true });
  },
  async sent() {
    if (known) await look(known.community.code, { isFresh: true });
  },
  forget() {
    known = null;
  },
});
