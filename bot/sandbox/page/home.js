/** The app's Home tab, drawn from the view it publishes for the acting person. */
import { post } from "./api.js";
import { showBlocks } from "./blockkit.js";
import { byId, h } from "./dom.js";
import { Surface } from "./surface.js";

/** @typedef {import("./types.js").View} View */

export class HomeTab {
  /** @type {Map<string, Surface>} */ #surfaces = new Map();
  #words = "Loading…";
  #openedBy = "";

  /** @param {import("./workspace.js").Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    this.node = byId("home");
    this.blocks = h("div", { class: "blocks" });
    this.note = h("p", { class: "home-note", role: "status" });
    this.node.append(this.note, this.blocks);
  }

  show() {
    this.node.hidden = false;
    if (this.#openedBy !== this.workspace.me.id) this.#open();
    const view = this.workspace.home;
    this.note.hidden = view !== null;
    this.note.textContent = view ? "" : this.#words;
    showBlocks(this.blocks, view?.blocks ?? [], this.#surfaceOf(view));
  }

  hide() {
    this.node.hidden = true;
    this.#openedBy = "";
  }

  /** Tells the app that the person is looking, as Slack does each time. */
  async #open() {
    const user = this.workspace.me.id;
    this.#openedBy = user;
    this.#words = "Loading…";
    const answer = await post("home", { user });
    if (this.#openedBy !== user) return;
    this.#words = answer.ok ? "The app has not published its Home yet." : (answer.error ?? "");
    this.show();
  }

  /** @param {View|null} view */
  #surfaceOf(view) {
    const id = view?.id ?? "";
    const surface = this.#surfaces.get(id) ?? new Surface(this.workspace, { view_id: id });
    this.#surfaces.set(id, surface);
    return surface;
  }
}
