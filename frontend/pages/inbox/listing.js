// The items that are listed: read page by page, and kept in step with what is done to them.
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { Problem, call } from '../../api.js';
import { ofFirm } from '../../session.js';
import { asQuery, fits } from './filters.js';

/** @typedef {import('../../types-inbox.d.ts').Item} Item */
/** @typedef {import('../../types-inbox.d.ts').Page} Page */

/** Items of one page. */
const LIMIT = 30;

/** @param {import('./filters.js').Filters} filters */
export function useListing(filters) {
  const query = asQuery(filters);
  const items = useSignal(/** @type {Item[] | null} */ (null));
  const next = useSignal(/** @type {string | null} */ (null));
  const problem = useSignal(/** @type {Problem | null} */ (null));
  const isReading = useSignal(false);
  const shown = useRef(query);
  shown.current = query;

  /** @param {string} after @param {(page: Page) => void} use */
  const read = async (after, use) => {
    isReading.value = true;
    try {
      const page = await call('GET', ofFirm(`/inbox?${query}${query && '&'}limit=${LIMIT}${after && `&after=${encodeURIComponent(after)}`}`));
      if (shown.current !== query) return;
      problem.value = null;
      use(page);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (shown.current === query) problem.value = error;
    } finally {
      if (shown.current === query) isReading.value = false;
    }
  };
  const again = () => read('', (page) => {
    items.value = page.items;
    next.value = page.next;
  });
  /** Has what came since the list was read at its top; what was read further down stays. */
  const refresh = () => read('', (page) => {
    const fresh = new Set(page.items.map((one) => one.id));
    const oldest = page.items.at(-1);
    const rest = page.next && oldest ? (items.peek() ?? []).filter((one) => !fresh.has(one.id) && one.said_at < oldest.said_at) : [];
    items.value = [...page.items, ...rest];
    if (!rest.length) next.value = page.next;
  });
  const more = () => (next.value ? read(next.value, (page) => {
    const known = new Set((items.peek() ?? []).map((one) => one.id));
    items.value = [...(items.peek() ?? []), ...page.items.filter((one) => !known.has(one.id))];
    next.value = page.next;
  }) : Promise.resolve());
  /** Shows an item as it is now; one that is no longer asked for goes, one
   * that is asked for again comes back. @param {Item} item */
  const put = (item) => {
    const others = (items.peek() ?? []).filter((one) => one.id !== item.id);
    const wasThere = others.length < (items.peek() ?? []).length;
    if (!fits(item, filters)) items.value = others;
    else if (wasThere) items.value = (items.peek() ?? []).map((one) => (one.id === item.id ? item : one));
    else items.value = [...others, item].sort((a, b) => Date.parse(b.said_at) - Date.parse(a.said_at));
  };
  useEffect(() => {
    items.value = null;
    void again();
  }, [query]);
  return { items: items.value, next: next.value, problem: problem.value, isReading: isReading.value, again, refresh, more, put };
}
