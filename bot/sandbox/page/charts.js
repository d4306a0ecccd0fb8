/** Slack's charts: pies and bars as SVG. What is drawn is said in words below it, so nothing is told by colour alone. */
import { h } from "./dom.js";

/** @typedef {{label: string, value: number}} Point */

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = 6;
const [WIDTH, HEIGHT, GAP] = [120, 48, 1];

/** @param {import("./types.js").Block} block */
export function chartNode(block) {
  const { chart } = block;
  const series = chart.type === "pie" ? [{ name: "", data: chart.segments }] : chart.series;
  const drawn = chart.type === "pie" ? pie(chart.segments) : bars(series);
  const words = series.map((/** @type {{name: string, data: Point[]}} */ one, /** @type {number} */ no) =>
    one.data.map((point, place) => entry(one.name, point, chart.type === "pie" ? place : no)));
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", `Chart: ${block.title}. Its values follow.`);
  return h("figure", { class: `chart chart-${chart.type}` }, h("figcaption", {}, block.title), drawn, h("ul", {}, words.flat()));
}

/** @param {string} series @param {Point} point @param {number} colour */
function entry(series, point, colour) {
  const mark = shape("rect", { width: 10, height: 10, class: colourOf(colour) });
  const box = shape("svg", { viewBox: "0 0 10 10", class: "chart-mark", "aria-hidden": "true" });
  box.append(mark);
  return h("li", {}, box, `${series ? `${series}, ` : ""}${point.label}: ${point.value.toLocaleString("en")}`);
}

/** @param {Point[]} segments */
function pie(segments) {
  const svg = shape("svg", { viewBox: "0 0 40 40" });
  const whole = segments.reduce((sum, { value }) => sum + value, 0);
  let before = 0;
  segments.forEach(({ value }, no) => {
    const share = (value / whole) * 100;
    // A circle of the circumference 100, of whose line one share is drawn, from where the one before ended.
    const arc = { cx: 20, cy: 20, r: 100 / (2 * Math.PI) / 2, "stroke-width": 100 / (2 * Math.PI), pathLength: 100, fill: "none" };
    svg.append(shape("circle", { ...arc, class: colourOf(no), "stroke-dasharray": `${share} ${100 - share}`, "stroke-dashoffset": -before }));
    before += share;
  });
  return svg;
}

/** @param {{data: Point[]}[]} series */
function bars(series) {
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}` });
  const most = Math.max(1, ...series.flatMap(({ data }) => data.map(({ value }) => value)));
  const room = WIDTH / Math.max(1, series[0]?.data.length ?? 1);
  const width = (room - GAP) / series.length;
  series.forEach(({ data }, no) => data.forEach(({ value }, place) => {
    const height = (Math.max(0, value) / most) * HEIGHT;
    svg.append(shape("rect", { x: place * room + no * width, y: HEIGHT - height, width, height, class: colourOf(no) }));
  }));
  return svg;
}

/** @param {number} no */
function colourOf(no) {
  return `chart-colour-${(no % COLOURS) + 1}`;
}

/** @param {string} tag @param {Record<string, string|number>} attributes @returns {SVGElement} */
function shape(tag, attributes) {
  const node = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}
