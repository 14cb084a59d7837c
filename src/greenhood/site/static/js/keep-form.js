// Saves a form by itself while somebody writes (`form[data-keep]` posts to its own address), says so in `[data-kept]`, and warns before a
// page with unsaved words is left. The number of the version comes back and goes into every field named revision on the page.
const WAIT = 2000;
const RETRY = 15000;

for (const form of document.querySelectorAll("form[data-keep]")) {
  const line = form.querySelector("[data-kept]");
  let timer = 0;
  let dirty = false;
  let busy = false;
  let held = false;

  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  };

  const save = async () => {
    if (!dirty || busy || held) return;
    dirty = false;
    busy = true;
    try {
      const answer = await fetch(form.dataset.keep, { method: "POST", body: new FormData(form), headers: { "X-Autosave": "yes" }, redirect: "error" });
      if (answer.ok) {
        const { revision } = await answer.json();
        for (const field of document.querySelectorAll("input[name=revision]")) field.value = revision;
        line.textContent = `已自动保存 ${new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" })}`;
      } else {
        const { problems } = await answer.json();
        dirty = true;
        held = "" in problems;
        line.textContent = `没有保存：${Object.values(problems).join("；")}`;
      }
    } catch {
      dirty = true;
      line.textContent = "暂时没有存上，内容还在页面上，稍后自动重试。";
      later(RETRY);
    } finally {
      busy = false;
      if (dirty && !held) later(RETRY);
    }
  };

  form.addEventListener("input", () => {
    dirty = true;
    line.textContent = "正在编辑……";
    later(WAIT);
  });
  form.addEventListener("submit", () => {
    dirty = false;
    held = true;
    clearTimeout(timer);
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
}
