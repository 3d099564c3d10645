// Figures that a person reads elsewhere and enters here: of channels that nothing measures.
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { capital } from '../../format.js';
import { create } from '../../api.js';
import { useAct } from '../../loading.js';
import { ofFirm } from '../../session.js';
import { Button, ErrorSummary, Field, Trouble, toast } from '../../parts/ui.js';
import { nameOf } from './words.js';

/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {import('../../types-inbox.d.ts').Metric} Metric */

/** What a page of any network shows. @type {Metric[]} */
const ENTERED = ['followers', 'views', 'likes', 'replies'];

/** @param {{channels: Channel[], today: string, onDone: () => Promise<unknown>}} props */
export function Entry({ channels, today, onDone }) {
  const manual = channels.filter((one) => one.resend_class === 'person' && one.status !== 'disconnected');
  const channel = useSignal('');
  const day = useSignal(today);
  const values = useSignal(/** @type {Partial<Record<Metric, string>>} */ ({}));
  const faults = useSignal(/** @type {{id: string, message: string}[]} */ ([]));
  const turn = useSignal(0);
  const { busy, problem, run } = useAct();
  if (!manual.length) return null;
  const chosen = channel.value || manual[0].id;
  const errors = Object.fromEntries(faults.value.map(({ id, message }) => [id, message]));
  const send = () => run('enter', async () => {
    const typedIn = ENTERED.flatMap((metric) => (values.value[metric]?.trim() ? [/** @type {const} */ ([metric, values.value[metric]?.replace(/\s/g, '') ?? ''])] : []));
    faults.value = typedIn.length
      ? typedIn.flatMap(([metric, text]) => (/^\d+$/.test(text) ? [] : [{ id: `entry-${metric}`, message: t('entry.not_number', { what: capital(nameOf(metric)) }) }]))
      : [{ id: `entry-${ENTERED[0]}`, message: t('entry.empty') }];
    turn.value += 1;
    if (faults.value.length) return;
    await create(ofFirm('/metrics/entries'), { channel: chosen, day: day.value, counters: Object.fromEntries(typedIn.map(([metric, text]) => [metric, Number(text)])) });
    values.value = {};
    toast(t('entry.done'));
    await onDone();
  });
  const faultOf = (/** @type {string} */ pointer) => problem.value?.faults.find((one) => one.pointer.startsWith(pointer))?.message;
  return html`<section class="card" aria-labelledby="entry"><h2 id="entry">${t('entry.title')}</h2>
    <p class="mute">${t('entry.text')}</p>
    <${ErrorSummary} faults=${faults.value} turn=${turn.value} />
    <${Trouble} problem=${problem.value?.faults.length ? null : problem.value} />
    <form novalidate onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); void send(); }}>
      <div class="entry-grid">
        <${Field} id="entry-channel" label=${t('metrics.channel')}><select value=${chosen} onChange=${typed((value) => (channel.value = value))}>${manual.map(({ id, name }) => html`<option value=${id} selected=${id === chosen}>${name}</option>`)}</select><//>
        <${Field} id="entry-day" label=${t('metrics.day')} error=${faultOf('/day')}><input type="date" max=${today} value=${day.value} onInput=${typed((value) => (day.value = value))} /><//>
        ${ENTERED.map((metric) => html`<${Field} key=${metric} id=${`entry-${metric}`} label=${capital(nameOf(metric))} optional=${true} error=${errors[`entry-${metric}`] ?? faultOf(`/counters/${metric}`)}>
          <input type="text" inputmode="numeric" autocomplete="off" value=${values.value[metric] ?? ''} onInput=${typed((value) => (values.value = { ...values.value, [metric]: value }))} /><//>`)}
      </div>
      <div class="acts entry-acts"><${Button} type="submit" cls="plain" busy=${busy.value === 'enter'}>${t('entry.go')}<//></div>
    </form>
  </section>`;
}
