// One delivery: its state in full, what happened, whose turn it is, and what was tried.
import { useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { said, t } from '../../i18n.js';
import { dayAndHour, wallClock } from '../../format.js';
import { Problem, call, serverNow } from '../../api.js';
import { useAct } from '../../loading.js';
import { may, ofFirm, workspace } from '../../session.js';
import { inFull } from '../../states.js';
import { Confirm } from '../../parts/confirm.js';
import { Field, Icon, NetMark, Notice, Pill, Trouble } from '../../parts/ui.js';
import { KitBox } from './kit.js';

/** @typedef {import('../../types.d.ts').Delivery} DeliveryAnswer */
/** @typedef {import('../../types.d.ts').Choice} Choice */

/** @param {{delivery: DeliveryAnswer, onChange: () => Promise<unknown>}} props */
export function Delivery({ delivery, onChange }) {
  const { zone } = workspace.value;
  const today = wallClock(serverNow(), zone).date;
  const { mark, channel_name } = delivery;
  const network_label = labelOf(delivery);
  return html`<li class="delivery" id=${delivery.id}>
    <div class="delivery-head">
      <p class="delivery-name"><${NetMark} network=${delivery.target?.network ?? delivery.network} /><span><span class="strong">${channel_name}</span>
        ${channel_name !== network_label && html` <span class="mute small-text">${network_label}</span>`}</span></p>
      <${Pill} ...${inFull(delivery, zone, today)} />
    </div>
    <${Sentence} delivery=${delivery} />
    ${delivery.kit && mark === 'to_paste' && html`<${KitBox} kit=${delivery.kit} />`}
    ${mark === 'waiting' && may('approver') && html`<p><a class="button plain" href=${`/canaux?reconnect=${delivery.channel}`}>${t('act.reconnect')}</a></p>`}
    ${mark === 'failed' && delivery.can.edit && html`<p><a class="button plain" href=${`/ecrire/${delivery.post}`}>${t('act.correct')}</a></p>`}
    ${delivery.remote_url && html`<p><a href=${delivery.remote_url} target="_blank" rel="noopener noreferrer">${t('delivery.see_on', { network: network_label })}<${Icon} name="open" /><span class="unseen">${t('new_tab')}</span></a></p>`}
    ${delivery.comment && html`<p><a href=${`/messages/${delivery.comment}`}>${t('delivery.see_comment')}</a></p>`}
    ${delivery.can.decide.length > 0 && html`<${Decision} delivery=${delivery} onChange=${onChange} />`}
    ${delivery.attempts.length > 0 && html`<${Attempts} delivery=${delivery} zone=${zone} today=${today} />`}
  </li>`;
}

/** The name of the network where people see it. @param {DeliveryAnswer} delivery */
const labelOf = ({ target, network_label }) => target?.label ?? network_label;

/** What happened, what we know, whose turn it is. @param {{delivery: DeliveryAnswer}} props */
function Sentence({ delivery }) {
  const { mark, reason_text, status, next_try_at, sent_version, version } = delivery;
  if (reason_text) return html`<p>${reason_text}</p>`;
  if (mark === 'published' && sent_version && sent_version !== version) return html`<p>${t('delivery.older_is_live')}</p>`;
  const { zone } = workspace.value;
  const next = next_try_at ? dayAndHour(wallClock(next_try_at, zone), wallClock(serverNow(), zone).date) : '';
  const key = status === 'RECONCILE' ? 'going_out_unsure' : status === 'RETRY' ? 'scheduled_again' : mark;
  const words = said(`delivery.${key}`, { network: labelOf(delivery), next });
  return words ? html`<p>${words}</p>` : null;
}

/** The buttons of a delivery that waits for a person. @param {{delivery: DeliveryAnswer, onChange: () => Promise<unknown>}} props */
function Decision({ delivery, onChange }) {
  const asked = useSignal(/** @type {Choice | ''} */ (''));
  const isStale = useSignal(false);
  const back = useRef(/** @type {HTMLElement | null} */ (null));
  const { busy, problem, run } = useAct();
  const { can, mark, rev, why } = delivery;
  if (!may(mark === 'to_paste' ? 'editor' : 'approver')) return html`<p class="mute">${t('decide.not_yours')}</p>`;
  /** @param {Choice} choice @param {string} [url] */
  const decide = (choice, url) => run(choice, async () => {
    try {
      await call('POST', ofFirm(`/deliveries/${delivery.id}/decision`), { rev, choice, ...(url && { url }) });
    } catch (error) {
      if (!(error instanceof Problem) || error.slug !== 'changed-meanwhile') throw error;
      isStale.value = true;
    }
    asked.value = '';
    await onChange();
  });
  const words = why === 'late' || why === 'poison' || why === 'kit' ? why : 'check';
  /** @param {Choice} choice */
  const open = (choice) => (asked.value = choice);
  const close = () => {
    asked.value = '';
    requestAnimationFrame(() => back.current?.querySelector('button')?.focus());
  };
  return html`<div class="decision" ref=${back}>
    ${isStale.value && html`<${Notice} tone="info" role="status">${t('decide.stale')}<//>`}
    <${Trouble} problem=${problem.value?.faults.length ? null : problem.value} />
    ${asked.value === '' && html`<div class="acts">
      ${delivery.look_url && words === 'check' && html`<a class="button plain" href=${delivery.look_url} target="_blank" rel="noopener noreferrer">${t('decide.look')}<${Icon} name="open" /><span class="unseen">${t('new_tab')}</span></a>`}
      ${can.decide.map((choice) => html`<button type="button" class=${choice === 'drop' ? 'quiet' : 'plain'} onClick=${() => open(choice)}>${said(`decide.${words}_${choice}`)}</button>`)}
    </div>`}
    ${asked.value === 'published' && html`<${SaysPublished} busy=${busy.value === 'published'} error=${problem.value?.faults[0]?.message} onYes=${(/** @type {string} */ url) => decide('published', url)} onNo=${close} />`}
    ${asked.value === 'resend' && html`<${Confirm} question=${said(`decide.${words}_resend_ask`)} yes=${said(`decide.${words}_resend_yes`)} busy=${busy.value === 'resend'} onYes=${() => decide('resend')} onNo=${close} />`}
    ${asked.value === 'drop' && html`<${Confirm} question=${t('decide.drop_ask')} yes=${t('decide.drop_yes')} danger=${true} busy=${busy.value === 'drop'} onYes=${() => decide('drop')} onNo=${close} />`}
  </div>`;
}

/** @param {{busy: boolean, error?: string, onYes: (url: string) => void, onNo: () => void}} props */
function SaysPublished({ busy, error, onYes, onNo }) {
  const url = useSignal('');
  const id = 'published-url';
  return html`<${Confirm} question=${t('decide.published_ask')} yes=${t('decide.published_yes')} no=${t('act.cancel')} busy=${busy} onYes=${() => onYes(url.value.trim())} onNo=${onNo}>
    <${Field} id=${id} label=${t('decide.url')} optional=${true} help=${t('decide.url_help')} error=${error}><input type="url" inputmode="url" placeholder="https://" value=${url.value} onInput=${typed((value) => (url.value = value))} /><//>
  <//>`;
}

/** @param {{delivery: DeliveryAnswer, zone: string, today: string}} props */
function Attempts({ delivery, zone, today }) {
  const { attempts } = delivery;
  return html`<details class="more attempts"><summary>${t('attempts.title', { n: attempts.length })}</summary>
    <ol>${attempts.map((one) => html`<li><p><span class="mute">${dayAndHour(wallClock(one.at, zone), today)}</span> ${one.text}</p>
      ${one.detail && html`<p class="mute small-text detail">${t('attempts.detail', { detail: one.detail })}</p>`}</li>`)}</ol>
  </details>`;
}
