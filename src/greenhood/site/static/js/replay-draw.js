// Draws again from a draw's published data, in the reader's own browser, and compares. The same rules as
// declarations/sampling.py: frame hash, size, allocation by largest remainder, order by SHA-256(seed:key).

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const sha256 = async (text) => hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

// A decimal such as "0.95" as an exact fraction of big integers.
export const fraction = (text) => {
  const [whole, part = ""] = String(text).split(".");
  return { over: BigInt(whole + part), under: 10n ** BigInt(part.length) };
};

const ceiling = (value, count) => {
  const product = value.over * BigInt(count);
  return Number((product + value.under - 1n) / value.under);
};

export const zeroFailureSize = (population, confidence, tolerated) => {
  const bad = ceiling(fraction(tolerated), population);
  const sure = fraction(confidence);
  if (bad <= 0 || sure.over >= sure.under) return population;
  let over = 1n;
  let under = 1n;
  for (let drawn = 0; drawn < population; drawn += 1) {
    if (over * sure.under <= (sure.under - sure.over) * under) return drawn;
    over *= BigInt(Math.max(population - bad - drawn, 0));
    under *= BigInt(population - drawn);
  }
  return population;
};

export const sampleSize = (population, method, strata) => {
  const wanted = [];
  if (method.share !== null) wanted.push(ceiling(fraction(method.share), population));
  if (method.confidence !== null && method.tolerated !== null) {
    wanted.push(zeroFailureSize(population, method.confidence, method.tolerated));
  }
  return wanted.length ? Math.min(population, Math.max(...wanted, strata)) : population;
};

// `sizes` maps a stratum's code to how many it has. Shares are compared as total * size / population, times population.
export const allocate = (sizes, total) => {
  const population = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const codes = [...sizes.keys()].sort();
  const exact = (code) => total * sizes.get(code);
  const given = new Map(codes.map((code) => [code, Math.max(1, Math.floor(exact(code) / population))]));
  const sum = () => [...given.values()].reduce((all, count) => all + count, 0);
  const surplus = (code) => given.get(code) * population - exact(code);
  while (sum() > total) {
    const open = codes.filter((code) => given.get(code) > 1);
    const most = open.reduce((best, code) => (surplus(code) > surplus(best) ? code : best));
    given.set(most, given.get(most) - 1);
  }
  while (sum() < total) {
    const open = codes.filter((code) => given.get(code) < sizes.get(code));
    const least = open.reduce((best, code) => (surplus(code) < surplus(best) ? code : best));
    given.set(least, given.get(least) + 1);
  }
  return given;
};

export const replay = async (data) => {
  const lines = data.members.map((member) => `${member.key},${member.stratum},${member.times_sampled}\n`);
  const frameHash = await sha256(lines.join(""));
  const strata = new Map();
  for (const member of data.members) {
    if (!strata.has(member.stratum)) strata.set(member.stratum, []);
    const rank = await sha256(`${data.seed}:${member.key}`);
    const late = data.method.never_sampled_first && member.times_sampled > 0 ? 1 : 0;
    strata.get(member.stratum).push({ key: member.key, order: `${late}${rank}` });
  }
  const sizes = new Map([...strata].map(([code, rows]) => [code, rows.length]));
  const size = sampleSize(data.members.length, data.method, strata.size);
  const allocation = allocate(sizes, size);
  const chosen = new Set();
  for (const [code, rows] of strata) {
    rows.sort((one, other) => (one.order < other.order ? -1 : 1));
    for (const row of rows.slice(0, allocation.get(code))) chosen.add(row.key);
  }
  const differing = data.members.filter((member) => member.selected !== chosen.has(member.key));
  return { frameHash, size, isSameFrame: frameHash === data.frame_hash, differing };
};

const say = (result, data) => {
  const frame = result.isSameFrame
    ? "抽样框校验值一致。"
    : `抽样框校验值不一致：算得 ${result.frameHash}。`;
  const names = result.differing.map((member) => member.community).join("、");
  const draw = result.differing.length
    ? `有 ${result.differing.length} 个结果不一致：${names}。`
    : `抽中名单一致：应抽 ${result.size} 个，逐个核对相同。`;
  return `${frame}\n${draw}\n（共核对 ${data.members.length} 个）`;
};

for (const box of globalThis.document?.querySelectorAll("[data-replay-draw]") ?? []) {
  const button = box.querySelector("button");
  const status = box.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    status.textContent = "正在计算…";
    try {
      if (!globalThis.crypto?.subtle) throw new Error("浏览器只在 https 地址或本机地址提供密码学计算");
      const answer = await fetch(box.dataset.replayDraw, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`数据没有取到（${answer.status}）`);
      const data = await answer.json();
      status.textContent = say(await replay(data), data);
    } catch (error) {
      status.textContent = `没有算成：${error.message}。也可以下载数据自行计算。`;
    } finally {
      button.disabled = false;
    }
  });
}
