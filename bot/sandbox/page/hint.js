/** The three steps that show a newcomer what this is, ticked off as they are taken. */
import { byId, h, keepingFocus } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("./workspace.js").Workspace} Workspace @typedef {"ask"|"approve"|"thread"} StepId */

const DISMISSED = "hint-dismissed";

/**
 * What the steps' buttons do.
 * @typedef {{tryCommand: () => void, become: (person: string) => void, openThread: () => void}} Acts
 * @typedef {{id: StepId, words: any[], button: string, act: () => void}} Step
 */

export class Hint {
  /** @type {Set<StepId>} */ #done = new Set();
  #drawn = "";

  /** @param {Workspace} workspace @param {Acts} acts */
  constructor(workspace, acts) {
    this.workspace = workspace;
    this.acts = acts;
    const { people } = workspace;
    this.manager = people.find((person) => /manager/i.test(person.role)) ?? people[1] ?? people[0];
    this.member = people.find((person) => person.id !== this.manager.id && /member/i.test(person.role)) ?? people[0];
    this.node = byId("hint");
    this.button = byId("hint-button");
    this.button.addEventListener("click", () => this.#setOpen(this.node.hidden));
    workspace.addEventListener("clicked", (/** @type {any} */ { detail }) => {
      if (detail.element.style === "primary" && workspace.me.id !== this.member.id) this.tick("approve");
    });
    this.#setOpen(localStorage.getItem(DISMISSED) === null);
  }

  show() {
    if (this.workspace.hasCard) this.#done.add("ask");
    const state = JSON.stringify([this.workspace.me.id, [...this.#done], this.workspace.backstage !== null]);
    if (state === this.#drawn) return;
    this.#drawn = state;
    keepingFocus(this.node, () => this.#draw(), byId("hint-button"));
  }

  /** @param {StepId} step */
  tick(step) {
    this.#done.add(step);
    this.show();
  }

  /** @param {boolean} open */
  #setOpen(open) {
    this.node.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }

  #dismiss() {
    localStorage.setItem(DISMISSED, "yes");
    this.#setOpen(false);
    this.button.focus();
  }

  /** The steps in the words for whoever is at the screen. @returns {Step[]} */
  #steps() {
    const { me, start } = this.workspace;
    const [member, manager] = [this.member, this.manager].map((person) => this.workspace.shortName(person));
    const command = h("code", {}, `${start.command} +…`);
    const approve = h("b", {}, "Approve");
    const [asksAsMember, isManager] = [me.id === this.member.id, me.id === this.manager.id];
    return [
      {
        id: "ask",
        words: [asksAsMember ? "Type " : `As ${member}, type `, command, " to ask for a number."],
        button: asksAsMember ? "Try it" : `Switch to ${member}`,
        act: () => (asksAsMember ? this.acts.tryCommand() : this.acts.become(this.member.id)),
      },
      {
        id: "approve",
        words: isManager ? ["Press ", approve, " on the message below."] : [`As ${manager} (${this.manager.role}), press `, approve, "."],
        button: isManager ? "" : `Switch to ${manager}`,
        act: () => this.acts.become(this.manager.id),
      },
      { id: "thread", words: ["Open the thread: who decided, what was bought."], button: "Open it", act: () => this.acts.openThread() },
    ];
  }

  #draw() {
    const steps = this.#steps();
    const current = steps.find((step) => !this.#done.has(step.id));
    const help = h("code", {}, `${this.workspace.start.command} help`);
    const all = h("p", { class: "all-done" }, "Asked, approved, bought, and the channel is the trail. ", help, " shows what else there is.",
      this.workspace.backstage && h("span", {}, " What happens when Vobiz fails? Choose it at the top, and watch."));
    const dismiss = { "data-key": "dismiss", "aria-label": "Dismiss the steps", onclick: () => this.#dismiss() };
    this.node.replaceChildren(
      h("h2", { id: "hint-title" }, current ? "Try it in three steps" : "That is all there is to it"),
      h("button", { type: "button", class: "plain-button hint-close", ...dismiss }, icon("close")),
      current ? h("ol", { class: "steps" }, steps.map((step, index) => this.#stepNode(step, index, step === current))) : all,
    );
  }

  /** @param {Step} step @param {number} index @param {boolean} isCurrent */
  #stepNode({ id, words, button, act }, index, isCurrent) {
    const done = this.#done.has(id);
    const look = `button small${isCurrent ? " primary" : ""}`;
    return h("li", { class: `step${done ? " done" : ""}${isCurrent ? " current" : ""}`, "aria-current": isCurrent ? "step" : null },
      h("span", { class: "step-mark", "aria-hidden": "true" }, done ? icon("check") : String(index + 1)),
      h("span", { class: "step-words" }, done && h("span", { class: "unseen" }, "Done: "), words),
      button && !done && h("button", { type: "button", class: look, "data-key": id, onclick: act }, button));
  }
}
