/** Buttons, link buttons and overflow menus. */
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { menuButton } from "./menus.js";
import { renderPlain, webLink, wordsOf } from "./mrkdwn.js";
import { attributes } from "./places.js";

/** @typedef {import("./elements.js").Place} Place */

/** @param {Place} place */
export function buttonNode(place) {
  const { element, block, surface } = place;
  const href = webLink(element.url);
  const button = h(
    href ? "a" : "button",
    {
      ...attributes({ ...place, labelling: {} }, element.accessibility_label),
      class: ["button", element.style].filter(Boolean).join(" "),
      ...(href ? { href, target: "_blank", rel: "noopener noreferrer" } : { type: "button" }),
      onclick: () => surface.act(button, block, element, {}),
    },
    h("span", { class: "button-words" }, renderPlain(element.text.text, element.text.emoji !== false)),
  );
  return button;
}

/** @param {Place} place */
export function overflowNode(place) {
  const { element, block, surface } = place;
  /** @param {HTMLElement} button @param {import("./types.js").Option} option */
  const item = (button, option) => ({
    words: renderPlain(option.text.text),
    note: option.description && wordsOf(option.description),
    href: webLink(option.url),
    act: () => surface.act(button, block, element, { selected_option: option }),
  });
  return menuButton({ ...attributes(place, "More actions"), class: "button icon-button" }, icon("more"), (button) =>
    element.options.map((/** @type {import("./types.js").Option} */ option) => item(button, option)));
}
