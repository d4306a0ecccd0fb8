/** The stand-in's JSON surface. Knows addresses and failures, nothing of what the answers mean. */

/** @typedef {import("./types.js").Answer} Answer */

export const UNREACHABLE = "The demo’s server does not answer. Is it still running?";

/**
 * Sends one thing a person did. Never throws: what went wrong is in the answer's `error`, in words for people.
 * @param {"message"|"command"|"click"|"options"|"submit"|"close"|"home"|"shortcut"|"backstage"} what @param {object} body @returns {Promise<Answer>}
 */
export async function post(what, body) {
  let response;
  try {
    response = await fetch(`/page/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    return { ok: false, error: UNREACHABLE, unreachable: true };
  }
  return answerOf(response);
}

/** @param {Response} response @returns {Promise<Answer>} */
async function answerOf(response) {
  const words = `The demo’s server answered with an error (${response.status}).`;
  try {
    const answer = await response.json();
    if (response.ok) return { ok: true, ...answer };
    return { ...answer, ok: false, error: answer.error ?? words };
  } catch {
    return { ok: false, error: words };
  }
}

/** @returns {Promise<import("./types.js").Start>} throws when the server is not there */
export async function fetchStart() {
  const response = await fetch("/page/start");
  if (!response.ok) throw new Error(`/page/start answered ${response.status}`);
  return response.json();
}
