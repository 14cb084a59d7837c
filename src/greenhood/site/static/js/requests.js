// HTMX asks as a form of this site would: with the CSRF token, and with a word to the person when it fails.
const cookie = (name) =>
  document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") {
    event.detail.headers["X-CSRFToken"] = decodeURIComponent(cookie("csrftoken"));
  }
});

const say = (text) => {
  let box = document.querySelector("[data-request-problem]");
  if (!box) {
    box = document.createElement("div");
    box.className = "message message-error";
    box.setAttribute("role", "alert");
    box.dataset.requestProblem = "";
    document.querySelector("main")?.prepend(box);
  }
  box.textContent = text;
};

document.addEventListener("htmx:sendError", () => say("网络不通，这一步没有保存。请检查网络后再试，已填写的内容还在页面上。"));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 401 || status === 403) say("登录已过期或岗位已变更，这一步没有保存。请复制好已填写的内容，刷新页面后再试。");
  else if (status !== 422) say(`服务器没有接受这一步（${status}），没有保存。请稍后再试。`);
});
// A form sent back with its errors is shown like any other answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
