// Which of the items are listed: it stands in the page's address, so that it can be kept and sent.
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { number } from '../../format.js';
import { counts } from '../../counts.js';
import { go, place } from '../../router.js';
import { session } from '../../session.js';
import { Icon } from '../../parts/ui.js';

/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {import('../../types-inbox.d.ts').Item} Item */
/** @typedef {import('./people.js').People} People */

const NAMES = /** @type {const} */ (['state', 'unread', 'assignee', 'label', 'network', 'channel', 'source', 'watch', 'kind', 'person', 'thread', 'q']);
const STATES = /** @type {const} */ (['open', 'snoozed', 'answered', 'done', 'ignored', 'spam']);
const KINDS = /** @type {const} */ (['comment', 'reply', 'mention', 'review', 'message', 'article']);
/** What is set elsewhere than in the form: it is shown, and can be taken away. */
const FROM_ELSEWHERE = /** @type {const} */ (['watch', 'person', 'source', 'thread']);
const TYPED_MS = 350;

/** @typedef {Partial<Record<typeof NAMES[number], string>>} Filters */

/** @returns {Filters} */
export function filtersHere() {
  const { query } = place.value;
  return Object.fromEntries(NAMES.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])));
}

/** As the query of an address, of the page or of the API. @param {Filters} filters */
export function asQuery(filters) {
  const made = new URLSearchParams();
  for (const name of NAMES) if (filters[name]) made.set(name, /** @type {string} */ (filters[name]));
  return made.toString();
}

/** The address of the list, or of an item in it. @param {string} [id] @param {Filters} [filters] */
export function addressOf(id, filters = filtersHere()) {
  const query = asQuery(filters);
  return `/boite${id ? `/${id}` : ''}${query ? `?${query}` : ''}`;
}

/** Says that an item is still among those that are listed. @param {Item} item @param {Filters} filters */
export function fits(item, { state = 'open', assignee }) {
  return (state === 'any' || item.state === state) && (!assignee || item.assignee === assignee);
}

/** @param {Filters} patch */
function show(patch) {
  const filters = { ...filtersHere(), ...patch };
  if (filters.state === 'open') delete filters.state;
  go(addressOf('', filters), { replace: true });
}

/** The three lists that one asks for most. */
export function Segments() {
  const me = session.value?.member.id ?? '';
  const { state = 'open', assignee, ...rest } = filtersHere();
  const isPlain = Object.keys(rest).length === 0;
  const chosen = !isPlain ? '' : state === 'open' && assignee === me ? 'mine' : state === 'open' && !assignee ? 'open' : state === 'any' && !assignee ? 'any' : '';
  const all = /** @type {const} */ ([
    { name: 'open', filters: {}, n: counts.value?.open },
    { name: 'mine', filters: { assignee: me }, n: counts.value ? counts.value.by_assignee[me] ?? 0 : undefined },
    { name: 'any', filters: { state: 'any' }, n: undefined },
  ]);
  return html`<div class="segments inbox-segments" role="group" aria-label=${t('inbox.lists')}>
    ${all.map(({ name, filters, n }) => html`<button type="button" class=${chosen === name ? 'chosen' : ''} aria-pressed=${chosen === name ? 'true' : 'false'}
      onClick=${() => go(addressOf('', filters), { replace: true })}>${t(`inbox.list_${name}`)}${n !== undefined && html` <span>${number(n)}</span>`}</button>`)}
  </div>`;
}

/** Search, which is always in sight. */
function Search() {
  const asked = filtersHere().q ?? '';
  const text = useSignal(asked);
  const timer = useRef(0);
  useEffect(() => {
    text.value = asked;
  }, [asked]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const search = () => {
    window.clearTimeout(timer.current);
    if (text.value.trim() !== (filtersHere().q ?? '')) show({ q: text.value.trim() });
  };
  /** @param {string} value */
  const type = (value) => {
    text.value = value;
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(search, TYPED_MS);
  };
  return html`<form class="inbox-search" role="search" onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); search(); }}>
    <${Icon} name="search" /><input type="search" id="inbox-q" aria-label=${t('inbox.search')} placeholder=${t('inbox.search')} value=${text.value} onInput=${typed(type)} />
  </form>`;
}

/** @param {{id: string, label: string, value: string, options: [string, string][], onChange: (value: string) => void}} props */
const Choice = ({ id, label, value, options, onChange }) => html`<div class="inbox-filter"><label for=${id}>${label}</label>
  <select id=${id} value=${value} onChange=${typed(onChange)}>
    ${options.map(([name, word]) => html`<option value=${name} selected=${name === value}>${word}</option>`)}</select></div>`;

/** @param {{channels: Channel[], labels: string[], people: People}} props */
export function FilterBar({ channels, labels, people }) {
  const filters = filtersHere();
  const more = ['unread', 'label', 'channel', 'network', 'kind'].filter((name) => filters[/** @type {keyof Filters} */ (name)]).length
    + (filters.assignee && filters.assignee !== people.me ? 1 : 0) + (filters.state && filters.state !== 'any' ? 1 : 0);
  const isOpen = useSignal(more > 0);
  const all = /** @type {[string, string]} */ (['', t('filter.all')]);
  /** @type {[string, string][]} */
  const states = [...STATES.map((one) => /** @type {[string, string]} */ ([one, t(`item.${one}`)])), ['any', t('filter.any_state')]];
  /** @type {[string, string][]} */
  const owners = people.all.map(({ id, name }) => [id, id === people.me ? t('inbox.me') : name]);
  return html`<div class="inbox-filters">
    <div class="inbox-find"><${Search} />
      <button type="button" class="small plain" aria-expanded=${isOpen.value ? 'true' : 'false'} aria-controls="filters" onClick=${() => (isOpen.value = !isOpen.value)}>${t('filter.title')}${more > 0 && html` <span class="badge">${number(more)}</span>`}</button></div>
    <div id="filters" class="filter-grid" hidden=${!isOpen.value}>
      <${Choice} id="f-state" label=${t('filter.state')} value=${filters.state ?? 'open'} options=${states} onChange=${(/** @type {string} */ state) => show({ state })} />
      <${Choice} id="f-channel" label=${t('filter.network')} value=${filters.channel ?? ''} options=${[all, ...channels.map(({ id, name }) => [id, name])]} onChange=${(/** @type {string} */ channel) => show({ channel, network: '' })} />
      <${Choice} id="f-assignee" label=${t('filter.assignee')} value=${filters.assignee ?? ''} options=${[all, ...owners]} onChange=${(/** @type {string} */ assignee) => show({ assignee })} />
      <${Choice} id="f-label" label=${t('filter.label')} value=${filters.label ?? ''} options=${[all, ...labels.map((one) => [one, one])]} onChange=${(/** @type {string} */ label) => show({ label })} />
      <${Choice} id="f-kind" label=${t('filter.kind')} value=${filters.kind ?? ''} options=${[all, ...KINDS.map((one) => [one, t(`mention.${one}`)])]} onChange=${(/** @type {string} */ kind) => show({ kind })} />
      <label class="choice"><input type="checkbox" checked=${filters.unread === '1'} onChange=${(/** @type {any} */ e) => show({ unread: e.target.checked ? '1' : '' })} /><span>${t('filter.unread')}</span></label>
      <button type="button" class="small quiet" onClick=${() => go('/boite', { replace: true })}>${t('filter.none')}</button>
    </div>
    ${FROM_ELSEWHERE.filter((name) => filters[name]).map((name) => html`<p class="inbox-only"><span>${t(`filter.only_${name}`)}</span>
      <button type="button" class="small quiet" onClick=${() => show({ [name]: '' })}>${t('filter.remove')}</button></p>`)}
  </div>`;
}
