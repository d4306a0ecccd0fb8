/**
 * A field with a list of options to choose from, filtered by what is typed: the ARIA combobox pattern, one or several
 * choices. Knows nothing of Slack beyond what an option looks like; `load` says where options come from.
 */
import { freshId, h, placeBeside } from "./dom.js";
import { icon } from "./icons.js";
import { renderPlain, wordsOf } from "./mrkdwn.js";

/** @typedef {import("./types.js").Option} Option @typedef {{label: string|null, options: Option[]}} Group */

/**
 * @typedef {object} Wishes
 * @property {Record<string, any>} attributes of the field itself
 * @property {string} placeholder
 * @property {boolean} multiple
 * @property {number} most how many may be chosen
 * @property {boolean} clearable whether an empty choice is one
 * @property {boolean} focused
 * @property {number} minQuery characters before anything is looked for
 * @property {number} pause milliseconds without typing before it is looked for
 * @property {Option[]} chosen
 * @property {(query: string) => Promise<Group[]>} load
 * @property {(options: Option[]) => Promise<boolean>} onChange false: the choice did not hold
 */

export class Combobox {
  /** @type {Option[]} */ #shown = [];
  #active = -1;
  #query = "";
  #asked = 0;
  #timer = 0;

  /** @param {Wishes} wishes */
  constructor(wishes) {
    this.wishes = wishes;
    this.chosen = wishes.chosen;
    const listId = freshId("options");
    this.list = h("div", {
      id: listId, class: "popup options", role: "listbox", popover: "manual", "aria-label": "Options",
      "aria-multiselectable": wishes.multiple ? "true" : null,
    });
    this.status = h("span", { class: "unseen", role: "status" });
    this.chips = h("span", { class: "chips" });
    this.input = h("input", {
      ...wishes.attributes, class: "combobox-input", role: "combobox", type: "text", autocomplete: "off", spellcheck: "false",
      autofocus: wishes.focused, "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId,
      oninput: () => this.#look(this.input.value),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#press(event),
      onblur: () => this.#leave(),
      onclick: () => this.#isOpen || this.#look(""),
    });
    this.node = h("span", { class: "combobox" }, this.chips, this.input, icon("chevron"), this.list, this.status);
    this.list.addEventListener("mousedown", (/** @type {MouseEvent} */ event) => event.preventDefault());
    this.#showChosen();
  }

  get #isOpen() {
    return this.input.getAttribute("aria-expanded") === "true";
  }

  /** @param {string} query */
  #look(query) {
    this.#query = query;
    this.#open();
    clearTimeout(this.#timer);
    const missing = this.wishes.minQuery - query.trim().length;
    if (missing > 0) return this.#note(wordsForMore(missing, query));
    if (this.wishes.pause === 0 || query === "") return this.#load();
    this.#timer = setTimeout(() => this.#load(), this.wishes.pause);
  }

  async #load() {
    const asked = (this.#asked += 1);
    this.list.setAttribute("aria-busy", "true");
    if (this.wishes.pause > 0 && !this.#shown.length) this.#note("Loading…");
    try {
      const groups = await this.wishes.load(this.#query);
      if (asked === this.#asked && this.#isOpen) this.#showGroups(groups);
    } catch (error) {
      if (asked === this.#asked) this.#note(/** @type {Error} */ (error).message || "The options could not be loaded.");
    } finally {
      this.list.removeAttribute("aria-busy");
    }
  }

  /** @param {Group[]} groups */
  #showGroups(groups) {
    this.#shown = groups.flatMap((group) => group.options);
    if (!this.#shown.length) return this.#note("Nothing found.");
    let index = 0;
    this.list.replaceChildren(...groups.filter((group) => group.options.length).map(({ label, options }) => {
      const nodes = options.map((option) => this.#optionNode(option, index++));
      if (!label) return h("div", { role: "none" }, nodes);
      return h("div", { role: "group", "aria-label": label }, h("div", { class: "group-label", "aria-hidden": "true" }, label), nodes);
    }));
    const selected = this.#query ? 0 : this.#shown.findIndex((option) => this.#isChosen(option));
    this.#activate(selected < 0 && this.#query ? 0 : selected);
    this.#place();
    this.status.textContent = this.#shown.length === 1 ? "One option." : `${this.#shown.length} options.`;
  }

  /** @param {Option} option @param {number} index */
  #optionNode(option, index) {
    const state = { id: `${this.list.id}-${index}`, "aria-selected": String(this.#isChosen(option)) };
    return h("div", { class: "option", role: "option", ...state, onclick: () => this.#take(index) },
      h("span", {}, renderPlain(option.text.text, option.text.emoji !== false)),
      option.description && h("span", { class: "option-note" }, renderPlain(option.description.text)));
  }

  /** Words in place of options. @param {string} words */
  #note(words) {
    this.#shown = [];
    this.#activate(-1);
    this.list.replaceChildren(h("div", { class: "options-note" }, words));
    this.#place();
    this.status.textContent = words;
  }

  #open() {
    if (this.#isOpen) return;
    this.list.showPopover();
    this.input.setAttribute("aria-expanded", "true");
    this.#place();
    this.watch = new AbortController();
    for (const event of ["scroll", "resize"]) addEventListener(event, () => this.#place(), { capture: true, signal: this.watch.signal });
  }

  #close() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.watch?.abort();
    if (this.list.matches(":popover-open")) this.list.hidePopover();
    this.input.setAttribute("aria-expanded", "false");
    this.#shown = [];
    this.#activate(-1);
    this.status.textContent = "";
  }

  #place() {
    if (this.node.isConnected) placeBeside(this.list, this.node);
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    for (const node of this.list.querySelectorAll(".active")) node.classList.remove("active");
    const node = index < 0 ? null : this.list.querySelector(`#${this.list.id}-${index}`);
    node?.classList.add("active");
    node?.scrollIntoView({ block: "nearest" });
    if (node) this.input.setAttribute("aria-activedescendant", node.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing) return;
    const handled = this.#isOpen ? this.#pressOpen(event) : this.#pressClosed(event);
    if (!handled) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event @returns {boolean} */
  #pressOpen({ key }) {
    const count = this.#shown.length;
    if (key === "ArrowDown" && count) this.#activate((this.#active + 1) % count);
    else if (key === "ArrowUp" && count) this.#activate((this.#active + count - (this.#active < 0 ? 0 : 1)) % count);
    else if (key === "Enter" && this.#active >= 0) this.#take(this.#active);
    else if (key === "Escape") this.#giveUp();
    else return key === "Enter" || this.#takeBack(key);
    return true;
  }

  /** @param {KeyboardEvent} event @returns {boolean} */
  #pressClosed({ key }) {
    if (key !== "ArrowDown" && key !== "ArrowUp") return this.#takeBack(key);
    this.#look("");
    return true;
  }

  /** Backspace in the empty field takes the last choice back. @param {string} key */
  #takeBack(key) {
    if (key !== "Backspace" || !this.wishes.multiple || this.input.value || !this.chosen.length) return false;
    this.#choose(this.chosen.slice(0, -1));
    return true;
  }

  /** @param {number} index */
  #take(index) {
    const option = this.#shown[index];
    const others = this.chosen.filter((other) => other.value !== option.value);
    this.#close();
    if (!this.wishes.multiple) return this.#choose([option]);
    if (this.#isChosen(option)) return this.#choose(others);
    if (others.length < this.wishes.most) return this.#choose([...others, option]);
    this.#showChosen();
  }

  /** @param {Option[]} options */
  async #choose(options) {
    const before = this.chosen;
    this.chosen = options;
    this.#showChosen();
    if (await this.wishes.onChange(options)) return;
    this.chosen = before;
    this.#showChosen();
  }

  #giveUp() {
    this.#close();
    this.#showChosen();
  }

  #leave() {
    const cleared = !this.wishes.multiple && this.wishes.clearable && this.chosen.length > 0 && this.input.value === "";
    this.#close();
    if (cleared) this.#choose([]);
    else this.#showChosen();
  }

  /** @param {Option} option */
  #isChosen(option) {
    return this.chosen.some((chosen) => chosen.value === option.value);
  }

  #showChosen() {
    const { multiple, placeholder } = this.wishes;
    this.input.value = multiple ? "" : wordsOf(this.chosen[0]?.text);
    this.input.placeholder = multiple && this.chosen.length ? "" : placeholder;
    if (multiple) this.chips.replaceChildren(...this.chosen.map((option) => this.#chip(option)));
  }

  /** @param {Option} option */
  #chip(option) {
    const words = wordsOf(option.text);
    const remove = () => {
      this.#choose(this.chosen.filter((other) => other.value !== option.value));
      this.input.focus();
    };
    return h("span", { class: "chip" }, words, h("button", { type: "button", "aria-label": `Remove ${words}`, onclick: remove }, icon("close")));
  }
}

/** @param {number} missing characters @param {string} query what is there already */
function wordsForMore(missing, query) {
  const characters = missing === 1 ? "character" : "characters";
  return query ? `Type ${missing} more ${characters} to search.` : `Type at least ${missing} ${characters} to search.`;
}
