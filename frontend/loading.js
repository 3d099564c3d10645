// Reading something for a page: the data, the problem, and reading it again.
import { useEffect, useRef } from './vendor/hooks.js';
import { useSignal } from './vendor/signals.js';
import { Problem, call } from './api.js';
import { language } from './i18n.js';

/**
 * Reads an address of the API when the component appears, and again when `path` or the
 * language changes. What was read stays while it is read again; a failed read leaves it.
 * @template T
 * @param {string | null} path  null: nothing to read
 */
export function useRead(path) {
  const data = useSignal(/** @type {T | undefined} */ (undefined));
  const problem = useSignal(/** @type {Problem | null} */ (null));
  const current = useRef(path);
  current.current = path;
  const again = async () => {
    if (path === null) return;
    try {
      const answer = await call('GET', path);
      if (current.current !== path) return;
      data.value = answer;
      problem.value = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problem.value = error;
    }
  };
  useEffect(() => void again(), [path, language.value]);
  return { data, problem, again };
}

/**
 * Runs acts of a person one at a time, and keeps what went wrong with the last one.
 */
export function useAct() {
  const busy = useSignal('');
  const problem = useSignal(/** @type {Problem | null} */ (null));
  /**
   * @template T
   * @param {string} name  which act: shows on its button
   * @param {() => Promise<T>} act
   * @returns {Promise<T | undefined>} undefined if it failed or another act is under way
   */
  const run = async (name, act) => {
    if (busy.value) return undefined;
    busy.value = name;
    problem.value = null;
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problem.value = error;
      return undefined;
    } finally {
      busy.value = '';
    }
  };
  return { busy, problem, run };
}
