// The writing of one message: its draft, what is kept of it here, and sending it.
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { language, t } from '../../i18n.js';
import { dateHour, wallClock } from '../../format.js';
import { Problem, serverNow } from '../../api.js';
import { handOver } from '../../flash.js';
import { useAct } from '../../loading.js';
import { go, place } from '../../router.js';
import { workspace } from '../../session.js';
import { toast } from '../../parts/ui.js';
import { draftOf, emptyDraft, faultsOf, forgetHere, keepHere, keptHere, rememberChannels, usualChannels } from './draft.js';
import { faultsIn, save } from './saving.js';

/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {import('../../types.d.ts').Post} Post */
/** @typedef {import('./draft.js').Draft} Draft */

const KEEP_AFTER_MS = 400;

/** @param {Channel[]} all @param {Post | undefined} post */
function beginning(all, post) {
  const { id: firm, zone } = workspace.value;
  const fresh = post ? draftOf(post, zone) : emptyDraft(zone, usualChannels(firm, all), place.value.query.get('date'));
  const kept = keptHere(firm, post?.id);
  if (!kept) return { fresh, draft: fresh, version: post?.version ?? 0, isFound: false };
  const draft = { ...fresh, ...kept.draft, channels: kept.draft.channels.filter((id) => all.some((one) => one.id === id)) };
  const asked = place.value.query.get('date');
  if (asked && !post) draft.date = asked;
  return { fresh, draft, version: kept.version, isFound: true };
}

/**
 * What the composer shows and does.
 * @param {{all: Channel[], post: Post | undefined, onSaved: (post: Post) => void}} given
 */
export function useWriting({ all, post, onSaved }) {
  const { id: firm, zone } = workspace.value;
  const start = useRef(/** @type {ReturnType<typeof beginning> | null} */ (null));
  start.current ??= beginning(all, post);
  const draft = useSignal(start.current.draft);
  const version = useSignal(start.current.version);
  const isFound = useSignal(start.current.isFound);
  const faults = useSignal(/** @type {{id: string, message: string}[]} */ ([]));
  const turn = useSignal(0);
  const conflict = useSignal(/** @type {Problem | null} */ (null));
  const keptAt = useKeeping(firm, post?.id, version, draft, start.current.fresh);
  const { busy, problem, run } = useAct();
  const now = draft.value;
  const chosen = all.filter((one) => now.channels.includes(one.id));
  const errors = Object.fromEntries(faults.value.map(({ id, message }) => [id, message]));
  /** @param {(draft: Draft) => Partial<Draft>} how */
  const change = (how) => (draft.value = { ...draft.peek(), ...how(draft.peek()) });

  /** @param {boolean} isKept */
  const submit = async (isKept) => {
    faults.value = faultsOf(now, chosen, isKept);
    turn.value += 1;
    if (faults.value.length) return;
    const saved = await run(isKept ? 'keep' : 'go', () => save({ draft: { ...now, channels: chosen.map(({ id }) => id) }, post, version: version.value, zone, language: language.value, isKept }).catch(refused));
    if (saved) leave(saved, isKept);
  };
  /** @param {unknown} error @returns {never | undefined} */
  const refused = (error) => {
    if (!(error instanceof Problem)) throw error;
    if (error.body.saved_version) version.value = error.body.saved_version;
    if (error.slug === 'edited-meanwhile') conflict.value = error;
    else if (error.faults.length) faults.value = faultsIn(error);
    else throw error;
    turn.value += 1;
    return undefined;
  };
  /**
   * Goes on from a version as it stands on the server; what was typed since it was sent stays.
   * @param {Post} saved
   * @param {Draft} [sent]
   */
  const goOnFrom = (saved, sent = draft.peek()) => {
    forgetHere(firm, post?.id);
    const fresh = draftOf(saved, zone);
    start.current = { fresh, draft: fresh, version: saved.version, isFound: false };
    if (draft.peek() === sent) draft.value = fresh;
    version.value = saved.version;
    isFound.value = false;
    conflict.value = null;
    onSaved(saved);
  };
  /** @param {Post} saved @param {boolean} isKept */
  const leave = (saved, isKept) => {
    rememberChannels(firm, saved.channels);
    handOver(saved.notes ?? []);
    toast(isKept ? t('compose.kept') : doneWords(now, saved));
    goOnFrom(saved, now);
    if (!isKept) go(`/messages/${saved.id}`);
    else if (!post) go(`/ecrire/${saved.id}`, { replace: true });
  };
  const startOver = () => {
    forgetHere(firm, post?.id);
    isFound.value = false;
    version.value = post?.version ?? 0;
    draft.value = start.current?.fresh ?? draft.value;
    document.getElementById('text')?.focus();
  };

  /** Another version is taken for the one to begin from. @param {number} theirs */
  const onMine = (theirs) => {
    version.value = theirs;
    conflict.value = null;
  };
  return {
    now, change, chosen, errors, submit, run, faults: faults.value, turn: turn.value, keptAt: keptAt.value,
    busy: busy.value, problem: problem.value, found: { is: isFound.value, drop: startOver },
    conflict: { problem: conflict.value, onMine, onTheirs: (/** @type {Post} */ theirs) => goOnFrom(theirs) },
  };
}

/** @param {{date: string, time: string}} chosen */
export const at = ({ date, time }) => dateHour({ date, time }, wallClock(serverNow(), workspace.value.zone).date);

/** With the time that it has: daylight saving may have moved the chosen one. @param {Draft} draft @param {Post} saved */
const doneWords = (draft, { local }) => (draft.when === 'now' || !local
  ? t('compose.done_now')
  : t('compose.done_at', { time: at({ date: local.slice(0, 10), time: local.slice(11, 16) }) }));

/**
 * Keeps what is written on this device, a moment after each change; says when it last did.
 * @param {string} firm
 * @param {string | undefined} post
 * @param {import('../../vendor/signals.js').Signal<number>} version
 * @param {import('../../vendor/signals.js').Signal<Draft>} draft
 * @param {Draft} fresh  what needs no keeping
 */
function useKeeping(firm, post, version, draft, fresh) {
  const keptAt = useSignal('');
  useEffect(() => {
    if (draft.value === fresh) return undefined;
    const timer = window.setTimeout(() => {
      if (draft.value !== fresh && keepHere(firm, post, version.value, draft.value)) keptAt.value = wallClock(serverNow(), workspace.value.zone).time;
    }, KEEP_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, [draft.value, version.value]);
  return keptAt;
}
