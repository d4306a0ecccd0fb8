/** Times as Slack writes them, in the reader's own time zone and with the reader's own clock. */

const DAY_MS = 86_400_000;
const LOCALE = "en-US";

const time = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const timeWithSeconds = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", second: "2-digit" });
const full = new Intl.DateTimeFormat(LOCALE, { weekday: "long", month: "long", day: "numeric", year: "numeric" });

/** @param {string} ts Slack's time stamp, seconds with a fraction @returns {Date} */
export function dateOf(ts) {
  return new Date(Number(ts) * 1000);
}

/** @param {Date} date */
export function clockTime(date) {
  return time.format(date);
}

/** Without AM and PM, for where there is little room. @param {Date} date */
export function bareTime(date) {
  const parts = time.formatToParts(date).filter(({ type }) => type !== "dayPeriod");
  return parts.map(({ value }) => value).join("").trim();
}

/** @param {Date} date */
export function fullTime(date) {
  return `${full.format(date)} at ${timeWithSeconds.format(date)}`;
}

/** The words of the divider above a day's messages. @param {Date} date */
export function dayName(date) {
  return capital(relativeDay(date)) ?? `${names(date).weekday}, ${names(date).month} ${ordinal(date.getDate())}`;
}

/** "today at 10:12", "Mar 3rd at 10:12". @param {Date} date */
export function shortMoment(date) {
  const day = relativeDay(date) ?? `${names(date).shortMonth} ${ordinal(date.getDate())}`;
  return `${day} at ${clockTime(date)}`;
}

/**
 * Slack's `<!date^seconds^format|…>`: replaces each token it knows; null when the seconds are no time.
 * @param {number} seconds @param {string} format @returns {string|null}
 */
export function formatDate(seconds, format) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return format.replace(/\{(\w+)\}/g, (token, name, offset) => {
    const words = TOKENS[name]?.(date) ?? token;
    return offset === 0 ? (capital(words) ?? words) : words;
  });
}

/** @type {Record<string, (date: Date) => string>} */
const TOKENS = {
  date_num: (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  date_slash: (date) => `${two(date.getMonth() + 1)}/${two(date.getDate())}/${date.getFullYear()}`,
  date: middle,
  date_short: short,
  date_long: long,
  date_pretty: (date) => relativeDay(date) ?? middle(date),
  date_short_pretty: (date) => relativeDay(date) ?? short(date),
  date_long_pretty: (date) => relativeDay(date) ?? long(date),
  time: clockTime,
  time_secs: (date) => timeWithSeconds.format(date),
  ago: agoWords,
};

/** @param {Date} date */
function middle(date) {
  return `${names(date).month} ${ordinal(date.getDate())}, ${date.getFullYear()}`;
}

/** @param {Date} date */
function short(date) {
  return `${names(date).shortMonth} ${date.getDate()}, ${date.getFullYear()}`;
}

/** @param {Date} date */
function long(date) {
  return `${names(date).weekday}, ${middle(date)}`;
}

/** @param {Date} date */
function names(date) {
  const word = (/** @type {Intl.DateTimeFormatOptions} */ options) => date.toLocaleDateString(LOCALE, options);
  return { weekday: word({ weekday: "long" }), month: word({ month: "long" }), shortMonth: word({ month: "short" }) };
}

/** @param {Date} date @returns {string|null} */
function relativeDay(date) {
  const days = Math.round((midnight(date) - midnight(new Date())) / DAY_MS);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? null;
}

/** @param {Date} date */
function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** @param {Date} date */
function agoWords(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const words = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
  for (const [unit, size] of /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([["day", 86400], ["hour", 3600], ["minute", 60]])) {
    if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
  }
  return words.format(Math.round(seconds), "second");
}

/** @param {number} day */
function ordinal(day) {
  const teen = day % 100 >= 11 && day % 100 <= 13;
  return `${day}${(!teen && { 1: "st", 2: "nd", 3: "rd" }[day % 10]) || "th"}`;
}

/** @param {number} number */
function two(number) {
  return String(number).padStart(2, "0");
}

/** @template {string|null} T @param {T} words @returns {T} */
function capital(words) {
  return words && /** @type {T} */ (words.charAt(0).toUpperCase() + words.slice(1));
}
