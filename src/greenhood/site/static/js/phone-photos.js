// Photos and the place of something on a phone: taken now with time and place, or chosen from the album.
const root = document.querySelector("[data-phone]");
const { make } = await import(root.dataset.form);

// A camera's picture is a moment old; an older one was chosen from the album.
const FRESH = 120_000;
const PICTURES = "image/jpeg,image/png,image/webp";

/** Where the device is, in degrees of WGS 84, with the error in metres. */
export const locate = () =>
  new Promise((done, failed) => {
    if (!navigator.geolocation) failed(new Error("这个浏览器不能定位。"));
    else navigator.geolocation.getCurrentPosition(({ coords }) => done({ longitude: Number(coords.longitude.toFixed(6)), latitude: Number(coords.latitude.toFixed(6)), accuracy: Math.ceil(coords.accuracy) }), failed, { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 });
  });

const REASONS = { 1: "没有允许定位，可在浏览器的网站设置中允许。", 2: "暂时定不了位，请到开阔处再试。", 3: "定位超时，请到开阔处再试。" };
export const whyNoPlace = (error) => REASONS[error.code] ?? error.message;

const taken = async (file, isCaptured, show) => {
  const isNew = isCaptured && Math.abs(Date.now() - file.lastModified) < FRESH;
  const photo = { blob: file, name: file.name || "照片.jpg", isCaptured: isNew, capture: isNew ? { "capture-at": String(Date.now()), "capture-queued": "1" } : {} };
  show(photo);
  if (!isNew) return;
  try {
    const { longitude, latitude, accuracy } = await locate();
    Object.assign(photo.capture, { "capture-longitude": String(longitude), "capture-latitude": String(latitude), "capture-accuracy": String(accuracy) });
  } catch {
    // A photo without a place is a photo all the same.
  }
};

/** The field of photos; `photos` is filled as they are taken: {blob, name, capture} each. */
export const photoPart = (photos) => {
  const list = make("ul", { class: "phone-photos" });
  const without = (photo) => { photos.splice(photos.indexOf(photo), 1); show(); };
  const item = (photo) =>
    make(
      "li",
      {},
      make("img", { src: (photo.url ??= URL.createObjectURL(photo.blob)), alt: photo.name }),
      make("span", {}, photo.isCaptured ? "现场拍摄" : "相册照片"),
      make("button", { type: "button", class: "btn btn-outline btn-small", onclick: () => without(photo) }, "去掉", make("span", { class: "sr-only" }, `“${photo.name}”`)),
    );
  const show = () => list.replaceChildren(...photos.map(item));
  const take = async (event, isCaptured) => {
    const files = [...event.target.files];
    event.target.value = "";
    for (const file of files) await taken(file, isCaptured, (photo) => { photos.push(photo); show(); });
  };
  const input = (text, id, options, isCaptured) => make("label", { class: "btn btn-outline", for: id }, text, make("input", { id, class: "sr-only", type: "file", accept: PICTURES, ...options, onchange: (event) => take(event, isCaptured) }));
  return make(
    "div",
    { class: "field" },
    make("p", { class: "form-label" }, "照片", make("span", { class: "optional" }, "（选填）")),
    make("div", { class: "phone-buttons" }, input("拍照", "photo-camera", { capture: "environment" }, true), input("从相册选", "photo-album", { multiple: true }, false)),
    make("p", { class: "field-help" }, "现拍的照片带上手机的时间和位置（WGS 84，与 CGCS2000 相差不到 1 米）；没有网络时拍的会注明“离线”。"),
    list,
  );
};
