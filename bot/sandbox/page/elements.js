/** Block Kit's elements: which kind is drawn by which module, and what they all share when somebody uses one. */
import { buttonNode, overflowNode } from "./buttons.js";
import { choiceGroupNode } from "./choices.js";
import { h } from "./dom.js";
import { dateFieldNode, textFieldNode } from "./fields.js";
import { icon } from "./icons.js";
import { wordsOf } from "./mrkdwn.js";
import { selectNode } from "./selects.js";

/** @typedef {import("./types.js").Block} Block @typedef {import("./types.js").Element} Element */
/** @typedef {import("./surface.js").Surface} Surface */

/**
 * What an element is called: by the ids of its label and notes in an input block, else by `label`, words from nearby.
 * @typedef {{labelledby?: string, describedby?: string, required?: boolean, label?: string}} Labelling
 * @typedef {{element: Element, block: Block, surface: Surface, labelling: Labelling}} Place where an element stands
 */

/** @type {Record<string, (place: Place) => HTMLElement>} */
const ELEMENTS = {
  button: buttonNode,
  overflow: overflowNode,
  image: imageNode,
  checkboxes: choiceGroupNode,
  radio_buttons: choiceGroupNode,
  plain_text_input: textFieldNode,
  number_input: textFieldNode,
  email_text_input: textFieldNode,
  url_text_input: textFieldNode,
  datepicker: dateFieldNode,
  timepicker: dateFieldNode,
  datetimepicker: dateFieldNode,
};

const SELECT = /^(multi_)?(static|external|users|conversations|channels)_select$/;

/**
 * @param {Element} element
 * @param {Block} block @param {Surface} surface @param {Labelling} [labelling] @returns {HTMLElement}
 */
export function elementNode(element, block, surface, labelling = {}) {
  const place = { element, block, surface, labelling };
  if (SELECT.test(element.type)) return selectNode(place);
  if (Object.hasOwn(ELEMENTS, element.type)) return ELEMENTS[element.type](place);
  return h("p", { class: "unknown" }, `This demo does not draw elements of type “${element.type}”.`);
}

/** Pictures come from this page's own server only; another one's are named, not fetched. @param {Place} place */
function imageNode({ element, block }) {
  const { image_url: address = "", alt_text: alt = "" } = element;
  if (URL.canParse(address, location.href) && new URL(address, location.href).origin === location.origin) {
    return h("img", { src: address, alt, loading: "lazy", class: block.type === "image" ? "picture" : "thumbnail" });
  }
  const title = wordsOf(element.title) || alt;
  return h("span", { class: "picture-elsewhere", role: "img", "aria-label": alt, title }, icon("image"), h("span", {}, alt));
}
