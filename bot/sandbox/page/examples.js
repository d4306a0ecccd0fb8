/** What the first step of the hint writes after the command: numbers that the demo's provider has on sale. */

export const EXAMPLES = [
  { number: "+91 80 6900 0142", reason: "for the support line" },
  { number: "+91 22 6900 0119", reason: "for the Mumbai office" },
  { number: "+1 212 555 0187", reason: "for sales in New York" },
  { number: "+44 20 7946 0123", reason: "for the London desk" },
  { number: "+49 30 23125 104", reason: "for the Berlin launch" },
  { number: "+65 3158 0142", reason: "for partners in Singapore" },
];

/**
 * The first example whose number was not spoken of yet: each number can be bought only once.
 * @param {string} spoken everything that was said @returns {string}
 */
export function nextExample(spoken) {
  const digits = spoken.replace(/\D/g, "");
  const { number, reason } = EXAMPLES.find((example) => !digits.includes(example.number.replace(/\D/g, ""))) ?? EXAMPLES[0];
  return `${number} ${reason}`;
}
