// Painting seats: each class is drawn once, small, at sixteen places within a pixel,
// and copied. Ten thousand copies are a few milliseconds; ten thousand paths are not.

import { LETTERS } from "../words.js";

const STEPS = 4; // places within a pixel, each way
const DIM = 0.16;

/** Draws seats on a canvas. */
export class Painter {
  #canvas;
  #context;
  #sprites = [];
  #size = 0;
  #made = "";
  #image = null;
  #pixels = null;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
  }

  /** Take the size of the canvas and of a seat, in CSS pixels, and the page's colours. */
  prepare(width, height, pitch, scale) {
    const wide = Math.max(1, Math.round(width * scale));
    const high = Math.max(1, Math.round(height * scale));
    if (this.#canvas.width !== wide || this.#canvas.height !== high || !this.#image) {
      this.#canvas.width = wide;
      this.#canvas.height = high;
      this.#canvas.style.height = `${height}px`;
      this.#image = this.#context.createImageData(wide, high);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    const palette = colours();
    const made = [pitch * scale, wide, ...palette].join(" ");
    if (made === this.#made) return;
    this.#made = made;
    this.#size = Math.ceil(pitch * scale) + 2;
    this.#sprites = sprites(pitch * scale, this.#size, palette, wide);
  }

  /**
   * Draw every seat.
   * @param {Float32Array} x places in CSS pixels
   * @param {Float32Array} y
   * @param {Uint8Array} classes index into LETTERS; 255: no seat
   * @param {Uint8Array | null} lit 1: bright, 0: dim; null: all bright
   */
  draw(x, y, classes, lit, scale) {
    const pixels = this.#pixels;
    const size = this.#size;
    const wide = this.#canvas.width;
    const high = this.#canvas.height;
    const sprites = this.#sprites;
    const shift = size / 2;
    pixels.fill(0);
    for (let i = 0; i < classes.length; i += 1) {
      if (classes[i] === 255) continue;
      const left = x[i] * scale - shift;
      const top = y[i] * scale - shift;
      const px = Math.floor(left);
      const py = Math.floor(top);
      if (px < 0 || py < 0 || px + size > wide || py + size > high) continue;
      const within = Math.floor((top - py) * STEPS) * STEPS + Math.floor((left - px) * STEPS);
      const dim = lit !== null && lit[i] === 0 ? 1 : 0;
      const { offsets, values } = sprites[(classes[i] * 2 + dim) * STEPS * STEPS + within];
      const start = py * wide + px;
      for (let k = 0; k < values.length; k += 1) {
        pixels[start + offsets[k]] = values[k];
      }
    }
    this.#context.putImageData(this.#image, 0, 0);
  }
}

/** Return the page's colours, by letter. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["good", "fair", "poor", "bad", "unclassified", "gone"];
  return names.map((one) => style.getPropertyValue(`--${one}`).trim());
}

/** Return the pixels of every class, bright and dim, at every place within a pixel. */
function sprites(pitch, size, palette, stride) {
  const each = STEPS * STEPS;
  const total = LETTERS.length * 2 * each;
  const sheet = document.createElement("canvas");
  sheet.width = size * each;
  sheet.height = size * LETTERS.length * 2;
  const context = sheet.getContext("2d", { willReadFrequently: true });
  for (let kind = 0; kind < LETTERS.length; kind += 1) {
    for (let dim = 0; dim < 2; dim += 1) {
      for (let within = 0; within < each; within += 1) {
        context.save();
        context.beginPath();
        context.rect(within * size, (kind * 2 + dim) * size, size, size);
        context.clip();
        context.globalAlpha = dim ? DIM : 1;
        context.translate(
          within * size + size / 2 + ((within % STEPS) + 0.5) / STEPS,
          (kind * 2 + dim) * size + size / 2 + (Math.floor(within / STEPS) + 0.5) / STEPS,
        );
        shape(context, LETTERS[kind], pitch, palette[kind]);
        context.restore();
      }
    }
  }
  const data = new Uint32Array(context.getImageData(0, 0, sheet.width, sheet.height).data.buffer);
  return Array.from({ length: total }, (_, i) =>
    cut(data, sheet.width, (i % each) * size, Math.floor(i / each) * size, size, stride),
  );
}

/** Return a sprite's pixels, and where they go from its corner on a canvas `stride` wide. */
function cut(data, wide, left, top, size, stride) {
  const offsets = [];
  const values = [];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const value = data[(top + row) * wide + left + column];
      if (value >>> 24 > 8) {
        offsets.push(row * stride + column);
        values.push(value);
      }
    }
  }
  return { offsets: Uint32Array.from(offsets), values: Uint32Array.from(values) };
}

/** Draw one seat around (0, 0): round, triangle, diamond, square, hollow, speck. */
function shape(context, letter, pitch, colour) {
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.beginPath();
  if (letter === "g") context.arc(0, 0, pitch * 0.33, 0, 7);
  else if (letter === "f") polygon(context, [[0, -0.42], [0.44, 0.36], [-0.44, 0.36]], pitch);
  else if (letter === "p") polygon(context, [[0, -0.5], [0.5, 0], [0, 0.5], [-0.5, 0]], pitch);
  else if (letter === "b") context.rect(-pitch * 0.43, -pitch * 0.43, pitch * 0.86, pitch * 0.86);
  else if (letter === "u") context.arc(0, 0, pitch * 0.27, 0, 7);
  else context.arc(0, 0, Math.max(0.6, pitch * 0.13), 0, 7);
  if (letter === "u") {
    context.lineWidth = Math.max(0.8, pitch * 0.11);
    context.stroke();
  } else context.fill();
}

function polygon(context, points, pitch) {
  for (const [x, y] of points) context.lineTo(x * pitch, y * pitch);
  context.closePath();
}
