/** What every element does the same way: its attributes, and telling the surface what was filled in or used. */

/** @typedef {import("./elements.js").Place} Place */

/**
 * Attributes that name an element for people and find it again after a redraw.
 * @param {Place} place @param {string} [words] its name where no label gives one
 */
export function attributes({ element, block, labelling }, words = "") {
  return {
    "data-key": keyOf({ element, block }),
    "aria-labelledby": labelling.labelledby,
    "aria-label": labelling.labelledby ? null : labelling.label || words || null,
    "aria-describedby": labelling.describedby,
    "aria-required": labelling.required ? "true" : null,
  };
}

/** @param {Pick<Place, "element"|"block">} place */
export function keyOf({ element, block }) {
  return `${block.block_id ?? ""}/${element.action_id ?? ""}`;
}

/** Whether using this element is told to the app at once. @param {Place} place */
export function isTold({ block }) {
  return block.type !== "input" || block.dispatch_action === true;
}

/**
 * Keeps what was chosen, and tells the app when it wants to know at once.
 * @param {Place} place @param {HTMLElement} node the element, which shows that it waits @param {object} value as in `state.values`
 * @returns {Promise<boolean>} false when the person took it back or it could not be told
 */
export async function choose(place, node, value) {
  const { element, block, surface } = place;
  const before = surface.valueOf(block, element);
  surface.keep(block, element, value);
  if (!isTold(place)) return true;
  const told = await surface.act(node, block, element, value);
  if (!told && before) surface.keep(block, element, before);
  return told;
}

/**
 * The value to begin with: what is already filled in, else what the app gave.
 * @param {Place} place @param {object} initial
 */
export function beginning({ element, block, surface }, initial) {
  const kept = surface.valueOf(block, element);
  if (kept) return kept;
  surface.keep(block, element, initial);
  return surface.valueOf(block, element);
}
