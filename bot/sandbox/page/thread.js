/** The pane beside the channel: one message, its replies, and a field to reply. */
import { Composer } from "./composer.js";
import { byId, h } from "./dom.js";
import { MessageLog } from "./log.js";

/** @typedef {import("./types.js").Message} Message */

export class ThreadPane {
  /** @type {{channel: string, ts: string}|null} */ root = null;

  /**
   * @param {import("./workspace.js").Workspace} workspace
   * @param {(root: string) => void} onClosed told the thread's first message
   */
  constructor(workspace, onClosed) {
    this.workspace = workspace;
    this.onClosed = onClosed;
    this.node = byId("thread");
    this.title = byId("thread-title");
    this.place = byId("thread-place");
    this.log = new MessageLog(byId("thread-log"), workspace, { onThread: () => {}, opensThreads: false });
    this.composer = new Composer(byId("thread-composer"), workspace);
    byId("thread-close").addEventListener("click", () => this.close());
    this.node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.close();
    });
  }

  /** @param {Message} message the thread's first one */
  open(message) {
    this.root = { channel: message.channel, ts: message.ts };
    this.show();
    this.title.focus();
  }

  close() {
    const root = this.root?.ts ?? "";
    this.root = null;
    this.show();
    this.onClosed(root);
  }

  /** Draws what the open thread has become; a thread whose first message went is closed. */
  show() {
    const message = this.root && this.workspace.message(this.root.channel, this.root.ts);
    this.node.hidden = !message;
    document.body.classList.toggle("has-thread", Boolean(message));
    if (!message) return;
    const replies = this.workspace.repliesTo(message.channel, message.ts);
    const { count } = this.workspace.threadOf(message);
    const channel = this.workspace.channel(message.channel);
    this.place.textContent = channel && !channel.is_im ? `#${channel.name}` : "";
    const divider = (/** @type {number} */ index) => (index === 1 ? this.#divider(count) : null);
    this.log.show(`${this.workspace.me.id}/${message.ts}`, [message, ...replies], [], divider);
    this.composer.aim({ channel: message.channel, threadTs: message.ts, placeholder: "Reply…" });
    this.workspace.markSeen(message.ts, replies);
  }

  /** @param {number} count */
  #divider(count) {
    this.divider ??= h("div", { class: "reply-divider" });
    this.divider.textContent = count === 1 ? "1 reply" : `${count} replies`;
    return this.divider;
  }
}
