/**
 * Slack's `data_visualization` block: pies, bars, lines and areas, drawn as SVG. Every figure is also told in words:
 * in the legend for a pie, and to screen readers for all.
 */
import { h } from "./dom.js";
import { svg } from "./icons.js";

/** @typedef {{label: string, value: number}} Point @typedef {{name: string, data: Point[]}} Series */
/** @typedef {{categories: string[], x_label?: string, y_label?: string}} Axis */

const [WIDTH, HEIGHT] = [330, 170];
/** What the drawing leaves free for what stands beside the axes. */
const EDGE = { left: 42, right: 6, top: 18, bottom: 24 };
const STEPS = 4;
const LABEL_PX = 44;

const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat();

/** @param {import("./types.js").Block} block */
export function chartNode({ title, chart }) {
  const isPie = chart.type === "pie";
  const drawing = isPie ? pie(chart.segments) : plot(chart);
  const words = isPie ? pieWords(chart.segments) : plotWords(chart.series);
  const picture = svg("svg", { viewBox: isPie ? "-52 -52 104 104" : `0 0 ${WIDTH} ${HEIGHT}`, class: `chart-picture chart-${chart.type}`, role: "img", "aria-label": `${title}: ${words}` }, drawing);
  const legend = isPie ? pieLegend(chart.segments) : chart.series.map((/** @type {Series} */ { name }, /** @type {number} */ index) => entry(name, index));
  return h("figure", { class: `chart ${isPie ? "of-shares" : ""}` },
    h("figcaption", {}, title),
    picture,
    h("ul", { class: "chart-legend", "aria-hidden": isPie ? null : "true" }, legend));
}

/** @param {Point[]} segments */
function pie(segments) {
  const total = sumOf(segments);
  let from = 0;
  return segments.map(({ value }, index) => {
    const [start, end] = [from, (from += value / total)];
    const look = { class: `chart-colour-${index}` };
    if (end - start > 0.9999) return svg("circle", { ...look, r: "50" });
    const [x0, y0] = onCircle(start);
    const [x1, y1] = onCircle(end);
    return svg("path", { ...look, d: `M0 0 L${x0} ${y0} A50 50 0 ${end - start > 0.5 ? 1 : 0} 1 ${x1} ${y1} Z` });
  });
}

/** @param {number} share of the circle, clockwise from the top */
function onCircle(share) {
  const angle = 2 * Math.PI * share;
  return [50 * Math.sin(angle), -50 * Math.cos(angle)].map((length) => length.toFixed(3));
}

/** @param {Point[]} segments */
function pieLegend(segments) {
  const total = sumOf(segments);
  return segments.map(({ label, value }, index) => entry(`${label}: ${whole.format(value)} (${percent(value, total)})`, index));
}

/** @param {Point[]} segments */
function pieWords(segments) {
  const total = sumOf(segments);
  return segments.map(({ label, value }) => `${label} ${whole.format(value)}, ${percent(value, total)}`).join("; ");
}

/** @param {{type: string, series: Series[], axis_config: Axis}} chart */
function plot({ type, series, axis_config: axis }) {
  const { categories } = axis;
  const values = series.map(({ data }) => categories.map((category) => data.find(({ label }) => label === category)?.value ?? 0));
  const [least, most, step] = range(values.flat());
  const [inner, tall] = [WIDTH - EDGE.left - EDGE.right, HEIGHT - EDGE.top - EDGE.bottom];
  const room = inner / categories.length;
  const x = (/** @type {number} */ at) => EDGE.left + room * (at + 0.5);
  const y = (/** @type {number} */ value) => EDGE.top + tall * (1 - (value - least) / (most - least));
  const bars = () => values.flatMap((row, index) => row.map((value, at) => {
    const width = (room * 0.7) / values.length;
    const look = { class: `chart-colour-${index}`, x: x(at) - room * 0.35 + width * index, width };
    return svg("rect", { ...look, y: Math.min(y(value), y(0)), height: Math.abs(y(value) - y(0)) });
  }));
  const lines = () => values.map((row, index) => {
    const corners = row.map((value, at) => `${x(at)} ${y(value)}`).join(" L");
    const closed = type === "area" ? ` L${x(row.length - 1)} ${y(0)} L${x(0)} ${y(0)} Z` : "";
    return svg("path", { class: `chart-${type}-of chart-colour-${index}`, d: `M${corners}${closed}` });
  });
  return [rules(least, most, step, y), names(categories, x, room), ...titles(axis), type === "bar" ? bars() : lines()].flat();
}

/** @param {number} least @param {number} most @param {number} step @param {(value: number) => number} y */
function rules(least, most, step, y) {
  const marks = [];
  for (let value = least; value <= most + step / 2; value += step) marks.push(value);
  return marks.flatMap((value) => [
    svg("line", { class: "chart-rule", x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value) }),
    svg("text", { x: EDGE.left - 6, y: y(value) + 3.5, "text-anchor": "end" }, [short.format(value)]),
  ]);
}

/** Only as many names as have room. @param {string[]} categories @param {(at: number) => number} x @param {number} room */
function names(categories, x, room) {
  const every = Math.ceil(LABEL_PX / room);
  const fits = (/** @type {string} */ name) => {
    const most = Math.max(4, Math.floor((room * every) / 6));
    return name.length > most ? `${name.slice(0, most - 1)}…` : name;
  };
  return categories.flatMap((name, at) =>
    at % every ? [] : [svg("text", { x: x(at), y: HEIGHT - EDGE.bottom + 14, "text-anchor": "middle" }, [fits(name)])]);
}

/** What the axes count stands above them. @param {Axis} axis */
function titles({ y_label: label }) {
  return label ? [svg("text", { x: 0, y: 9 }, [label])] : [];
}

/** @param {Series[]} series */
function plotWords(series) {
  return series.map(({ name, data }) => `${name}: ${data.map(({ label, value }) => `${label} ${whole.format(value)}`).join(", ")}`).join("; ");
}

/** From zero, or below it, in round steps. @param {number[]} values @returns {[number, number, number]} */
function range(values) {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const rough = (high - low || 1) / STEPS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((round) => round * power >= rough) ?? 10);
  return [Math.floor(low / step) * step, Math.ceil((high || step) / step) * step, step];
}

/** @param {string} words @param {number} index */
function entry(words, index) {
  return h("li", {}, svg("svg", { viewBox: "0 0 10 10", class: "chart-mark", "aria-hidden": "true" }, [svg("rect", { class: `chart-colour-${index}`, width: "10", height: "10", rx: "2" })]), words);
}

/** @param {Point[]} points */
function sumOf(points) {
  return points.reduce((sum, { value }) => sum + value, 0);
}

/** @param {number} value @param {number} total */
function percent(value, total) {
  return `${Math.round((100 * value) / total)}%`;
}
