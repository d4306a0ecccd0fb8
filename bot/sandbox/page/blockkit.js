/** Block Kit: blocks as DOM nodes. Each kind of block is one small function; what people operate lies in elements.js. */
import { chartNode } from "./charts.js";
import { freshId, h, keepingFocus } from "./dom.js";
import { elementNode } from "./elements.js";
import { icon } from "./icons.js";
import { renderPlain, renderText, wordsOf } from "./mrkdwn.js";
import { renderRichText } from "./richtext.js";

/** @typedef {import("./types.js").Block} Block @typedef {import("./surface.js").Surface} Surface */

/**
 * What a drawn block was drawn from: a block that did not change keeps its node, and with it whatever is being typed.
 * @type {WeakMap<Node, string>}
 */
const sources = new WeakMap();

/**
 * Makes `parent` show exactly these blocks.
 * @param {HTMLElement} parent @param {Block[]} blocks @param {Surface} surface
 */
export function showBlocks(parent, blocks, surface) {
  surface.forgetOthers(blocks);
  const drawn = [...parent.children];
  const wanted = blocks.map((block) => {
    const source = JSON.stringify(block);
    const same = drawn.findIndex((node) => sources.get(node) === source);
    if (same >= 0) return drawn.splice(same, 1)[0];
    const node = blockNode(block, surface);
    sources.set(node, source);
    return node;
  });
  keepingFocus(parent, () => putChildren(parent, wanted), parent.closest("[tabindex]") ?? parent);
}

/**
 * Moves no node that is already in its place: moving one would take the focus from it.
 * @param {Element} parent @param {Element[]} wanted
 */
export function putChildren(parent, wanted) {
  for (const node of [...parent.children]) if (!wanted.includes(node)) node.remove();
  let next = parent.firstElementChild;
  for (const node of wanted) {
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
  }
}

/** @param {Block} block @param {Surface} surface @returns {HTMLElement} */
function blockNode(block, surface) {
  const draw = Object.hasOwn(BLOCKS, block.type) ? BLOCKS[block.type] : unknownBlock;
  return h("div", { class: `block block-${block.type}`, "data-block": block.block_id }, draw(block, surface));
}

/** @type {Record<string, (block: Block, surface: Surface) => any>} */
const BLOCKS = {
  header: (block) => h("h3", {}, renderPlain(block.text.text, block.text.emoji !== false)),
  section: sectionParts,
  context: contextParts,
  divider: () => h("hr"),
  actions: (block, surface) => block.elements.map((/** @type {any} */ element) => elementNode(element, block, surface)),
  input: inputParts,
  image: (block, surface) => imageParts(block, surface),
  rich_text: (block, surface) => h("div", { class: "text" }, renderRichText(block.elements, surface.names)),
  table: tableNode,
  alert: alertNode,
  data_visualization: (block) => chartNode(block),
};

/** @param {Block} block */
function unknownBlock(block) {
  return h("p", { class: "unknown" }, `This demo does not draw blocks of type “${block.type}”.`);
}

/** @param {Block} block @param {Surface} surface */
function sectionParts(block, surface) {
  const fieldNode = (/** @type {any} */ field) => h("div", { class: "text field" }, renderText(field, surface.names));
  const fields = (block.fields ?? []).map(fieldNode);
  const label = block.text && firstLine(block.text);
  return [
    h(
      "div",
      { class: "section-words" },
      block.text && h("div", { class: "text" }, renderText(block.text, surface.names)),
      fields.length > 0 && h("div", { class: "fields" }, fields),
    ),
    block.accessory && h("div", { class: "accessory" }, elementNode(block.accessory, block, surface, { label })),
  ];
}

/**
 * What a section says names the control beside it, when that has no words of its own.
 * @param {import("./types.js").TextObject} text
 */
function firstLine(text) {
  return wordsOf(text).split("\n")[0].replace(/[*_~`]/g, "");
}

/** @param {Block} block @param {Surface} surface */
function contextParts(block, surface) {
  return block.elements.map((/** @type {any} */ element) =>
    element.type === "image" ? elementNode(element, block, surface) : h("div", { class: "text" }, renderText(element, surface.names)));
}

/** @param {Block} block @param {Surface} surface */
function inputParts(block, surface) {
  const [label, hint, error] = [freshId("label"), freshId("hint"), freshId("error")];
  const describedby = [block.hint && hint, error].filter(Boolean).join(" ");
  const control = elementNode(block.element, block, surface, { labelledby: label, describedby, required: !block.optional });
  const target = control.matches("input, textarea") ? control : control.querySelector("input[role=combobox], input, textarea");
  const isGroup = control.matches("fieldset, [role=radiogroup], [role=group]");
  if (target && !target.id) target.id = freshId("field");
  return [
    h(isGroup ? "span" : "label", { id: label, class: "input-label", for: isGroup ? null : target?.id },
      renderPlain(block.label.text), block.optional && h("span", { class: "optional" }, " (optional)")),
    control,
    block.hint && h("p", { id: hint, class: "input-hint" }, renderPlain(block.hint.text)),
    h("p", { id: error, class: "input-error" }),
  ];
}

/** @param {Block} block @param {Surface} surface */
function imageParts(block, surface) {
  const title = block.title && h("figcaption", {}, renderPlain(block.title.text));
  return h("figure", {}, title, elementNode({ ...block, type: "image" }, block, surface));
}

/** @param {Block} block @param {Surface} surface */
function tableNode(block, surface) {
  const [head, ...rows] = block.rows;
  const settings = block.column_settings ?? [];
  const row = (/** @type {any[]} */ cells, /** @type {"th"|"td"} */ tag) =>
    h("tr", {}, cells.map((cell, column) => {
      const { align = "left", is_wrapped: wraps } = settings[column] ?? {};
      return h(tag, { class: `align-${align}${wraps ? " wraps" : ""}`, scope: tag === "th" ? "col" : null }, cellParts(cell, surface));
    }));
  const table = h("table", {}, h("thead", {}, row(head, "th")), h("tbody", {}, rows.map((/** @type {any[]} */ cells) => row(cells, "td"))));
  return h("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Table" }, table);
}

/** @param {any} cell @param {Surface} surface */
function cellParts(cell, surface) {
  if (cell.type === "rich_text") return renderRichText(cell.elements, surface.names);
  return String(cell.type === "raw_number" ? (cell.text ?? cell.value) : cell.text);
}

/** @param {Block} block @param {Surface} surface */
function alertNode(block, surface) {
  const level = block.level ?? "default";
  const mark = level === "success" ? icon("check") : icon(level === "warning" || level === "error" ? "warning" : "info");
  const words = h("div", { class: "text" }, renderText(block.text, surface.names));
  return h("div", { class: `alert alert-${level}`, role: level === "error" ? "alert" : "note" }, mark, words);
}
