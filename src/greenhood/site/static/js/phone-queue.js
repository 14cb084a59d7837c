// What a phone keeps and sends: answers and photos wait in IndexedDB until the server has said what became of each. A queue belongs
// to a person under a post: nobody else on this phone sees or sends it. Every operation has an id of its own, so that sending it
// again changes nothing.
//
// What collects something else than the survey keeps its queue apart: `keepApart("inspection")` before anything is kept.
let name = "survey";
const TIMEOUT = 60_000;
const SENT_KEPT = 7 * 86400_000;

/** Use a queue of one's own: items of one form never go to the addresses of another. */
export const keepApart = (other) => { name = other; };

let opened = null;
const database = () => {
  opened ??= new Promise((done, failed) => {
    const asking = indexedDB.open(`greenhood-${name}`, 1);
    asking.onupgradeneeded = () => {
      asking.result.createObjectStore("kept", { keyPath: "key" });
      asking.result.createObjectStore("queue", { keyPath: "id" }).createIndex("owner", "owner");
    };
    asking.onsuccess = () => done(asking.result);
    asking.onerror = () => failed(asking.error);
  });
  return opened;
};

const run = async (store, mode, work) => {
  const transaction = (await database()).transaction(store, mode);
  const asking = work(transaction.objectStore(store));
  return new Promise((done, failed) => {
    transaction.oncomplete = () => done(asking?.result);
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
};

export const keep = (key, value) => run("kept", "readwrite", (store) => store.put({ key, value, at: Date.now() }));
export const kept = (key) => run("kept", "readonly", (store) => store.get(key));
export const forget = (key) => run("kept", "readwrite", (store) => store.delete(key));

export const put = (item) => run("queue", "readwrite", (store) => store.put(item));
export const get = (id) => run("queue", "readonly", (store) => store.get(id));
export const remove = (id) => run("queue", "readwrite", (store) => store.delete(id));
// Change an item that is still there; says whether it is. One that was given up or corrected meanwhile doesn't come back.
const amend = async (id, changes) => {
  const found = await run("queue", "readwrite", (store) => {
    const asking = store.get(id);
    asking.onsuccess = () => { if (asking.result) store.put({ ...asking.result, ...changes }); };
    return asking;
  });
  return found !== undefined;
};
export const all = async (owner) => {
  const items = await run("queue", "readonly", (store) => store.index("owner").getAll(owner));
  return items.sort((one, other) => one.order - other.order);
};
/** How much waits for others on this phone, without a word of what it is. */
export const countOfOthers = async (owner) => {
  const items = await run("queue", "readonly", (store) => store.getAll());
  return items.filter((item) => item.owner !== owner && item.state !== "sent").length;
};

let last = 0;
/** A number that grows with every item, so that the queue is sent in the order in which it was filled. */
export const nextOrder = () => {
  last = Math.max(last + 1, Date.now() * 1000);
  return last;
};

/** Take an item and the photos of it out of the queue. */
export const discard = async (owner, id) => {
  for (const item of await all(owner)) if (item.id === id || item.record === id) await remove(item.id);
};

/** Put a corrected operation in the place of another; photos that wait for the old one wait for the new one. */
export const replace = async (owner, old, item) => {
  await put(item);
  for (const photo of await all(owner)) if (photo.record === old && photo.state !== "sent") await put({ ...photo, record: item.id, state: "unsent", problems: {} });
  await remove(old);
};

/** Drop what was sent a week ago. */
export const tidy = async (owner) => {
  for (const item of await all(owner)) if (item.state === "sent" && Date.now() - item.sentAt > SENT_KEPT) await remove(item.id);
};

const formOf = (item) => {
  const form = new FormData();
  const fields = { operation: item.id, person: item.person, post: item.post, record: item.record, ...item.capture };
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append("photo", item.blob, item.name);
  return form;
};

const post = (item, token, urls) => {
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  const options = { method: "POST", redirect: "manual", headers, signal: AbortSignal.timeout?.(TIMEOUT) };
  if (item.type === "photo") return fetch(urls.photos, { ...options, body: formOf(item) });
  headers["Content-Type"] = "application/json";
  const operation = { operation: item.id, person: item.person, post: item.post, ...item.operation };
  return fetch(urls.sync, { ...options, body: JSON.stringify(operation) });
};

const answerOf = async (response) => {
  try {
    return await response.json();
  } catch {
    return null;
  }
};

// What an answer makes of an item; a word alone stops the sending and keeps the item as it is.
const outcome = async (response) => {
  if (response.type === "opaqueredirect" || response.status === 401) return { stop: "signed-out" };
  const answer = await answerOf(response);
  if (response.status === 200 && answer?.status === "stored") return { state: "sent", answer, sentAt: Date.now(), problems: {} };
  if (response.status === 409 && answer) return { state: "conflict", theirs: answer.theirs, problems: {} };
  if (response.status === 403 && !answer) return { stop: "signed-out" };
  if ([400, 403, 404, 413, 422].includes(response.status)) {
    const problems = answer?.problems ?? { "": answer?.problem ?? `服务器没有接受（${response.status}）。` };
    return { state: "refused", problems };
  }
  return { stop: "busy" };
};

const send = async (item, token, urls) => {
  if (!(await amend(item.id, { isTried: true }))) return { isGone: true };
  try {
    return await outcome(await post(item, token, urls));
  } catch {
    return { stop: "offline" };
  }
};

const isReady = (item, items) => {
  if (item.state !== "unsent") return false;
  const record = items.find((each) => each.id === item.record);
  return !item.record || !record || record.state === "sent";
};

/** Send what waits, one by one. `told` hears of each; the answer says why it ended: done, offline, signed-out or busy. */
export const sendAll = async (owner, token, urls, told) => {
  const work = async () => {
    let number = 0;
    for (;;) {
      const items = await all(owner);
      const ready = items.filter((item) => isReady(item, items));
      if (ready.length === 0) return "done";
      const [item] = ready;
      number += 1;
      await told({ number, left: ready.length, item });
      const result = await send(item, token, urls);
      if (result.stop) return result.stop;
      if (result.isGone) continue;
      // A photo that was sent needs no room here any more.
      await amend(item.id, result.state === "sent" ? { ...result, blob: undefined } : result);
      await told({ number, left: ready.length - 1, item: { ...item, ...result } });
    }
  };
  // Of several windows one sends; the others see what it did when they look again.
  if (!navigator.locks) return work();
  return navigator.locks.request(`${name}-${owner}`, { ifAvailable: true }, (lock) => (lock ? work() : "busy"));
};
