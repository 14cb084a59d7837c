// Draws each chart from its own table. Without this script, or without ECharts, the table is what one sees.
const GREENS = ["#19713f", "#8fb8a0", "#c8a24a"];
const INK = "#1d2620";
const FONT = getComputedStyle(document.body).fontFamily;

// Rows marked as having nothing to draw stand in the table alone.
const rowsOf = (section) => [...section.querySelectorAll("tbody tr:not([data-not-drawn])")];

const read = (section) => {
  const headings = [...section.querySelectorAll("thead th")];
  const rows = rowsOf(section);
  const series = headings
    .map((heading, index) => ({ name: heading.dataset.series, index }))
    .filter((each) => each.name)
    .map((each) => ({
      name: each.name,
      values: rows.map((row) => {
        const value = row.cells[each.index]?.dataset.value;
        return value === undefined || value === "" ? null : Number(value);
      }),
    }));
  return { names: rows.map((row) => row.cells[0].textContent.trim()), series };
};

const say = (value, isShare) => {
  if (value === null || value === undefined) return "";
  return isShare ? `${(value * 100).toFixed(1).replace(/\.0$/, "")}%` : value.toLocaleString("zh-CN");
};

const optionsOf = (section, { names, series }) => {
  const isShare = "share" in section.dataset;
  const goal = section.dataset.goal === undefined ? null : Number(section.dataset.goal);
  const size = document.documentElement.dataset.type === "large" ? 16 : 13;
  return {
    animation: false,
    // Several series differ by pattern too, for print in black and white; what they say is the table below, not a label.
    aria: { enabled: series.length > 1, label: { enabled: false }, decal: { show: true } },
    textStyle: { fontFamily: FONT, fontSize: size, color: INK },
    color: GREENS,
    grid: { left: 8, right: 64, top: goal === null ? 8 : 28, bottom: series.length > 1 ? 36 : 8, containLabel: true },
    legend: series.length > 1 ? { bottom: 0, textStyle: { fontSize: size } } : undefined,
    xAxis: {
      type: "value",
      min: 0,
      max: section.dataset.most ? Number(section.dataset.most) : isShare ? (value) => Math.min(1, Math.ceil(Math.max(value.max, goal ?? 0) * 10.5) / 10) : undefined,
      axisLabel: { formatter: (value) => say(value, isShare), fontSize: size, hideOverlap: true },
      splitLine: { lineStyle: { color: "#e4e9e6" } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: names,
      axisTick: { show: false },
      axisLabel: { fontSize: size, color: INK, interval: 0, width: Math.min(220, section.clientWidth * 0.4), overflow: "truncate" },
    },
    series: series.map((each, index) => ({
      type: "bar",
      name: each.name,
      data: each.values,
      barMaxWidth: 18,
      label: { show: true, position: "right", formatter: ({ value }) => say(value, isShare), fontSize: size, color: INK },
      markLine:
        goal === null || index > 0
          ? undefined
          : {
              symbol: "none",
              silent: true,
              lineStyle: { color: "#8a5200", type: "dashed", width: 2 },
              label: { formatter: section.dataset.goalLabel, position: "start", distance: [0, 0], color: "#6b4000", fontSize: size, offset: [0, -4] },
              data: [{ xAxis: goal }],
            },
    })),
  };
};

const draw = (section) => {
  const data = read(section);
  const canvas = section.querySelector(".chart-canvas");
  if (!data.names.length || !data.series.length) return;
  const perRow = 12 + 18 * data.series.length;
  canvas.style.height = `${Math.max(120, data.names.length * perRow + 60)}px`;
  const chart = window.echarts.init(canvas, null, { renderer: "canvas" });
  chart.setOption(optionsOf(section, data));
  if (!("open" in section.dataset)) section.querySelector(".chart-table").open = false;
  // A bar leads where its row leads.
  const links = rowsOf(section).map((row) => row.querySelector("th a")?.href);
  chart.on("click", ({ dataIndex }) => { if (links[dataIndex]) window.location.assign(links[dataIndex]); });
  new ResizeObserver(() => {
    chart.resize();
    chart.setOption(optionsOf(section, data));
  }).observe(canvas.parentElement);
};

if (window.echarts) document.querySelectorAll("[data-chart]").forEach(draw);
// On paper the figures stand beside the bars.
window.addEventListener("beforeprint", () => document.querySelectorAll(".chart-table").forEach((table) => { table.open = true; }));
