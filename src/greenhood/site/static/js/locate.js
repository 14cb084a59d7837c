// A button that fills in where one stands. `[data-locate]` holds the inputs `longitude` and `latitude`; without a script they are typed.
const WORDS = { 1: "没有允许定位，可手填经纬度。", 2: "暂时定不了位，可手填经纬度。", 3: "定位超时，可手填经纬度。" };

for (const box of document.querySelectorAll("[data-locate]")) {
  if (!navigator.geolocation) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline btn-small";
  button.textContent = "取当前位置";
  const said = document.createElement("p");
  said.className = "field-help";
  said.setAttribute("role", "status");
  const place = document.createElement("div");
  place.append(button, said);
  box.append(place);
  button.addEventListener("click", () => {
    said.textContent = "正在定位…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        box.querySelector("[name=longitude]").value = coords.longitude.toFixed(6);
        box.querySelector("[name=latitude]").value = coords.latitude.toFixed(6);
        box.querySelector("[name=latitude]").dispatchEvent(new Event("change", { bubbles: true }));
        said.textContent = `误差约 ${Math.ceil(coords.accuracy)} 米（手机定位为 WGS 84，与 CGCS2000 相差不到 1 米）。`;
      },
      (error) => { said.textContent = WORDS[error.code] ?? error.message; },
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 },
    );
  });
}
