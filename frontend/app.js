// Where the pages begin: the language, the session, and the page of each address.
import { render } from './vendor/preact.js';
import { signal } from './vendor/signals.js';
import { html } from './html.js';
import { firstLanguage, speak, t } from './i18n.js';
import { Problem } from './api.js';
import { followLinks, place } from './router.js';
import { findSession, session, workspace } from './session.js';
import { Frame } from './parts/frame.js';
import { Lazy } from './parts/lazy.js';
import { Button, Empty, Loading, Page, Trouble } from './parts/ui.js';

/** Each page is fetched when it is first opened. @type {[RegExp, () => Promise<{default: any}>][]} */
const PAGES = [
  [/^\/$/, () => import('./pages/today.js')],
  [/^\/ecrire(?:\/([a-z0-9]+))?$/, () => import('./pages/compose.js')],
  [/^\/messages\/([a-z0-9]+)$/, () => import('./pages/message.js')],
  [/^\/canaux$/, () => import('./pages/channels.js')],
];
/** @type {[RegExp, () => Promise<{default: any}>][]} */
const OPEN_PAGES = [[/^\/sign-in(?:\/([\w.~-]+))?$/, () => import('./pages/sign-in.js')]];

/**
 * @param {[RegExp, () => Promise<{default: any}>][]} pages
 * @param {string} path
 */
function find(pages, path) {
  for (const [pattern, load] of pages) {
    const match = pattern.exec(path.length > 1 ? path.replace(/\/$/, '') : path);
    if (match) return { load, id: match[1] };
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
    ? html`<${Lazy} key=${`${workspace.value?.id} ${key}`} ...${page} />`
    : html`<${NotFound} key=${key} />`}<//>`;
}

await speak(firstLanguage());
followLinks();
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
root.textContent = '';
render(html`<${App} />`, root);
if (!find(OPEN_PAGES, place.value.path)) await signIn();
