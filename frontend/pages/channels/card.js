// One channel: its state in words, what it can do, and what one can do with it.
import { useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { said, t } from '../../i18n.js';
import { day, dayAndHour, number, wallClock } from '../../format.js';
import { call, serverNow } from '../../api.js';
import { useAct } from '../../loading.js';
import { may, ofFirm, workspace } from '../../session.js';
import { ofChannel } from '../../states.js';
import { Confirm } from '../../parts/confirm.js';
import { Button, Field, Icon, NetMark, Notice, Pill, Trouble, toast } from '../../parts/ui.js';
import { WhenDay } from './pause.js';
import { ConnectForm } from './connect.js';

/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {import('../../types.d.ts').Network} Network */
/** @typedef {import('../../types-inbox.d.ts').Source} Source */

/** Seconds: what is taken in at all. */
const LONGEST_VIDEO = 900;

/**
 * @param {{channel: Channel, network: Network | undefined, source: Source | null | undefined, isReconnecting: boolean,
 *   onChange: (channel: Channel) => void, onGone: (channel: Channel) => void}} props
 */
export function ChannelCard({ channel, network, source, isReconnecting, onChange, onGone }) {
  const asked = useSignal(/** @type {'' | 'reconnect' | 'pause' | 'rename' | 'disconnect'} */ (isReconnecting && channel.status === 'broken' ? 'reconnect' : ''));
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const { busy, problem, run } = useAct();
  const tested = useSignal(/** @type {{ok: boolean, words: string} | null} */ (null));
  const tooLate = useSignal(0);
  const path = ofFirm(`/channels/${channel.id}`);
  const close = () => {
    asked.value = '';
    requestAnimationFrame(() => box.current?.querySelector('button')?.focus());
  };
  const test = () => run('test', async () => {
    tested.value = null;
    const answer = await call('POST', `${path}/test`);
    const { handle, name, quota } = answer.profile ?? {};
    const left = quota ? ` ${t('channel.quota', { n: quota.used, max: number(quota.total), hours: quota.hours })}` : '';
    tested.value = { ok: answer.ok, words: answer.ok
      ? t('channel.test_ok', { who: handle || name || channel.name }) + left
      : said(`test.${answer.problem}`, { network: channel.network_label }, t('channel.test_failed')) };
  });
  const resume = () => run('resume', async () => onChange(changed(await call('POST', `${path}/resume`))));
  const pause = (/** @type {string} */ date) => run('pause', async () => {
    const until = date ? { until: { local: `${date}T00:00`, zone: workspace.value.zone } } : {};
    const answer = await call('POST', `${path}/pause`, until);
    tooLate.value = answer.too_late?.length ?? 0;
    close();
    onChange(changed(answer));
  });
  const disconnect = () => run('disconnect', async () => {
    const answer = await call('DELETE', path);
    const late = answer?.too_late?.length ?? 0;
    toast(late ? t('channel.gone_late', { channel: channel.name, n: late }) : t('channel.gone', { channel: channel.name }));
    onGone(channel);
  });
  const ask = (/** @type {'reconnect' | 'pause' | 'rename' | 'disconnect'} */ what) => (asked.value = what);
  const isBroken = channel.status === 'broken';
  const about = [channel.network_label, channel.handle].filter((one) => one && one !== channel.name).join(' · ');
  return html`<li class="card channel" ref=${box} id=${channel.id}>
    <div class="channel-head"><h2><${NetMark} network=${channel.target?.network ?? channel.network} isColoured=${true} /><span>${channel.name}</span></h2><${Pill} ...${ofChannel(channel)} /></div>
    ${about && html`<p class="mute channel-handle">${about}</p>`}
    ${isBroken && html`<p class="channel-why">${channel.reason || t('channel.why_broken')}</p>`}
    <${Facts} channel=${channel} network=${network} source=${source} />
    <${Trouble} problem=${problem.value} />
    ${tooLate.value > 0 && html`<${Notice} tone="warn" role="alert">${t('channel.too_late', { n: tooLate.value })}<//>`}
    <div role="status">${tested.value && html`<p class=${tested.value.ok ? 'test good-text' : 'test bad-text'}><${Icon} name=${tested.value.ok ? 'check' : 'alert'} />${tested.value.words}</p>`}</div>
    ${asked.value === '' && may('approver') && html`<div class="acts channel-acts">
      ${isBroken && html`<button type="button" class="small primary" onClick=${() => ask('reconnect')}>${t('act.reconnect')}</button>`}
      ${!channel.target && html`<${Button} cls="small plain" busy=${busy.value === 'test'} onClick=${test}>${t('channel.test')}<//>`}
      ${channel.status === 'paused' && html`<${Button} cls="small plain" busy=${busy.value === 'resume'} onClick=${resume}>${t('channel.resume')}<//>`}
      ${channel.status === 'connected' && html`<button type="button" class="small quiet mute-act" onClick=${() => ask('pause')}>${t('channel.pause')}</button>`}
      <details class="more inline"><summary>${t('channel.more')}</summary><div class="acts">
        <button type="button" class="small plain" onClick=${() => ask('rename')}>${t('channel.rename')}</button>
        ${!isBroken && network && (network.oauth || network.fields.some((one) => one.secret)) && html`<button type="button" class="small plain" onClick=${() => ask('reconnect')}>${t('channel.new_password')}</button>`}
        <button type="button" class="small danger" onClick=${() => ask('disconnect')}>${t('channel.disconnect')}</button></div></details>
    </div>`}
    ${asked.value === 'reconnect' && network && html`<${ConnectForm} network=${network} channel=${channel} onDone=${(/** @type {Channel} */ next) => { close(); toast(t('channel.reconnected', { channel: next.name })); onChange(next); }} onNo=${close} />`}
    ${asked.value === 'pause' && html`<${WhenDay} busy=${busy.value === 'pause'} onYes=${pause} onNo=${close} />`}
    ${asked.value === 'rename' && html`<${Rename} channel=${channel} onDone=${(/** @type {Channel} */ next) => { close(); onChange(next); }} onNo=${close} />`}
    ${asked.value === 'disconnect' && html`<${Confirm} question=${t('channel.disconnect_ask', { channel: channel.name })} yes=${t('channel.disconnect')} danger=${true} busy=${busy.value === 'disconnect'} onYes=${disconnect} onNo=${close}>
      <p>${t('channel.disconnect_text')}</p><//>`}
  </li>`;
}

/** The channel in an answer that may carry more. @param {any} answer @returns {Channel} */
const changed = (answer) => answer.channel?.id ? answer.channel : answer;

/** What it can do beside publishing, as far as its network says. @param {Network | undefined} network @returns {[string, boolean][]} */
const doesToo = (network) => (network?.does ? /** @type {const} */ (['listen', 'answer', 'measure']).map((one) => [`can.${one}`, Boolean(network.does?.[one])]) : []);

/** How the listening goes, in words. @param {Source} source @param {(at: string) => string} when */
function listening({ status, failing_since, reason_text, heard_at }, when) {
  if (status !== 'active') return t(`listens.${status}`);
  if (failing_since) return `${t('listens.failing', { time: when(failing_since) })} ${reason_text}`;
  if (reason_text) return reason_text;
  return heard_at ? t('listens.heard', { time: when(heard_at) }) : t('listens.nothing');
}

/** Without a source it isn't listened to; undefined: it isn't known yet.
 * @param {{channel: Channel, network: Network | undefined, source: Source | null | undefined}} props */
function Facts({ channel, network, source }) {
  const { zone } = workspace.value;
  const today = wallClock(serverNow(), zone).date;
  const when = (/** @type {string} */ at) => dayAndHour(wallClock(at, zone), today);
  const { access_ends_at, limits, resend_class, last_published_at, paused_until, status } = channel;
  const first = resend_class === 'person' ? [['can.prepare', true]] : [['can.publish', true]];
  const can = /** @type {[string, boolean][]} */ ([...first, ...doesToo(network), ...(resend_class === 'person' ? [] : [['can.find', resend_class !== 'blind']])]);
  const cannot = can.filter(([, does]) => !does).map(([key]) => said(key));
  const text = limits.text[0];
  const caption = limits.caption.map(({ max }) => ` ${t('channel.takes_caption', { max: number(max) })}`).join('');
  return html`<dl class="facts">
    <dt>${t('channel.last')}</dt><dd>${last_published_at ? when(last_published_at) : t('channel.never')}</dd>
    <dt>${t('channel.can')}</dt><dd>${can.map(([key, does]) => does && html`<span class="ability"><${Icon} name="check" />${said(key)}</span>`)}
      ${cannot.length > 0 && html`<span class="mute small-text">${t('can.not', { what: cannot.join(', ') })}</span>`}</dd>
    ${source && html`<dt>${t('channel.listens')}</dt><dd class=${source.reason_text || source.status === 'blocked' ? 'warn-text' : ''}><span>${listening(source, when)} <a href="/veille">${t('nav.watches')}</a></span></dd>`}
    ${source === null && network?.does?.listen && html`<dt>${t('channel.listens')}</dt><dd class="warn-text">${t('listens.not_yet')}</dd>`}
    ${(text || limits.media.max_count > 0 || limits.video) && html`<dt>${t('channel.takes')}</dt><dd>${[text ? t('channel.takes_text', { n: text.max, max: number(text.max) }) + caption : '', limits.media.max_count > 0 ? t('channel.takes_images', { n: limits.media.max_count }) : t('channel.takes_no_image'), limits.video ? t('channel.takes_video', { max: lasting(limits.video.max_seconds) }) : ''].filter(Boolean).join(', ')}</dd>`}
    ${network?.quota && html`<dt>${t('channel.at_most')}</dt><dd>${network.quota}</dd>`}
    ${access_ends_at && html`<dt>${t('channel.access')}</dt><dd>${t('channel.access_until', { day: day(wallClock(access_ends_at, zone).date, today) })}</dd>`}
    ${status === 'paused' && html`<dt>${t('channel.paused')}</dt><dd>${paused_until ? t('channel.paused_until', { time: when(paused_until) }) : t('channel.paused_open')}</dd>`}
  </dl>`;
}

/** How long a video may last at most, as people say it. @param {number} seconds */
function lasting(seconds) {
  const most = Math.min(seconds, LONGEST_VIDEO);
  return most % 60 ? `${number(most)}\u00a0s` : `${number(most / 60)}\u00a0min`;
}

/** @param {{channel: Channel, onDone: (channel: Channel) => void, onNo: () => void}} props */
function Rename({ channel, onDone, onNo }) {
  const name = useSignal(channel.name);
  const { busy, problem, run } = useAct();
  const save = () => run('rename', async () => onDone(await call('PATCH', ofFirm(`/channels/${channel.id}`), { name: name.value.trim() })));
  const fault = problem.value?.faults[0]?.message;
  return html`<${Confirm} question=${t('channel.rename')} yes=${t('act.save')} no=${t('act.cancel')} busy=${busy.value === 'rename'} onYes=${save} onNo=${onNo}>
    <${Trouble} problem=${fault ? null : problem.value} />
    <${Field} id=${`name-${channel.id}`} label=${t('channel.name')} error=${fault}><input type="text" value=${name.value} onInput=${typed((value) => (name.value = value))} /><//>
  <//>`;
}
