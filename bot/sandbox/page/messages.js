/** One message as people see it: who, when, what, and the way into its thread. */
import { avatar } from "./avatar.js";
import { showBlocks } from "./blockkit.js";
import { bareTime, clockTime, dateOf, fullTime, shortMoment } from "./dates.js";
import { freshId, h, keepingFocus } from "./dom.js";
import { icon } from "./icons.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { messageShortcuts } from "./shortcuts.js";
import { Surface } from "./surface.js";

/** @typedef {import("./types.js").Message} Message @typedef {import("./workspace.js").Workspace} Workspace */

/** Who speaks when the page itself has something to say. */
const SLACKBOT = { id: "", real_name: "Slackbot", color: "#4a5568", is_bot: true };

/**
 * How a message stands among the others.
 * @typedef {{follows: boolean, thread: {count: number, latest: string|null, unread: boolean}|null}} Standing
 * `follows`: the same person just spoke, so name and picture are not repeated; `thread`: null where none is offered
 */

export class MessageItem {
  #source = "";

  /** @param {Workspace} workspace @param {Message} message @param {(message: Message) => void} onThread */
  constructor(workspace, message, onThread) {
    this.workspace = workspace;
    this.message = message;
    this.onThread = onThread;
    this.surface = new Surface(workspace, { channel: message.channel, ts: message.ts });
    this.label = freshId("message");
    this.gutter = h("div", { class: "gutter" });
    this.head = h("div", { class: "message-head" });
    this.body = h("div", { class: "message-body" });
    this.foot = h("div", { class: "message-foot" });
    this.tools = h("div", { class: "message-tools" });
    this.node = h("article", { class: "message", tabindex: "-1", "aria-labelledby": this.label, "data-ts": message.ts },
      this.gutter, h("div", { class: "message-words" }, this.head, this.body, this.foot), this.tools);
  }

  /** @param {Message} message @param {Standing} standing */
  show(message, standing) {
    const source = JSON.stringify([message, standing]);
    if (source === this.#source) return;
    this.#source = source;
    this.message = message;
    this.node.classList.toggle("follows", standing.follows);
    this.node.classList.toggle("ephemeral", message.ephemeral);
    this.#showHead(standing.follows);
    this.#showBody();
    this.#showFoot(standing.thread);
  }

  #showHead(/** @type {boolean} */ follows) {
    const author = this.workspace.person(this.message.user) ?? SLACKBOT;
    const date = dateOf(this.message.ts);
    const time = h("time", { datetime: date.toISOString(), title: fullTime(date) }, clockTime(date));
    this.gutter.replaceChildren(follows ? h("span", { class: "gutter-time", "aria-hidden": "true" }, bareTime(date)) : avatar(author));
    this.head.replaceChildren(
      ...(this.message.ephemeral ? [h("p", { class: "only-you" }, icon("eye"), "Only visible to you")] : []),
      h("p", { class: follows ? "unseen" : "byline", id: this.label },
        h("strong", {}, author.real_name), author.is_bot && [" ", h("span", { class: "badge" }, "APP")], " ", time),
    );
  }

  #showBody() {
    const { blocks, text, edited } = this.message;
    if (blocks.length) {
      this.body.classList.remove("plain");
      showBlocks(this.body, blocks, this.surface);
    } else {
      this.body.classList.add("plain");
      const words = h("div", { class: "text" }, renderMrkdwn(text, this.workspace.names), edited && " ", edited && editedMark());
      keepingFocus(this.body, () => this.body.replaceChildren(words), this.node);
    }
  }

  #showFoot(/** @type {Standing["thread"]} */ thread) {
    const marks = this.message.edited && this.message.blocks.length ? [editedMark()] : [];
    const offersThread = thread !== null && !this.message.ephemeral;
    this.foot.replaceChildren(...marks, ...(offersThread && thread.count ? [this.#summary(thread)] : []));
    const reply = offersThread ? [this.#replyButton()] : [];
    this.tools.replaceChildren(...(this.message.ephemeral ? [] : [...reply, this.#moreButton()]));
  }

  #summary(/** @type {NonNullable<Standing["thread"]>} */ { count, latest, unread }) {
    const replies = count === 1 ? "1 reply" : `${count} replies`;
    const open = { "data-key": `thread/${this.message.ts}`, onclick: () => this.onThread(this.message) };
    return h("button", { type: "button", class: "thread-summary", ...open },
      unread && h("span", { class: "unread-dot" }, h("span", { class: "unseen" }, "New: ")),
      h("span", { class: "reply-count" }, replies),
      latest && h("span", { class: "last-reply" }, `Last reply ${shortMoment(dateOf(latest))}`),
      h("span", { class: "view-thread", "aria-hidden": "true" }, "View thread"));
  }

  #moreButton() {
    const { channel, thread_ts: thread, ts } = this.message;
    const tell = (/** @type {string} */ words) => this.workspace.tell(channel, words, thread === ts ? null : thread);
    return messageShortcuts(this.workspace, this.message, tell);
  }

  #replyButton() {
    const words = h("span", { class: "tool-words", "aria-hidden": "true" }, "Reply");
    const open = { "data-key": `reply/${this.message.ts}`, onclick: () => this.onThread(this.message) };
    return h("button", { type: "button", class: "tool tool-reply", "aria-label": "Reply in thread", title: "Reply in thread", ...open }, icon("reply"), words);
  }
}

function editedMark() {
  return h("span", { class: "edited" }, "(edited)");
}
