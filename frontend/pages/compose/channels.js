// Where the message goes: the channels with their counters, what each would refuse or drop,
// and a text of its own for those that need one.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { number } from '../../format.js';
import { may } from '../../session.js';
import { Field, Icon, NetMark, isVideo } from '../../parts/ui.js';
import { onChannel, overWords, tooManyWords } from './draft.js';

/** @typedef {import('./draft.js').Draft} Draft */
/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {(change: (draft: Draft) => Partial<Draft>) => void} Change */

const NEARLY_FULL = 0.95;

/**
 * How a channel is called where several stand together: by its network, and by its own name
 * where two are on the same network.
 * @param {Channel} channel
 * @param {Channel[]} all
 */
export function shortName(channel, all) {
  const label = channel.target?.label ?? channel.network_label;
  const isAlone = all.filter((one) => (one.target?.label ?? one.network_label) === label).length === 1;
  return isAlone ? label : channel.name;
}

/** @param {{draft: Draft, all: Channel[], change: Change, error?: string}} props */
export function ChannelChips({ draft, all, change, error }) {
  const toggle = (/** @type {string} */ id) => change(({ channels }) => ({
    channels: all.map((one) => one.id).filter((one) => (one === id ? !channels.includes(id) : channels.includes(one))),
  }));
  return html`<fieldset class="chips" id="channels" tabindex="-1" aria-describedby=${error ? 'channels-error' : undefined}>
    <legend>${t('compose.to')}</legend>
    ${error && html`<p class="error" id="channels-error"><${Icon} name="alert" />${error}</p>`}
    ${all.map((channel) => html`<${Chip} key=${channel.id} channel=${channel} name=${shortName(channel, all)} draft=${draft} onToggle=${() => toggle(channel.id)} />`)}
    ${may('approver') && html`<a class="chip other" href="/canaux"><${Icon} name="plus" />${t('compose.other_channel')}</a>`}
  </fieldset>`;
}

/** @param {{channel: Channel, name: string, draft: Draft, onToggle: () => void}} props */
function Chip({ channel, name, draft, onToggle }) {
  const isChosen = draft.channels.includes(channel.id);
  const { counted, over } = onChannel(draft, channel);
  const isNear = counted && counted.share >= NEARLY_FULL;
  return html`<label class=${`chip${isChosen ? ' chosen' : ''}${isChosen && over ? ' over' : ''}`}>
    <input type="checkbox" checked=${isChosen} onChange=${onToggle} />
    <${NetMark} network=${channel.target?.network ?? channel.network} isColoured=${true} />
    <span class="chip-name">${name}</span>
    ${channel.target && html`<span class="mute small-text">${t('compose.kit')}</span>`}
    ${isChosen && counted && html`<span class=${`chip-count${isNear ? ' near' : ''}`}>${over > 0 && html`<${Icon} name="alert" />`}
      <span aria-hidden="true">${number(counted.n)}/${number(counted.max)}</span>
      <span class="unseen">${t('compose.count', { n: counted.n, count: number(counted.n), max: number(counted.max) })}</span></span>`}
  </label>`;
}

/** One soft line for each thing that a channel would refuse, drop or make wait. @param {{draft: Draft, chosen: Channel[], change: Change}} props */
export function ChannelProblems({ draft, chosen, change }) {
  const lines = chosen.flatMap((channel) => problemsOf(draft, channel, change));
  const undescribed = draft.media.filter((one) => !one.alt.trim() && !one.error && !isVideo(one)).length;
  return html`<div class="problems" role="status">
    ${lines}
    ${undescribed > 0 && html`<p class="problem info"><${Icon} name="info" /><span>${t('problem.no_alt', { n: undescribed })}</span></p>`}
  </div>`;
}

/**
 * @param {Draft} draft
 * @param {Channel} channel
 * @param {Change} change
 */
function problemsOf(draft, channel, change) {
  const { over, counted, isOwn, tooMany, isCaption } = onChannel(draft, channel);
  const name = channel.name;
  const lines = [];
  if (over && counted) {
    const act = !isOwn && html`<button type="button" class="small plain" onClick=${() => writeFor(channel, draft, change)}>${t('compose.write_for', { channel: name })}</button>`;
    lines.push(html`<div class="problem bad"><${Icon} name="alert" /><span>${overWords(channel, counted, over, isCaption)}</span>${act}</div>`);
  }
  if (tooMany) lines.push(html`<p class="problem bad"><${Icon} name="alert" /><span>${tooManyWords(channel, tooMany)}</span></p>`);
  if (channel.status === 'broken') lines.push(html`<p class="problem warn"><${Icon} name="plug" /><span>${t('problem.broken', { channel: name })}</span></p>`);
  if (channel.status === 'paused') lines.push(html`<p class="problem info"><${Icon} name="paused" /><span>${t('problem.paused', { channel: name })}</span></p>`);
  return lines;
}

/**
 * Opens a text for one channel, beginning with the common one, and goes there.
 * @param {Channel} channel
 * @param {Draft} draft
 * @param {Change} change
 */
export function writeFor(channel, draft, change) {
  change(({ variants }) => ({ variants: { ...variants, [channel.id]: variants[channel.id] ?? draft.text } }));
  requestAnimationFrame(() => document.getElementById(`variant-${channel.id}`)?.focus());
}

/** @param {{draft: Draft, chosen: Channel[], change: Change, errors: Record<string, string>}} props */
export function Variants({ draft, chosen, change, errors }) {
  const without = chosen.filter((one) => draft.variants[one.id] === undefined);
  const written = chosen.filter((one) => draft.variants[one.id] !== undefined);
  return html`${written.map((channel) => html`<${VariantField} key=${channel.id} ...${{ channel, draft, change, error: errors[`variant-${channel.id}`] }} />`)}
    ${chosen.length > 1 && without.length > 0 && html`<details class="more"><summary>${t('compose.variants')}</summary>
      <p class="mute small-text">${t('compose.variants_help')}</p>
      <div class="acts">${without.map((channel) => html`<button type="button" class="small plain" onClick=${() => writeFor(channel, draft, change)}>
        <${NetMark} network=${channel.target?.network ?? channel.network} />${shortName(channel, chosen)}</button>`)}</div>
    </details>`}`;
}

/** @param {{channel: Channel, draft: Draft, change: Change, error?: string}} props */
function VariantField({ channel, draft, change, error }) {
  const { counted } = onChannel(draft, channel);
  const write = (/** @type {any} */ event) => change(({ variants }) => ({ variants: { ...variants, [channel.id]: event.target.value } }));
  const drop = () => {
    change(({ variants: { [channel.id]: _, ...variants } }) => ({ variants }));
    document.getElementById('text')?.focus();
  };
  const label = html`<${NetMark} network=${channel.target?.network ?? channel.network} isColoured=${true} />${t('compose.variant_for', { channel: channel.name })}
    ${counted && html` <span class="mute small-text">${number(counted.n)}/${number(counted.max)}</span>`}`;
  return html`<div class="variant"><${Field} id=${`variant-${channel.id}`} label=${label} error=${error}><textarea rows="4" value=${draft.variants[channel.id]} onInput=${write}></textarea><//>
    <button type="button" class="small quiet" onClick=${drop}>${t('compose.variant_drop')}</button></div>`;
}
