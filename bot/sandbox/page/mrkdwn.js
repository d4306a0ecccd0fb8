/**
 * Slack's mrkdwn and plain text, as DOM nodes. Knows Slack's rules for what is formatting and what is not;
 * anything it does not recognise stays the text it is.
 */
import { formatDate, fullTime } from "./dates.js";
import { h } from "./dom.js";
import { emojiFor } from "./emoji.js";

/**
 * What mentions mean, for one reader.
 * @typedef {object} Names
 * @property {string} me
 * @property {(id: string) => string|undefined} person
 * @property {(id: string) => string|undefined} channel
 * @property {(id: string) => string|undefined} group
 * @property {boolean} [verbatim]  nothing is linked but what is written as a link
 */

const STYLES = { "*": "strong", _: "em", "~": "s" };
const FENCE = /```([\s\S]+?)```/g;
const QUOTE = /^(?:>|&gt;) ?/;
const QUOTE_REST = /^(?:>>>|&gt;&gt;&gt;) ?/;
const SAFE_LINK = /^(?:https?:\/\/|mailto:|tel:)/i;
const WEB_LINK = /^https?:\/\//i;
const BARE_LINK = /https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)\]'"*_~]/y;
const LINK = /<((?:https?:|mailto:|tel:)[^<>|\n]+)(?:\|([^<>\n]*))?>/g;
const SCHEME = /^(?:mailto|tel):/;
const CODE = /`([^`\n]+)`/y;
const ANGLE = /<([^<>\n]+)>/y;
const EMOJI = /:([a-z0-9_+'-]+):(?::skin-tone-[2-6]:)?/y;

/** @param {string} text @param {Names} names @returns {Node[]} */
export function renderMrkdwn(text, names) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(FENCE)) {
    nodes.push(...renderLines(trimEdges(text.slice(from, match.index), from > 0, true), names));
    nodes.push(h("pre", {}, preformatted(match[1].replace(/^\n|\n$/g, ""))));
    from = match.index + match[0].length;
  }
  nodes.push(...renderLines(trimEdges(text.slice(from), from > 0, false), names));
  return nodes;
}

/**
 * Plain text knows emoji and Slack's three escapes, nothing else.
 * @param {string} text @param {boolean} [emoji] @returns {Node[]}
 */
export function renderPlain(text, emoji = true) {
  return merge(scan(text, (position) => (emoji ? emojiAt(text, position) : null) ?? breakAt(text, position)));
}

/** @param {import("./types.js").TextObject} object @param {Names} names @returns {Node[]} */
export function renderText(object, names) {
  if (object.type !== "mrkdwn") return renderPlain(object.text, object.emoji !== false);
  return renderMrkdwn(object.text, { ...names, verbatim: object.verbatim === true });
}

/** The words alone, for labels and titles. @param {import("./types.js").TextObject|undefined} object */
export function wordsOf(object) {
  return object ? h("span", {}, renderPlain(object.text, object.emoji !== false)).textContent : "";
}

/** @param {string} name @returns {HTMLElement|null} */
export function emojiNode(name) {
  const character = emojiFor(name);
  if (!character) return null;
  return h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, character);
}

/** What a button that is a link opens; nothing when it is none of the web's. @param {string|undefined} url */
export function webLink(url) {
  return url && WEB_LINK.test(url) ? url : undefined;
}

/**
 * A link that leaves the page, or the bare text when its address is not one to follow.
 * @param {string} url @param {Node[]|string} label
 */
export function linkNode(url, label) {
  if (!SAFE_LINK.test(url)) return h("span", {}, label);
  const opens = /^https?:/i.test(url) ? { target: "_blank", rel: "noopener noreferrer" } : {};
  return h("a", { href: url, ...opens }, label);
}

/** @param {string} id @param {Names} names */
export function personMention(id, names) {
  const name = names.person(id);
  return h("span", { class: id === names.me ? "mention mention-me" : "mention" }, `@${name ?? id}`);
}

/** @param {string} text @param {boolean} afterFence @param {boolean} beforeFence */
function trimEdges(text, afterFence, beforeFence) {
  const start = afterFence ? text.replace(/^\n/, "") : text;
  return beforeFence ? start.replace(/\n$/, "") : start;
}

/** Gathers quoted lines into quotes; the rest keeps its line breaks. @param {string} text @param {Names} names */
function renderLines(text, names) {
  if (!text) return [];
  /** @type {{quoted: boolean, lines: string[]}[]} */
  const groups = [];
  let restIsQuoted = false;
  for (const line of text.split("\n")) {
    restIsQuoted ||= QUOTE_REST.test(line);
    const quoted = restIsQuoted || QUOTE.test(line);
    const words = quoted ? line.replace(QUOTE_REST.test(line) ? QUOTE_REST : QUOTE, "") : line;
    if (groups.at(-1)?.quoted === quoted) groups.at(-1)?.lines.push(words);
    else groups.push({ quoted, lines: [words] });
  }
  return groups.flatMap(({ quoted, lines }) => {
    const nodes = renderInline(lines.join("\n"), names);
    return quoted ? [h("blockquote", {}, nodes)] : nodes;
  });
}

/** @param {string} text @param {Names} names @returns {Node[]} */
function renderInline(text, names) {
  return merge(
    scan(text, (position) =>
      codeAt(text, position) ?? angleAt(text, position, names) ?? styleAt(text, position, names)
      ?? emojiAt(text, position) ?? bareLinkAt(text, position, names) ?? breakAt(text, position)),
  );
}

/**
 * Walks over `text`, asking at each place whether something begins there.
 * @typedef {{node: Node, end: number}} Found
 * @param {string} text @param {(position: number) => Found|null} find @returns {(Node|string)[]}
 */
function scan(text, find) {
  const parts = [];
  for (let position = 0; position < text.length; ) {
    const found = find(position);
    parts.push(found ? found.node : text[position]);
    position = found ? found.end : position + 1;
  }
  return parts;
}

/** Single characters become text nodes, unescaped. @param {(Node|string)[]} parts @returns {Node[]} */
function merge(parts) {
  /** @type {Node[]} */
  const nodes = [];
  let run = "";
  const flush = () => {
    if (run) nodes.push(document.createTextNode(unescape(run)));
    run = "";
  };
  for (const part of parts) {
    if (typeof part === "string") {
      run += part;
    } else {
      flush();
      nodes.push(part);
    }
  }
  flush();
  return nodes;
}

/** @param {string} text */
export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** @param {RegExp} sticky @param {string} text @param {number} position */
function matchAt(sticky, text, position) {
  sticky.lastIndex = position;
  return sticky.exec(text);
}

/** @param {string} text @param {number} position @returns {Found|null} */
function breakAt(text, position) {
  return text[position] === "\n" ? { node: h("br"), end: position + 1 } : null;
}

/** @param {string} text @param {number} position @returns {Found|null} */
function codeAt(text, position) {
  const match = text[position] === "`" ? matchAt(CODE, text, position) : null;
  return match && { node: h("code", {}, preformatted(match[1])), end: CODE.lastIndex };
}

/** @param {string} text @param {number} position @returns {Found|null} */
function emojiAt(text, position) {
  const match = text[position] === ":" ? matchAt(EMOJI, text, position) : null;
  const node = match && emojiNode(match[1]);
  return node ? { node, end: position + /** @type {RegExpExecArray} */ (match)[0].length } : null;
}

/** @param {string} text @param {number} position @param {Names} names @returns {Found|null} */
function bareLinkAt(text, position, names) {
  if (names.verbatim) return null;
  const match = text[position] === "h" && !isWord(text[position - 1]) ? matchAt(BARE_LINK, text, position) : null;
  return match && { node: linkNode(unescape(match[0]), unescape(match[0])), end: BARE_LINK.lastIndex };
}

/**
 * Bold, italic, struck: only around whole words, and only within a line.
 * @param {string} text @param {number} position @param {Names} names @returns {Found|null}
 */
function styleAt(text, position, names) {
  const mark = text[position];
  if (!Object.hasOwn(STYLES, mark) || isWord(text[position - 1])) return null;
  const end = closingOf(text, position + 1, mark);
  if (end === null) return null;
  const tag = STYLES[/** @type {keyof typeof STYLES} */ (mark)];
  return { node: h(tag, {}, renderInline(text.slice(position + 1, end), names)), end: end + 1 };
}

/** @param {string} text @param {number} from @param {string} mark @returns {number|null} */
function closingOf(text, from, mark) {
  if (!text[from] || /\s/.test(text[from]) || text[from] === mark) return null;
  for (let position = from; position < text.length && text[position] !== "\n"; position += 1) {
    const opaque = text[position] === "`" ? matchAt(CODE, text, position) : text[position] === "<" ? matchAt(ANGLE, text, position) : null;
    if (opaque) position += opaque[0].length - 1;
    else if (text[position] === mark && !/\s/.test(text[position - 1]) && !isWord(text[position + 1])) return position;
  }
  return null;
}

/** @param {string|undefined} character */
function isWord(character) {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

/** @param {string} text @param {number} position @param {Names} names @returns {Found|null} */
function angleAt(text, position, names) {
  const match = text[position] === "<" ? matchAt(ANGLE, text, position) : null;
  const node = match && angleNode(match[1], names);
  return node ? { node, end: position + /** @type {RegExpExecArray} */ (match)[0].length } : null;
}

/**
 * What stands between `<` and `>`; null when Slack knows no such thing.
 * @param {string} inner @param {Names} names @returns {Node|null}
 */
function angleNode(inner, names) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? "" : unescape(inner.slice(bar + 1));
  if (/^@[UW]\w+$/.test(target)) return personMention(target.slice(1), names);
  if (/^#C\w+$/.test(target)) return mention(`#${names.channel(target.slice(1)) ?? (label || target.slice(1))}`);
  if (target.startsWith("!")) return specialNode(target.slice(1), label, names);
  if (!SAFE_LINK.test(target)) return null;
  const shown = label || unescape(target).replace(SCHEME, "");
  return linkNode(unescape(target), renderPlain(shown));
}

/** @param {string} words @param {string} [extra] */
function mention(words, extra = "") {
  return h("span", { class: `mention ${extra}`.trim() }, words);
}

/** @param {string} command @param {string} label @param {Names} names @returns {Node|null} */
function specialNode(command, label, names) {
  const [name, ...rest] = command.split("^");
  if (name === "subteam") {
    const handle = names.group(rest[0]);
    return mention(handle ? `@${handle}` : label || `@${rest[0]}`, "mention-me");
  }
  if (name === "date") return dateNode(rest, label);
  if (["here", "channel", "everyone"].includes(name)) return mention(`@${name}`, "mention-me");
  return label ? document.createTextNode(label) : null;
}

/** @param {string[]} parts seconds, format, perhaps a link @param {string} fallback */
function dateNode([seconds, format, link], fallback) {
  const words = formatDate(Number(seconds), format ?? "") ?? fallback;
  const node = h("time", { title: formatDate(Number(seconds), "") === null ? null : fullTime(new Date(Number(seconds) * 1000)) }, words);
  return link ? linkNode(link, [node]) : node;
}

/** Code keeps everything as typed, except that links show their words. @param {string} text */
function preformatted(text) {
  const shown = (/** @type {string[]} */ _, /** @type {string} */ url, /** @type {string} */ label) => label || url.replace(SCHEME, "");
  return unescape(text.replace(LINK, /** @type {any} */ (shown)));
}
