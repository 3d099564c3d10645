// The words of the pages in the person's language, and the language itself.
import { computed, signal } from './vendor/signals.js';
import { recall, remember } from './storage.js';

/** @typedef {'channels' | 'door' | 'inbox' | 'media' | 'message' | 'metrics' | 'options' | 'today' | 'watches'} Area  pages with words of their own */
/** @typedef {keyof typeof import('./i18n/fr.js').default | keyof typeof import('./i18n/fr-channels.js').default | keyof typeof import('./i18n/fr-door.js').default | keyof typeof import('./i18n/fr-inbox.js').default | keyof typeof import('./i18n/fr-media.js').default | keyof typeof import('./i18n/fr-metrics.js').default | keyof typeof import('./i18n/fr-options.js').default | keyof typeof import('./i18n/fr-today.js').default | keyof typeof import('./i18n/fr-watches.js').default} Key */

const STORED = 'relais.language';
/** @type {import('./vendor/signals.js').Signal<'fr' | 'en'>} */
export const language = signal('fr');
/** @type {import('./vendor/signals.js').Signal<Record<string, any>>} */
const messages = signal({});
const plurals = computed(() => new Intl.PluralRules(language.value));

/**
 * French typography: the blanks that may not break a line before « : ; ? ! % », inside
 * quotation marks and after a number. Applied to our own sentences only, never to what a person wrote.
 * @param {string} text
 */
export function typeset(text) {
  return text
    .replace(/ ([;?!])/g, '\u202f$1')
    .replace(/ ([:%»›])/g, '\u00a0$1')
    .replace(/([«‹]) /g, '$1\u00a0')
    .replace(/(\{(?:n|max|count|over)\}) /g, '$1\u00a0');
}

/**
 * The language to begin with: the one chosen here before, else the first that the browser
 * asks for and we have, else French.
 * @returns {'fr' | 'en'}
 */
export function firstLanguage() {
  const asked = [recall(STORED), ...navigator.languages].map((tag) => (tag ?? '').slice(0, 2));
  const known = asked.find((tag) => tag === 'fr' || tag === 'en');
  return known === 'en' ? 'en' : 'fr';
}

/**
 * Loads the words of a language and shows the pages in it.
 * @param {'fr' | 'en'} next
 */
export async function speak(next) {
  messages.value = await wordsIn(next);
  language.value = next;
  document.documentElement.lang = next;
  remember(STORED, next);
}

/** @type {Set<Area>} */
const learned = new Set();

/** @param {'fr' | 'en'} which @returns {Promise<Record<string, any>>} */
async function wordsIn(which) {
  const names = ['', ...learned].map((area) => (area ? `${which}-${area}` : which));
  const loaded = await Promise.all(names.map((name) => import(`./i18n/${name}.js`)));
  return Object.assign({}, ...loaded.map((one) => one.default));
}

/**
 * Has the words that only some pages say, from now on in whichever language.
 * @param {Area} area
 */
export async function learn(area) {
  if (learned.has(area)) return;
  const which = language.value;
  const { default: words } = await import(`./i18n/${which}-${area}.js`);
  learned.add(area);
  if (which === language.value) messages.value = { ...messages.value, ...words };
  else messages.value = await wordsIn(language.value); // it was changed meanwhile
}

/**
 * A sentence in the person's language. `{name}` stands for `values.name`; a sentence with
 * plural forms is chosen by `values.n`.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values) {
  let text = messages.value[key];
  if (text === undefined) return key;
  if (typeof text !== 'string') text = text[plurals.value.select(Number(values?.n))] ?? text.other;
  if (language.value === 'fr') text = typeset(text);
  return values ? text.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {string} */ name) => `${values[name] ?? ''}`) : text;
}

/**
 * `t` for a key made of parts; `fallback` where there is no such sentence.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @param {string} [fallback]
 */
export function said(key, values, fallback = '') {
  return key in messages.value ? t(/** @type {Key} */ (key), values) : fallback;
}
