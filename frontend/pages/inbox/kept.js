// An answer that is written and not sent yet is kept on this device.
import { forget, recall, remember } from '../../storage.js';
import { workspace } from '../../session.js';

/** @param {string} mention */
const nameOf = (mention) => `relais.answer.${workspace.value?.id}.${mention}`;

/** @param {string} mention */
export const keptAnswer = (mention) => recall(nameOf(mention)) ?? '';

/** @param {string} mention @param {string} text */
export function keepAnswer(mention, text) {
  if (text.trim()) remember(nameOf(mention), text);
  else forget(nameOf(mention));
}
