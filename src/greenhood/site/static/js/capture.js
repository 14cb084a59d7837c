// A photo taken in the page: its time is bounded by the server's ticket, its place is what the device says. `[data-capture]` is the
// button, with the address of tickets; the place of the upload, `[data-upload]`, gets the photo by the event `captured`.
const LONGEST = 2560;
const FRESH = 2 * 60 * 1000;

document.documentElement.dataset.canCapture = "";

const dialog = document.createElement("dialog");
dialog.className = "capture";
dialog.setAttribute("aria-labelledby", "capture-title");
dialog.innerHTML = `<h2 class="capture-title" id="capture-title">现场拍照</h2>
<div class="capture-view"><video playsinline muted autoplay></video><canvas hidden role="img" aria-label="刚拍的照片"></canvas></div>
<p class="capture-problem" role="alert" hidden></p>
<p class="capture-place" role="status"></p>
<p class="capture-note">时间由服务器证实。位置取自本机（WGS 84），按 CGCS2000 保存，两者相差不到 1 米。</p>
<div class="capture-buttons"><button type="button" class="btn btn-primary" data-shoot>拍照</button><button type="button" class="btn btn-primary" data-use hidden>使用这张照片</button><button type="button" class="btn btn-outline" data-again hidden>重拍</button><label class="btn btn-outline capture-system" hidden>用系统相机拍照<input type="file" accept="image/*" capture="environment"></label><button type="button" class="btn btn-outline" data-cancel>取消</button></div>`;
document.body.append(dialog);

const found = (selector) => dialog.querySelector(selector);
const video = found("video");
const canvas = found("canvas");
const shoot = found("[data-shoot]");
const use = found("[data-use]");
const again = found("[data-again]");
const system = found(".capture-system");
const problem = found(".capture-problem");
const place = found(".capture-place");

let zone = null;
let opener = null;
let stream = null;
let watch = 0;
let position = null;
let ticket = null;
let fields = null;

const complain = (text) => {
  problem.textContent = text;
  problem.hidden = !text;
};

const CAMERA = {
  NotAllowedError: "没有允许使用摄像头。请在浏览器的网站设置中允许摄像头后重试，或用系统相机拍照、选择文件上传。",
  NotFoundError: "这台设备没有可用的摄像头。可以用系统相机拍照，或取消后选择文件上传。",
  NotReadableError: "摄像头正被其他程序使用。请关闭其他程序后重试，或取消后选择文件上传。",
};
const PLACE = {
  1: "没有允许定位，照片将不带位置。可在浏览器的网站设置中允许定位后重拍。",
  2: "暂时定不了位，照片将不带位置。请到开阔处稍等再拍。",
  3: "定位还没有结果，照片将不带位置。请到开阔处稍等再拍。",
};

const startCamera = async () => {
  if (!navigator.mediaDevices?.getUserMedia) {
    complain(window.isSecureContext ? "这个浏览器不能在页面内拍照。请用系统相机拍照，或取消后选择文件上传。" : "网址不是 https 开头，浏览器不允许使用摄像头和定位。请联系系统管理员，或取消后选择文件上传。");
    noCamera();
    return;
  }
  try {
    const opened = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1440 } } });
    if (!dialog.open) {
      for (const track of opened.getTracks()) track.stop();
      return;
    }
    stream = opened;
    video.hidden = false;
    video.srcObject = stream;
  } catch (error) {
    complain(CAMERA[error.name] ?? "摄像头打不开。请用系统相机拍照，或取消后选择文件上传。");
    noCamera();
  }
};

const noCamera = () => {
  shoot.hidden = true;
  video.hidden = true;
  system.hidden = false;
};

const startPlace = () => {
  position = null;
  if (!navigator.geolocation) {
    place.textContent = PLACE[2];
    return;
  }
  place.textContent = "正在定位…";
  watch = navigator.geolocation.watchPosition(
    (now) => {
      position = now.coords;
      place.textContent = `位置 ${position.latitude.toFixed(5)}, ${position.longitude.toFixed(5)}，误差 ±${Math.ceil(position.accuracy)} 米`;
    },
    (error) => {
      if (!position) place.textContent = PLACE[error.code] ?? PLACE[2];
    },
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 },
  );
};

const fetchTicket = async () => {
  ticket = null;
  const asked = opener.dataset.ticket;
  try {
    const response = await fetch(asked, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!response.ok) throw new Error(String(response.status));
    ticket = { text: (await response.json()).ticket, at: performance.now() };
  } catch (error) {
    if (error instanceof TypeError) complain("网络不通：照片会等联网后发送，并注明“离线”。请不要关闭本页。");
    else complain("登录已过期或岗位已变更。请刷新页面登录后再拍。");
  }
};

const said = () => {
  const sent = { "capture-at": String(Date.now()) };
  if (ticket) Object.assign(sent, { "capture-ticket": ticket.text, "capture-elapsed": String(Math.round(performance.now() - ticket.at)) });
  else sent["capture-queued"] = "1";
  if (position) {
    Object.assign(sent, {
      "capture-latitude": String(position.latitude),
      "capture-longitude": String(position.longitude),
      "capture-accuracy": String(position.accuracy),
    });
  }
  return sent;
};

const nameOf = () => {
  const now = new Date(Date.now() + 8 * 3600 * 1000).toISOString();
  return `现场拍照-${now.slice(0, 10).replaceAll("-", "")}-${now.slice(11, 19).replaceAll(":", "")}.jpg`;
};

const retake = () => {
  canvas.hidden = true;
  video.hidden = !stream;
  use.hidden = true;
  again.hidden = true;
  shoot.hidden = !stream;
  fields = null;
};

const stop = () => {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.srcObject = null;
  navigator.geolocation?.clearWatch(watch);
};

const deliver = (file, sent) => {
  const to = zone;
  dialog.close();
  to.dispatchEvent(new CustomEvent("captured", { bubbles: true, detail: { file, fields: sent } }));
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-capture]");
  if (!button) return;
  opener = button;
  zone = button.closest("[data-upload]");
  complain("");
  retake();
  system.hidden = true;
  dialog.showModal();
  fetchTicket();
  startCamera();
  startPlace();
});

// Before its first frame a camera shows, and gives, black.
video.addEventListener("playing", () => {
  if (!stream || !canvas.hidden) return;
  shoot.hidden = false;
  shoot.focus();
});
shoot.addEventListener("click", () => {
  const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
  if (!video.videoWidth) return;
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  fields = said();
  canvas.hidden = false;
  video.hidden = true;
  shoot.hidden = true;
  use.hidden = false;
  again.hidden = false;
  use.focus();
});
again.addEventListener("click", () => {
  retake();
  fetchTicket();
});
use.addEventListener("click", () => {
  const sent = fields;
  canvas.toBlob((blob) => deliver(new File([blob], nameOf(), { type: "image/jpeg" }), sent), "image/jpeg", 0.9);
});
system.querySelector("input").addEventListener("change", (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  // A chooser of files may stand in for the camera: what it gives is only a capture when it was just made.
  deliver(file, Date.now() - file.lastModified < FRESH ? said() : {});
});
found("[data-cancel]").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  stop();
  opener?.focus();
});
