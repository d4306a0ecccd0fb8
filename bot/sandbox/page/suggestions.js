/** What the composer offers as soon as somebody types a slash: the command's forms, each with what it does. */
import { announce, freshId, h } from "./dom.js";

/** The command's forms. @type {{words: string, fill: string, note: string}[]} */
const FORMS = [
  { words: "", fill: "", note: "Open the picker: browse the inventory and choose a number" },
  { words: "+number for reason", fill: "+", note: "Request exactly this number" },
  { words: "IN 80", fill: "IN ", note: "Open the picker filtered by country and digits" },
  { words: "status", fill: "status", note: "Your requests, and what waits for your decision" },
  { words: "freeze", fill: "freeze", note: "Stop every approval and purchase (approvers)" },
  { words: "unfreeze", fill: "unfreeze", note: "Let approvals and purchases go on (approvers)" },
  { words: "help", fill: "help", note: "All forms with examples" },
];

export class Suggestions {
  /** @type {typeof FORMS} */ #shown = [];
  #active = -1;

  /**
   * @param {HTMLElement} frame
   * @param {HTMLTextAreaElement} field @param {string} command @param {(text: string) => void} onTake
   */
  constructor(frame, field, command, onTake) {
    this.field = field;
    this.command = command;
    this.onTake = onTake;
    this.list = h("div", { id: freshId("commands"), class: "suggestions", role: "listbox", "aria-label": "Commands", hidden: true });
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
    const head = h("div", { class: "suggestions-head", "aria-hidden": "true" }, "Commands");
    this.list.replaceChildren(head, ...this.#shown.map((form, index) => this.#node(form, index)));
    this.list.hidden = false;
    this.#activate(this.command.startsWith(text) && text !== this.command ? 0 : -1);
    if (!wasShown) announce(`${this.#shown.length} commands. Use the arrow keys.`);
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
    else if ((key === "Enter" || key === "Tab") && this.#active >= 0 && !event.shiftKey) this.#take(this.#shown[this.#active]);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** @param {string} text */
  #matching(text) {
    if (!text.startsWith("/") || text.includes("\n")) return [];
    if (this.command.startsWith(text)) return FORMS;
    const rest = text.startsWith(`${this.command} `) ? text.slice(this.command.length).trim().toLowerCase() : null;
    if (rest === null) return [];
    if (rest === "") return FORMS;
    if (/^[+\d(]/.test(rest)) return FORMS.filter((form) => form.words.startsWith("+"));
    return FORMS.filter((form) => form.words.toLowerCase().startsWith(rest));
  }

  /** @param {typeof FORMS[number]} form @param {number} index */
  #node(form, index) {
    const id = `${this.list.id}-${index}`;
    return h("div", { id, class: "suggestion", role: "option", "aria-selected": "false", onclick: () => this.#take(form) },
      h("span", { class: "suggestion-words" }, h("b", {}, this.command), form.words && ` ${form.words}`),
      h("span", { class: "suggestion-note" }, form.note));
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

  /** @param {typeof FORMS[number]} form */
  #take(form) {
    this.onTake(`${this.command}${form.fill ? ` ${form.fill}` : ""}`);
    if (!form.fill || !form.fill.endsWith(" ")) this.hide();
  }
}
