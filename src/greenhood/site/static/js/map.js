// A community's map: draws the features of `[data-map]`, keeps the layers switched on, the place looked at and the address in step
// with the list beside it. Without this script the list alone says everything.
const { make, draw, neighbours, card } = window.ground;
const L = window.L;

const frame = document.querySelector("[data-map]");
const filter = document.querySelector("[data-map-filter]");
const list = document.querySelector(".map-list");
const groups = new Map();
const things = new Map();
let map;

const switches = () => [...filter.querySelectorAll("[name=layer]")];

const keep = () => {
  const query = new URLSearchParams(window.location.search);
  query.delete("layer");
  query.delete("chosen");
  const off = switches().filter((each) => !each.checked);
  if (off.length) {
    query.set("chosen", "1");
    for (const each of switches()) if (each.checked) query.append("layer", each.value);
  }
  const place = map.getCenter();
  query.set("at", `${place.lng.toFixed(5)},${place.lat.toFixed(5)},${map.getZoom()}`);
  window.history.replaceState(null, "", `?${query}`);
};

const toggle = (key, isOn) => {
  const group = groups.get(key);
  if (group) isOn ? map.addLayer(group) : map.removeLayer(group);
  const section = list.querySelector(`[data-layer="${CSS.escape(key)}"]`);
  if (section) section.hidden = !isOn;
};

const place = () => {
  const [east, north, zoom] = (new URLSearchParams(window.location.search).get("at") ?? "").split(",").map(Number);
  if ([east, north, zoom].every(Number.isFinite) && zoom) map.setView([north, east], zoom);
  else {
    const boundary = groups.get("boundary")?.getBounds();
    const all = L.featureGroup([...groups.values()]).getBounds();
    const box = boundary?.isValid() ? boundary : all;
    if (box.isValid()) map.fitBounds(box.pad(0.05), { maxZoom: 18 });
  }
};

// The row of what is chosen on the map opens, and comes into view within the list.
const mark = (thing) => {
  for (const each of list.querySelectorAll(".map-chosen")) each.classList.remove("map-chosen");
  const row = list.querySelector(`[data-thing="${CSS.escape(thing)}"]`);
  row?.classList.add("map-chosen");
  if (row && list.scrollHeight > list.clientHeight) list.scrollTop = row.offsetTop - list.offsetTop - 40;
};

const show = (thing) => {
  const layer = things.get(thing);
  if (!layer) return;
  if (layer.getBounds) map.fitBounds(layer.getBounds().pad(0.3), { maxZoom: 18 });
  else map.setView(layer.getLatLng(), Math.max(map.getZoom(), 18));
  layer.openPopup();
  frame.scrollIntoView({ block: "nearest" });
};

// The sign within an outline, at the place that the data give for it.
const signed = ({ properties }) =>
  properties.at ? { type: "Feature", properties, geometry: { type: "Point", coordinates: properties.at } } : null;

const fill = (answer) => {
  neighbours(map, answer.neighbours);
  const words = frame.dataset.query;
  for (const feature of answer.features) {
    if (words && !feature.properties.name.includes(words)) continue;
    const { kind } = feature.properties;
    if (!groups.has(kind)) groups.set(kind, L.featureGroup());
    const group = groups.get(kind);
    for (const layer of [feature, signed(feature)].filter(Boolean).flatMap((each) => draw(each).getLayers())) {
      layer.bindPopup(() => card(feature.properties), { minWidth: 220, maxWidth: 320 });
      layer.on("popupopen", () => mark(String(feature.id)));
      // Of an outline and the sign within it, the outline is what one looks for.
      if (!things.has(String(feature.id))) things.set(String(feature.id), layer);
      group.addLayer(layer);
    }
  }
  for (const each of switches()) toggle(each.value, each.checked);
  place();
  const chosen = new URLSearchParams(window.location.search).get("thing");
  if (chosen) show(chosen);
  map.on("moveend", keep);
};

const begin = async () => {
  map = make(frame);
  for (const button of list.querySelectorAll("[data-show]")) button.hidden = false;
  const answer = await fetch(frame.dataset.map, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  fill(await answer.json());
  frame.dataset.ready = "";
};

filter.addEventListener("change", (event) => {
  if (!event.target.matches("[name=layer]")) return;
  toggle(event.target.value, event.target.checked);
  keep();
});
const all = filter.querySelector("[data-map-all]");
if (all) all.hidden = false;
all?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-all]");
  if (!button) return;
  for (const each of switches()) {
    each.checked = button.dataset.all === "1";
    toggle(each.value, each.checked);
  }
  keep();
});
list.addEventListener("click", (event) => {
  if (event.target.closest("[data-show]")) show(event.target.closest("[data-thing]").dataset.thing);
});
// On paper the same ground is shown: the map takes the paper's size before it is printed.
let view = null;
window.addEventListener("beforeprint", () => {
  view = map.getBounds();
  frame.classList.add("map-printing");
  map.invalidateSize({ animate: false });
  map.fitBounds(view, { animate: false });
});
window.addEventListener("afterprint", () => {
  frame.classList.remove("map-printing");
  map.invalidateSize({ animate: false });
  if (view) map.fitBounds(view, { animate: false });
});

begin().catch(() => {
  document.querySelector("[data-map-words]").textContent = "地图数据没有取到。请检查网络后刷新本页；列表中有全部内容。";
});
