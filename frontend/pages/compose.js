// Écrire: one text, its channels, its time. What is not sent yet is kept on this device.
import { useEffect } from '../vendor/hooks.js';
import { useSignal } from '../vendor/signals.js';
import { html, typed } from '../html.js';
import { learn, t } from '../i18n.js';
import { hour } from '../format.js';
import { useRead } from '../loading.js';
import { may, ofFirm, workspace } from '../session.js';
import { Lazy, fetched } from '../parts/lazy.js';
import { Button, Empty, ErrorSummary, Field, Icon, Loading, Notice, Page, Trouble } from '../parts/ui.js';
import { ChannelChips, ChannelProblems, Variants } from './compose/channels.js';
import { Preview } from './compose/preview.js';
import { WhenFields } from './compose/when.js';
import { at, useWriting } from './compose/writing.js';

/** @typedef {import('../types.d.ts').Channel} Channel */
/** @typedef {import('../types.d.ts').Post} Post */
/** @typedef {import('./compose/draft.js').Draft} Draft */

const TAKEN = 'image/jpeg,image/png,image/webp,image/gif,video/mp4,video/quicktime';
const OPTIONS = /** @type {const} */ (['title', 'content_warning', 'categories', 'first_comment', 'is_story']);
const media = () => Promise.all([import('./compose/media.js'), learn('media')]).then(([one]) => one);
const options = () => Promise.all([import('./compose/options.js'), learn('options')]).then(([one]) => one);
const conflicts = () => import('./compose/conflict.js');
const drafts = () => import('./compose/drafts.js');
const prices = () => import('./compose/prices.js');

/** The page of `/ecrire` and of `/ecrire/<post>`. @param {{id?: string}} props */
export default function Compose({ id }) {
  const channels = useRead(ofFirm('/channels'));
  const read = useRead(id ? ofFirm(`/posts/${id}`) : null);
  const post = /** @type {Post | undefined} */ (read.data.value);
  const list = /** @type {{items: Channel[]} | undefined} */ (channels.data.value);
  const problem = channels.problem.value ?? read.problem.value;
  const isReady = list && (!id || post);
  const title = id ? t('compose.edit_title') : t('compose.title');
  if (!may('editor')) return html`<${Page} title=${title}><${Empty} title=${t('compose.viewer')} /><//>`;
  if (!isReady) {
    return html`<${Page} title=${title}><${Trouble} problem=${problem} retry=${() => { void channels.again(); void read.again(); }} />
      ${!problem && html`<${Loading} />`}<//>`;
  }
  const usable = list.items.filter((one) => one.status !== 'disconnected');
  return html`<${Composer} title=${title} all=${usable} post=${post} onSaved=${(/** @type {Post} */ saved) => (read.data.value = saved)} />`;
}

/** @param {{title: string, all: Channel[], post: Post | undefined, onSaved: (post: Post) => void}} props */
function Composer({ title, all, post, onSaved }) {
  const { zone, name } = workspace.value;
  const tab = useSignal(/** @type {'text' | 'preview'} */ ('text'));
  const { now, change, chosen, errors, faults, turn, keptAt, found, conflict, busy, problem, run, submit } = useWriting({ all, post, onSaved });
  /** @param {boolean} isKept */
  const send = (isKept) => {
    tab.value = 'text'; // where what is to be corrected stands
    void submit(isKept);
  };
  /** @param {File[]} files */
  const addMedia = (files) => run('image', async () => (await fetched(media)).addMedia(files, change));
  const close = post && !post.is_draft ? `/messages/${post.id}` : '/';
  const aside = html`<p class="kept" role="status">${keptAt && html`<${Icon} name="check" />${t('compose.kept_here', { hour: hour(keptAt) })}`}</p>
    <a class="button quiet close" href=${close}><${Icon} name="close" /><span>${t('act.close')}</span></a>`;
  return html`<${Page} title=${title} cls=${`compose show-${tab.value}`} aside=${aside}>
    <${ErrorSummary} faults=${faults} turn=${turn} />
    <${Trouble} problem=${problem} />
    ${found.is && html`<${Notice} tone="info" role="status" act=${html`<button type="button" class="small plain" onClick=${found.drop}>${t(post ? 'compose.found_drop_edit' : 'compose.found_drop')}</button>`}>${t('compose.found')}<//>`}
    ${conflict.problem && post && html`<${Lazy} load=${conflicts} part="Conflict" ...${conflict} post=${post} />`}
    <div class="segments tabs" role="group" aria-label=${t('compose.tabs')}>
      ${/** @type {const} */ (['text', 'preview']).map((one) => html`<button type="button" class=${tab.value === one ? 'chosen' : ''} aria-pressed=${tab.value === one ? 'true' : 'false'} onClick=${() => (tab.value = one)}>${t(`compose.tab_${one}`)}</button>`)}
    </div>
    <form class="compose-grid" novalidate onSubmit=${(/** @type {Event} */ e) => e.preventDefault()}>
      <div class="compose-form">
        <${Field} id="text" label=${html`<span class="unseen">${t('compose.text')}</span>`} error=${errors.text}><textarea class="main-text" rows="8" placeholder=${t('compose.text_placeholder')} value=${now.text} onInput=${typed((value) => change(() => ({ text: value })))}></textarea><//>
        ${now.media.length > 0 && html`<${Lazy} load=${media} part="Images" media=${now.media} chosen=${chosen} change=${change} maxAlt=${smallestAlt(chosen)} errors=${errors} />`}
        <div class="acts adders"><${ImageButton} onFiles=${addMedia} /><${LinkField} draft=${now} change=${change} error=${errors.link} /></div>
        <${ChannelChips} draft=${now} all=${all} change=${change} error=${errors.channels} />
        <${ChannelProblems} draft=${now} chosen=${chosen} change=${change} />
        ${chosen.some((one) => one.charges) && html`<${Lazy} load=${prices} part="Prices" draft=${now} chosen=${chosen} />`}
        <${Variants} draft=${now} chosen=${chosen} change=${change} errors=${errors} />
        <${Options} ...${{ draft: now, chosen, change, errors }} />
      </div>
      <${Preview} draft=${now} chosen=${chosen} firm=${name} />
      <div class="compose-foot">
        <${WhenFields} value=${now} zone=${zone} change=${(/** @type {Partial<Draft>} */ patch) => change(() => patch)} errors=${errors} />
        <div class="send">
          ${(!post || post.is_draft) && html`<${Button} cls="plain keep" busy=${busy === 'keep'} onClick=${() => send(true)}>${t('compose.keep')}<//>`}
          <div class="send-bar">
            <p class="send-when"><${Icon} name="clock" /><span class="strong">${whenWords(now)}</span><a href="#when-at" onClick=${toWhen}>${t('act.change')}</a></p>
            <${Button} cls="primary go" busy=${busy === 'go'} onClick=${() => send(false)}>${goWords(now, post)}<//>
          </div>
        </div>
      </div>
    </form>
    ${!post && html`<${Drafts} />`}
  <//>`;
}

/** @param {Event} event */
function toWhen(event) {
  event.preventDefault();
  const first = /** @type {HTMLElement | null} */ (document.querySelector('.when input:checked'));
  first?.focus();
  first?.scrollIntoView({ block: 'center' });
}

/** @param {Channel[]} chosen */
const smallestAlt = (chosen) => Math.min(...chosen.map((one) => one.limits.media.max_alt).filter(Boolean), 1_500);

/** @param {Draft} draft */
function whenWords(draft) {
  if (draft.when === 'now') return t('compose.when_now');
  return draft.date && draft.time ? at(draft) : t('compose.no_time');
}

/** What the primary button will do, with the time. @param {Draft} draft @param {Post | undefined} post */
function goWords(draft, post) {
  if (draft.when === 'now') return t('compose.go_now');
  if (!draft.date || !draft.time) return t('compose.go');
  return t(post && !post.is_draft ? 'compose.go_save' : 'compose.go_at', { time: at(draft) });
}

/** @param {{draft: Draft, change: (how: (draft: Draft) => Partial<Draft>) => void, error?: string}} props */
function LinkField({ draft, change, error }) {
  const isOpen = useSignal(Boolean(draft.link));
  const show = () => {
    isOpen.value = true;
    requestAnimationFrame(() => document.getElementById('link')?.focus());
  };
  const complete = () => change(({ link }) => ({ link: link && !/^[a-z]+:/i.test(link) ? `https://${link.trim()}` : link.trim() }));
  if (!isOpen.value && !draft.link && !error) {
    return html`<button type="button" class="plain small" onClick=${show}><${Icon} name="link" />${t('compose.link')}</button>`;
  }
  return html`<${Field} id="link" label=${t('compose.link')} error=${error}><input type="url" inputmode="url" placeholder="https://" value=${draft.link} onBlur=${complete} onInput=${typed((value) => change(() => ({ link: value })))} /><//>`;
}

/** The button that opens the file chooser. @param {{onFiles: (files: File[]) => void}} props */
function ImageButton({ onFiles }) {
  /** @param {any} event */
  const onChange = ({ target }) => {
    onFiles([...target.files]);
    target.value = '';
  };
  return html`<label class="button plain small file"><${Icon} name="image" />${t('compose.image')}
    <input id="image" type="file" accept=${TAKEN} multiple onChange=${onChange} /></label>`;
}

/** What only some networks use, fetched when it is opened or already in use. @param {{draft: Draft, errors: Record<string, string>} & Record<string, any>} props */
function Options(props) {
  const { draft, errors } = props;
  const isUsed = OPTIONS.some((name) => draft[name] || errors[name]) || draft.visibility !== 'public' || Boolean(errors.visibility || errors.useful);
  return html`<${Disclosure} summary=${t('compose.options')} isOpen=${isUsed}><${Lazy} load=${options} part="Options" ...${props} /><//>`;
}

const Drafts = () => html`<${Disclosure} summary=${t('compose.drafts')} cls="drafts"><${Lazy} load=${drafts} part="DraftList" /><//>`;

/** What is inside is made when it is first opened. @param {{summary: string, cls?: string, isOpen?: boolean, children?: any}} props */
function Disclosure({ summary, cls = '', isOpen = false, children }) {
  const isShown = useSignal(isOpen);
  useEffect(() => {
    if (isOpen) isShown.value = true; // never shut by what is typed inside
  }, [isOpen]);
  return html`<details class=${`more ${cls}`} open=${isShown.value} onToggle=${(/** @type {any} */ e) => (isShown.value = e.target.open)}>
    <summary>${summary}</summary>${isShown.value && children}</details>`;
}
