// Bases on a map: those of the list beside it (`data-bases` is where they come from), or the one of the page.
const { make, draw, card } = window.ground;
const L = window.L;

const frame = document.querySelector("[data-bases]");

const one = ({ name, address, longitude, latitude }) => ({
  type: "Feature",
  geometry: { type: "Point", coordinates: [Number(longitude), Number(latitude)] },
  properties: { name, title: "示范教育基地", colour: "#19713f", sign: "基", figures: [["地址", address]] },
});

const show = (map, features) => {
  const all = L.featureGroup(features.flatMap((each) => draw(each).getLayers().map((layer) => layer.bindPopup(() => card(each.properties)))));
  all.addTo(map);
  if (features.length) map.fitBounds(all.getBounds().pad(0.2), { maxZoom: 15 });
};

if (frame) {
  const map = make(frame);
  if (frame.dataset.bases) {
    const answer = await fetch(frame.dataset.bases, { headers: { Accept: "application/json" } });
    if (answer.ok) show(map, (await answer.json()).features);
  } else show(map, [one(frame.dataset)]);
}
