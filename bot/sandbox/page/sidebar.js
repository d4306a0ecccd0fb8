/** Where one can go: the channels, and the app with its Home. On narrow screens a drawer. */
import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("./workspace.js").Workspace} Workspace */

/**
 * What the middle of the page shows.
 * @typedef {{kind: "channel", id: string} | {kind: "home"} | {kind: "messages"}} Place
 */

export class Sidebar {
  /**
   * @param {HTMLElement} node
   * @param {HTMLButtonElement} button opens the drawer @param {Workspace} workspace
   * @param {(place: Place) => void} onGo
   */
  constructor(node, button, workspace, onGo) {
    this.node = node;
    this.button = button;
    this.workspace = workspace;
    this.onGo = onGo;
    button.addEventListener("click", () => this.#setOpen(!this.#isOpen));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#isOpen) this.#setOpen(false);
    });
    document.addEventListener("pointerdown", (event) => {
      const target = /** @type {Node} */ (event.target);
      if (this.#isOpen && !node.contains(target) && !button.contains(target)) this.#setOpen(false);
    });
    this.#build();
  }

  /** @param {Place} place where the person is now */
  show(place) {
    for (const { item, isHere, isUnread } of this.entries) {
      const here = isHere(place);
      const unread = !here && isUnread();
      if (here) item.setAttribute("aria-current", "page");
      else item.removeAttribute("aria-current");
      item.classList.toggle("unread", unread);
      /** @type {HTMLElement} */ (item.querySelector(".entry-news")).textContent = unread ? " (unread)" : "";
    }
  }

  get #isOpen() {
    return this.button.getAttribute("aria-expanded") === "true";
  }

  /** @param {boolean} open */
  #setOpen(open) {
    this.button.setAttribute("aria-expanded", String(open));
    this.node.classList.toggle("open", open);
    const goal = open ? (this.node.querySelector("[aria-current]") ?? this.node.querySelector("button")) : this.button;
    if (goal instanceof HTMLElement) goal.focus();
  }

  #build() {
    const { start } = this.workspace;
    const channels = start.channels.filter((channel) => !channel.is_im);
    const bot = this.workspace.person(start.bot.id) ?? { real_name: start.bot.name };
    const channelEntries = channels.map((channel) => this.#entry(
      icon(channel.is_private ? "lock" : "hash"), channel.name, { kind: "channel", id: channel.id },
      (place) => place.kind === "channel" && place.id === channel.id, () => this.workspace.isUnread(channel.id)));
    const appEntry = this.#entry(avatar(bot), bot.real_name, { kind: "home" }, (place) => place.kind !== "channel", () => {
      const direct = this.workspace.directMessages;
      return direct !== undefined && this.workspace.isUnread(direct.id);
    });
    this.entries = [...channelEntries, appEntry];
    this.node.replaceChildren(
      h("p", { class: "team" }, start.team.name),
      section("Channels", channelEntries.map(({ item }) => item)),
      section("Apps", [appEntry.item]),
    );
  }

  /**
   * @param {Node} mark
   * @param {string} name @param {Place} goal @param {(place: Place) => boolean} isHere
   * @param {() => boolean} isUnread
   */
  #entry(mark, name, goal, isHere, isUnread) {
    const words = [h("span", { class: "entry-name" }, name), h("span", { class: "entry-news unseen" })];
    const item = h("button", { type: "button", class: "entry", onclick: () => this.#go(goal) }, mark, words);
    return { item, isHere, isUnread };
  }

  /** @param {Place} place */
  #go(place) {
    if (this.#isOpen) this.#setOpen(false);
    this.onGo(place);
  }
}

/** @param {string} title @param {Node[]} items */
function section(title, items) {
  return h("section", { "aria-label": title }, h("h2", {}, title), h("ul", {}, items.map((item) => h("li", {}, item))));
}
