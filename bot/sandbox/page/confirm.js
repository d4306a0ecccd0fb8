/** The question Slack asks before a click counts, when the app gave the element a `confirm`. */
import { freshId, h } from "./dom.js";
import { renderText, wordsOf } from "./mrkdwn.js";

/**
 * @param {import("./types.js").Confirm} confirm @param {import("./mrkdwn.js").Names} names
 * @returns {Promise<boolean>} true when the person chose the confirm button
 */
export function confirmed(confirm, names) {
  const [title, text] = [freshId("confirm-title"), freshId("confirm-text")];
  const danger = confirm.style === "danger";
  const yes = h("button", { class: danger ? "button danger" : "button primary", value: "yes" }, wordsOf(confirm.confirm) || "Yes");
  const no = h("button", { class: "button", value: "no" }, wordsOf(confirm.deny) || "Cancel");
  const dialog = h(
    "dialog",
    { class: "dialog confirm", role: "alertdialog", "aria-labelledby": title, "aria-describedby": text },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: title }, wordsOf(confirm.title) || "Are you sure?"),
      h("div", { id: text, class: "text" }, confirm.text ? renderText(confirm.text, names) : []),
      h("div", { class: "dialog-buttons" }, no, yes),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  (danger ? no : yes).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
