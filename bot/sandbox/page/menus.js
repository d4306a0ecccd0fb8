/** A button that opens a menu of things to do: the ARIA menu button pattern. */
import { h, placeBeside } from "./dom.js";

/** @typedef {{words: any, note?: string, href?: string, act: () => void}} Item with `href` also a link to another page */

/**
 * @param {Record<string, any>} attributes of the button, its name and look among them
 * @param {any} face what stands on the button
 * @param {(button: HTMLElement) => Item[]} items
 * @param {"start"|"end"} edge of the button that the menu lines up with
 * @returns {HTMLElement} button and menu
 */
export function menuButton(attributes, face, items, edge = "end") {
  const menu = h("div", { class: "popup menu", role: "menu", popover: "auto", "aria-label": attributes["aria-label"], onkeydown: walk });
  const button = h("button", { ...attributes, type: "button", "aria-haspopup": "menu", "aria-expanded": "false", onclick: open }, face);
  menu.addEventListener("toggle", (/** @type {any} */ event) => button.setAttribute("aria-expanded", String(event.newState === "open")));
  return h("span", { class: "overflow" }, button, menu);

  function open() {
    menu.replaceChildren(...items(button).map(itemNode));
    menu.showPopover();
    placeBeside(menu, button, edge);
    menu.firstElementChild.focus();
  }

  /** @param {Item} item */
  function itemNode({ words, note, href, act }) {
    const leads = href ? { href, target: "_blank", rel: "noopener noreferrer" } : { type: "button" };
    const use = () => {
      menu.hidePopover();
      act();
    };
    return h(href ? "a" : "button", { role: "menuitem", tabindex: "-1", class: "menu-item", ...leads, onclick: use },
      words, note && h("span", { class: "option-note" }, note));
  }

  /** Escape closes the menu and nothing around it. @param {KeyboardEvent} event */
  function walk(event) {
    const nodes = [...menu.children];
    const at = nodes.indexOf(document.activeElement);
    const goal = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: nodes.length - 1 }[event.key];
    if (goal === undefined && event.key !== "Escape") return;
    event.preventDefault();
    if (goal === undefined) return menu.hidePopover();
    nodes.at(goal % nodes.length).focus();
  }
}
