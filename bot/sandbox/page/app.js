/** The start: fetches who and what there is, puts the parts of the page together, and redraws them when something changed. */
import { fetchStart, UNREACHABLE } from "./api.js";
import { Backstage } from "./backstage.js";
import { Conversation } from "./conversation.js";
import { announce, byId, h } from "./dom.js";
import { nextExample } from "./examples.js";
import { Hint } from "./hint.js";
import { HomeTab } from "./home.js";
import { fillIcons, icon } from "./icons.js";
import { Modals } from "./modal.js";
import { PeopleSwitch } from "./people.js";
import { Sidebar } from "./sidebar.js";
import { Stream } from "./stream.js";
import { ThreadPane } from "./thread.js";
import { Workspace } from "./workspace.js";

/** @typedef {import("./sidebar.js").Place} Place @typedef {import("./types.js").Message} Message */

const PERMALINK = /^https:\/\/[\w-]+\.slack\.com\/archives\/(\w+)\/p(\d+)(\d{6})$/;

class Page {
  #isDrawing = false;

  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    this.place = this.#placeOf(location.hash);
    this.people = new PeopleSwitch(byId("people"), workspace);
    this.sidebar = new Sidebar(byId("sidebar"), byId("menu-button"), workspace, (place) => this.go(place));
    this.conversation = new Conversation(workspace, (message) => this.openThread(message));
    this.thread = new ThreadPane(workspace, (root) => this.#afterThread(root));
    this.home = new HomeTab(workspace);
    this.backstage = new Backstage();
    this.modals = new Modals(byId("modal"), workspace, () => this.#focusSomewhere());
    this.hint = new Hint(workspace, {
      tryCommand: () => this.#tryCommand(),
      become: (person) => workspace.become(person),
      openThread: () => this.#openNewestThread(),
    });
    this.stream = new Stream((event) => workspace.apply(event), (connected) => this.#showConnection(connected));
    workspace.addEventListener("change", (/** @type {any} */ { detail }) => this.#changed(detail));
    addEventListener("hashchange", () => this.go(this.#placeOf(location.hash)));
    addEventListener("click", (event) => this.#followPermalink(event));
    this.#sitDown();
  }

  /** @param {Place} place */
  go(place) {
    this.place = place;
    history.replaceState(null, "", `#${place.kind === "channel" ? place.id : place.kind}`);
    if (this.thread.root) this.thread.close();
    this.#draw();
  }

  /** A link to a message leads there, as in Slack. @param {MouseEvent} event */
  #followPermalink(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const found = link && PERMALINK.exec(link.href);
    if (!found) return;
    event.preventDefault();
    this.go(this.#placeOf(`#${found[1]}`));
    this.conversation.log.find(`${found[2]}.${found[3]}`)?.focus();
  }

  /** @param {Message} message */
  openThread(message) {
    this.thread.open(message);
    if (this.workspace.threadOf(message).count) this.hint.tick("thread");
  }

  /** @param {import("./workspace.js").Change} change */
  #changed({ type }) {
    if (type === "person") this.#sitDown();
    if (type === "snapshot") byId("log").removeAttribute("aria-busy");
    this.#drawSoon();
  }

  /** Somebody else is at the screen: their stream, their address. */
  #sitDown() {
    const address = new URL(location.href);
    address.searchParams.set("as", this.workspace.me.id);
    history.replaceState(null, "", address);
    byId("log").setAttribute("aria-busy", "true");
    this.stream.open(this.workspace.me.id);
    this.#draw();
  }

  /** Many changes at once, as in a snapshot, are one redraw. */
  #drawSoon() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    queueMicrotask(() => {
      this.#isDrawing = false;
      this.#draw();
    });
  }

  #draw() {
    const { workspace, place } = this;
    const channel = place.kind === "channel" ? workspace.channel(place.id) : workspace.directMessages;
    const name = place.kind === "channel" ? `#${channel?.name}` : this.#botName;
    this.#drawHead(place, channel, name);
    if (place.kind === "home" || !channel) this.conversation.hide();
    else this.conversation.show(channel, name);
    if (place.kind === "home") this.home.show();
    else this.home.hide();
    this.thread.show();
    this.modals.show();
    this.sidebar.show(place);
    this.people.show();
    this.hint.show();
    this.backstage.show(this.workspace.backstage);
  }

  get #botName() {
    const { bot } = this.workspace.start;
    return this.workspace.person(bot.id)?.real_name ?? bot.name;
  }

  /** @param {Place} place @param {import("./types.js").Channel|undefined} channel @param {string} name */
  #drawHead(place, channel, name) {
    const mark = place.kind === "channel" ? icon(channel?.is_private ? "lock" : "hash") : null;
    const words = mark ? [mark, channel?.name ?? ""] : [name, " ", h("span", { class: "badge" }, "APP")];
    byId("view-name").replaceChildren(...words);
    byId("view-topic").textContent = place.kind === "channel" ? (channel?.topic ?? "") : "";
    document.title = `${name} · ${this.workspace.start.team.name}`;
    this.#drawTabs(place);
  }

  /** @param {Place} place */
  #drawTabs(place) {
    const tabs = byId("app-tabs");
    tabs.hidden = place.kind === "channel";
    if (tabs.hidden || tabs.dataset.shown === place.kind + this.workspace.me.id) return;
    tabs.dataset.shown = place.kind + this.workspace.me.id;
    const hadFocus = tabs.contains(document.activeElement);
    const kinds = /** @type {("home"|"messages")[]} */ (this.workspace.directMessages ? ["home", "messages"] : ["home"]);
    tabs.replaceChildren(...kinds.map((kind) => this.#tab(kind, place.kind === kind)));
    if (hadFocus) /** @type {HTMLElement} */ (tabs.querySelector("[aria-selected=true]")).focus();
  }

  /** @param {"home"|"messages"} kind @param {boolean} selected */
  #tab(kind, selected) {
    const walk = (/** @type {KeyboardEvent} */ { key }) => {
      if (key !== "ArrowLeft" && key !== "ArrowRight") return;
      this.go({ kind: kind === "home" && this.workspace.directMessages ? "messages" : "home" });
    };
    const state = { "aria-selected": String(selected), tabindex: selected ? "0" : "-1" };
    const panel = kind === "home" ? "home" : "conversation";
    return h(
      "button",
      { type: "button", role: "tab", class: "tab", ...state, "aria-controls": panel, onclick: () => this.go({ kind }), onkeydown: walk },
      kind === "home" ? "Home" : "Messages",
    );
  }

  /** @param {string} hash @returns {Place} */
  #placeOf(hash) {
    const name = hash.slice(1);
    if (name === "home" || (name === "messages" && this.workspace.directMessages)) return { kind: name };
    const channels = this.workspace.start.channels.filter((channel) => !channel.is_im);
    const channel = channels.find(({ id }) => id === name) ?? channels[0];
    return channel ? { kind: "channel", id: channel.id } : { kind: "home" };
  }

  #tryCommand() {
    if (this.place.kind !== "channel") this.go(this.#placeOf(""));
    this.conversation.composer.fill(`${this.workspace.start.command} ${nextExample(this.workspace.everythingSaid)}`);
  }

  #openNewestThread() {
    if (this.place.kind !== "channel") this.go(this.#placeOf(""));
    const messages = this.workspace.messagesIn(/** @type {any} */ (this.place).id);
    const message = messages.findLast((one) => this.workspace.threadOf(one).count > 0);
    if (message) this.openThread(message);
    else announce("There is no thread yet.");
  }

  /** Back to where the thread was opened from. @param {string} root */
  #afterThread(root) {
    const summary = this.conversation.log.find(root)?.querySelector(".thread-summary, .tool");
    if (summary instanceof HTMLElement) summary.focus({ preventScroll: true });
    this.#focusSomewhere();
  }

  /** After something that had the focus is gone: the field people write in, if it is there. */
  #focusSomewhere() {
    const active = document.activeElement;
    if (active && active !== document.body && active.checkVisibility()) return;
    const goal = this.conversation.node.hidden ? byId("view-name") : this.conversation.composer.field;
    goal.focus();
  }

  /** @param {boolean} connected */
  #showConnection(connected) {
    const banner = byId("banner");
    if (connected && !banner.hidden) announce("Connected again.");
    banner.hidden = connected;
  }
}

async function begin() {
  fillIcons(document);
  try {
    const start = await fetchStart();
    new Page(new Workspace(start, new URL(location.href).searchParams.get("as")));
  } catch (error) {
    byId("banner").hidden = false;
    byId("banner").lastElementChild.textContent = error instanceof TypeError ? UNREACHABLE : String(error);
    throw error;
  }
}

begin();
