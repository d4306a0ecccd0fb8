/** Slack's shortcodes for the emoji that apps commonly use. What is not here stays text, as an unknown one does in Slack. */

/** @type {Record<string, string>} */
const EMOJI = {
  "+1": "👍", "-1": "👎", alarm_clock: "⏰", arrow_down: "⬇️", arrow_left: "⬅️", arrow_right: "➡️", arrow_up: "⬆️",
  arrows_counterclockwise: "🔄", ballot_box_with_check: "☑️", bar_chart: "📊", bell: "🔔", black_circle: "⚫", bulb: "💡",
  calendar: "📅", chart_with_upwards_trend: "📈", clipboard: "📋", clock1: "🕐", coin: "🪙", credit_card: "💳",
  double_vertical_bar: "⏸️", email: "📧", envelope: "✉️", exclamation: "❗", eyes: "👀", fire: "🔥", gear: "⚙️",
  globe_with_meridians: "🌐", grey_exclamation: "❕", grey_question: "❔", hand: "✋", heavy_check_mark: "✔️",
  heavy_minus_sign: "➖", heavy_multiplication_x: "✖️", heavy_plus_sign: "➕", hourglass: "⌛", hourglass_flowing_sand: "⏳",
  house: "🏠", inbox_tray: "📥", information_source: "ℹ️", iphone: "📱", key: "🔑", large_blue_circle: "🔵",
  large_green_circle: "🟢", large_orange_circle: "🟠", large_red_square: "🟥", large_yellow_circle: "🟡",
  leftwards_arrow_with_hook: "↩️", link: "🔗", lock: "🔒", mag: "🔍", mega: "📣", memo: "📝", moneybag: "💰",
  money_with_wings: "💸", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", outbox_tray: "📤", package: "📦",
  pause_button: "⏸️", pencil: "📝", phone: "☎️", point_right: "👉", pushpin: "📌", question: "❓", receipt: "🧾",
  red_circle: "🔴", repeat: "🔁", robot_face: "🤖", rotating_light: "🚨", scroll: "📜", shield: "🛡️", shopping_trolley: "🛒",
  slightly_smiling_face: "🙂", smile: "😄", snowflake: "❄️", sparkles: "✨", speech_balloon: "💬", star: "⭐", stopwatch: "⏱️",
  tada: "🎉", telephone: "☎️", telephone_receiver: "📞", thinking_face: "🤔", thumbsdown: "👎", thumbsup: "👍",
  timer_clock: "⏲️", unlock: "🔓", warning: "⚠️", wastebasket: "🗑️", wave: "👋", white_check_mark: "✅", white_circle: "⚪",
  wrench: "🔧", x: "❌", zzz: "💤",
};

/** The character for a shortcode without its colons, or undefined. @param {string} name @returns {string|undefined} */
export function emojiFor(name) {
  return Object.hasOwn(EMOJI, name) ? EMOJI[name] : undefined;
}
