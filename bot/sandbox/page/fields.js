/** Fields to type into: text, numbers, addresses, dates and times. */
import { h } from "./dom.js";
import { wordsOf } from "./mrkdwn.js";
import { attributes, beginning, choose, isTold } from "./places.js";

/** @typedef {import("./elements.js").Place} Place */

const TYPING_PAUSE_MS = 300;
const COUNTS_FROM = 0.9;

/** How the browser is told what is typed; numbers stay text, so that what is wrong can be said in words. */
const MODES = {
  plain_text_input: { type: "text" },
  number_input: { type: "text", inputmode: "decimal" },
  email_text_input: { type: "email", autocomplete: "email" },
  url_text_input: { type: "url", inputmode: "url" },
};

/** @param {Place} place @returns {HTMLElement} */
export function textFieldNode(place) {
  const { element } = place;
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const kept = beginning(place, { value: element.initial_value || null });
  const field = h(element.multiline ? "textarea" : "input", {
    ...attributes(place, wordsOf(element.placeholder)),
    ...(element.multiline ? { rows: "4" } : MODES[/** @type {keyof typeof MODES} */ (element.type)]),
    class: "field-box",
    autocomplete: "off",
    maxlength: element.max_length,
    placeholder: wordsOf(element.placeholder) || null,
    autofocus: element.focus_on_load,
    oninput: typed,
    onkeydown: pressed,
  });
  field.value = kept.value ?? "";
  const count = h("span", { class: "count", "aria-live": "polite" });
  let pause = 0;

  function value() {
    return { value: field.value || null };
  }

  function typed() {
    place.surface.keep(place.block, element, value());
    showCount();
    if (!isTold(place) || !triggers.includes("on_character_entered")) return;
    clearTimeout(pause);
    pause = setTimeout(() => choose(place, field, value()), TYPING_PAUSE_MS);
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.key !== "Enter" || event.isComposing || element.multiline || !isTold(place)) return;
    if (!triggers.includes("on_enter_pressed")) return;
    event.preventDefault();
    clearTimeout(pause);
    choose(place, field, value());
  }

  function showCount() {
    const near = element.max_length && field.value.length >= element.max_length * COUNTS_FROM;
    count.textContent = near ? String(element.max_length - field.value.length) : "";
  }

  return element.max_length ? h("span", { class: "field-frame" }, field, count) : field;
}

const DATES = {
  datepicker: { type: "date", key: "selected_date", initial: "initial_date" },
  timepicker: { type: "time", key: "selected_time", initial: "initial_time" },
  datetimepicker: { type: "datetime-local", key: "selected_date_time", initial: "initial_date_time" },
};

/** The browser's own date and time fields: they know every keyboard and every language. @param {Place} place */
export function dateFieldNode(place) {
  const { element } = place;
  const { type, key, initial } = DATES[/** @type {keyof typeof DATES} */ (element.type)];
  const kept = beginning(place, { [key]: element[initial] ?? null });
  const field = h("input", {
    ...attributes(place, wordsOf(element.placeholder) || "Date"),
    type,
    class: "field-box date",
    autofocus: element.focus_on_load,
    onchange: () => choose(place, field, { [key]: written(field.value) }),
  });
  field.value = shown(kept[key]);
  return field;

  /** @param {string} text @returns {string|number|null} Slack counts the seconds of a date with a time */
  function written(text) {
    if (!text) return null;
    return type === "datetime-local" ? Math.floor(new Date(text).getTime() / 1000) : text;
  }

  /** @param {string|number|null} value */
  function shown(value) {
    if (typeof value !== "number") return value ?? "";
    const date = new Date(value * 1000);
    return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
}
