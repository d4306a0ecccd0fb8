/** A list of messages that follows what happens: a channel's, a thread's, or the direct messages with the app. */
import { putChildren } from "./blockkit.js";
import { dateOf, dayName } from "./dates.js";
import { h, keepingFocus } from "./dom.js";
import { icon } from "./icons.js";
import { MessageItem } from "./messages.js";

/** @typedef {import("./types.js").Message} Message @typedef {import("./workspace.js").Workspace} Workspace */

const FOLLOWS_WITHIN_S = 300;
const NEAR_END_PX = 60;

export class MessageLog {
  /** @type {Map<string, MessageItem>} */ #items = new Map();
  /** @type {Map<string, HTMLElement>} */ #dividers = new Map();
  #conversation = "";
  #last = "";
  #stays = true;

  /**
   * @param {HTMLElement} node the scrolling element, with role="log"
   * @param {Workspace} workspace
   * @param {{onThread: (message: Message) => void, opensThreads: boolean}} wishes
   */
  constructor(node, workspace, wishes) {
    this.node = node;
    this.workspace = workspace;
    this.wishes = wishes;
    this.list = h("div", { class: "messages" });
    this.jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() }, icon("down"), "New messages");
    node.replaceChildren(this.list);
    node.after(this.jump);
    node.addEventListener("scroll", () => this.#isNearEnd() && (this.jump.hidden = true), { passive: true });
    new ResizeObserver(() => this.#stays && this.toEnd()).observe(this.list);
  }

  /**
   * Shows exactly these messages, oldest first; draws again only what changed.
   * @param {string} conversation what they belong to: another one begins at its end, silently
   * @param {Message[]} messages @param {Node[]} [before] what stands above them @param {(index: number) => HTMLElement|null} [between]
   */
  show(conversation, messages, before = [], between = () => null) {
    const isOther = conversation !== this.#conversation;
    if (isOther) this.#begin(conversation);
    this.#stays = isOther || this.#isNearEnd();
    const nodes = [...before, ...messages.flatMap((message, index) => this.#nodesFor(messages, index, between(index)))];
    keepingFocus(this.node, () => putChildren(this.list, /** @type {Element[]} */ (nodes)));
    this.#follow(isOther, messages.at(-1));
    if (isOther) setTimeout(() => this.node.setAttribute("aria-live", "polite"));
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
    this.jump.hidden = true;
  }

  /** The message's element, once it is shown. @param {string} ts @returns {HTMLElement|undefined} */
  find(ts) {
    return this.#items.get(ts)?.node;
  }

  #begin(/** @type {string} */ conversation) {
    this.node.setAttribute("aria-live", "off");
    this.#conversation = conversation;
    this.#items.clear();
    this.#last = "";
  }

  /** @param {Message[]} messages @param {number} index @param {HTMLElement|null} divider @returns {Element[]} */
  #nodesFor(messages, index, divider) {
    const [message, previous] = [messages[index], messages[index - 1]];
    const day = dayName(dateOf(message.ts));
    const newDay = !previous || dayName(dateOf(previous.ts)) !== day;
    const follows = Boolean(previous) && !newDay && !divider && this.#continues(previous, message);
    const item = this.#items.get(message.ts) ?? new MessageItem(this.workspace, message, this.wishes.onThread);
    this.#items.set(message.ts, item);
    item.show(message, { follows, thread: this.wishes.opensThreads ? this.workspace.threadOf(message) : null });
    const parts = [newDay && this.wishes.opensThreads ? this.#dayDivider(day) : null, divider, item.node];
    return /** @type {Element[]} */ (parts.filter(Boolean));
  }

  #continues(/** @type {Message} */ previous, /** @type {Message} */ message) {
    const isSoon = Number(message.ts) - Number(previous.ts) < FOLLOWS_WITHIN_S;
    return isSoon && previous.user === message.user && previous.ephemeral === message.ephemeral;
  }

  #dayDivider(/** @type {string} */ day) {
    const words = h("span", { "aria-hidden": "true" }, day);
    const node = this.#dividers.get(day) ?? h("div", { class: "day", role: "separator", "aria-label": day }, words);
    this.#dividers.set(day, node);
    return node;
  }

  /**
   * Stays at the end while the reader is there; a reader further up is told instead.
   * @param {boolean} isOther @param {Message|undefined} newest
   */
  #follow(isOther, newest) {
    const isNew = newest !== undefined && newest.ts > this.#last;
    this.#last = newest?.ts ?? "";
    const own = newest?.user === this.workspace.me.id;
    if (this.#stays || (isNew && own)) this.toEnd();
    else if (isNew && !isOther) this.jump.hidden = false;
  }

  #isNearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    this.#stays = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    return this.#stays;
  }
}
