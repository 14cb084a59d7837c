// Evidence by drag and drop, by camera, many at once: each file with its own progress and its own error. A file counts as stored
// only when the server says so. `[data-upload]` is the place of one item with the address that takes its files, `data-field` the name
// that they go by (that of the item without one). A photo taken in the page comes by the event `captured`.
const AT_ONCE = 2;

const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const waiting = [];
let running = 0;

const line = (zone, file) => {
  const row = document.createElement("li");
  row.className = "upload";
  const name = document.createElement("span");
  name.className = "upload-name";
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", `${file.name} 的上传进度`);
  const words = document.createElement("span");
  words.className = "upload-words";
  words.textContent = "等待上传";
  row.append(name, bar, words);
  zone.querySelector("[data-uploads]").append(row);
  return { row, bar, words };
};

const button = (text, run) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-outline btn-small";
  made.textContent = text;
  made.addEventListener("click", run);
  return made;
};

const refuse = (job, text, again) => {
  job.shown.row.classList.add("upload-bad");
  job.shown.bar.hidden = true;
  job.shown.words.textContent = text;
  if (again) {
    job.shown.row.append(
      button("重试", (event) => {
        event.target.remove();
        job.shown.row.classList.remove("upload-bad");
        job.shown.bar.hidden = false;
        enqueue(job);
      }),
    );
  }
  job.shown.row.append(button("知道了", () => job.shown.row.remove()));
};

const pieces = (card, html) => {
  card.querySelector("[data-pieces]").innerHTML = html;
};

const answerOf = (request) => {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
};

const send = (job) =>
  new Promise((done) => {
    const request = new XMLHttpRequest();
    const sent = new FormData();
    sent.append("csrfmiddlewaretoken", token());
    sent.append("next", location.pathname + location.search);
    sent.append(`c${job.no}-file-check`, job.check);
    for (const [name, value] of Object.entries(job.said)) sent.append(name, value);
    sent.append(job.zone.dataset.field ?? `c${job.no}-files`, job.file, job.file.name);
    request.open("POST", job.zone.dataset.upload);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      job.shown.bar.value = Math.round((event.loaded / event.total) * 100);
      job.shown.words.textContent = event.loaded < event.total ? `${job.shown.bar.value}%` : "正在检查和保存…";
    });
    request.addEventListener("load", () => {
      const answer = answerOf(request);
      if (request.status === 200 && answer.evidence !== undefined) {
        pieces(job.card(), answer.evidence);
        job.shown.words.textContent = "已保存";
        setTimeout(() => job.shown.row.remove(), 4000);
      } else if (answer.problem) refuse(job, answer.problem, request.status === 400);
      else if (request.status === 200 || request.status === 401 || request.status === 403) refuse(job, "登录已过期或岗位已变更，没有保存。请登录后重试。", true);
      else refuse(job, `服务器没有接受（${request.status}），没有保存。`, true);
      done();
    });
    const lost = () => {
      // Waiting for a connection takes longer than a capture may: the server then marks it.
      if (job.said["capture-at"]) job.said["capture-queued"] = "1";
      refuse(job, "网络不通，没有保存。", true);
      done();
    };
    request.addEventListener("error", lost);
    request.addEventListener("abort", lost);
    request.send(sent);
  });

const next = async () => {
  if (running >= AT_ONCE || waiting.length === 0) return;
  running += 1;
  await send(waiting.shift());
  running -= 1;
  next();
};

const enqueue = (job) => {
  waiting.push(job);
  next();
};

const take = (zone, files, said = {}) => {
  const card = zone.closest("[data-item]");
  const no = card.dataset.item;
  const check = zone.querySelector(`#c${no}-file-check`)?.value ?? "";
  for (const file of files) {
    enqueue({ zone, no, check, file, said: { ...said }, shown: line(zone, file), card: () => document.querySelector(`[data-item="${no}"]`) });
  }
};

document.addEventListener("captured", (event) => take(event.target, [event.detail.file], event.detail.fields));

document.addEventListener("change", (event) => {
  const zone = event.target.closest?.("[data-upload]");
  if (!zone || event.target.type !== "file") return;
  take(zone, [...event.target.files]);
  // Taken here, so that saving the form doesn't send them once more.
  event.target.value = "";
});

const zoneOf = (event) => event.target.closest?.("[data-item]")?.querySelector("[data-upload]");
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  // A file dropped beside the place would otherwise open in the window and take the page away.
  event.preventDefault();
  const zone = zoneOf(event);
  event.dataTransfer.dropEffect = zone ? "copy" : "none";
  for (const other of document.querySelectorAll(".dropzone-over")) if (other !== zone) other.classList.remove("dropzone-over");
  zone?.classList.add("dropzone-over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) for (const zone of document.querySelectorAll(".dropzone-over")) zone.classList.remove("dropzone-over");
});
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  const zone = zoneOf(event);
  for (const other of document.querySelectorAll(".dropzone-over")) other.classList.remove("dropzone-over");
  if (zone) take(zone, [...event.dataTransfer.files]);
});

const post = async (url, fields) => {
  const sent = new FormData();
  sent.append("csrfmiddlewaretoken", token());
  sent.append("next", location.pathname + location.search);
  for (const [name, value] of Object.entries(fields)) sent.append(name, value);
  try {
    const response = await fetch(url, { method: "POST", body: sent, headers: { Accept: "application/json" }, redirect: "manual" });
    const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
    return response.ok ? answer : { problem: answer.problem ?? "没有保存，请刷新页面后再试。" };
  } catch {
    return { problem: "网络不通，没有保存。" };
  }
};

const note = (card, text, ...more) => {
  const row = document.createElement("li");
  row.className = "upload";
  const words = document.createElement("span");
  words.textContent = text;
  row.append(words, ...more);
  card.querySelector("[data-uploads]").append(row);
  return row;
};

document.addEventListener("click", async (event) => {
  const remove = event.target.closest?.("[data-remove]");
  if (!remove) return;
  event.preventDefault();
  const card = remove.closest("[data-item]");
  const name = remove.closest("[data-piece]").querySelector(".piece-name").textContent;
  const answer = await post(remove.dataset.remove, {});
  if (answer.problem) {
    note(card, answer.problem);
    return;
  }
  pieces(card, answer.evidence);
  const row = note(
    card,
    `已移除“${name}”`,
    button("撤销", async () => {
      const back = await post(remove.dataset.restore, {});
      if (back.problem) row.firstChild.textContent = back.problem;
      else {
        pieces(card, back.evidence);
        row.remove();
      }
    }),
  );
});

document.addEventListener("change", async (event) => {
  const field = event.target.closest?.("[data-describe]");
  if (!field) return;
  const piece = field.closest("[data-piece]");
  const fields = { caption: piece.querySelector("input[name$='-caption']").value };
  if (piece.querySelector("input[name$='-public']")?.checked) fields.public = "1";
  const answer = await post(field.dataset.describe, fields);
  note(piece.closest("[data-item]"), answer.problem ?? "已保存说明");
});

window.addEventListener("beforeunload", (event) => {
  if (running > 0 || waiting.length > 0) event.preventDefault();
});
for (const hint of document.querySelectorAll("[data-only-script]")) hint.hidden = false;
