// Sending what is written: which requests, in which order, and what their refusals mean.
import { Problem, call, create } from '../../api.js';
import { ofFirm } from '../../session.js';
import { bodyOf, fieldOf, whenOf } from './draft.js';

/** @typedef {import('./draft.js').Draft} Draft */
/** @typedef {import('../../types.d.ts').Post} Post */

/**
 * Saves a draft or a scheduled post, and sends a draft on its way.
 * @param {{draft: Draft, post: Post | undefined, version: number, zone: string, language: string, isKept: boolean}} given
 *   `isKept`: as a draft; `version` is the one that the person began from
 * @returns {Promise<Post>}
 * @throws {Problem}
 */
export async function save({ draft, post, version, zone, language, isKept }) {
  const body = bodyOf(draft, post, language);
  if (!post) return create(ofFirm('/posts'), { ...body, when: whenOf(draft, zone, isKept) });
  const path = ofFirm(`/posts/${post.id}`);
  const edited = await call('PUT', path, { ...body, version, when: whenOf(draft, zone, post.is_draft || isKept) });
  if (!post.is_draft || isKept) return edited;
  try {
    return await call('POST', `${path}/schedule`, { version: edited.version, when: whenOf(draft, zone, false) });
  } catch (error) {
    if (error instanceof Problem) error.body.saved_version = edited.version;
    throw error;
  }
}

/**
 * A problem's faults, each with the field that it stands beside.
 * @param {Problem} problem
 * @returns {{id: string, message: string}[]}
 */
export const faultsIn = (problem) => problem.faults.map(({ pointer, message }) => ({ id: fieldOf(pointer), message }));
