// Boîte: what was said of or to the firm, on the left; the conversation, on the right. On a phone
// one, then the other.
import { useEffect, useRef } from '../vendor/hooks.js';
import { useSignal } from '../vendor/signals.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { recount } from '../counts.js';
import { useKeys } from '../keys.js';
import { useRead } from '../loading.js';
import { go, hasMoved } from '../router.js';
import { may, ofFirm } from '../session.js';
import { useWatching } from '../watching.js';
import { Empty, Icon, Page } from '../parts/ui.js';
import { Lazy } from '../parts/lazy.js';
import { FilterBar, Segments, addressOf, filtersHere } from './inbox/filters.js';
import { List } from './inbox/list.js';
import { useListing } from './inbox/listing.js';
import { usePeople } from './inbox/people.js';
import { author } from './inbox/words.js';

/** @typedef {import('../types-inbox.d.ts').Item} Item */

const conversation = () => import('./inbox/conversation.js');
const help = () => import('./inbox/help.js');
const REFRESH_S = [60, 60, 60, 120, 180];
/** Who only runs past an item hasn't looked at it. */
const SETTLED_MS = 160;

/** The page of `/boite` and of `/boite/<mention>`. @param {{id?: string}} props */
export default function Inbox({ id }) {
  const listing = useListing(filtersHere());
  const channels = /** @type {{items: import('../types.d.ts').Channel[]} | undefined} */ (useRead(ofFirm('/channels')).data.value)?.items ?? [];
  const labels = /** @type {{labels: string[]} | undefined} */ (useRead(ofFirm('/inbox/labels')).data.value)?.labels ?? [];
  const people = usePeople();
  const isHelping = useSignal(false);
  const told = useSignal('');
  const goesIn = useRef('');
  const shown = useSettled(id);
  useEffect(() => void recount(), []);
  useWatching('list', (tries) => (REFRESH_S[tries] ?? 300) * 1_000, () => Promise.all([listing.refresh(), recount()]));
  useReturn(id);

  const items = listing.items ?? [];
  const at = items.findIndex((one) => one.id === id);
  /** @param {number} step */
  const move = (step) => {
    const from = at < 0 ? items.findIndex((one) => `line-${one.id}` === document.activeElement?.id) : at;
    const to = items[from < 0 ? 0 : from + step];
    if (to) select(to.id);
    else if (step > 0 && listing.next) void listing.more();
  };
  /** The focus goes into the conversation, at once or when it is there. @param {string} to */
  const enter = (to) => {
    if (to === id) document.getElementById('who')?.focus();
    else goesIn.current = to;
  };
  /** An item as it stands after something was done to it; what is through makes room for the next. @param {Item} item @param {string} [words] */
  const changed = (item, words) => {
    const next = items[at + 1] ?? items[at - 1];
    const isThrough = item.state !== 'open' && items[at]?.state !== item.state;
    listing.put(item);
    void recount();
    if (!words) return;
    told.value = isThrough && next ? t('inbox.then', { what: words, who: author(next) }) : words;
    if (isThrough && item.id === id) leaveFor(next?.id);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    '?': () => (isHelping.value = true),
    Escape: () => id && go(addressOf()),
    r: () => press('answer'),
    e: () => press('done'),
    a: () => press('assign'),
    s: () => press('snooze'),
    n: () => press('note'),
  });
  return html`<${Page} title=${t('nav.inbox')} cls=${`inbox ${id ? 'shows-one' : 'shows-list'}`} aside=${html`<${Segments} />`}>
    <p class="unseen" role="status">${told.value}</p>
    <div class="inbox-grid">
      <div class="inbox-left"><${FilterBar} channels=${channels} labels=${labels} people=${people} />
        <${List} listing=${listing} current=${id} channels=${channels} people=${people} onEnter=${enter} />
        <p class="inbox-foot"><button type="button" class="small quiet" onClick=${() => (isHelping.value = true)}><${Icon} name="keyboard" />${t('keys.title')}</button>
          ${may('editor') && html`<a class="button small quiet" href="/reponses">${t('replies.title')}</a>`}</p></div>
      <div class="inbox-right">${shown && id
        ? html`<${Lazy} load=${conversation} part="Opened" id=${shown} ...${{ channels, labels, people, goesIn, onChange: changed, onGone: () => { void listing.again(); void recount(); go(addressOf()); } }} />`
        : html`<${Empty} title=${t('inbox.choose')}>${t('inbox.choose_text')}<//>`}</div>
    </div>
    ${isHelping.value && html`<${Lazy} load=${help} part="Help" onClose=${() => (isHelping.value = false)} />`}
  <//>`;
}

/** Shows an item and, where the list is in sight, has the focus on its line. @param {string} id */
function select(id) {
  const line = document.getElementById(`line-${id}`);
  go(addressOf(id), { replace: true });
  line?.focus();
  line?.scrollIntoView({ block: 'nearest' });
}

/** After something was dealt with: to the next one, or back to the list. @param {string | undefined} id */
function leaveFor(id) {
  const isWide = document.querySelector('.inbox-left')?.checkVisibility();
  if (id && isWide) requestAnimationFrame(() => select(id));
  else go(addressOf(), { replace: true });
}

/** Presses what stands in the conversation for a key. @param {string} what */
function press(what) {
  const target = /** @type {HTMLElement | null} */ (document.querySelector(`[data-key="${what}"]`));
  if (what === 'answer') return target?.focus();
  target?.click();
  const opened = target?.closest('details[open]')?.querySelector('button');
  if (opened) requestAnimationFrame(() => opened.focus());
}

/** The id, once it has stayed the same for a moment. @param {string | undefined} id */
function useSettled(id) {
  const settled = useSignal(id);
  useEffect(() => {
    const timer = window.setTimeout(() => (settled.value = id), settled.peek() ? SETTLED_MS : 0);
    return () => window.clearTimeout(timer);
  }, [id]);
  return settled.value === id ? id : undefined;
}

/** Where one comes back to the list, the focus is on the line that one came from. @param {string | undefined} id */
function useReturn(id) {
  const last = useRef(id);
  useEffect(() => {
    if (!id && last.current && hasMoved.peek()) {
      const line = document.getElementById(`line-${last.current}`);
      line?.scrollIntoView({ block: 'center' });
      (line ?? document.querySelector('h1'))?.focus({ preventScroll: true });
    }
    last.current = id;
  }, [id]);
}
