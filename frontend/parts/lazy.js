// Parts of the pages that are fetched when they are first needed.
import { useEffect } from '../vendor/hooks.js';
import { useSignal } from '../vendor/signals.js';
import { html } from '../html.js';
import { Problem } from '../api.js';
import { Loading, Trouble } from './ui.js';

/**
 * A module of ours, or the problem that it couldn't be reached.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {Promise<T>}
 * @throws {Problem}
 */
export async function fetched(load) {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what import() throws when it can't be had
    throw new Problem('unreachable', 0, {});
  }
}

/**
 * The component that `load` gives, with these props; says when it can't be had, and how to
 * try again.
 * @param {{load: () => Promise<any>, part?: string} & Record<string, any>} props
 */
export function Lazy({ load, part = 'default', ...props }) {
  const loaded = useSignal(/** @type {any} */ (null));
  const problem = useSignal(/** @type {Problem | null} */ (null));
  const fetchPart = () => {
    problem.value = null;
    fetched(load).then((module) => (loaded.value = module[part]), (error) => {
      if (!(error instanceof Problem)) throw error;
      problem.value = error;
    });
  };
  useEffect(fetchPart, [load]);
  if (problem.value) return html`<${Trouble} problem=${problem.value} retry=${fetchPart} />`;
  return loaded.value ? html`<${loaded.value} ...${props} />` : html`<${Loading} />`;
}
