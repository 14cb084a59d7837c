// Check sheets on a phone: the checks of the inspections that one is named for, answered without a connection, and what waits to be
// sent. What the community claims is not here: it is shown on the page once one has answered.
const { urls, session, learn, reload, owner, stamp, tell, queued, queuePhotos, saved, send, go, button, title, back, badge, page, begin } = await import(document.querySelector("[data-phone]").dataset.app);
const { make } = await import(urls.form);
const { locate, whyNoPlace, photoPart } = await import(urls.pictures);
const store = await import(urls.queue);

const RESULTS = [["met", "符合"], ["not_met", "不符合"], ["unseen", "未能查看"]];
const WORD = Object.fromEntries(RESULTS);
const TONE = { met: "good", not_met: "bad", unseen: "none" };

let known = null; // the inspections that are kept

// What is known, and over it what waits here

const sheets = () => (known?.inspections ?? []).flatMap((inspection) => inspection.sheets.map((sheet) => ({ ...sheet, inspection })));
const sheetOf = (id) => sheets().find((sheet) => sheet.id === id);
const waits = (sheet, key) => session.queue.filter((item) => item.type === "record" && item.state !== "sent" && item.operation.sheet === sheet && item.operation.key === key).at(-1);
const answerOf = (sheet, key) => {
  const mine = waits(sheet.id, key);
  return mine ? { ...mine.operation, waits: mine } : sheet.answers[key];
};
const done = (sheet) => sheet.inspection.lines.filter((line) => answerOf(sheet, line.key)).length;

/** Put an answer in the queue, in the place of one that was never sent; photos that waited for that one wait for this one. */
const record = async (sheet, line, values, photos) => {
  await reload();
  const old = waits(sheet.id, line.key) ?? null;
  const earlier = session.queue.filter((item) => item.type === "record" && item.operation.sheet === sheet.id && item.operation.key === line.key);
  const item = await queued(
    {
      type: "record",
      title: `${line.name}：${WORD[values.result]}`,
      place: sheet.community,
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
    },
    { old },
  );
  await queuePhotos(item, photos);
};

// Pages

const lineOf = (inspection) => {
  const hidden = inspection.is_hidden ? "，未公开" : "";
  const sheetLine = (each) => {
    const sheet = { ...each, inspection };
    const number = done(sheet);
    const state = sheet.is_finished ? badge("good", "已完成") : badge(number === inspection.lines.length ? "wait" : "attend", `${number} / ${inspection.lines.length} 项`);
    return make("li", {}, make("a", { href: `#/sheet/${sheet.id}` }, sheet.community), state);
  };
  return make(
    "section",
    { class: "panel" },
    make("h2", {}, inspection.title),
    make("p", { class: "quiet" }, `${inspection.kind}${hidden}，${inspection.ends_on} 前完成`),
    inspection.instructions ? make("p", {}, inspection.instructions) : null,
    make("ul", { class: "phone-list" }, inspection.sheets.map(sheetLine)),
  );
};

const home = () =>
  page(
    "我的检查表",
    title("我的检查表"),
    make("p", known ? { class: "quiet" } : {}, known ? `${stamp(known.at)} 下载。没有网络也能填，联网后自动发送。` : "第一次使用需要联网下载检查表。"),
    known?.left_out ? make("p", { class: "message message-warning" }, `另有 ${known.left_out} 份检查表没有下载到手机，请联网后在网页上填写，或填完一些后再下载。`) : null,
    ...(known?.inspections ?? []).map(lineOf),
    known && !known.inspections.length ? make("p", {}, "没有等您填写的检查表。被指定为检查人、检查开始以后，这里会出现。") : null,
  );

const WAITS = { unsent: ["wait", "未发送"], refused: ["bad", "没有被接受"], conflict: ["attend", "与他人的有冲突"] };

const answered = (answer) => {
  if (!answer) return badge("none", "未填");
  const [tone, words] = WAITS[answer.waits?.state] ?? [TONE[answer.result], "已发送"];
  return badge(tone, `${WORD[answer.result]}（${words}）`);
};

const sheet = (id) => {
  const one = sheetOf(id);
  if (!one) return home();
  const parts = one.inspection.lines.reduce((map, line) => map.set(line.part, [...(map.get(line.part) ?? []), line]), new Map());
  const lineOf = (line) => make("li", {}, make("a", { href: `#/sheet/${id}/${line.key}` }, `${line.name.startsWith("第") ? `${line.name} ` : ""}${line.text}`), answered(answerOf(one, line.key)));
  return page(
    one.community,
    back("/", "我的检查表"),
    title(one.community),
    make("p", { class: "quiet" }, `${one.inspection.title}，已填 ${done(one)} / ${one.inspection.lines.length} 项`),
    one.is_finished ? make("p", { class: "message" }, "这份检查表已完成；需要修改的，请联网后在网页上重新打开。") : null,
    ...[...parts].map(([part, lines]) => make("section", {}, make("h2", {}, part), make("ul", { class: "phone-list" }, lines.map(lineOf)))),
    make("p", {}, make("a", { href: one.url }, "网页上的检查表（对照社区自评、登记问题、完成检查表）")),
  );
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
    } catch (error) {
      where.textContent = `${whyNoPlace(error)}也可以不带位置保存。`;
    }
  };
  const form = make(
    "form",
    { "data-fill": true, novalidate: true },
    make("fieldset", { class: "field" }, make("legend", { class: "form-label" }, "检查结果"), RESULTS.map(([value, text]) => make("label", { class: "inspect-choice phone-choice" }, make("input", { type: "radio", name: "result", value, checked: answer?.result === value }), text))),
    make("div", { class: "field" }, make("label", { class: "form-label", for: "note" }, "看到的情况", make("span", { class: "optional" }, "（不符合的必填）")), make("textarea", { class: "form-control", id: "note", name: "note", rows: 3, maxlength: 1000 }, answer?.note ?? "")),
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
    await saved(next ? `/sheet/${id}/${next.key}` : `/sheet/${id}`);
  });
  page(line.name, back(`/sheet/${id}`, one.community), title(line.name), line.text === line.name ? null : make("p", {}, line.text), line.clause ? make("p", { class: "quiet" }, `依据：${line.clause}`) : null, form);
  if (!one.is_finished && navigator.permissions) navigator.permissions.query({ name: "geolocation" }).then((found) => { if (found.state === "granted") look(); }).catch(() => {});
  return undefined;
};

const conflict = (item) => {
  const one = sheetOf(item.operation?.sheet);
  if (!one) return go("/queue");
  const { theirs, operation } = item;
  const line = one.inspection.lines.find((each) => each.key === operation.key);
  const keepMine = async () => {
    await record(one, line, { result: operation.result, note: operation.note, position: operation.position, replaces: theirs.revision }, []);
    go("/queue");
    send();
  };
  const takeTheirs = async () => {
    await store.discard(owner(), item.id);
    await reload();
    await fetched();
    tell("");
    go("/queue");
  };
  const side = (name, answer) => make("section", { class: "inspect-check" }, make("h2", {}, name), make("p", {}, make("strong", {}, WORD[answer.result])), make("p", {}, answer.note || "（没有说明）"));
  return page("比较并选择", back("/queue", "发送清单"), title(item.title), make("p", {}, line.text), make("p", {}, `您填写期间，${theirs.by}在 ${stamp(theirs.at)} 也填写了这一项。没有覆盖任何一方，请选择。`), side("我的", operation), side("对方的", theirs), make("div", { class: "phone-buttons" }, button("用我的", keepMine, "btn-primary"), button("采用对方的，放弃我的", takeTheirs, "btn-outline-danger")));
};

const keyOf = () => `known/${owner()}`;

/** The sheets of whoever is signed in. */
async function fetched() {
  const kept = session.me ? await learn(keyOf(), urls.known) : null;
  known = kept ? { ...kept.value, at: kept.at } : null;
}

await begin({
  name: "现场检查",
  welcome: "登录后下载检查表，之后没有网络也能填。",
  routes: [
    [/^\/sheet\/([\w-]+)$/, sheet],
    [/^\/sheet\/([\w-]+)\/([\w.]+)$/, check],
  ],
  home,
  conflict,
  prepare: async () => null,
  pathOf: ({ operation }) => `/sheet/${operation.sheet}/${operation.key}`,
  headingOf: () => null,
  learn: fetched,
  sent: fetched,
  forget() {
    known = null;
  },
});
