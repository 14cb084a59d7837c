// Suggests divisions while a name, pinyin or code is typed into [data-division-picker]. Without it the code is typed.
const WAIT = 200;

const attach = (input) => {
  const list = document.createElement("datalist");
  list.id = `${input.id}-places`;
  input.after(list);
  input.setAttribute("list", list.id);
  let timer = 0;
  let asked = "";

  const suggest = async () => {
    const text = input.value.trim();
    if (text === asked || text.length < 1) return;
    asked = text;
    try {
      const response = await fetch(`${input.dataset.divisionPicker}?q=${encodeURIComponent(text)}`, {
        headers: { Accept: "application/json" },
      });
      if (!response.ok || text !== input.value.trim()) return;
      const places = await response.json();
      list.replaceChildren(
        ...(places.results ?? places).map((place) => {
          const option = document.createElement("option");
          option.value = `${String(place.code).padStart(12, "0")} ${place.name}`;
          option.label = place.path ?? place.name;
          return option;
        }),
      );
    } catch {
      // Without an answer the field stays what it is without script: a code or a name is typed.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT);
  });
};

document.querySelectorAll("[data-division-picker]").forEach(attach);
