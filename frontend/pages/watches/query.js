// The words of a watch as one types them, and as the API has them.

/** @typedef {import('../../types-inbox.d.ts').Query} Query */
/** @typedef {import('../../types-inbox.d.ts').WantedSource} WantedSource */
/** @typedef {import('../../types-inbox.d.ts').WatchKind} WatchKind */
/** @typedef {{name: string, kind: WatchKind, all: string, any: string, none: string, forgives: boolean, sources: WantedSource[]}} Draft */

/** Terms that are separated by commas or lines; a comma inside quotes belongs to the term. @param {string} text */
export const termsOf = (text) => (text.replace(/[“«]\s?|\s?[”»]/g, '"').match(/"[^"\n]*"|[^,\n"]+/g) ?? []).map((one) => one.trim()).filter((one) => one.replace(/"/g, '').trim());

/** @param {import('../../types-inbox.d.ts').Watch | undefined} watch @returns {Draft} */
export function draftOf(watch) {
  if (!watch) return { name: '', kind: 'firm', all: '', any: '', none: '', forgives: true, sources: [] };
  const { name, kind, query, sources } = watch;
  return {
    name, kind, all: query.all.join(', '), any: query.any.join(', '), none: query.none.join(', '), forgives: query.forgives_typos,
    sources: sources.flatMap(({ kind: of, network, channel, address, words, label }) => (of === 'channel' ? [] : [{
      kind: of, label, ...(of !== 'feed' && { network, words }), ...(channel && { channel }), ...(address && { address }),
    }])),
  };
}

/** @param {Draft} draft @returns {Query} */
export const queryOf = ({ all, any, none, forgives }) => ({ all: termsOf(all), any: termsOf(any), none: termsOf(none), forgives_typos: forgives });

/** What a source is called. @param {WantedSource} source */
export const labelOf = ({ kind, label, words, address }) => label || (kind === 'tag' ? `#${words}` : words || address || '');
