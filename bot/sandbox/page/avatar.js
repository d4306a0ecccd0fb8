/** The square with somebody's initials, in their own colour, with letters dark or light enough to be read on it. */
import { h } from "./dom.js";

const FALLBACK = "#4a5568";

/** @param {{real_name: string, color?: string}} person */
export function avatar(person) {
  const words = (person.real_name || "?").split(/\s+/).filter(Boolean);
  const initials = words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
  const color = /^#?[0-9a-f]{6}$/i.test(person.color ?? "") ? `#${person.color?.replace("#", "")}` : FALLBACK;
  const node = h("span", { class: "avatar", "aria-hidden": "true" }, initials);
  node.style.backgroundColor = color;
  node.style.color = brightness(color) > 0.18 ? "#111" : "#fff";
  return node;
}

/** Relative luminance as WCAG defines it. @param {string} color */
function brightness(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
