/** Radio buttons and checkboxes. */
import { freshId, h } from "./dom.js";
import { renderText } from "./mrkdwn.js";
import { attributes, beginning, choose } from "./places.js";

/** @typedef {import("./elements.js").Place} Place @typedef {import("./types.js").Option} Option */

/** @param {Place} place */
export function choiceGroupNode(place) {
  const { element } = place;
  const single = element.type === "radio_buttons";
  const chosen = chosenValues(beginning(place, single
    ? { selected_option: element.initial_option ?? null }
    : { selected_options: element.initial_options ?? [] }));
  const name = freshId("choice");
  const role = single ? "radiogroup" : "group";
  const group = h("div", { ...attributes(place, single ? "Choose one" : "Choose"), class: "choices", role });

  /** @param {Event} event */
  async function change(event) {
    const inputs = group.querySelectorAll("input");
    const options = element.options.filter((/** @type {Option} */ _, /** @type {number} */ index) => inputs[index].checked);
    const kept = await choose(place, group, single ? { selected_option: options[0] ?? null } : { selected_options: options });
    if (!kept && event.target instanceof HTMLInputElement) putBack(event.target);
  }

  /** @param {HTMLInputElement} input */
  function putBack(input) {
    const values = chosenValues(place.surface.valueOf(place.block, element));
    for (const [index, other] of [...group.querySelectorAll("input")].entries()) other.checked = values.has(element.options[index].value);
    input.focus();
  }

  group.append(...element.options.map((/** @type {Option} */ option) => optionNode(option, chosen.has(option.value))));
  return group;

  /** @param {Option} option @param {boolean} checked */
  function optionNode(option, checked) {
    const note = option.description ? freshId("note") : null;
    const input = h("input", { type: single ? "radio" : "checkbox", name, "aria-describedby": note, onchange: change });
    input.checked = checked;
    return h("label", { class: "choice" }, input,
      h("span", { class: "choice-words" },
        h("span", { class: "text" }, renderText(option.text, place.surface.names)),
        option.description && h("span", { id: note, class: "option-note" }, renderText(option.description, place.surface.names))));
  }
}

/** @param {any} value @returns {Set<string>} */
function chosenValues(value) {
  const options = value.selected_options ?? (value.selected_option ? [value.selected_option] : []);
  return new Set(options.map((/** @type {Option} */ option) => option.value));
}
