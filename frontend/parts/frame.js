// What stands around every page: the rail (wide), the line above the title and the bar (phone).
import { useEffect, useRef } from '../vendor/hooks.js';
import { html } from '../html.js';
import { counts, recountIfOld } from '../counts.js';
import { language, t } from '../i18n.js';
import { place } from '../router.js';
import { changeLanguage, choose, may, session, signOut, workspace } from '../session.js';
import { Problem } from '../api.js';
import { Icon, Toasts } from './ui.js';

const LINKS = /** @type {const} */ ([
  { to: '/', icon: 'sun', key: 'nav.today' },
  { to: '/boite', icon: 'inbox', key: 'nav.inbox' },
  { to: '/mesures', icon: 'metrics', key: 'nav.metrics' },
  { to: '/veille', icon: 'listen', key: 'nav.watches' },
  { to: '/canaux', icon: 'channels', key: 'nav.channels' },
]);

/** @param {string} to */
function isHere(to) {
  const { path } = place.value;
  return to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
}

/** @param {string} to */
const current = (to) => (isHere(to) ? 'page' : undefined);

/** « BM » for « Boulangerie Martin ». @param {string} name */
const initials = (name) => name.split(/\s+/).filter(Boolean).slice(0, 2).map((word) => word[0].toUpperCase()).join('');

/** @param {{name: string}} props */
export const Avatar = ({ name }) => html`<span class="avatar" aria-hidden="true">${initials(name)}</span>`;

/**
 * A `<details>` that closes on Escape, on a choice and on a click elsewhere.
 * @param {{cls: string, summary: any, children?: any}} props
 */
export function Fold({ cls, summary, children }) {
  const box = useRef(/** @type {HTMLDetailsElement | null} */ (null));
  useEffect(() => {
    /** @param {Event} event */
    const close = (event) => {
      const details = box.current;
      if (!details?.open) return;
      const isKey = event instanceof KeyboardEvent;
      if (isKey ? event.key !== 'Escape' : event.target instanceof Node && details.contains(event.target)) return;
      details.open = false;
      if (isKey) details.querySelector('summary')?.focus();
    };
    document.addEventListener('click', close);
    document.addEventListener('keydown', close);
    return () => {
      document.removeEventListener('click', close);
      document.removeEventListener('keydown', close);
    };
  }, []);
  const done = () => box.current && (box.current.open = false);
  return html`<details class=${`fold ${cls}`} ref=${box}>
    <summary>${summary}</summary>
    <div class="fold-body" onClick=${done}>${children}</div>
  </details>`;
}

/** The firm's name; a list of firms where there are several. @param {{withAvatar?: boolean}} props */
function Firm({ withAvatar = false }) {
  const all = session.value?.workspaces ?? [];
  const name = workspace.value?.name ?? '';
  const label = html`${withAvatar && html`<${Avatar} name=${name} />`}<span class="firm-name">${name}</span>`;
  if (all.length < 2) return html`<p class="firm">${label}</p>`;
  return html`<${Fold} cls="firm" summary=${html`${label}<${Icon} name="down" />`}>
    <ul>${all.map(({ id, name: other }) => html`<li>
      <button type="button" class="quiet" aria-current=${id === workspace.value?.id ? 'true' : undefined} onClick=${() => choose(id)}>${other}</button>
    </li>`)}</ul>
  <//>`;
}

const leave = () => signOut().catch(ignoreUnreachable);
/** An API that can't be reached is said by the notice on every page. @param {unknown} error */
function ignoreUnreachable(error) {
  if (!(error instanceof Problem)) throw error;
}

/** The language that one can change to, named in itself. */
function LanguageSwitch() {
  const other = language.value === 'fr' ? 'en' : 'fr';
  return html`<button type="button" class="rail-link" lang=${other} onClick=${() => changeLanguage(other).catch(ignoreUnreachable)}>
    <${Icon} name="language" />${other === 'en' ? 'English' : 'Français'}
  </button>`;
}

const MOST_SHOWN = 99;
/** How many items wait in the inbox. */
function Waits() {
  const n = counts.value?.open ?? 0;
  return n > 0 && html` <span class="badge"><span aria-hidden="true">${n > MOST_SHOWN ? `${MOST_SHOWN}+` : n}</span><span class="unseen">${t('nav.waits', { n })}</span></span>`;
}

function Rail() {
  const member = session.value?.member;
  return html`<nav class="rail" aria-label=${t('nav.label')}>
    <${Firm} withAvatar=${true} />
    ${may('editor') && html`<a class="button primary" href="/ecrire" aria-current=${current('/ecrire')}><${Icon} name="write" />${t('nav.write')}</a>`}
    <ul>${LINKS.map(({ to, icon, key }) => html`<li>
      <a class="rail-link" href=${to} aria-current=${current(to)}><${Icon} name=${icon} />${t(key)}${to === '/boite' && html`<${Waits} />`}</a></li>`)}
    </ul>
    <div class="rail-foot">
      <${LanguageSwitch} />
      <${Fold} cls="person upward" summary=${html`<${Icon} name="person" /><span class="firm-name">${member?.name}</span>`}>
        <p class="mute small-text">${member?.email}</p>
        <button type="button" class="rail-link" onClick=${leave}><${Icon} name="leave" />${t('nav.sign_out')}</button>
      <//>
    </div>
  </nav>`;
}

function PhoneTop() {
  const member = session.value?.member;
  const first = member?.name.split(' ')[0];
  return html`<header class="phone-top">
    <${Firm} />
    <${Fold} cls="person" summary=${html`<${Icon} name="person" /><span>${first}</span>`}>
      <p class="mute small-text">${member?.email}</p>
      <${LanguageSwitch} />
      <button type="button" class="rail-link" onClick=${leave}><${Icon} name="leave" />${t('nav.sign_out')}</button>
    <//>
  </header>`;
}

function Bar() {
  if (place.value.path.startsWith('/ecrire')) return null; // the composer has a bar of its own
  const [today, inbox, ...others] = LINKS;
  /** @param {typeof LINKS[number]} link */
  const cell = ({ to, icon, key }) => html`<li><a href=${to} aria-current=${current(to)}>
    <span class="bar-icon"><${Icon} name=${icon} />${to === '/boite' && html`<${Waits} />`}</span>${t(key)}</a></li>`;
  const isAmongOthers = others.some(({ to }) => isHere(to));
  return html`<nav class="bar" aria-label=${t('nav.label')}><ul>
    ${cell(today)}
    ${may('editor') && html`<li><a class="bar-write" href="/ecrire"><span class="disc"><${Icon} name="write" /></span>${t('nav.write')}</a></li>`}
    ${cell(inbox)}
    <li><${Fold} cls=${`upward${isAmongOthers ? ' here' : ''}`} summary=${html`<span class="bar-icon"><${Icon} name="more" /></span>${t('nav.more')}`}>
      <ul class="bar-more">${others.map(({ to, icon, key }) => html`<li><a class="rail-link" href=${to} aria-current=${current(to)}><${Icon} name=${icon} />${t(key)}</a></li>`)}</ul>
    <//></li>
  </ul></nav>`;
}

/** @param {{children?: any}} props */
export function Frame({ children }) {
  useEffect(recountIfOld, [place.value.path, workspace.value?.id]);
  return html`<a class="skip" href="#main">${t('nav.skip')}</a>
  <div class="frame">
    <${Rail} />
    <div class="column"><${PhoneTop} /><main id="main" tabindex="-1">${children}</main></div>
    <${Bar} />
  </div>
  <${Toasts} />`;
}
