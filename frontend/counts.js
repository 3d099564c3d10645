// How much waits in the inbox: shown beside its name on every page.
import { signal } from './vendor/signals.js';
import { Problem, call } from './api.js';
import { ofFirm, workspace } from './session.js';

/** @typedef {import('./types-inbox.d.ts').Counts} Counts */

const FRESH_MS = 30_000;

/** Null: not known (yet). @type {import('./vendor/signals.js').Signal<Counts | null>} */
export const counts = signal(null);
let firm = '';
let readAt = 0;

/** Asks again, unless it was asked a moment ago and nothing was done since. */
export function recountIfOld() {
  if (firm !== workspace.value?.id || Date.now() - readAt > FRESH_MS) void recount();
}

/** Asks how much waits. What can't be known now is shown nowhere. */
export async function recount() {
  const asked = workspace.value?.id ?? '';
  if (firm !== asked) counts.value = null;
  firm = asked;
  readAt = Date.now();
  try {
    const answer = await call('GET', ofFirm('/inbox/counts'));
    if (firm === asked) counts.value = answer;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}
