// Canaux: a card for each channel, and the networks that are not connected yet.
import { useSignal } from '../vendor/signals.js';
import { html } from '../html.js';
import { said, t } from '../i18n.js';
import { useRead } from '../loading.js';
import { go, place } from '../router.js';
import { may, ofFirm } from '../session.js';
import { Empty, Icon, Loading, NetMark, Notice, Page, Trouble, toast } from '../parts/ui.js';
import { ChannelCard } from './channels/card.js';
import { Choose } from './channels/choose.js';
import { ConnectForm } from './channels/connect.js';

/** @typedef {import('../types.d.ts').Channel} Channel */
/** @typedef {import('../types.d.ts').Network} Network */

const BY_NEED = ['broken', 'paused', 'connected'];

/** The page of `/canaux`. */
export default function Channels() {
  const channels = useRead(ofFirm('/channels'));
  const networks = useRead('/networks');
  const heard = useRead(ofFirm('/sources'));
  const sources = /** @type {{sources: import('../types-inbox.d.ts').Source[]} | undefined} */ (heard.data.value)?.sources;
  const opened = useSignal('');
  const all = /** @type {{items: Channel[]} | undefined} */ (channels.data.value);
  const known = /** @type {{items: Network[]} | undefined} */ (networks.data.value)?.items;
  const problem = channels.problem.value ?? networks.problem.value;
  const retry = () => {
    void channels.again();
    void networks.again();
  };
  /** @param {(items: Channel[]) => Channel[]} how */
  const change = (how) => {
    channels.data.value = { items: how(/** @type {any} */ (channels.data.value).items) };
    void heard.again(); // who connects is listened to
  };
  const live = (all?.items ?? []).filter((one) => one.status !== 'disconnected')
    .sort((a, b) => BY_NEED.indexOf(a.status) - BY_NEED.indexOf(b.status));
  const broken = live.filter((one) => one.status === 'broken');
  const waiting = useRead(broken.length ? ofFirm('/deliveries?waiting=true') : null).data.value;
  /** @param {string} id */
  const held = (id) => (/** @type {{items: import('../types.d.ts').Delivery[]} | undefined} */ (waiting)?.items ?? []).filter((one) => one.channel === id && one.mark === 'waiting').length;
  const { query } = place.value;
  const asked = query.get('reconnect');
  const back = (all?.items ?? []).find((one) => one.id === query.get('connected'));
  const refused = query.get('refused');
  const choice = query.get('choose');
  const chose = (/** @type {Channel[]} */ made) => {
    toast(made.map((one) => t('channels.connected', { channel: one.name })).join(' '));
    go('/canaux', { replace: true });
    void channels.again();
    void heard.again();
  };
  const toNetworks = () => {
    const title = document.getElementById('not-yet');
    title?.focus();
    title?.scrollIntoView({ block: 'start' });
  };
  const aside = may('approver') && live.length > 0 && html`<button type="button" class="plain" onClick=${toNetworks}><${Icon} name="plus" /><span>${t('channels.connect_one')} <span class="roomy">${t('channels.connect_rest')}</span></span></button>`;
  return html`<${Page} title=${t('nav.channels')} aside=${aside}>
    <${Trouble} problem=${problem} retry=${retry} />
    ${back && html`<${Notice} tone="good" role="status">${t('channels.connected', { channel: back.name })}<//>`}
    ${refused && html`<${Notice} tone="bad" role="alert">${said(`connect.refused_${refused}`, {}, t('connect.refused'))}<//>`}
    ${choice && known && html`<${Choose} key=${choice} token=${choice} known=${known} onDone=${chose} onNo=${() => go('/canaux', { replace: true })} />`}
    ${(!all || !known) && !problem && html`<${Loading} />`}
    ${all && known && html`
      ${broken.map((one) => html`<${Notice} tone="warn" act=${html`<a class="button small plain" href=${`#${one.id}`}>${t('act.see')}</a>`}>
        ${t('channels.broken', { channel: one.name })} ${held(one.id) ? t('channels.broken_waiting', { n: held(one.id) }) : ''}<//>`)}
      ${live.length
        ? html`<ul class="channels">${live.map((channel) => html`<${ChannelCard} key=${channel.id} channel=${channel} network=${known.find((one) => one.name === channel.network)} source=${sources && (sources.find((one) => one.kind === 'channel' && one.channel === channel.id) ?? null)} isReconnecting=${asked === channel.id}
            onChange=${(/** @type {Channel} */ next) => change((items) => items.map((one) => (one.id === next.id ? next : one)))}
            onGone=${(/** @type {Channel} */ gone) => change((items) => items.filter((one) => one.id !== gone.id))} />`)}</ul>`
        : html`<${Empty} title=${t('channels.none')}>${t('channels.none_text')}<//>`}
      <section aria-labelledby="not-yet"><h2 id="not-yet" tabindex="-1">${t('channels.not_yet')}</h2>
        <ul class="card networks">${offered(known, live).map((network) => html`<${NetworkLine} key=${network.name} network=${network} isOpen=${opened.value === network.name}
          onOpen=${() => (opened.value = opened.value === network.name ? '' : network.name)}
          onDone=${(/** @type {Channel} */ made) => { opened.value = ''; toast(t('channels.connected', { channel: made.name })); change((items) => [...items, made]); }} />`)}</ul>
      </section>`}
  <//>`;
}

/** Those without a channel first, then those that can have one more; at the end those that can't be connected, and closed ones. @param {Network[]} known @param {Channel[]} live */
function offered(known, live) {
  const rank = (/** @type {Network} */ { name, closed, can_connect }) => (closed ? 3 : !can_connect ? 2 : live.some((one) => one.network === name) ? 1 : 0);
  return [...known].sort((a, b) => rank(a) - rank(b));
}

/** The barrier in one line; the whole stands in the form. @param {string} text */
const firstSentence = (text) => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;

/** @param {{network: Network, isOpen: boolean, onOpen: () => void, onDone: (channel: Channel) => void}} props */
function NetworkLine({ network, isOpen, onOpen, onDone }) {
  const { name, label, connect_help, price, closed, can_connect } = network;
  const isUnknown = !closed && !can_connect;
  const help = closed || (isUnknown ? t('connect.not_registered', { network: label }) : network.oauth ? t('connect.oauth_help', { network: label }) : firstSentence(connect_help));
  return html`<li class="network"><div class="network-line">
      <p class="network-name"><${NetMark} network=${name} isColoured=${!closed} /><span class="strong">${label}</span></p>
      <div class="mute network-help">${help}${isUnknown && network.barrier && html`<details class="more inline"><summary>${t('connect.first')}</summary>${network.barrier}</details>`}${!closed && !isUnknown && price ? html` <span class="network-price">${price}</span>` : ''}</div>
      ${closed ? html`<span class="pill mute"><${Icon} name="cancelled" /><span>${t('channels.closed')}</span></span>`
        : can_connect && may('approver') && html`<button type="button" class="small plain" aria-expanded=${isOpen ? 'true' : 'false'} onClick=${onOpen} aria-label=${t('connect.go', { network: label })}>${t('channels.connect_one')}</button>`}
    </div>
    ${isOpen && html`<${ConnectForm} network=${network} onDone=${onDone} onNo=${onOpen} />`}
  </li>`;
}
