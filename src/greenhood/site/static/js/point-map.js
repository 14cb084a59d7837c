// A point clicked on a small map goes into the form's inputs `longitude` and `latitude`, which can be typed all the same. The map,
// `[data-point-map]`, shows what is recorded of the community that the form names (`data-code`, or its field `community`).
const { make, draw, neighbours } = window.ground;
const L = window.L;
const FAR = 17;
const PIN = { title: "所选位置", name: "可以拖动", colour: "#19713f", sign: "此" };

const place = ({ longitude, latitude }) => {
  const [x, y] = [longitude, latitude].map((input) => (input.value.trim() ? Number(input.value) : NaN));
  return Math.abs(x) <= 180 && Math.abs(y) <= 90 ? [y, x] : null;
};

/** Show what is recorded of a community; says whether there is anything to go by. */
const ground = async (map, layers, address) => {
  layers.clearLayers();
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) return false;
  const { features, neighbours: around } = await answer.json();
  const known = draw(features, { interactive: false });
  known.eachLayer((each) => each.setStyle?.({ fillOpacity: 0.08, opacity: 0.6, weight: 2 }));
  layers.addLayer(known);
  neighbours({ addLayer: (layer) => layers.addLayer(layer) }, around);
  const bounds = known.getBounds().isValid() ? known.getBounds() : L.featureGroup(around.map((each) => L.geoJSON(each.geometry))).getBounds();
  if (bounds.isValid()) map.fitBounds(bounds.pad(0.1), { maxZoom: FAR });
  return bounds.isValid();
};

const begin = (part) => {
  const form = part.closest("form");
  const inputs = { longitude: form.elements.longitude, latitude: form.elements.latitude };
  const said = part.querySelector("[data-said]");
  const map = make(part.querySelector("[data-point-ground]"));
  const layers = L.layerGroup().addTo(map);
  let pin = null;
  let shown = "";
  let isKnown = Boolean(map.getContainer().dataset.tianditu);

  const pinned = () => {
    const at = place(inputs);
    pin?.remove();
    pin = null;
    const bare = isKnown ? "" : "图上没有底图和已登记的图形作参照，可以先取当前位置或填写坐标，再在图上微调。";
    said.textContent = at ? "点击别处或拖动标记可以修改。" : bare || "在地图上点一下，标出位置。";
    if (!at) return;
    [pin] = draw({ type: "Feature", properties: PIN, geometry: { type: "Point", coordinates: [at[1], at[0]] } }).getLayers();
    pin.addTo(map);
    pin.dragging.enable();
    pin.on("dragend", () => keep(pin.getLatLng()));
  };
  const keep = ({ lng, lat }) => {
    inputs.longitude.value = lng.toFixed(6);
    inputs.latitude.value = lat.toFixed(6);
    pinned();
  };
  const near = async () => {
    const code = part.dataset.code || form.elements.community?.value || "";
    if (/^\d{12}$/.test(code) && code !== shown) {
      shown = code;
      try {
        isKnown = (await ground(map, layers, part.dataset.address.replace("/0/", `/${code}/`))) || isKnown;
        pinned();
      } catch {
        // Without what is recorded there the map is a map all the same.
      }
    }
    const at = place(inputs);
    if (at) map.setView(at, Math.max(map.getZoom(), FAR));
  };

  map.on("click", ({ latlng }) => keep(latlng));
  form.addEventListener("change", ({ target }) => {
    if (Object.values(inputs).includes(target)) pinned();
    if (Object.values(inputs).includes(target) || target.name === "community") near();
  });
  pinned();
  near();
};

for (const part of document.querySelectorAll("[data-point-map]")) {
  part.hidden = false;
  part.addEventListener("toggle", () => part.open && begin(part), { once: true });
}
