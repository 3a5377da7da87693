// Where seats stand: curved rows before the stage, in blocks. Pure geometry.
//
// All rows are arcs around one centre above the stage. Blocks stand beside one another
// in tiers, each tier a band of rows; a seat keeps its angle from row to row, so aisles
// point at the stage. Lengths are CSS pixels, angles radians from straight down.

const PITCH_MAX = 25;
const PITCH_MIN = 3;
const LABEL = 17;
const AISLE_MIN = 9;
const WIDTH_MIN = 46;
const WANTED_ASPECT = 2.1;

/**
 * @typedef {{count: number}} Group  how many seats it needs
 * @typedef {{left: number, rows: number, columns: number, radius: number,
 *            step: number, middle: number, width: number}} Block
 */

/**
 * Return the largest seats that fit, and where each block is.
 * @param {{width: number, height: number, top: number, sag: number, groups: Group[]}} hall
 *   `top`: where the middle of the first row is; `sag`: how far its ends stand higher.
 * @returns {{pitch: number, height: number, centre: {x: number, y: number}, blocks: Block[]}}
 */
export function layOut({ width, height, top, sag, groups }) {
  const half = width / 2 - 8;
  const lift = Math.max(6, sag);
  const first = (half * half + lift * lift) / (2 * lift);
  const arcs = { half, first, centre: { x: width / 2, y: top - first } };
  let low = PITCH_MIN;
  let high = PITCH_MAX;
  let best = tiers(arcs, groups, low);
  while (best.height === Infinity) {
    low *= 0.8;
    best = tiers(arcs, groups, low);
  }
  for (let turn = 0; turn < 14; turn += 1) {
    const pitch = (low + high) / 2;
    const tried = tiers(arcs, groups, pitch);
    if (tried.height <= height) {
      best = tried;
      low = pitch;
    } else high = pitch;
  }
  return { ...best, centre: arcs.centre };
}

function tiers(arcs, groups, pitch) {
  const blocks = [];
  let radius = arcs.first + LABEL;
  let from = 0;
  while (from < groups.length) {
    const tier = bestTier(arcs, groups, from, radius, pitch);
    if (!tier) return { pitch, height: Infinity, blocks };
    blocks.push(...placed(tier, radius, pitch, arcs));
    from += tier.columns.length;
    radius += (tier.rows - 1) * pitch + LABEL + pitch * 0.9;
  }
  const height = arcs.centre.y + radius - LABEL + 6;
  return { pitch, height, blocks };
}

/** Return the run of groups that stands best in one tier; null if seats are too large. */
function bestTier(arcs, groups, from, radius, pitch) {
  let best = null;
  for (let to = from + 1; to <= groups.length; to += 1) {
    const tier = tierOf(arcs, groups.slice(from, to), radius, pitch);
    if (!tier) break;
    if (!best || tier.badness < best.badness) best = tier;
    else if (to - from > best.columns.length + 4) break;
  }
  return best;
}

function tierOf(arcs, groups, radius, pitch) {
  const aisle = Math.max(AISLE_MIN, pitch * 1.3);
  const total = groups.reduce((sum, one) => sum + one.count, 0);
  const weight = groups.reduce((sum, one) => sum + Math.sqrt(one.count), 0);
  const least = Math.ceil(WIDTH_MIN / pitch);
  let length = 2 * radius * Math.asin(arcs.half / radius);
  let rows = Math.max(1, Math.ceil((total * pitch) / length));
  for (let turn = 0; turn < 400; turn += 1, rows += Math.max(1, Math.floor(rows / 24))) {
    const last = radius + (rows - 1) * pitch;
    length = 2 * radius * Math.asin(arcs.half / last) - (groups.length - 1) * aisle;
    const columns = groups.map((one) => Math.max(least, Math.ceil(one.count / rows)));
    const used = columns.reduce((sum, one) => sum + one, 0) * pitch;
    if (used <= length) {
      const badness = groups.reduce(
        (sum, one, i) => sum + Math.sqrt(one.count) * Math.abs(Math.log((columns[i] / rows) / WANTED_ASPECT)),
        0,
      ) / weight + emptiness(groups, columns, rows, total) + (length - used) / length;
      return { rows, columns, badness, aisle, slack: length - used };
    }
    if (columns.every((one) => one <= least)) return null;
  }
  return null;
}

function emptiness(groups, columns, rows, total) {
  const seats = columns.reduce((sum, one) => sum + one * rows, 0);
  return 1.5 * (seats / total - 1);
}

function placed(tier, radius, pitch, arcs) {
  const step = pitch / radius;
  const gaps = tier.columns.length - 1;
  const spread = gaps ? Math.min(tier.slack / gaps, 34) : 0;
  const aisle = (tier.aisle + spread) / radius;
  const whole = tier.columns.reduce((sum, one) => sum + one, 0) * step + gaps * aisle;
  let left = -whole / 2;
  return tier.columns.map((columns) => {
    const block = {
      left,
      rows: tier.rows,
      columns,
      radius,
      step,
      middle: left + (columns * step) / 2,
      width: columns * pitch,
    };
    left += columns * step + aisle;
    return block;
  });
}

/** Return how many seats a block has. */
export const capacity = (block) => block.rows * block.columns;

/** Write where the seat `slot` of a block is to `x[i]`, `y[i]`. */
export function seatAt(plan, block, slot, x, y, i) {
  const row = Math.floor(slot / block.columns);
  const radius = block.radius + row * plan.pitch;
  const angle = block.left + ((slot % block.columns) + 0.5) * block.step;
  x[i] = plan.centre.x + radius * Math.sin(angle);
  y[i] = plan.centre.y + radius * Math.cos(angle);
}

/** Return where a block's label stands, and its slope. */
export function labelAt(plan, block) {
  const radius = block.radius - plan.pitch / 2 - 9;
  return {
    x: plan.centre.x + radius * Math.sin(block.middle),
    y: plan.centre.y + radius * Math.cos(block.middle),
    angle: -block.middle,
    width: Math.max(block.width, WIDTH_MIN),
  };
}
