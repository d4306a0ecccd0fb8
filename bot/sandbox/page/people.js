/** The switch between the people of the demo: one radio button each, each as if at their own screen. */
import { avatar } from "./avatar.js";
import { announce, h } from "./dom.js";

/** @typedef {import("./workspace.js").Workspace} Workspace */

export class PeopleSwitch {
  /** @param {HTMLElement} node the fieldset @param {Workspace} workspace */
  constructor(node, workspace) {
    this.workspace = workspace;
    this.choices = workspace.people.map((person) => this.#choice(person));
    node.append(h("div", { class: "people-list" }, this.choices.map(({ label }) => label)));
  }

  show() {
    for (const { person, label, input } of this.choices) {
      input.checked = person.id === this.workspace.me.id;
      const called = this.workspace.isCalled(person.id);
      label.classList.toggle("called", called);
      /** @type {HTMLElement} */ (label.querySelector(".person-news")).textContent = called ? " (was mentioned)" : "";
    }
  }

  /** @param {import("./types.js").Person} person */
  #choice(person) {
    const input = h("input", { type: "radio", name: "person", value: person.id, onchange: () => this.#become(person) });
    const name = h("span", { class: "person-name" }, this.workspace.shortName(person));
    const role = h("span", { class: "person-role" }, h("span", { class: "unseen" }, " · "), person.role);
    const label = h("label", { class: "person", title: `${person.real_name} · ${person.role}` }, input, avatar(person),
      h("span", { class: "person-words" }, name, role),
      h("span", { class: "person-news unseen" }));
    return { person, label, input };
  }

  /** @param {import("./types.js").Person} person */
  #become(person) {
    this.workspace.become(person.id);
    announce(`You are now ${person.real_name}, ${person.role}.`);
  }
}
