/** Buttons, link buttons and overflow menus. */
import { h, placeBeside } from "./dom.js";
import { icon } from "./icons.js";
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
  const menu = h("div", { class: "popup menu", role: "menu", popover: "auto", onkeydown: walk });
  const button = h(
    "button",
    {
      ...attributes(place, "More actions"),
      type: "button",
      class: "button icon-button",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      onclick: open,
    },
    icon("more"),
  );
  /** @param {import("./types.js").Option} option */
  const item = (option) => {
    const href = webLink(option.url);
    return h(
      href ? "a" : "button",
      {
        role: "menuitem",
        tabindex: "-1",
        class: "menu-item",
        ...(href ? { href, target: "_blank", rel: "noopener noreferrer" } : { type: "button" }),
        onclick: () => {
          menu.hidePopover();
          surface.act(button, block, element, { selected_option: option });
        },
      },
      renderPlain(option.text.text),
      option.description && h("span", { class: "option-note" }, wordsOf(option.description)),
    );
  };
  menu.append(...element.options.map(item));
  menu.addEventListener("toggle", (/** @type {any} */ event) => button.setAttribute("aria-expanded", String(event.newState === "open")));

  function open() {
    menu.showPopover();
    placeBeside(menu, button, "end");
    menu.firstElementChild.focus();
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    const items = [...menu.children];
    const at = items.indexOf(document.activeElement);
    const goal = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    items.at(goal % items.length).focus();
  }

  return h("span", { class: "overflow" }, button, menu);
}
