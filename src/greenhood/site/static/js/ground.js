// The ground of every map: the tiles of 天地图 where the installation has a key, else a plain ground; a graticule of longitude and
// latitude, a scale, words in Chinese. `window.ground.make(element)` gives a Leaflet map; `draw` gives a feature its look.
const L = window.L;
const TILES = (layer) => (key) =>
  `https://t{s}.tianditu.gov.cn/${layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=${key}`;
const TILE_OPTIONS = {
  subdomains: "01234567",
  maxNativeZoom: 18,
  maxZoom: 20,
  attribution: '<a href="https://www.tianditu.gov.cn" rel="noreferrer">国家地理信息公共服务平台 天地图</a>',
};
const CHINA = L.latLngBounds([[18, 73.5], [53.6, 135.1]]);
// In seconds of arc.
const STEPS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18000, 36000];

const base = (map, key) => {
  if (!key) return;
  const tiles = (layer) => L.tileLayer(TILES(layer)(encodeURIComponent(key)), TILE_OPTIONS);
  const plain = L.layerGroup();
  const streets = L.layerGroup([tiles("vec"), tiles("cva")]);
  const pictures = L.layerGroup([tiles("img"), tiles("cia")]);
  streets.addTo(map);
  L.control.layers({ 电子地图: streets, 卫星影像: pictures, 不显示底图: plain }, {}, { collapsed: true }).addTo(map);
};

const angle = (seconds, letters) => {
  const whole = Math.round(Math.abs(seconds));
  const [degrees, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return `${degrees}°${minutes ? `${minutes}′` : ""}${rest ? `${minutes ? "" : "0′"}${rest}″` : ""}${letters}`;
};

const graticule = (map) => {
  map.createPane("graticule").style.zIndex = 210;
  map.getPane("graticule").style.pointerEvents = "none";
  const lines = L.layerGroup().addTo(map);
  const look = { pane: "graticule", color: "#55605a", weight: 1, opacity: 0.35, interactive: false, pmIgnore: true, snapIgnore: true };
  const label = (place, words, kind) =>
    L.marker(place, {
      pane: "graticule",
      interactive: false,
      keyboard: false,
      pmIgnore: true,
      snapIgnore: true,
      icon: L.divIcon({ className: `map-graticule map-graticule-${kind}`, html: `<span>${words}</span>`, iconSize: null }),
    });
  const redraw = () => {
    lines.clearLayers();
    const view = map.getBounds();
    const span = Math.min(view.getEast() - view.getWest(), 360) * 3600;
    const step = STEPS.find((each) => span / each <= 6) ?? STEPS.at(-1);
    const from = (value) => Math.ceil((value * 3600) / step) * step;
    for (let at = from(view.getWest()); at < view.getEast() * 3600; at += step) {
      lines.addLayer(L.polyline([[view.getSouth(), at / 3600], [view.getNorth(), at / 3600]], look));
      lines.addLayer(label([view.getSouth(), at / 3600], angle(at, "E"), "east"));
    }
    for (let at = from(view.getSouth()); at < view.getNorth() * 3600; at += step) {
      lines.addLayer(L.polyline([[at / 3600, view.getWest()], [at / 3600, view.getEast()]], look));
      lines.addLayer(label([at / 3600, view.getWest()], angle(at, "N"), "north"));
    }
  };
  map.on("moveend", redraw);
  redraw();
};

const make = (element) => {
  const map = L.map(element, { zoomControl: false, attributionControl: true, zoomSnap: 0.5, maxZoom: 20, minZoom: 3, worldCopyJump: false, fadeAnimation: false, zoomAnimation: false });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  map.fitBounds(CHINA);
  base(map, element.dataset.tianditu);
  graticule(map);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(element);
  return map;
};

// A feature's look: points carry their character, frames have no fill, lines are broad enough to hit.
const badge = (properties) =>
  L.divIcon({
    className: "map-badge",
    html: `<svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true"><circle cx="12" cy="12" r="11" fill="${properties.colour}" stroke="#fff" stroke-width="1.5"></circle><text x="12" y="16.5" text-anchor="middle" fill="#fff" font-size="13">${properties.sign}</text></svg>`,
    iconSize: [28, 28],
  });

const look = (properties, type) => {
  if (type.includes("Line")) return { color: properties.colour, weight: 5, opacity: 0.9, dashArray: properties.dash ?? null };
  return { color: properties.colour, weight: properties.frame ? 3 : 2, dashArray: properties.frame ? "8 5" : null, fill: !properties.frame, fillOpacity: properties.fill ?? 0.25 };
};

const draw = (feature, options = {}) =>
  L.geoJSON(feature, {
    style: (each) => look(each.properties, each.geometry.type),
    pointToLayer: (each, place) => L.marker(place, { icon: badge(each.properties), title: `${each.properties.title}：${each.properties.name}`, alt: `${each.properties.title}：${each.properties.name}` }),
    ...options,
  });

const neighbours = (map, found) => {
  for (const each of found) {
    L.geoJSON(each.geometry, { pmIgnore: true, snapIgnore: false, style: { color: "#7f8a84", weight: 1.5, dashArray: "3 4", fill: false } })
      .bindTooltip(words(each.name), { direction: "center", className: "map-neighbour" })
      .addTo(map);
  }
};

const element = (tag, text, className) => {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
};

// A name as a tooltip shows it: Leaflet takes text for HTML, and names are typed by people.
const words = (text) => element("span", text);

// What a popup says of a thing: figures, measure, date, source, and the way to its record.
const card = (properties) => {
  const box = element("div", "", "map-card");
  box.append(element("p", properties.name, "map-card-name"), element("p", properties.title, "quiet small"));
  const list = element("dl", "", "map-figures");
  const rows = [...properties.figures];
  if (properties.measured) rows.push(["图上量算", properties.measured]);
  if (properties.dated) rows.push(["数据日期", properties.dated], ["来源", properties.person ? `${properties.source}，${properties.person}登记` : properties.source]);
  for (const [title, value] of rows) list.append(element("dt", title), element("dd", value));
  box.append(list);
  if (properties.url) {
    const link = element("a", properties.link ?? "打开记录");
    link.href = properties.url;
    box.append(link);
  }
  return box;
};

window.ground = { make, draw, neighbours, card, element, words, look };
