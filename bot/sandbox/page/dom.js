/**
 * Builds DOM nodes. Every string becomes a text node, so nothing that people or the app wrote is ever read as HTML.
 */

/** @typedef {Node|string|number|null|undefined|false} Child */

/**
 * @param {string} tag
 * @param {Record<string, any>} [props] attributes; `onclick` and the like are listeners; null and false are left out
 * @param {...(Child|Child[])} children
 * @returns {any} the element
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(2).filter(isShown));
  return node;
}

/** @param {Child} child */
function isShown(child) {
  return child !== null && child !== undefined && child !== false;
}

let counter = 0;

/** An id no other element has. @param {string} prefix */
export function freshId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** The element with this id, which index.html promises. @param {string} id @returns {any} */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`index.html has no #${id}`);
  return node;
}

/**
 * Shows that something is under way on `node`, and that it cannot be started twice, until `work` ends.
 * The element keeps the focus: it is not disabled, its further clicks are the caller's to ignore (see `isBusy`).
 * @template T @param {HTMLElement} node @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function whileBusy(node, work) {
  node.setAttribute("aria-busy", "true");
  node.setAttribute("aria-disabled", "true");
  try {
    return await work();
  } finally {
    node.removeAttribute("aria-busy");
    node.removeAttribute("aria-disabled");
  }
}

/** @param {HTMLElement} node */
export function isBusy(node) {
  return node.getAttribute("aria-busy") === "true";
}

/** Says something to screen readers alone. @param {string} words */
export function announce(words) {
  byId("announcer").textContent = words;
}

/**
 * Runs `change`, which may replace parts of `root`; when the focus was in what went away, it goes to the new element
 * with the same `data-key` (with its selection), else to `fallback`.
 * @param {HTMLElement} root @param {() => void} change @param {HTMLElement} [fallback]
 */
export function keepingFocus(root, change, fallback = root) {
  const before = document.activeElement;
  const inside = before instanceof HTMLElement && root.contains(before);
  const range = before instanceof HTMLInputElement || before instanceof HTMLTextAreaElement ? selectionOf(before) : null;
  change();
  if (!inside || document.activeElement === before) return;
  const key = before.dataset.key;
  const again = key ? root.querySelector(`[data-key="${CSS.escape(key)}"]`) : null;
  if (!(again instanceof HTMLElement)) return fallback.focus({ preventScroll: true });
  again.focus({ preventScroll: true });
  if (range && "setSelectionRange" in again) /** @type {any} */ (again).setSelectionRange(...range);
}

/**
 * Null where the kind of input knows no selection (numbers, dates).
 * @param {HTMLInputElement|HTMLTextAreaElement} field
 */
function selectionOf(field) {
  return field.selectionStart === null ? null : [field.selectionStart, field.selectionEnd];
}

/**
 * Puts `popup` (an open popover) below `anchor`, or above it when there is more room.
 * @param {HTMLElement} popup @param {HTMLElement} anchor @param {"start"|"end"} [edge] which edges line up
 */
export function placeBeside(popup, anchor, edge = "start") {
  const box = anchor.getBoundingClientRect();
  const gap = 4;
  const below = innerHeight - box.bottom - gap * 2;
  const above = box.top - gap * 2;
  popup.style.minWidth = `${Math.min(box.width, innerWidth - gap * 2)}px`;
  popup.style.maxHeight = `${Math.max(120, Math.min(320, Math.max(below, above)))}px`;
  const size = popup.getBoundingClientRect();
  const flips = size.height > below && above > below;
  popup.style.top = `${flips ? Math.max(gap, box.top - size.height - gap) : box.bottom + gap}px`;
  const left = edge === "start" ? box.left : box.right - size.width;
  popup.style.left = `${Math.max(gap, Math.min(left, innerWidth - size.width - gap))}px`;
}
