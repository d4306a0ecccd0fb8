/**
 * The shapes that cross the wire between this page and the Slack stand-in. Types only: nothing here runs.
 *
 * @typedef {{id: string, name: string, real_name: string, role: string, color: string, is_bot: boolean}} Person
 * @typedef {{id: string, name: string, is_private: boolean, is_im: boolean, topic?: string, user?: string}} Channel
 * @typedef {{id: string, handle: string, name: string}} Usergroup
 * @typedef {{id: string, name: string, note: string, kind: "global"|"message"}} Shortcut
 * @typedef {object} Start
 * @property {{id: string, name: string}} team
 * @property {string} command          the command's word with its slash
 * @property {string} command_hint     what may stand behind it
 * @property {string} command_note     what it does
 * @property {Shortcut[]} shortcuts
 * @property {Person[]} users
 * @property {Channel[]} channels
 * @property {{id: string, name: string}} bot
 * @property {Usergroup[]} usergroups
 *
 * @typedef {{type: string, text: string, emoji?: boolean, verbatim?: boolean}} TextObject
 * @typedef {{text: TextObject, value: string, description?: TextObject, url?: string}} Option
 * @typedef {{label: TextObject, options: Option[]}} OptionGroup
 * @typedef {{title?: TextObject, text?: TextObject, confirm?: TextObject, deny?: TextObject, style?: string}} Confirm
 * @typedef {{type: string, block_id?: string} & Record<string, any>} Block
 * @typedef {{type: string, action_id?: string, confirm?: Confirm} & Record<string, any>} Element
 *
 * @typedef {object} Message
 * @property {string} channel
 * @property {string} ts
 * @property {string|null} thread_ts
 * @property {string|null} user        null for what the page itself says, as Slackbot does
 * @property {boolean} bot
 * @property {string} text
 * @property {Block[]} blocks
 * @property {boolean} ephemeral
 * @property {boolean} edited
 * @property {number} reply_count
 * @property {string|null} latest_reply
 *
 * @typedef {object} View
 * @property {string} id
 * @property {"modal"|"home"} type
 * @property {TextObject} [title]
 * @property {TextObject} [submit]
 * @property {TextObject} [close]
 * @property {Block[]} blocks
 * @property {string} [private_metadata]
 * @property {string} [callback_id]
 * @property {{values?: Record<string, Record<string, any>>}} [state] what was filled in, as far as the server knows
 * @property {string} [hash]
 *
 * @typedef {object} Backstage           what the demo's own control shows
 * @property {{value: string, label: string, expect: string}[]} choices the first is what is done when nothing is chosen
 * @property {string} next
 * @property {string} happened          what was done last instead of the first choice, in words, or empty
 * @property {boolean} is_away
 * @property {number} away_seconds
 *
 * @typedef {{channel: string, ts: string} | {view_id: string}} Container
 * @typedef {{ok: boolean, error?: string, errors?: Record<string, string>} & Record<string, any>} Answer
 */

export {};
