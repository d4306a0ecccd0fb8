/**
 * The demo's own control, in its own bar outside of Slack: what Vobiz does with the next purchase, and Slack away for
 * a while. Shows what the server says of it; where there is nothing to arrange, it is not there.
 */
import { post } from "./api.js";
import { byId, h, whileBusy } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("./types.js").Backstage} State */

export class Backstage {
  /** @type {State|null} */ #state = null;
  #news = "";

  constructor() {
    this.button = byId("backstage-button");
    this.panel = byId("backstage");
    this.line = byId("backstage-news");
    this.error = h("p", { class: "backstage-error", role: "alert" });
    this.panel.addEventListener("toggle", (/** @type {any} */ { newState }) => this.#opened(newState === "open"));
  }

  /** @param {State|null} state */
  show(state) {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.button.hidden = state === null;
    if (!state) return this.panel.hidePopover();
    this.button.querySelector(".backstage-words").textContent = state.is_away ? "Slack is away" : `Vobiz: ${labelOf(state).toLowerCase()}`;
    this.button.classList.toggle("armed", state.is_away || state.next !== state.choices[0].value);
    this.#draw(state);
    this.#say(newsOf(state));
  }

  /** @param {State} state */
  #draw({ choices, next, away_seconds: seconds, is_away: isAway }) {
    const focused = this.panel.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
    const radios = choices.map(({ value, label, expect }) => {
      const [name, note] = [`backstage-${value}`, `backstage-${value}-note`];
      const input = h("input", { type: "radio", name: "next", value, "data-key": value, "aria-labelledby": name, "aria-describedby": note, onchange: () => this.#arrange({ vobiz: value }) });
      input.checked = value === next;
      return h("label", { class: "choice" }, input,
        h("span", { class: "choice-words" }, h("span", { id: name }, label), h("span", { id: note, class: "option-note" }, expect)));
    });
    const away = h("button", { type: "button", class: "button", "data-key": "away", "aria-disabled": isAway ? "true" : null, onclick: () => isAway || this.#arrange({ slack: "away" }) },
      isAway ? "Slack is away now" : `Slack is away for ${seconds} s`);
    this.panel.replaceChildren(
      h("h2", { id: "backstage-title" }, "What should Vobiz do next?"),
      h("p", { class: "option-note" }, "The demo’s own control: Slack has no such thing. It counts for the next purchase alone."),
      h("fieldset", { class: "choices" }, h("legend", { class: "unseen" }, "With the next purchase"), radios),
      h("hr"),
      h("div", { class: "backstage-away" }, away, h("span", { class: "option-note" }, "No click reaches the bot, and what it has to say waits.")),
      this.error,
    );
    if (focused) this.panel.querySelector(`[data-key="${focused}"]`)?.focus();
  }

  /** @param {object} wish */
  async #arrange(wish) {
    const answer = await whileBusy(this.panel, () => post("backstage", wish));
    this.error.textContent = answer.ok ? "" : answer.error;
  }

  /** @param {boolean} isOpen */
  #opened(isOpen) {
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return;
    this.panel.querySelector("input:checked")?.focus();
  }

  /** What happened stands below the bar until somebody takes it away. @param {string} words */
  #say(words) {
    if (words === this.#news) return;
    this.#news = words;
    this.line.hidden = !words;
    const close = h("button", { type: "button", class: "bar-button", "aria-label": "Dismiss", onclick: () => (this.line.hidden = true) }, icon("close"));
    this.line.replaceChildren(h("span", {}, words), close);
  }
}

/** @param {State} state */
function labelOf({ choices, next }) {
  return choices.find(({ value }) => value === next)?.label ?? "";
}

/** @param {State} state */
function newsOf({ happened, is_away: isAway, away_seconds: seconds }) {
  if (isAway) return `Slack is away for ${seconds} s.`;
  return happened && `Vobiz: ${happened} The next purchase sells again.`;
}
