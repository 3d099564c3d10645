// The answer: written, counted as its network counts, sent once, lost never.
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { number } from '../../format.js';
import { dollars } from '../../money.js';
import { Problem, call, create } from '../../api.js';
import { tightest } from '../../counting.js';
import { useAct } from '../../loading.js';
import { may, ofFirm } from '../../session.js';
import { Button, Icon, Notice, Trouble, toast } from '../../parts/ui.js';
import { writer } from './conversation.js';
import { keepAnswer, keptAnswer } from './kept.js';
import { Saved, firstGap, gapsOf } from './saved.js';

/** @typedef {import('../../types-inbox.d.ts').Item} Item */
/** @typedef {import('../../types-inbox.d.ts').Conversation} Whole */
/** @typedef {import('./people.js').People} People */

const NEARLY_FULL = 0.95;
/** The server shows for two minutes that somebody writes. */
const TOLD_AGAIN_MS = 45_000;

/**
 * @param {{item: Item, can: Whole['can'], where: string, people: People,
 *   onChange: (item: Item, words?: string) => void, again: () => Promise<unknown>, onWriting: (is: boolean) => void}} props
 */
export function Answer({ item, can, where, people, onChange, again, onWriting }) {
  if (!may('editor')) return html`<p class="mute">${t('answer.viewer')}</p>`;
  if (!can.answer) return html`<p class="mute answer-not">${notWords(item, can.why ?? '', where)}</p>`;
  return html`<${AnswerForm} ...${{ item, can, where, people, onChange, again, onWriting }} />`;
}

/** @param {Item} item @param {string} why @param {string} where */
function notWords(item, why, where) {
  if (item.deleted_at || why === 'answered-gone') return t('answer.gone');
  if (why === 'no-channel') return t('answer.no_channel');
  if (why === 'role') return t('answer.viewer');
  return t('answer.not', { network: where });
}

/** @param {Parameters<typeof Answer>[0]} props */
function AnswerForm({ item, can, where, people, onChange, again, onWriting }) {
  const text = useSignal(keptAnswer(item.id));
  const fault = useSignal('');
  const meanwhile = useSignal(/** @type {Problem | null} */ (null));
  const seen = useRef(item.answers);
  const toldAt = useRef(0);
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const { busy, problem, run } = useAct();
  const path = ofFirm(`/inbox/${item.id}`);
  const limits = can.limits.map(({ unit, maximum, url_length = 0 }) => ({ unit, max: maximum, url_length }));
  const counted = tightest(text.value.trim(), limits);
  const over = counted ? counted.n - counted.max : 0;
  const gaps = gapsOf(text.value);
  const other = writer(item, people);
  const isOvertaken = meanwhile.value !== null || item.answers > seen.current;
  useEffect(() => {
    keepAnswer(item.id, text.value);
    onWriting(Boolean(text.value.trim()));
  }, [text.value]);

  const tell = () => {
    if (Date.now() - toldAt.current < TOLD_AGAIN_MS) return;
    toldAt.current = Date.now();
    call('POST', `${path}/writing`).then((next) => onChange(next), (error) => {
      if (!(error instanceof Problem)) throw error; // whoever answers at the same time is told then
    });
  };
  /** @param {string} next */
  const write = (next) => {
    text.value = next;
    fault.value = '';
    if (next.trim()) tell();
  };
  const send = () => run('answer', async () => {
    fault.value = faultOf();
    if (fault.value) return box.current?.focus();
    try {
      const { item: next } = await create(`${path}/answer`, { text: text.value.trim(), seen: item.answers });
      text.value = '';
      meanwhile.value = null;
      seen.current = next.answers;
      toast(t('answer.sent', { network: where }));
      onChange(next, t('answer.sent', { network: where }));
    } catch (error) {
      refused(error);
    }
    await again();
    return undefined;
  });
  function faultOf() {
    if (!text.value.trim()) return t('answer.empty');
    if (gaps.length) return t('answer.gaps', { gaps: gaps.join(', ') });
    if (counted && over > 0) return t('answer.too_long', { n: counted.n, count: number(counted.n), max: number(counted.max), over: number(over), network: where });
    return '';
  }
  /** Nothing of what was typed goes: the text stays as it is. @param {unknown} error */
  function refused(error) {
    if (!(error instanceof Problem)) throw error;
    if (error.slug === 'answered-meanwhile') meanwhile.value = error;
    else if (error.faults.length) fault.value = error.faults[0].message;
    else throw error;
    box.current?.focus();
  }
  /** What was seen counts from here on. */
  const understood = () => {
    meanwhile.value = null;
    seen.current = item.answers;
    box.current?.focus();
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
    else if (event.key === 'Escape') document.getElementById('who')?.focus();
  };
  const toGap = () => box.current && firstGap(box.current);
  const described = ['answer-help', fault.value && 'answer-error', counted && 'answer-count'].filter(Boolean).join(' ');
  return html`<form class="answer" novalidate onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); void send(); }}>
    <div role="status">${other && html`<p class="writing"><${Icon} name="paste" />${t('answer.writing', { who: other })}</p>`}</div>
    ${isOvertaken && text.value.trim() && html`<${Notice} tone="warn" role="alert" act=${html`<button type="button" class="small plain" onClick=${understood}>${t('answer.understood')}</button>`}>
      ${meanwhile.value?.message && meanwhile.value.message !== 'answered-meanwhile' ? meanwhile.value.message : t('answer.meanwhile')} ${t('answer.kept')}<//>`}
    <${Trouble} problem=${problem.value} />
    <div class=${fault.value ? 'field wrong' : 'field'}>
      <div class="answer-label"><label for="answer-text">${t('answer.label')}</label>
        ${counted && html`<p id="answer-count" class=${`answer-count${over > 0 ? ' bad-text' : counted.share >= NEARLY_FULL ? ' strong' : ''}`}>${over > 0 && html`<${Icon} name="alert" />`}<span aria-hidden="true">${number(counted.n)}/${number(counted.max)}</span>
          <span class="unseen">${t('compose.count', { n: counted.n, count: number(counted.n), max: number(counted.max) })}</span></p>`}</div>
      ${fault.value && html`<p class="error" id="answer-error"><${Icon} name="alert" />${fault.value}</p>`}
      <textarea id="answer-text" rows="4" ref=${box} data-key="answer" aria-keyshortcuts="r" aria-describedby=${described} aria-invalid=${fault.value ? 'true' : undefined}
        value=${text.value} onFocus=${tell} onKeyDown=${onKey} onInput=${(/** @type {any} */ e) => write(e.target.value)}></textarea>
      <p class="help" id="answer-help">${t(item.kind === 'message' ? 'answer.private' : 'answer.public', { network: where })} ${can.charges && t('answer.price', { answer: dollars(can.charges.answer), address: dollars(can.charges.answer_with_address) })}</p>
    </div>
    <div class="problems" role="status">${gaps.length > 0 && html`<p class="problem warn"><${Icon} name="warning" /><span>${t('answer.to_fill')} ${gaps.map((gap) => html`<mark class="gap">${gap}</mark> `)}</span>
      <button type="button" class="small plain" onClick=${toGap}>${t('answer.fill')}</button></p>`}</div>
    <div class="acts answer-acts">
      <${Saved} mention=${item.id} box=${box} onText=${write} />
      <${Button} type="submit" cls="primary" busy=${busy.value === 'answer'}>${t('answer.go', { network: where })}<//>
    </div>
  </form>`;
}
