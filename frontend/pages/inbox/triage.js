// What one does with an item beside answering it. Each has a button, and some have a key.
import { useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { dayAfter, hour } from '../../format.js';
import { dollars } from '../../money.js';
import { call } from '../../api.js';
import { useAct } from '../../loading.js';
import { may, ofFirm, workspace } from '../../session.js';
import { Fold } from '../../parts/frame.js';
import { Confirm } from '../../parts/confirm.js';
import { Button, Icon, Notice, Trouble, toast } from '../../parts/ui.js';
import { Erase } from './erase.js';
import { Labels, NoteForm, Until } from './panels.js';
import { today } from './words.js';

/** @typedef {import('../../types-inbox.d.ts').Item} Item */
/** @typedef {import('../../types-inbox.d.ts').Act} Act */
/** @typedef {import('../../types-inbox.d.ts').Conversation} Whole */
/** @typedef {import('./people.js').People} People */

const MORNING = '08:00';

/** The next Monday after a day. @param {string} date */
function mondayAfter(date) {
  const weekday = new Date(`${date}T12:00:00Z`).getUTCDay();
  return dayAfter(date, (8 - weekday) % 7 || 7);
}

/**
 * @param {{item: Item, can: Whole['can'], labels: string[], people: People, where: string,
 *   onChange: (item: Item, words?: string) => void, onNoted: () => Promise<unknown>, onGone: () => void}} props
 */
export function Triage({ item, can, labels, people, where, onChange, onNoted, onGone }) {
  const { moderate, charges } = can;
  /** A thing to be done there, with what it costs. @param {Act} what */
  const word = (what) => t(`moderate.${what}`, { network: where }) + (charges ? ` (${dollars(charges.act)})` : '');
  const asked = useSignal(/** @type {'' | 'until' | 'note' | 'labels' | 'delete' | 'erase'} */ (''));
  const liked = useSignal(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const { busy, problem, run } = useAct();
  const path = ofFirm(`/inbox/${item.id}`);
  /** @param {string} name @param {unknown} [body] @param {string} [words] */
  const act = (name, body, words) => run(name, async () => {
    const next = await call('POST', `${path}/${name}`, body);
    asked.value = '';
    onChange(next, words);
    return next;
  });
  /** @param {'done' | 'ignored' | 'spam'} state */
  const close = async (state) => {
    const words = t(`inbox.did_${state}`);
    if (await act('close', { state }, words)) toast(words, { word: t('act.undo'), run: () => act('reopen') });
  };
  /** @param {string} date @param {string} time */
  const snooze = (date, time) => act('snooze', { until: { local: `${date}T${time}`, zone: workspace.value.zone } }, t('inbox.did_snooze'));
  /** @param {string | null} member */
  const assign = (member) => act('assign', { member }, member ? t('inbox.did_assign', { who: member === people.me ? t('inbox.me_for') : people.name(member) }) : t('inbox.did_unassign'));
  /** @param {Act} what */
  const doThere = async (what) => {
    const words = t(`moderate.did_${what}`, { network: where });
    if (!await act('moderate', { act: what }, words)) return;
    if (what === 'like' || what === 'unlike') liked.value = what === 'like';
    toast(words);
  };
  const ask = (/** @type {typeof asked.value} */ what) => (asked.value = what);
  const dismiss = () => {
    asked.value = '';
    requestAnimationFrame(() => box.current?.querySelector('button')?.focus());
  };
  const isClosed = item.state !== 'open' && item.state !== 'snoozed';
  const tomorrow = dayAfter(today());
  const monday = mondayAfter(today());
  // What the network knows of our likes isn't asked for: liking is offered, then taking it back.
  const offered = moderate.filter((one) => one !== 'approve' && one !== 'delete' && one !== (liked.value ? 'like' : 'unlike'));
  return html`<div class="triage" ref=${box}>
    ${item.waits && moderate.includes('approve') && html`<${Notice} tone="warn" act=${html`<${Button} cls="small plain" busy=${busy.value === 'moderate'} onClick=${() => doThere('approve')}>${t('moderate.approve')}<//>`}>${t('inbox.waits')}<//>`}
    <div class="acts triage-acts">
      ${isClosed || item.state === 'snoozed'
        ? html`<${Button} cls="small plain" busy=${busy.value === 'reopen'} onClick=${() => act('reopen', undefined, t('inbox.did_reopen'))}>${t('inbox.reopen')}<//>`
        : html`<button type="button" class="small plain" data-key="done" aria-keyshortcuts="e" aria-busy=${busy.value === 'close' ? 'true' : undefined} onClick=${() => close('done')}><${Icon} name="check" />${t('inbox.done')}</button>`}
      <${Fold} cls="menu" summary=${html`<span class="button small plain" data-key="assign">${t('inbox.assign')}<${Icon} name="down" /></span>`}>
        ${people.all.map(({ id, name }) => html`<button type="button" class="quiet" aria-current=${item.assignee === id ? 'true' : undefined} onClick=${() => assign(id)}>${id === people.me ? t('inbox.to_me') : name}</button>`)}
        ${item.assignee && html`<button type="button" class="quiet mute-act" onClick=${() => assign(null)}>${t('inbox.to_nobody')}</button>`}
      <//>
      ${!isClosed && html`<${Fold} cls="menu" summary=${html`<span class="button small plain" data-key="snooze">${t('inbox.snooze')}<${Icon} name="down" /></span>`}>
        <button type="button" class="quiet" onClick=${() => snooze(tomorrow, MORNING)}>${t('snooze.tomorrow', { hour: hour(MORNING) })}</button>
        ${monday !== tomorrow && html`<button type="button" class="quiet" onClick=${() => snooze(monday, MORNING)}>${t('snooze.monday', { hour: hour(MORNING) })}</button>`}
        <button type="button" class="quiet" onClick=${() => ask('until')}>${t('snooze.choose')}</button>
      <//>`}
      <${Fold} cls="menu" summary=${html`<span class="button small plain">${t('inbox.other')}<${Icon} name="down" /></span>`}>
        <button type="button" class="quiet" data-key="note" onClick=${() => ask('note')}>${t('inbox.note')}</button>
        <button type="button" class="quiet" onClick=${() => ask('labels')}>${t('inbox.labels')}</button>
        ${offered.map((one) => html`<button type="button" class="quiet" onClick=${() => doThere(one)}>${word(one)}</button>`)}
        ${moderate.includes('delete') && html`<button type="button" class="quiet" onClick=${() => ask('delete')}>${word('delete')}</button>`}
        ${!isClosed && html`<button type="button" class="quiet mute-act" onClick=${() => close('ignored')}>${t('inbox.ignore')}</button>
        <button type="button" class="quiet mute-act" onClick=${() => close('spam')}>${t('inbox.spam')}</button>`}
        ${may('approver') && item.person && html`<button type="button" class="quiet bad-text" onClick=${() => ask('erase')}>${t('erase.go')}</button>`}
      <//>
    </div>
    <${Trouble} problem=${problem.value?.faults.length && asked.value ? null : problem.value} />
    ${asked.value === 'until' && html`<${Until} busy=${busy.value === 'snooze'} error=${problem.value?.faults[0]?.message} start=${tomorrow} onYes=${snooze} onNo=${dismiss} />`}
    ${asked.value === 'note' && html`<${NoteForm} busy=${busy.value === 'note'} error=${problem.value?.faults[0]?.message} onNo=${dismiss}
      onYes=${async (/** @type {string} */ text) => { if (await act('note', { text }, t('inbox.did_note'))) await onNoted(); }} />`}
    ${asked.value === 'labels' && html`<${Labels} busy=${busy.value === 'label'} error=${problem.value?.faults[0]?.message} has=${item.labels} known=${labels} onNo=${dismiss}
      onYes=${(/** @type {string[]} */ next) => act('label', { labels: next }, t('inbox.did_label'))} />`}
    ${asked.value === 'delete' && html`<${Confirm} question=${t('moderate.delete_ask', { network: where })} yes=${t('moderate.delete_yes')} danger=${true} busy=${busy.value === 'moderate'} onYes=${() => doThere('delete')} onNo=${dismiss} />`}
    ${asked.value === 'erase' && html`<${Erase} item=${item} onDone=${onGone} onNo=${() => (asked.value = '')} />`}
  </div>`;
}
