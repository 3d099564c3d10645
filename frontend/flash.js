// What one page hands to the next: notes of an answer that the next page must show.
/** @type {import('./types.d.ts').Note[]} */
let notes = [];

/** @param {import('./types.d.ts').Note[]} given */
export function handOver(given) {
  notes = given;
}

/** The notes handed over, once. */
export function takeOver() {
  const given = notes;
  notes = [];
  return given;
}
