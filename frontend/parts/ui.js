// The small parts that every page is made of.
import { useEffect, useRef } from '../vendor/hooks.js';
import { cloneElement } from '../vendor/preact.js';
import { signal } from '../vendor/signals.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { connection } from '../api.js';
import { hasMoved } from '../router.js';

/** @typedef {import('../types.d.ts').Tone} Tone */

const KNOWN_NETWORKS = new Set(['mastodon', 'bluesky', 'facebook', 'instagram', 'threads', 'x', 'youtube', 'tiktok', 'pinterest', 'wordpress', 'telegram', 'google_business', 'linkedin', 'linkedin_pages', 'site', 'webhook', 'manual']);

/** @param {{name: string, cls?: string}} props */
export const Icon = ({ name, cls = '' }) =>
  html`<svg class=${`icon ${cls}`} aria-hidden="true" focusable="false"><use href=${`/icons.svg#i-${name}`} /></svg>`;

/** A network's mark; `isColoured` only in the composer's chips and in Canaux. @param {{network: string, isColoured?: boolean}} props */
export function NetMark({ network, isColoured = false }) {
  const known = KNOWN_NETWORKS.has(network) ? network : 'site';
  return html`<${Icon} name=${`net-${known}`} cls=${isColoured ? `net-${known}` : 'net'} />`;
}

/** @param {{content_type?: string}} medium */
export const isVideo = ({ content_type }) => Boolean(content_type?.startsWith('video/'));

/** An image, or a video that is played where it stands. @param {{medium: {url: string, alt: string, content_type?: string}}} props */
export const Medium = ({ medium }) => isVideo(medium)
  ? html`<video src=${medium.url} aria-label=${medium.alt || t('video')} controls playsinline preload="metadata"></video>` : html`<img src=${medium.url} alt=${medium.alt} />`;

/** @param {{icon: string, tone: Tone, word: string}} props */
export const Pill = ({ icon, tone, word }) =>
  html`<span class=${`pill ${tone}`}><${Icon} name=${icon} /><span>${word}</span></span>`;

const NOTICE_ICONS = { good: 'check', warn: 'warning', bad: 'alert', info: 'info', mute: 'info' };

/** @param {{tone?: Tone, icon?: string, children?: any, act?: any, role?: string}} props */
export const Notice = ({ tone = 'info', icon, children, act, role }) => html`
  <div class=${`notice ${tone}`} role=${role}>
    <${Icon} name=${icon ?? NOTICE_ICONS[tone]} />
    <div class="notice-text">${children}</div>
    ${act && html`<div class="notice-act">${act}</div>`}
  </div>`;

/** What went wrong, in words, with a way to try again. @param {{problem: import('../api.js').Problem | null, retry?: () => void}} props */
export function Trouble({ problem, retry }) {
  if (!problem) return null;
  const act = retry && html`<button type="button" class="small plain" onClick=${retry}>${t('act.retry')}</button>`;
  return html`<${Notice} tone="bad" role="alert" act=${act}>${troubleWords(problem)}<//>`;
}

/** @param {import('../api.js').Problem} problem */
export function troubleWords(problem) {
  if (problem.slug === 'unreachable') return t('trouble.unreachable');
  if (problem.status === 403) return problem.body.detail || t('trouble.forbidden');
  if (problem.status === 404) return t('trouble.not_found');
  if (problem.status === 429) return problem.body.detail || t('trouble.too_many');
  return problem.body.detail || problem.body.title || t('trouble.unknown');
}

export const Loading = () => html`<p class="loading" role="status">${t('loading')}</p>`;

/**
 * A button that says that it is at work, and can't be pressed twice.
 * @param {{children?: any, cls?: string, busy?: boolean, disabled?: boolean, onClick?: () => void, type?: string, id?: string}} props
 */
export const Button = ({ children, cls = '', busy = false, type = 'button', ...rest }) => html`
  <button type=${type} class=${cls} aria-busy=${busy ? 'true' : undefined} ...${rest}>
    ${busy ? html`<${Icon} name="going" cls="turning" />` : ''}${children}
  </button>`;

/**
 * A labelled field with its help and its error, around one input, select or textarea.
 * @param {{id: string, label: any, help?: any, error?: string, optional?: boolean, children?: any}} props
 */
export function Field({ id, label, help, error, optional = false, children }) {
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return html`<div class=${error ? 'field wrong' : 'field'}>
    <label for=${id}>${label}${optional && html` <span class="mute">${t('field.optional')}</span>`}</label>
    ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
    ${error && html`<p class="error" id=${`${id}-error`}><${Icon} name="alert" />${error}</p>`}
    ${cloneElement(children, { id, 'aria-describedby': described || undefined, 'aria-invalid': error ? 'true' : undefined })}
  </div>`;
}

/**
 * Everything that is to be corrected, each with a link to its field; takes the focus.
 * @param {{faults: {id: string, message: string}[], turn: number}} props  `turn` counts the tries
 */
export function ErrorSummary({ faults, turn }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (faults.length) box.current?.focus();
  }, [turn]);
  if (!faults.length) return null;
  const jump = (/** @type {Event} */ event, /** @type {string} */ id) => {
    event.preventDefault();
    const target = document.getElementById(id);
    target?.closest('details')?.setAttribute('open', '');
    target?.focus();
    target?.scrollIntoView({ block: 'center' });
  };
  return html`<div class="summary" ref=${box} tabindex="-1">
    <h2>${t('summary.title', { n: faults.length })}</h2>
    <ul>${faults.map(({ id, message }) => html`<li><a href=${`#${id}`} onClick=${(/** @type {Event} */ e) => jump(e, id)}>${message}</a></li>`)}</ul>
  </div>`;
}

/** A list's end, or its emptiness. @param {{title: string, children?: any, act?: any}} props */
export const Empty = ({ title, children, act }) => html`
  <div class="empty"><p class="empty-title">${title}</p>${children && html`<p class="mute">${children}</p>`}${act}</div>`;

/**
 * A page: its title, which takes the focus when one comes from another page, what stands
 * beside it, and what concerns all pages below it.
 * @param {{title: string, tab?: string, aside?: any, children?: any, cls?: string}} props
 */
export function Page({ title, tab, aside, children, cls = '' }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    document.title = `${tab ?? title} · Relais`;
  }, [tab ?? title]);
  useEffect(() => {
    if (hasMoved.peek()) heading.current?.focus({ preventScroll: true });
  }, []);
  return html`<div class=${`page ${cls}`}>
    <header class="top"><h1 ref=${heading} tabindex="-1">${title}</h1>${aside}</header>
    <${Connection} />
    ${children}
  </div>`;
}

function Connection() {
  if (connection.value === 'ok') return null;
  const words = connection.value === 'offline' ? t('trouble.offline') : t('trouble.silent');
  return html`<${Notice} tone="info" icon="offline" role="status">${words}<//>`;
}

/** @typedef {{word: string, run: () => unknown}} ToastAct  what takes it back */
/** @type {import('../vendor/signals.js').Signal<{text: string, key: number, act?: ToastAct} | null>} */
const toasted = signal(null);
let toasts = 0;
const TOAST_MS = 8_000;

/** Says that something went well; never the only place of anything else. @param {string} text @param {ToastAct} [act] */
export function toast(text, act) {
  toasts += 1;
  const key = toasts;
  toasted.value = { text, key, act };
  window.setTimeout(() => {
    if (toasted.value?.key === key) toasted.value = null;
  }, TOAST_MS);
}

export const Toasts = () => html`<div class="toasts" role="status">
  ${toasted.value && html`<p class="toast" key=${toasted.value.key}><${Icon} name="check" /><span>${toasted.value.text}</span>
    ${toasted.value.act && html`<button type="button" class="small toast-act" onClick=${takeBack}>${toasted.value.act.word}</button>`}</p>`}
</div>`;

function takeBack() {
  const act = toasted.value?.act;
  toasted.value = null;
  void act?.run();
}
