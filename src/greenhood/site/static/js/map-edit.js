// Drawing one shape: tools over the map, undo and redo, what the server says of the shape before it is saved, and where it is wrong.
// The shape lives in the form's text field, as GeoJSON or a place a line, so that the form works without this script.
const { make, draw, neighbours, look, element, words } = window.ground;
const L = window.L;

const form = document.querySelector("[data-drawing]");
const frame = document.querySelector("[data-ground]");
const text = form.elements.geometry;
const position = form.elements.position;
const system = form.elements.system;
const about = JSON.parse(document.getElementById("drawing").textContent);
const properties = { colour: about.colour, sign: about.sign, title: about.title, name: about.title, frame: about.frame, fill: 0.3 };
const hint = document.querySelector("[data-hint]");
const result = document.querySelector("[data-result]");
const findings = document.querySelector("[data-findings]");
const tools = document.querySelector("[data-tools]");
const WAIT = 350;

const map = make(frame);
const marks = L.layerGroup().addTo(map);
let layer = null;
let tool = null;
let past = [];
let future = [];
let timer = 0;
let asked = 0;

const parse = () => {
  try {
    const found = JSON.parse(text.value);
    return found?.type === "Feature" ? found.geometry : found?.type ? found : null;
  } catch {
    return null;
  }
};
const round = (value) => (Array.isArray(value) ? value.map(round) : Number(value.toFixed(7)));
const geometryOf = () => {
  const { type, coordinates } = layer.toGeoJSON(7).geometry;
  return { type, coordinates: round(coordinates) };
};

// Findings: sentences beside the form, marks on the map.

const list = (title, found, kind) => {
  const box = element("div", "", `message message-${kind}`);
  const heading = element("p");
  heading.append(element("strong", title));
  const rows = element("ul");
  for (const each of found) rows.append(element("li", each.text));
  box.append(heading, rows);
  return box;
};
const markAll = (found, className) => {
  for (const each of found) {
    if (!each.at) continue;
    const icon = L.divIcon({ className: `map-fault ${className}`, html: "<span>!</span>", iconSize: [32, 32] });
    L.marker([each.at[1], each.at[0]], { icon, keyboard: false, pmIgnore: true, snapIgnore: true, zIndexOffset: 1000 })
      .bindTooltip(words(each.text), { direction: "top", offset: [0, -14], className: "map-fault-words" })
      .addTo(marks);
  }
};
const tell = (refusals, warnings) => {
  findings.replaceChildren();
  marks.clearLayers();
  if (refusals.length) findings.append(list("图形不能保存：", refusals, "error"));
  if (warnings.length) findings.append(list("请核对：", warnings, "warning"));
  markAll(refusals, "");
  markAll(warnings, "map-asked");
};

const ask = async () => {
  const number = ++asked;
  const sent = new FormData();
  sent.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  sent.append("thing", form.elements.thing.value);
  if (position?.value.trim()) sent.append("position", position.value);
  else if (text.value.trim()) sent.append("geometry", text.value);
  else return;
  sent.append("system", system.value);
  let answer;
  try {
    const response = await fetch(form.dataset.drawing, { method: "POST", body: sent, headers: { Accept: "application/json" }, redirect: "manual" });
    if (!response.ok) throw new Error(String(response.status));
    answer = await response.json();
  } catch {
    if (number === asked) result.replaceChildren(element("p", "网络不通或登录已过期，没有算出面积。图形还在页面上，保存时再检查。"));
    return;
  }
  if (number !== asked) return;
  const line = element("p");
  line.append(element("strong", answer.words ?? "图形有误，请修改。"));
  result.replaceChildren(line);
  if (answer.moved) result.append(element("p", answer.moved));
  tell(answer.refusals, answer.warnings);
  // What was typed is shown where it lies.
  if (answer.geometry && (position?.value.trim() || !parse())) show(answer.geometry, true);
};
const check = () => {
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT);
};

// The shape on the map

const buttons = () => {
  tools.querySelector("[data-undo]").disabled = !past.length && !tool;
  tools.querySelector("[data-redo]").disabled = !future.length;
  tools.querySelector("[data-clear]").disabled = !layer;
  for (const each of tools.querySelectorAll("[data-tool]")) {
    each.setAttribute("aria-pressed", String(each.dataset.tool === tool));
    if (each.dataset.tool === "hole") each.disabled = !(layer instanceof L.Polygon);
  }
};

const changed = () => {
  keep(JSON.stringify(geometryOf()));
};

const show = (geometry, isNear = false) => {
  if (layer) layer.remove();
  layer = null;
  if (geometry) {
    try {
      [layer] = draw({ type: "Feature", properties, geometry }, { snapIgnore: true }).getLayers();
    } catch {
      layer = null;
    }
  }
  if (layer) {
    layer.addTo(map);
    if (layer instanceof L.Marker) {
      layer.dragging?.enable();
      layer.on("dragend", changed);
    } else {
      layer.pm.enable({ allowSelfIntersection: true, snappable: true, snapDistance: 12, hideMiddleMarkers: layer.toGeoJSON().geometry.coordinates.flat(3).length > 800 });
      layer.on("pm:markerdragend pm:vertexadded pm:vertexremoved", changed);
    }
    if (isNear) near();
  }
  buttons();
};

const near = () => {
  if (layer?.getBounds) map.fitBounds(layer.getBounds().pad(0.2), { maxZoom: 19 });
  else if (layer) map.setView(layer.getLatLng(), Math.max(map.getZoom(), 17));
};

// What the map draws is CGCS2000 already.
const write = (value) => {
  text.value = value;
  if (position) position.value = "";
  system.value = "cgcs2000";
};

const keep = (value) => {
  past.push(text.value);
  future = [];
  write(value);
  buttons();
  check();
};

const stop = () => {
  map.pm.disableDraw();
  map.off("click", pinned);
  frame.classList.remove("map-pinning");
  tool = null;
  hint.textContent = layer && !(layer instanceof L.Marker) ? "拖动圆点修改，拖动边上的小点加点，右键或长按圆点删去。" : "";
  buttons();
};

const pinned = (event) => {
  keep(JSON.stringify({ type: "Point", coordinates: [event.latlng.lng, event.latlng.lat].map((each) => Number(each.toFixed(7))) }));
  show(parse());
  stop();
};

const start = (name) => {
  stop();
  tool = name;
  if (name === "Point") {
    map.on("click", pinned);
    hint.textContent = "在地图上点一下标出位置；标出后可以拖动。";
  } else {
    map.pm.enableDraw(name === "LineString" ? "Line" : "Polygon", {
      snappable: true,
      snapDistance: 12,
      allowSelfIntersection: true,
      tooltips: false,
      templineStyle: { color: about.colour },
      hintlineStyle: { color: about.colour, dashArray: "5 5" },
      pathOptions: look(properties, name),
    });
    hint.textContent =
      name === "LineString" ? "逐点点击；再点一下最后一点结束。" : name === "hole" ? "在面内逐点点击画出要挖去的部分；点一下第一点结束。" : "沿边线逐点点击；点一下第一点结束。";
  }
  buttons();
};

map.pm.setLang("zh");
// The plugin's points have no names of their own; who works by keyboard types coordinates instead of tabbing over them.
const name = (root) => {
  for (const each of root.querySelectorAll(".marker-icon:not([aria-label])")) {
    each.setAttribute("aria-label", each.classList.contains("marker-icon-middle") ? "在此处加点" : "图形的一点");
    each.setAttribute("tabindex", "-1");
  }
};
new MutationObserver(() => name(map.getPane("markerPane"))).observe(map.getPane("markerPane"), { childList: true });
map.on("pm:create", ({ layer: drawn }) => {
  const { type, coordinates } = drawn.toGeoJSON(7).geometry;
  const made = { type, coordinates: round(coordinates) };
  drawn.remove();
  const before = parse();
  if (tool === "hole" && before?.type === "Polygon") made.coordinates = [...before.coordinates, made.coordinates[0]];
  keep(JSON.stringify(made));
  show(made);
  stop();
});

const step = (from, to) => {
  if (!from.length) return;
  to.push(text.value);
  write(from.pop());
  show(parse());
  if (text.value) check();
  else {
    asked += 1;
    tell([], []);
    result.replaceChildren();
  }
};

const undo = () => {
  if (tool && tool !== "Point") {
    const name = tool === "LineString" ? "Line" : "Polygon";
    // While drawing, the last point is taken back.
    if (map.pm.Draw[name]._layer?.getLatLngs().length > 1) map.pm.Draw[name]._removeLastVertex();
    else stop();
    return;
  }
  step(past, future);
};

tools.hidden = false;
tools.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.tool) button.dataset.tool === tool ? stop() : start(button.dataset.tool);
  else if ("undo" in button.dataset) undo();
  else if ("redo" in button.dataset) step(future, past);
  else if ("clear" in button.dataset) {
    stop();
    past.push(text.value);
    future = [];
    write("");
    show(null);
    asked += 1;
    tell([], []);
    result.replaceChildren();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && tool) stop();
  if (event.target.matches("input, textarea, select")) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "z") {
    event.preventDefault();
    event.shiftKey ? step(future, past) : undo();
  }
});

// What is typed

text.addEventListener("change", () => {
  if (position) position.value = "";
  show(parse(), true);
  check();
});
position?.addEventListener("change", check);
system.addEventListener("change", check);

const locate = document.querySelector("[data-locate]");
if (locate && "geolocation" in navigator) {
  document.querySelector("[data-locate-row]").hidden = false;
  locate.addEventListener("click", () => {
    hint.textContent = "正在取得位置…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        position.value = `${coords.longitude.toFixed(6)}, ${coords.latitude.toFixed(6)}`;
        system.value = "cgcs2000";
        hint.textContent = `已取得手机位置（WGS 84），误差约 ${Math.round(coords.accuracy)} 米。`;
        check();
      },
      () => {
        hint.textContent = "没有取得位置。请允许浏览器使用位置，或填写坐标。";
      },
      { enableHighAccuracy: true, timeout: 20_000 },
    );
  });
}

// The ground: what is recorded already, and the neighbours.

const begin = async () => {
  let box = null;
  try {
    const answer = await (await fetch(frame.dataset.data, { headers: { Accept: "application/json" } })).json();
    neighbours(map, answer.neighbours);
    const others = answer.features.filter((each) => String(each.id) !== about.thing);
    const drawn = draw(others, { interactive: false, pmIgnore: true, snapIgnore: false });
    drawn.eachLayer((each) => each.setStyle?.({ fillOpacity: 0.08, opacity: 0.6, weight: 2 }));
    drawn.addTo(map);
    const around = L.featureGroup(answer.neighbours.map((each) => L.geoJSON(each.geometry)));
    box = drawn.getBounds().isValid() ? drawn.getBounds() : around.getBounds();
  } catch {
    hint.textContent = "周边图形没有取到，仍可绘制。";
  }
  if (about.theirs) L.geoJSON(about.theirs, { pmIgnore: true, style: { color: "#24466b", weight: 3, dashArray: "8 6", fill: false } }).bindTooltip("对方保存的图形").addTo(map);
  show(parse(), false);
  if (layer) near();
  else if (box?.isValid()) map.fitBounds(box.pad(0.2), { maxZoom: 18 });
  markAll(about.faults, "");
  markAll(about.warnings, "map-asked");
  frame.dataset.ready = "";
};
begin();
