// Who is signed in, and for which firm.
import { computed, signal } from './vendor/signals.js';
import { call, onSignedOut } from './api.js';
import { go, place } from './router.js';
import { language, speak } from './i18n.js';
import { forget, recall, remember } from './storage.js';

/** @typedef {import('./types.d.ts').Session} Session */

const CHOSEN = 'relais.workspace';
const BACK_TO = 'relais.back-to';

/** undefined: not known yet; null: nobody. @type {import('./vendor/signals.js').Signal<Session | null | undefined>} */
export const session = signal(undefined);
const chosen = signal(recall(CHOSEN));

export const workspace = computed(() => {
  const all = session.value?.workspaces ?? [];
  return all.find((one) => one.id === chosen.value) ?? all[0];
});

const RANKS = ['viewer', 'editor', 'approver', 'owner'];
/**
 * Says that the signed-in person may do what a role may.
 * @param {import('./types.d.ts').Role} role
 */
export const may = (role) => RANKS.indexOf(workspace.value?.role ?? '') >= RANKS.indexOf(role);

/** An address of the API inside the chosen firm. @param {string} path */
export const ofFirm = (path) => `/workspaces/${workspace.value?.id}${path}`;

/** @param {string} id */
export function choose(id) {
  chosen.value = id;
  remember(CHOSEN, id);
  go('/');
}

/** @param {Session} given */
export async function welcome(given) {
  if (given.member.language !== language.value) await speak(given.member.language);
  session.value = given;
}

/** Asks who is signed in; nobody is an answer too. */
export async function findSession() {
  await welcome(await call('GET', '/session'));
}

onSignedOut.current = () => {
  session.value = null;
  if (place.value.path.startsWith('/sign-in')) return;
  remember(BACK_TO, place.value.key); // the link in the mail opens another tab
  go('/sign-in', { replace: true });
};

/** Where they were when the session ended, else the first page. */
export function backTo() {
  const path = recall(BACK_TO) ?? '/';
  forget(BACK_TO);
  return path.startsWith('/') ? path : '/';
}

export async function signOut() {
  await call('DELETE', '/session');
  session.value = null;
  go('/sign-in');
}

/**
 * Remembers a language, for mails too, and shows the pages in it: in this order, since who
 * leaves the page at once would otherwise find the old one again.
 * @param {'fr' | 'en'} next
 */
export async function changeLanguage(next) {
  try {
    if (session.value) await call('PATCH', '/session', { language: next });
  } finally {
    await speak(next);
  }
}
