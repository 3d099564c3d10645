// One conversation: what was said, what we said, what stands between colleagues, and the answer.
import { useEffect, useRef } from '../../vendor/hooks.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { call, serverNow, Problem } from '../../api.js';
import { useRead } from '../../loading.js';
import { hasMoved } from '../../router.js';
import { may, ofFirm } from '../../session.js';
import { nextLook, useWatching } from '../../watching.js';
import { Empty, Icon, Loading, NetMark, Notice, Pill, Trouble } from '../../parts/ui.js';
import { Answer } from './answer.js';
import { Stream } from './stream.js';
import { Triage } from './triage.js';
import { addressOf } from './filters.js';
import { age, author, firstWords, fully, kind, ofItem, place } from './words.js';

/** @typedef {import('../../types-inbox.d.ts').Item} Item */
/** @typedef {import('../../types-inbox.d.ts').Conversation} Whole */
/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {import('./people.js').People} People */

const LOOK_WHILE_WRITING_MS = 20_000;

/** The conversation that is opened: another one begins anew. @param {Parameters<typeof Conversation>[0]} props */
export const Opened = (props) => html`<${Conversation} key=${props.id} ...${props} />`;

/**
 * @param {{id: string, channels: Channel[], labels: string[], people: People, goesIn: {current: string},
 *   onChange: (item: Item, words?: string) => void, onGone: () => void}} props
 */
function Conversation({ id, channels, labels, people, goesIn, onChange, onGone }) {
  const { data, problem, again } = useRead(ofFirm(`/inbox/${id}`));
  const whole = /** @type {Whole | undefined} */ (data.value);
  const isWriting = useRef(false);
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useReading(whole?.item, (item) => {
    set(item);
    onChange(item);
  });
  const answers = (whole?.conversation ?? []).flatMap(({ kind: of, status }) => (of === 'answer' && status ? [{ mark: status, planned_at: null }] : []));
  useWatching(`${answers.map(({ mark }) => mark).join()}`, (tries) => nextLook(answers, tries) ?? (isWriting.current ? LOOK_WHILE_WRITING_MS : LOOK_WHILE_WRITING_MS * 6), again);
  useEffect(() => {
    if (!whole) return;
    const isAlone = hasMoved.peek() && !document.querySelector('.inbox-left')?.checkVisibility();
    if (isAlone || goesIn.current === id) heading.current?.focus({ preventScroll: true });
    goesIn.current = '';
  }, [Boolean(whole)]);
  /** @param {Item} item */
  const set = (item) => {
    const now = /** @type {Whole | undefined} */ (data.peek());
    if (now) data.value = { ...now, item };
  };
  /** @param {Item} item @param {string} [words] */
  const changed = (item, words) => {
    set(item);
    onChange(item, words);
  };
  if (problem.value?.status === 404) return html`<${Empty} title=${t('inbox.gone')} act=${html`<a class="button plain" href=${addressOf()}>${t('inbox.back')}</a>`} />`;
  if (!whole) return html`<div class="card conversation"><${Back} /><${Trouble} problem=${problem.value} retry=${again} />${!problem.value && html`<${Loading} />`}</div>`;
  const { item, notes, conversation, earlier, can } = whole;
  const where = place(item, channels);
  return html`<article class="card conversation" aria-labelledby="who">
    <${Back} />
    <header class="conversation-head">
      <div><h2 id="who" ref=${heading} tabindex="-1">${author(item)}</h2>
        <p class="row-meta"><span class="net-name"><${NetMark} network=${channels.find((one) => one.id === item.channel)?.target?.network ?? item.network} />${where}</span>
          <span>${kind(item)}</span>
          ${item.author.handle && item.author.handle !== author(item) && html`<span>${item.author.handle}</span>`}
          ${item.url && html`<a href=${item.url} target="_blank" rel="noopener noreferrer">${t('inbox.see')}<${Icon} name="open" /><span class="unseen">${t('new_tab')}</span></a>`}</p></div>
      <${Pill} ...${ofItem(item)} />
    </header>
    <${Trouble} problem=${problem.value} retry=${again} />
    ${may('editor') && html`<${Triage} ...${{ item, can, labels, people, where, onChange: changed, onNoted: again, onGone }} />`}
    ${(item.assignee || item.labels.length > 0) && html`<p class="row-meta conversation-marks">${item.assignee && html`<span>${t('item.for', { who: item.assignee === people.me ? t('inbox.me_for') : people.name(item.assignee) })}</span>`}
      ${item.labels.map((label) => html`<span class="label">${label}</span>`)}</p>`}
    ${item.deleted_at && html`<${Notice} tone="warn">${t('inbox.deleted', { network: where, time: fully(item.deleted_at) })}<//>`}
    <${Stream} ...${{ item, conversation, notes, people, channels }} />
    <${Answer} key=${id} ...${{ item, can, where, people, onChange: changed, again, onWriting: (/** @type {boolean} */ is) => (isWriting.current = is) }} />
    ${earlier.length > 0 && html`<details class="more earlier"><summary>${t('inbox.earlier', { n: earlier.length, who: author(item) })}</summary>
      <ul class="rows">${earlier.map((one) => html`<li key=${one.id}><a class="earlier-line" href=${addressOf(one.id)}>
        <span class="mute small-text">${age(one.said_at)}, ${place(one, channels)}, ${ofItem(one).word}</span><span>${firstWords(one)}</span></a></li>`)}</ul></details>`}
  </article>`;
}

/** On a phone, the way back to the list. */
const Back = () => html`<p class="back"><a class="button small quiet" href=${addressOf()}><${Icon} name="right" cls="leftward" />${t('inbox.back')}</a></p>`;

/** Whoever may answer and looks at an item has read it. @param {Item | undefined} item @param {(item: Item) => void} use */
function useReading(item, use) {
  useEffect(() => {
    if (!item?.is_unread || !may('editor')) return;
    call('POST', ofFirm(`/inbox/${item.id}/read`)).then(use, (error) => {
      if (!(error instanceof Problem)) throw error; // it stays unread, which is true
    });
  }, [item?.id, item?.is_unread]);
}

/** Who else writes an answer now. @param {Item} item @param {People} people */
export function writer({ answering }, people) {
  if (!answering || answering.by === people.me || Date.parse(answering.until) <= serverNow()) return '';
  return people.name(answering.by);
}
