/** The page's own line icons, as SVG built node by node; all decoration, hidden from screen readers. */

const PATHS = {
  hash: ["M4 9h16", "M4 15h16", "M10 3 8 21", "M16 3l-2 18"],
  lock: ["M6 11h12v9H6z", "M8.5 11V7.5a3.5 3.5 0 0 1 7 0V11"],
  menu: ["M4 6h16", "M4 12h16", "M4 18h16"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  send: ["M4 4.5 21 12 4 19.5 6.5 12z", "M6.5 12H13"],
  reply: ["M4 5h16v11H11l-4.5 4v-4H4z", "M8 9.5h8", "M8 12.5h5"],
  chevron: ["M6 9l6 6 6-6"],
  plus: ["M12 5v14", "M5 12h14"],
  switch: ["M4 8h9", "M19 8h1", "M16 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 1 0 0-5.6z", "M4 16h1", "M11 16h9", "M8 13.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 1 0 0-5.6z"],
  down: ["M12 5v14", "M6 13l6 6 6-6"],
  check: ["M5 12.5 10 17.5 19.5 7"],
  warning: ["M12 4 2.8 20h18.4z", "M12 10v4.5", "M12 17v.4"],
  info: ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 1 0 0-17z", "M12 11v5.5", "M12 7.6v.4"],
  eye: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z", "M12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 1 0 0-5.6z"],
  more: ["M5 12h.1", "M12 12h.1", "M19 12h.1"],
  help: ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 1 0 0-17z", "M9.5 9.6a2.5 2.5 0 1 1 3.7 2.2c-.8.4-1.2 1-1.2 1.9", "M12 16.7v.3"],
  image: ["M4 5h16v14H4z", "M4 16l5-5 4 4 2.5-2.5L20 17", "M15.5 9h.1"],
};

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag @param {Record<string, string|number>} attributes @param {(Node|string)[]} [children]
 * @returns {SVGElement}
 */
export function svg(tag, attributes, children = []) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/** @param {keyof typeof PATHS} name @returns {SVGElement} */
export function icon(name) {
  const attributes = { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" };
  return svg("svg", attributes, PATHS[name].map((line) => svg("path", { d: line })));
}

/** Fills every `<span data-icon="name">` that index.html left for this. @param {ParentNode} root */
export function fillIcons(root) {
  for (const slot of root.querySelectorAll("[data-icon]")) {
    slot.replaceWith(icon(/** @type {any} */ (slot.getAttribute("data-icon"))));
  }
}
