/** The middle of the page while it shows messages: a channel, or the direct messages with the app. */
import { Composer } from "./composer.js";
import { byId, h } from "./dom.js";
import { MessageLog } from "./log.js";

/** @typedef {import("./types.js").Message} Message @typedef {import("./types.js").Channel} Channel */

export class Conversation {
  /** @param {import("./workspace.js").Workspace} workspace @param {(message: Message) => void} onThread */
  constructor(workspace, onThread) {
    this.workspace = workspace;
    this.node = byId("conversation");
    this.log = new MessageLog(byId("log"), workspace, { onThread, opensThreads: true });
    this.composer = new Composer(byId("composer"), workspace);
  }

  /** @param {Channel} channel @param {string} name as people call it */
  show(channel, name) {
    this.node.hidden = false;
    const messages = this.workspace.messagesIn(channel.id);
    this.log.show(`${this.workspace.me.id}/${channel.id}`, messages, messages.length ? [] : [this.#welcome(name)]);
    this.composer.aim({ channel: channel.id, threadTs: null, placeholder: `Message ${name}` });
    this.workspace.markSeen(channel.id, messages);
  }

  hide() {
    this.node.hidden = true;
  }

  #welcome(/** @type {string} */ name) {
    return h("div", { class: "welcome" }, h("h2", {}, `This is the very beginning of ${name}`),
      h("p", {}, "Type ", h("code", {}, this.workspace.start.command), " below to ask for a phone number."));
  }
}
