/** Slack's rich_text: sections, lists, quotes, code, and the pieces they are made of. */
import { formatDate } from "./dates.js";
import { h } from "./dom.js";
import { emojiNode, linkNode, personMention, renderPlain } from "./mrkdwn.js";

/** @typedef {import("./mrkdwn.js").Names} Names */

const MAX_INDENT = 8;

/** @param {any[]} elements @param {Names} names @returns {Node[]} */
export function renderRichText(elements, names) {
  return elements.map((element) => {
    const parts = () => element.elements.flatMap((/** @type {any} */ piece) => pieceNodes(piece, names));
    switch (element.type) {
      case "rich_text_section":
        return h("p", { class: "rich-section" }, parts());
      case "rich_text_preformatted":
        return h("pre", {}, parts());
      case "rich_text_quote":
        return h("blockquote", {}, parts());
      case "rich_text_list":
        return listNode(element, names);
      default:
        return h("span", {}, element.text ?? "");
    }
  });
}

/** @param {any} list @param {Names} names */
function listNode(list, names) {
  const pieces = (/** @type {any} */ item) => item.elements.flatMap((/** @type {any} */ piece) => pieceNodes(piece, names));
  const items = list.elements.map((/** @type {any} */ item) => h("li", {}, pieces(item)));
  const indent = Math.min(list.indent ?? 0, MAX_INDENT);
  return h(list.style === "ordered" ? "ol" : "ul", { class: `indent-${indent}`, start: list.offset ? list.offset + 1 : null }, items);
}

/** @param {any} piece @param {Names} names @returns {Node[]} */
function pieceNodes(piece, names) {
  return styled(barePiece(piece, names), piece.style ?? {});
}

/** @param {any} piece @param {Names} names @returns {Node[]} */
function barePiece(piece, names) {
  switch (piece.type) {
    case "text":
      return renderPlain(piece.text, false);
    case "link":
      return [linkNode(piece.url, renderPlain(piece.text ?? piece.url, false))];
    case "emoji":
      return [emojiNode(piece.name) ?? document.createTextNode(`:${piece.name}:`)];
    case "user":
      return [personMention(piece.user_id, names)];
    case "channel":
      return [h("span", { class: "mention" }, `#${names.channel(piece.channel_id) ?? piece.channel_id}`)];
    case "usergroup":
      return [h("span", { class: "mention mention-me" }, `@${names.group(piece.usergroup_id) ?? piece.usergroup_id}`)];
    case "broadcast":
      return [h("span", { class: "mention mention-me" }, `@${piece.range}`)];
    case "date":
      return [h("time", {}, formatDate(piece.timestamp, piece.format) ?? piece.fallback ?? "")];
    case "color":
      return [h("code", {}, piece.value)];
    default:
      return [document.createTextNode(piece.text ?? "")];
  }
}

/**
 * @param {Node[]} nodes
 * @param {{bold?: boolean, italic?: boolean, strike?: boolean, code?: boolean}} style @returns {Node[]}
 */
function styled(nodes, style) {
  const tags = [style.code && "code", style.strike && "s", style.italic && "em", style.bold && "strong"].filter(Boolean);
  return tags.reduce((inner, tag) => [h(/** @type {string} */ (tag), {}, inner)], nodes);
}
