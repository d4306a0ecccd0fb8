/** Slack's select menus, single and multiple: where their options come from and what Slack keeps of the choice. */
import { Combobox } from "./combobox.js";
import { wordsOf } from "./mrkdwn.js";
import { attributes, beginning, choose } from "./places.js";

/** @typedef {import("./elements.js").Place} Place @typedef {import("./types.js").Option} Option */
/** @typedef {import("./types.js").OptionGroup} OptionGroup @typedef {import("./combobox.js").Group} Group */

const EXTERNAL_PAUSE_MS = 200;
const SLACKS_MIN_QUERY_LENGTH = 3;

/** What the choice is called in `state.values`; people and channels are kept by id, options whole. */
const KINDS = {
  static: { key: "selected_option", whole: true },
  external: { key: "selected_option", whole: true },
  users: { key: "selected_user", whole: false },
  conversations: { key: "selected_conversation", whole: false },
  channels: { key: "selected_channel", whole: false },
};

/** @param {Place} place @returns {HTMLElement} */
export function selectNode(place) {
  const { element, block } = place;
  const multiple = element.type.startsWith("multi_");
  const source = /** @type {keyof typeof KINDS} */ (element.type.replace("multi_", "").replace("_select", ""));
  const { key, whole } = KINDS[source];
  const slot = multiple ? `${key}s` : key;
  const initial = element[slot.replace("selected", "initial")] ?? (multiple ? [] : null);
  const everyone = everyOption(source, place);
  const value = beginning(place, { [slot]: initial })?.[slot];
  const chosen = [value ?? []].flat().map((/** @type {any} */ one) => (whole ? one : optionFor(one, everyone)));
  const box = new Combobox({
    attributes: attributes(place, wordsOf(element.placeholder) || "Choose"),
    placeholder: wordsOf(element.placeholder) || (multiple ? "Choose options" : "Choose an option"),
    multiple,
    most: element.max_selected_items ?? Infinity,
    clearable: block.type === "input" && block.optional === true,
    focused: element.focus_on_load === true,
    minQuery: source === "external" ? (element.min_query_length ?? SLACKS_MIN_QUERY_LENGTH) : 0,
    pause: source === "external" ? EXTERNAL_PAUSE_MS : 0,
    chosen,
    load: source === "external" ? (query) => fromApp(place, query) : async (query) => matching(everyone, query),
    onChange: (options) => {
      const kept = options.map((option) => (whole ? option : option.value));
      return choose(place, box.node, { [slot]: multiple ? kept : (kept[0] ?? null) });
    },
  });
  return box.node;
}

/** @param {keyof typeof KINDS} source @param {Place} place @returns {Group[]} */
function everyOption(source, { element, surface }) {
  const { people, start } = surface.workspace;
  const option = (/** @type {string} */ text, /** @type {string} */ value) => ({ text: { type: "plain_text", text, emoji: false }, value });
  const channels = start.channels.filter((channel) => !channel.is_im).map((channel) => option(`#${channel.name}`, channel.id));
  switch (source) {
    case "static":
      return grouped(element);
    case "users":
      return [{ label: null, options: people.map((person) => option(person.real_name, person.id)) }];
    case "conversations":
    case "channels":
      return [{ label: null, options: channels }];
    default:
      return [];
  }
}

/** @param {Place} place @param {string} query @returns {Promise<Group[]>} */
async function fromApp({ element, block, surface }, query) {
  return grouped(/** @type {any} */ (await surface.options(block, element, query)));
}

/** @param {{options?: Option[]|null, option_groups?: OptionGroup[]|null}} given @returns {Group[]} */
function grouped({ options, option_groups: groups }) {
  if (groups?.length) return groups.map((group) => ({ label: wordsOf(group.label), options: group.options }));
  return [{ label: null, options: options ?? [] }];
}

/** @param {Group[]} groups @param {string} query @returns {Group[]} */
function matching(groups, query) {
  const wanted = query.trim().toLowerCase();
  const fits = (/** @type {Option} */ option) => wordsOf(option.text).toLowerCase().includes(wanted);
  return groups.map(({ label, options }) => ({ label, options: options.filter(fits) }));
}

/** @param {string} value @param {Group[]} groups @returns {Option} */
function optionFor(value, groups) {
  const known = groups.flatMap((group) => group.options).find((option) => option.value === value);
  return known ?? { text: { type: "plain_text", text: value }, value };
}
