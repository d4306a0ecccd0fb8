/** What Slack itself checks before a modal is sent to the app, in Slack's words. */

/** @typedef {import("./types.js").Block} Block */

const REQUIRED = "Please complete this required field.";
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * @param {Block[]} blocks
 * @param {Record<string, Record<string, any>>} values @returns {Record<string, string>} words by block id
 */
export function problemsOf(blocks, values) {
  /** @type {Record<string, string>} */
  const problems = {};
  for (const block of blocks.filter(({ type }) => type === "input")) {
    const given = contentOf(values[block.block_id ?? ""]?.[block.element.action_id]);
    const problem = given === null ? (block.optional ? null : REQUIRED) : problemOf(block.element, given);
    if (problem) problems[block.block_id ?? ""] = problem;
  }
  return problems;
}

/** What was filled in, null for nothing. @param {any} value */
function contentOf(value) {
  const { type: _, ...content } = value ?? {};
  const given = Object.values(content)[0] ?? null;
  const isEmpty = given === null || (typeof given === "string" && given.trim() === "") || (Array.isArray(given) && given.length === 0);
  return isEmpty ? null : given;
}

/** @param {any} element @param {any} given @returns {string|null} */
function problemOf(element, given) {
  switch (element.type) {
    case "plain_text_input":
      return given.length < (element.min_length ?? 0) ? `Please enter at least ${element.min_length} characters.` : null;
    case "email_text_input":
      return EMAIL.test(given) ? null : "Please enter a valid email address.";
    case "url_text_input":
      return URL.canParse(given) ? null : "Please enter a valid URL.";
    case "number_input":
      return numberProblem(element, given);
    default:
      return null;
  }
}

/** @param {any} element @param {string} given @returns {string|null} */
function numberProblem({ is_decimal_allowed: decimals, min_value: least, max_value: most }, given) {
  if (!/^-?\d+(\.\d+)?$/.test(given.trim())) return "Please enter a number.";
  if (!decimals && given.includes(".")) return "Please enter a whole number.";
  if (least !== undefined && Number(given) < Number(least)) return `Please enter a number that is at least ${least}.`;
  if (most !== undefined && Number(given) > Number(most)) return `Please enter a number that is at most ${most}.`;
  return null;
}
