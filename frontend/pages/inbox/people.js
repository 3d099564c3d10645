// The firm's people by name: who looks after what, who writes an answer.
import { t } from '../../i18n.js';
import { useRead } from '../../loading.js';
import { ofFirm, session } from '../../session.js';

/** @typedef {{me: string, all: import('../../types-inbox.d.ts').Colleague[], name: (id: string) => string}} People */

/** Whoever isn't known (yet) is « un collègue ». @returns {People} */
export function usePeople() {
  const { data } = useRead(ofFirm('/inbox/colleagues'));
  const member = session.value?.member;
  const me = member?.id ?? '';
  const known = /** @type {{items: import('../../types-inbox.d.ts').Colleague[]} | undefined} */ (data.value)?.items
    ?? (member ? [{ id: me, name: member.name }] : []);
  const all = [...known].sort((a, b) => Number(b.id === me) - Number(a.id === me) || a.name.localeCompare(b.name));
  return { me, all, name: (id) => known.find((one) => one.id === id)?.name ?? t('inbox.colleague') };
}
