// Looking again by oneself, only while something moves and somebody watches: each look costs.
import { useEffect, useRef } from './vendor/hooks.js';
import { serverNow } from './api.js';

const FIRST_WAITS_S = [2, 5, 5, 5, 8, 12, 20, 30];
const LAST_WAIT_S = 60;
const TOO_FAR_MS = 12 * 3_600_000;

/**
 * How long to wait before the next look, in ms; null where nothing is about to change.
 * @param {{mark: string, planned_at?: string | null, next_try_at?: string | null}[]} deliveries
 * @param {number} tries  looks since the last change
 * @returns {number | null}
 */
export function nextLook(deliveries, tries) {
  const now = serverNow();
  const times = deliveries.flatMap(({ mark, planned_at, next_try_at }) => {
    if (mark === 'going_out') return [now];
    const at = mark === 'scheduled' ? Date.parse(next_try_at ?? planned_at ?? '') : Number.NaN;
    return Number.isNaN(at) ? [] : [at];
  });
  if (!times.length) return null;
  const ahead = Math.min(...times) - now;
  if (ahead > TOO_FAR_MS) return null;
  if (ahead > 0) return ahead + 1_000;
  return (FIRST_WAITS_S[tries] ?? LAST_WAIT_S) * 1_000;
}

/**
 * Calls `look` whenever `wait` says so, while the page is in sight.
 * @param {string} signature  changes when what is watched has changed
 * @param {(tries: number) => number | null} wait
 * @param {() => Promise<unknown>} look
 */
export function useWatching(signature, wait, look) {
  const latest = useRef({ wait, look });
  latest.current = { wait, look };
  useEffect(() => {
    let tries = 0;
    let timer = 0;
    let dueAt = 0;
    let isOver = false;
    const plan = () => {
      window.clearTimeout(timer);
      const ms = isOver || document.hidden ? null : latest.current.wait(tries);
      if (ms === null) return;
      dueAt = Date.now() + ms;
      timer = window.setTimeout(run, ms);
    };
    const run = async () => {
      tries += 1;
      await latest.current.look();
      plan();
    };
    const onSight = () => {
      if (document.hidden) window.clearTimeout(timer);
      else if (dueAt && Date.now() >= dueAt) void run();
      else plan();
    };
    document.addEventListener('visibilitychange', onSight);
    plan();
    return () => {
      isOver = true;
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', onSight);
    };
  }, [signature]);
}
