// Where the pages begin: the language, the session, and the page of each address.
import { render } from './vendor/preact.js';
import { signal } from './vendor/signals.js';
import { html } from './html.js';
import { firstLanguage, learn, speak, t } from './i18n.js';
import { Problem } from './api.js';
import { followLinks, place } from './router.js';
import { findSession, session, workspace } from './session.js';
import { Frame } from './parts/frame.js';
import { Lazy } from './parts/lazy.js';
import { Button, Empty, Loading, Page, Trouble } from './parts/ui.js';

/** @typedef {import('./i18n.js').Area} Area */
/** @typedef {{pattern: RegExp, load: () => Promise<{default: any}>, stays?: string}} Found */

/**
 * A page that brings words, and perhaps a stylesheet, of its own.
 * @param {Area[]} areas
 * @param {() => Promise<{default: any}>} load
 * @param {string} [sheet]
 */
const own = (areas, load, sheet) => async () => {
  const [page] = await Promise.all([load(), sheet ? wear(sheet) : null, ...areas.map(learn)]);
  return page;
};

/** Resolves once a stylesheet of ours is in use. @param {string} href */
function wear(href) {
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
  return new Promise((worn, failed) => {
    sheet.addEventListener('load', () => worn(undefined));
    sheet.addEventListener('error', () => {
      sheet.remove();
      failed(new Problem('unreachable', 0, {}));
    });
    document.head.append(sheet);
  });
}

/**
 * Each page is fetched when it is first opened. One that `stays` is the same page at all of
 * its addresses: it is not begun anew when one goes from one to the next.
 * @type {Found[]}
 */
const PAGES = [
  { pattern: /^\/$/, load: own(['today', 'metrics'], () => import('./pages/today.js')) },
  { pattern: /^\/ecrire(?:\/([a-z0-9]+))?$/, load: () => import('./pages/compose.js') },
  { pattern: /^\/messages\/([a-z0-9]+)$/, load: own(['message'], () => import('./pages/message.js')) },
  { pattern: /^\/boite(?:\/([a-z0-9]+))?$/, load: own(['inbox'], () => import('./pages/inbox.js'), '/pages/inbox.css'), stays: 'inbox' },
  { pattern: /^\/reponses$/, load: own(['inbox'], () => import('./pages/replies.js'), '/pages/inbox.css') },
  { pattern: /^\/mesures$/, load: own(['metrics'], () => import('./pages/metrics.js'), '/pages/metrics.css'), stays: 'metrics' },
  { pattern: /^\/veille$/, load: own(['watches'], () => import('./pages/watches.js'), '/pages/watches.css') },
  { pattern: /^\/canaux$/, load: own(['channels'], () => import('./pages/channels.js'), '/pages/channels.css') },
];
/** @type {Found[]} */
const OPEN_PAGES = [{ pattern: /^\/sign-in(?:\/([\w.~-]+))?$/, load: own(['door'], () => import('./pages/sign-in.js')) }];

/**
 * @param {Found[]} pages
 * @param {string} path
 */
function find(pages, path) {
  for (const { pattern, load, stays } of pages) {
    const match = pattern.exec(path.length > 1 ? path.replace(/\/$/, '') : path);
    if (match) return { load, id: match[1], stays };
  }
  return null;
}

const NotFound = () => html`<${Page} title=${t('not_found.title')}>
  <${Empty} title=${t('not_found.text')} act=${html`<a class="button plain" href="/">${t('not_found.act')}</a>`} />
<//>`;

const sessionProblem = signal(/** @type {Problem | null} */ (null));

async function signIn() {
  sessionProblem.value = null;
  try {
    await findSession();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status !== 401) sessionProblem.value = error;
  }
}

function App() {
  const { path, key } = place.value;
  const open = find(OPEN_PAGES, path);
  if (open) return html`<main id="main" class="door"><${Lazy} key=${key} ...${open} /></main>`;
  if (sessionProblem.value) {
    return html`<main id="main" class="door"><h1>Relais</h1><${Trouble} problem=${sessionProblem.value} />
      <${Button} cls="primary" onClick=${signIn}>${t('act.retry')}<//></main>`;
  }
  if (!session.value) return html`<main id="main" class="door"><${Loading} /></main>`;
  const page = find(PAGES, path);
  return html`<${Frame}>${page
    ? html`<${Lazy} key=${`${workspace.value?.id} ${page.stays ?? key}`} ...${page} />`
    : html`<${NotFound} key=${key} />`}<//>`;
}

await speak(firstLanguage());
followLinks();
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
root.textContent = '';
render(html`<${App} />`, root);
if (!find(OPEN_PAGES, place.value.path)) await signIn();
