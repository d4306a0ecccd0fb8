/** The app's shortcuts, where Slack has them: behind the plus of the composer, and in a message's “More actions”. */
import { post } from "./api.js";
import { icon } from "./icons.js";
import { menuButton } from "./menus.js";

/** @typedef {import("./workspace.js").Workspace} Workspace @typedef {import("./types.js").Shortcut} Shortcut */

/** @param {Workspace} workspace @param {(words: string) => void} onProblem */
export function composerShortcuts(workspace, onProblem) {
  const look = { class: "plain-button plus", "aria-label": "Shortcuts", title: "Shortcuts" };
  return menuButton(look, icon("plus"), () => itemsOf(workspace, "global", (shortcut) => useShortcut(workspace, shortcut, onProblem)), "start");
}

/**
 * @param {Workspace} workspace
 * @param {import("./types.js").Message} message @param {(words: string) => void} onProblem
 */
export function messageShortcuts(workspace, message, onProblem) {
  const look = { class: "tool tool-more", "aria-label": "More actions", title: "More actions", "data-key": `more/${message.ts}` };
  return menuButton(look, icon("more"), () => itemsOf(workspace, "message", (shortcut) => useShortcut(workspace, shortcut, onProblem, message.ts)));
}

/**
 * Tells the app; what goes wrong is said in words.
 * @param {Workspace} workspace @param {Shortcut} shortcut @param {(words: string) => void} onProblem @param {string} [ts]
 */
export async function useShortcut(workspace, shortcut, onProblem, ts) {
  const answer = await post("shortcut", { user: workspace.me.id, callback_id: shortcut.id, ...(ts ? { ts } : {}) });
  if (!answer.ok) onProblem(answer.error ?? "");
}

/** @param {Workspace} workspace @param {Shortcut["kind"]} kind @param {(shortcut: Shortcut) => void} use */
function itemsOf({ start }, kind, use) {
  return start.shortcuts.filter((shortcut) => shortcut.kind === kind)
    .map((shortcut) => ({ words: shortcut.name, note: `${start.bot.name} · ${shortcut.note}`, act: () => use(shortcut) }));
}
