/**
 * One place where blocks stand (a message, a modal, App Home): what people have filled in there, and how a click
 * on it reaches the app. Outlives every redrawing of its blocks, so nothing typed is lost when the app updates them.
 */
import { post } from "./api.js";
import { confirmed } from "./confirm.js";
import { h, isBusy, whileBusy } from "./dom.js";

/** @typedef {import("./types.js").Block} Block @typedef {import("./types.js").Element} Element */

export class Surface {
  /** @type {Record<string, Record<string, any>>} Slack's `state.values` */ values = {};

  /**
   * @param {import("./workspace.js").Workspace} workspace
   * @param {import("./types.js").Container} container
   */
  constructor(workspace, container) {
    this.workspace = workspace;
    this.container = container;
  }

  get names() {
    return this.workspace.names;
  }

  /** What was filled in, or undefined when nothing was yet. @param {Block} block @param {Element} element */
  valueOf(block, element) {
    const value = this.values[block.block_id ?? ""]?.[element.action_id ?? ""];
    return value?.type === element.type ? value : undefined;
  }

  /** @param {Block} block @param {Element} element @param {object} value what Slack keeps for this kind of element */
  keep(block, element, value) {
    this.values[block.block_id ?? ""] ??= {};
    this.values[block.block_id ?? ""][element.action_id ?? ""] = { type: element.type, ...value };
  }

  /** Forgets what belongs to elements that are gone. @param {Block[]} blocks */
  forgetOthers(blocks) {
    const present = new Map(blocks.map((block) => [block.block_id ?? "", elementsOf(block).map(({ action_id: id }) => id)]));
    for (const [block, actions] of Object.entries(this.values)) {
      for (const action of Object.keys(actions)) if (!present.get(block)?.includes(action)) delete actions[action];
      if (!present.has(block)) delete this.values[block];
    }
  }

  /**
   * The person used an interactive element: asks for confirmation where the app wants it, then tells the app.
   * False when the person said no after all, or when it could not be told; then the words stand below the block.
   * @param {HTMLElement} node @param {Block} block @param {Element} element @param {object} action
   */
  async act(node, block, element, action) {
    if (isBusy(node)) return false;
    showError(node, null);
    if (element.confirm && !(await confirmed(element.confirm, this.names))) return false;
    const answer = await whileBusy(node, () => post("click", { ...this.#address(block, element), action }));
    if (!answer.ok) showError(node, answer.error ?? "");
    else this.workspace.dispatchEvent(new CustomEvent("clicked", { detail: { element } }));
    return answer.ok;
  }

  /**
   * The app's options for what was typed. Throws with words when there are none to be had.
   * @param {Block} block @param {Element} element @param {string} value
   */
  async options(block, element, value) {
    const answer = await post("options", { ...this.#address(block, element), value });
    if (!answer.ok) throw new Error(answer.error);
    return answer;
  }

  /**
   * Who, where, on what; with what else is filled in there, because Slack shows that to the app too.
   * @param {Block} block @param {Element} element
   */
  #address(block, element) {
    const { container, values: state, workspace } = this;
    return { user: workspace.me.id, container, block_id: block.block_id, action_id: element.action_id, state };
  }
}

/** @param {Block} block @returns {Element[]} */
function elementsOf(block) {
  return [block.accessory, block.element, ...(block.elements ?? [])].filter(Boolean);
}

/** @param {HTMLElement} node within a block @param {string|null} words null takes them away */
function showError(node, words) {
  const block = node.closest(".block");
  block?.querySelector(":scope > .click-error")?.remove();
  if (words) block?.append(h("p", { class: "click-error", role: "alert" }, words));
}
