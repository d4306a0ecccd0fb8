/**
 * The modals the app opens for the acting person. What is typed belongs to the view and outlives its updates, a view
 * pushed on top of it, and a change of person and back.
 */
import { avatar } from "./avatar.js";
import { post } from "./api.js";
import { showBlocks } from "./blockkit.js";
import { h, isBusy, whileBusy } from "./dom.js";
import { wordsOf } from "./mrkdwn.js";
import { Surface } from "./surface.js";
import { problemsOf } from "./validation.js";

/** @typedef {import("./types.js").View} View @typedef {import("./workspace.js").Workspace} Workspace */

/** What was drawn of one view. @typedef {{surface: Surface, body: HTMLElement}} Frame */

export class Modals {
  /** @type {Map<string, Frame>} */ #frames = new Map();
  /** @type {View|null} */ #view = null;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {Workspace} workspace @param {() => void} onClosed when the last one is gone
   */
  constructor(dialog, workspace, onClosed) {
    this.dialog = dialog;
    this.workspace = workspace;
    this.onClosed = onClosed;
    const part = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (dialog.querySelector(selector));
    this.form = part("form");
    this.parts = {
      mark: part(".modal-mark"),
      title: part("h2"),
      body: part(".modal-body"),
      error: part(".modal-error"),
      close: part(".modal-close"),
      submit: part(".modal-submit"),
      cross: part(".modal-cross"),
    };
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#close();
    });
    for (const button of [this.parts.close, this.parts.cross]) button.addEventListener("click", () => this.#close());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#submit();
    });
  }

  /** Shows the newest of the person's modals, or none. */
  show() {
    const view = this.workspace.modals.at(-1) ?? null;
    const isOther = view?.id !== this.#view?.id;
    this.#view = view;
    if (view) this.#draw(view, isOther);
    else if (this.dialog.open) this.#leave();
  }

  #leave() {
    this.dialog.close();
    this.onClosed();
  }

  /** @param {View} view @param {boolean} isOther */
  #draw(view, isOther) {
    const { mark, title, body, close, submit } = this.parts;
    const frame = this.#frameOf(view);
    const bot = this.workspace.person(this.workspace.start.bot.id);
    mark.replaceChildren(bot ? avatar(bot) : "");
    title.textContent = wordsOf(view.title);
    close.textContent = wordsOf(view.close) || (view.submit ? "Cancel" : "Close");
    submit.textContent = wordsOf(view.submit);
    submit.hidden = !view.submit;
    if (isOther || body.firstElementChild !== frame.body) body.replaceChildren(frame.body);
    showBlocks(frame.body, view.blocks, frame.surface);
    if (isOther) this.#sayProblem(null);
    if (!this.dialog.open) this.dialog.showModal();
    if (isOther) this.#focusFirst(frame.body);
  }

  /** @param {View} view @returns {Frame} */
  #frameOf(view) {
    const known = this.#frames.get(view.id);
    if (known) return known;
    const frame = { surface: new Surface(this.workspace, { view_id: view.id }), body: h("div", { class: "blocks" }) };
    frame.surface.values = structuredClone(view.state?.values ?? {});
    this.#frames.set(view.id, frame);
    return frame;
  }

  /** The field the app wants, else the first one, else the dialog itself. @param {HTMLElement} body */
  #focusFirst(body) {
    const field = body.querySelector("[autofocus]") ?? body.querySelector("input, textarea, select");
    if (field instanceof HTMLElement) field.focus();
    else this.parts.title.focus();
    this.parts.body.scrollTop = 0;
  }

  async #submit() {
    const view = this.#view;
    const { submit } = this.parts;
    if (!view?.submit || isBusy(submit)) return;
    const { values } = this.#frameOf(view).surface;
    const problems = problemsOf(view.blocks, values);
    this.#showProblems(problems);
    if (Object.keys(problems).length) return;
    const answer = await whileBusy(submit, () => post("submit", { user: this.workspace.me.id, view_id: view.id, state: values }));
    if (answer.ok || this.#view?.id !== view.id) return;
    if (answer.errors) this.#showProblems(answer.errors);
    else this.#sayProblem(answer.error ?? "");
  }

  /**
   * Puts each problem under its block and the focus on the first one's field.
   * @param {Record<string, string>} problems
   */
  #showProblems(problems) {
    this.#sayProblem(null);
    const blocks = [...this.parts.body.querySelectorAll(".block-input")];
    for (const block of blocks) setProblem(block, problems[block.getAttribute("data-block") ?? ""] ?? "");
    const first = blocks.find((block) => block.classList.contains("wrong"));
    const field = first?.querySelector("input, textarea, button");
    if (field instanceof HTMLElement) field.focus();
    const placed = new Set(blocks.map((block) => block.getAttribute("data-block")));
    const homeless = Object.entries(problems).filter(([id]) => !placed.has(id)).map(([, words]) => words);
    if (homeless.length) this.#sayProblem(homeless.join(" "));
  }

  /** @param {string|null} words */
  #sayProblem(words) {
    this.parts.error.textContent = words ?? "";
    this.parts.error.hidden = !words;
  }

  async #close() {
    const view = this.#view;
    if (!view || isBusy(this.parts.cross)) return;
    this.#frames.delete(view.id);
    const answer = await whileBusy(this.parts.cross, () => post("close", { user: this.workspace.me.id, view_id: view.id }));
    if (answer.ok || !answer.unreachable) this.workspace.apply({ type: "view_closed", view_id: view.id });
    else this.#sayProblem(answer.error ?? "");
  }
}

/** @param {Element} block @param {string} words empty when there is no problem */
function setProblem(block, words) {
  block.classList.toggle("wrong", words !== "");
  /** @type {HTMLElement} */ (block.querySelector(":scope > .input-error")).textContent = words;
  for (const field of block.querySelectorAll("input, textarea")) {
    if (words) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}
