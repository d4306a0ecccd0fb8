/** The field in which people write messages and commands, in a channel or in a thread. */
import { post } from "./api.js";
import { announce, h } from "./dom.js";
import { composerShortcuts, useShortcut } from "./shortcuts.js";
import { Suggestions } from "./suggestions.js";

/** @typedef {import("./workspace.js").Workspace} Workspace */

/** Where what is written goes. @typedef {{channel: string, threadTs: string|null, placeholder: string}} Target */

export class Composer {
  /** @type {Map<string, string>} what somebody began to write, by person and conversation */ #drafts = new Map();
  /** @type {Target} */ #target = { channel: "", threadTs: null, placeholder: "" };
  #draftKey = "";
  #underWay = 0;

  /** @param {HTMLFormElement} form with a textarea, a submit button and a note @param {Workspace} workspace */
  constructor(form, workspace) {
    this.form = form;
    this.workspace = workspace;
    this.field = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    this.send = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
    this.note = /** @type {HTMLElement} */ (form.querySelector(".composer-note"));
    this.suggestions = new Suggestions(form, this.field, workspace.start, (text) => this.fill(text), (shortcut) => {
      this.fill("");
      useShortcut(workspace, shortcut, (words) => this.#say(words));
    });
    this.field.before(composerShortcuts(workspace, (words) => this.#say(words)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.field.addEventListener("input", () => this.#typed());
    this.field.addEventListener("keydown", (event) => this.#press(event));
  }

  /** @param {Target} target */
  aim(target) {
    const key = [this.workspace.me.id, target.channel, target.threadTs].join("/");
    this.#target = target;
    this.field.placeholder = target.placeholder;
    this.field.setAttribute("aria-label", target.placeholder);
    if (key === this.#draftKey) return;
    this.#draftKey = key;
    this.field.value = this.#drafts.get(key) ?? "";
    this.note.textContent = "";
    this.#typed();
    this.suggestions.hide();
  }

  /** Writes `text` into the field and puts the cursor behind it. @param {string} text */
  fill(text) {
    this.field.value = text;
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
    this.#typed();
  }

  #typed() {
    const text = this.field.value;
    this.#drafts.set(this.#draftKey, text);
    this.send.disabled = text.trim() === "";
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
    if (this.#target.threadTs === null) this.suggestions.update(text);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing || this.suggestions.press(event)) return;
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.#submit();
  }

  /** Sends what is written; the field is free for the next thing at once. */
  async #submit() {
    const text = this.field.value.trim();
    if (!text) return;
    const [target, draftKey] = [this.#target, this.#draftKey];
    this.suggestions.hide();
    this.note.textContent = "";
    this.fill("");
    this.#showUnderWay(1);
    const answer = await this.#deliver(text, target);
    this.#showUnderWay(-1);
    if (answer.unreachable) this.#giveBack(text, draftKey, answer.error ?? "");
  }

  /** @param {number} more */
  #showUnderWay(more) {
    this.#underWay += more;
    this.form.setAttribute("aria-busy", String(this.#underWay > 0));
  }

  /**
   * What could not be sent stands in its field again, unless something else was begun there.
   * @param {string} text @param {string} draftKey @param {string} why
   */
  #giveBack(text, draftKey, why) {
    if (this.#drafts.get(draftKey)) return this.#say(why);
    this.#drafts.set(draftKey, text);
    if (draftKey === this.#draftKey) this.fill(text);
    this.#say(why);
  }

  /** @param {string} text @param {Target} target @returns {Promise<import("./types.js").Answer>} */
  async #deliver(text, target) {
    const { channel, threadTs } = target;
    const user = this.workspace.me.id;
    if (!text.startsWith("/")) {
      const answer = await post("message", { user, channel, text, ...(threadTs ? { thread_ts: threadTs } : {}) });
      if (!answer.ok && !answer.unreachable) this.#tell(target, `Your message was not sent: ${answer.error}`);
      return answer;
    }
    const [word] = text.split(/\s/, 1);
    const refusal = this.#refusalOf(word, threadTs);
    if (refusal) {
      this.#tell(target, refusal);
      return { ok: false };
    }
    const answer = await post("command", { user, channel, text: text.slice(word.length).trim() });
    if (!answer.ok && !answer.unreachable) this.#tell(target, answer.error ?? "");
    return answer;
  }

  /**
   * What Slack says when it sends no command at all.
   * @param {string} word @param {string|null} threadTs @returns {string|null}
   */
  #refusalOf(word, threadTs) {
    if (word !== this.workspace.start.command) {
      return [
        `\`${word}\` is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands.`,
        "If you are trying to send a message and not run a command, try preceding the “/” with an empty space.",
      ].join(" ");
    }
    return threadTs ? `\`${word}\` is not supported in threads. Sorry!` : null;
  }

  /** @param {Target} target @param {string} words */
  #tell({ channel, threadTs }, words) {
    this.workspace.tell(channel, words, threadTs);
  }

  /** @param {string} words */
  #say(words) {
    this.note.replaceChildren(h("span", { class: "composer-error" }, words));
    announce(words);
  }
}
