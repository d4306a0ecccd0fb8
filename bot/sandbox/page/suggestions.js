/** What Slack's composer offers as soon as somebody types a slash: the app's command with its hint, and its shortcuts. */
import { announce, freshId, h } from "./dom.js";

/** @typedef {{words: string, hint: string, note: string, take: () => void}} Offer */

export class Suggestions {
  /** @type {Offer[]} */ #shown = [];
  #active = -1;

  /**
   * @param {HTMLElement} frame
   * @param {HTMLTextAreaElement} field @param {import("./types.js").Start} start
   * @param {(text: string) => void} onTake @param {(shortcut: import("./types.js").Shortcut) => void} onShortcut
   */
  constructor(frame, field, start, onTake, onShortcut) {
    this.field = field;
    this.start = start;
    const { command, command_hint: hint, command_note: note } = start;
    this.command = { words: command, hint, note, take: () => onTake(`${command} `) };
    this.shortcuts = start.shortcuts.filter(({ kind }) => kind === "global").map((shortcut) => ({
      words: shortcut.name, hint: "", note: shortcut.note, take: () => onShortcut(shortcut),
    }));
    this.list = h("div", { id: freshId("commands"), class: "suggestions", role: "listbox", "aria-label": "Commands and shortcuts", hidden: true });
    this.list.addEventListener("mousedown", (/** @type {MouseEvent} */ event) => event.preventDefault());
    field.setAttribute("aria-controls", this.list.id);
    field.setAttribute("aria-autocomplete", "list");
    field.addEventListener("blur", () => this.hide());
    frame.prepend(this.list);
  }

  /** @param {string} text what stands in the field now */
  update(text) {
    const wasShown = !this.list.hidden;
    this.#shown = this.#matching(text);
    if (!this.#shown.length) return this.hide();
    const head = h("div", { class: "suggestions-head", "aria-hidden": "true" }, this.start.bot.name);
    this.list.replaceChildren(head, ...this.#shown.map((offer, index) => this.#node(offer, index)));
    this.list.hidden = false;
    this.#activate(text.startsWith(this.command.words) ? -1 : 0);
    if (!wasShown) announce(`${this.#shown.length} suggestions. Use the arrow keys.`);
  }

  hide() {
    this.list.hidden = true;
    this.#shown = [];
    this.#activate(-1);
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was meant for the list */
  press(event) {
    if (this.list.hidden) return false;
    const count = this.#shown.length;
    const { key } = event;
    if (key === "ArrowDown") this.#activate((this.#active + 1) % count);
    else if (key === "ArrowUp") this.#activate((this.#active + count - (this.#active < 0 ? 0 : 1)) % count);
    else if (key === "Escape") this.hide();
    else if ((key === "Enter" || key === "Tab") && this.#active >= 0 && !event.shiftKey) this.#shown[this.#active].take();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** Once the command stands there, its hint stays while nothing is written behind it. @param {string} text */
  #matching(text) {
    if (!text.startsWith("/") || text.includes("\n")) return [];
    const wanted = text.slice(1).toLowerCase();
    if (text.startsWith(`${this.command.words} `)) return text.trim() === this.command.words ? [this.command] : [];
    return [this.command, ...this.shortcuts].filter(({ words }) => words.toLowerCase().replace("/", "").startsWith(wanted));
  }

  /** @param {Offer} offer @param {number} index */
  #node({ words, hint, note, take }, index) {
    const id = `${this.list.id}-${index}`;
    return h("div", { id, class: "suggestion", role: "option", "aria-selected": "false", onclick: take },
      h("span", { class: "suggestion-words" }, h("b", {}, words), hint && ` ${hint}`),
      h("span", { class: "suggestion-note" }, note));
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    for (const [at, node] of [...this.list.querySelectorAll("[role=option]")].entries()) {
      node.setAttribute("aria-selected", String(at === index));
      if (at === index) node.scrollIntoView({ block: "nearest" });
    }
    if (index < 0) this.field.removeAttribute("aria-activedescendant");
    else this.field.setAttribute("aria-activedescendant", `${this.list.id}-${index}`);
  }
}
