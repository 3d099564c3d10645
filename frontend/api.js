// The HTTP API: one call, its problems, and whether it can be reached at all.
import { signal } from './vendor/signals.js';
import { language } from './i18n.js';

const BASE = '/api/v1';
const TIMEOUT_MS = 25_000;

/** 'ok', 'offline' (this machine has no network) or 'silent' (Relais doesn't answer). */
export const connection = signal(/** @type {'ok' | 'offline' | 'silent'} */ (navigator.onLine ? 'ok' : 'offline'));
window.addEventListener('offline', () => (connection.value = 'offline'));
window.addEventListener('online', () => (connection.value = 'ok'));

/** Called when an answer says that nobody is signed in. @type {{current: () => void}} */
export const onSignedOut = { current: () => undefined };

let clockSkew = 0;
/** Now by the server's clock, in milliseconds: a wrong clock on a phone does no harm. */
export const serverNow = () => Date.now() + clockSkew;

/** What went wrong: the API's problem, or that it couldn't be reached (`slug` "unreachable"). */
export class Problem extends Error {
  /**
   * @param {string} slug
   * @param {number} status
   * @param {Record<string, any>} body
   */
  constructor(slug, status, body) {
    super(body.detail || body.title || slug);
    this.slug = slug;
    this.status = status;
    this.body = body;
    /** @type {import('./types.d.ts').Fault[]} */
    this.faults = body.errors ?? [];
  }
}

/**
 * Asks the API and returns what it answers.
 * @param {'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} method
 * @param {string} path  below /api/v1
 * @param {unknown} [body]
 * @param {{idempotencyKey?: string, isSignIn?: boolean}} [how]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function call(method, path, body, { idempotencyKey, isSignIn = false } = {}) {
  const response = await send(method, path, body, idempotencyKey);
  const said = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(said)) clockSkew = Math.abs(said - Date.now()) > 2_000 ? said - Date.now() : 0;
  const answer = await readJson(response);
  if (response.ok) {
    connection.value = 'ok';
    return answer;
  }
  if (response.status === 401 && !isSignIn) onSignedOut.current();
  throw new Problem(slugOf(answer, response.status), response.status, answer ?? {});
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {string} [idempotencyKey]
 */
async function send(method, path, body, idempotencyKey) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json', 'Accept-Language': language.value };
  if (method !== 'GET') headers['X-Relais'] = '1';
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey;
  try {
    return await fetch(BASE + path, {
      method, headers, credentials: 'same-origin', cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    connection.value = navigator.onLine ? 'silent' : 'offline';
    throw new Problem('unreachable', 0, {});
  }
}

/** @param {Response} response */
async function readJson(response) {
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch {
    return null; // cut short, or a page of a proxy: the status says what there is to say
  }
}

/**
 * @param {Record<string, any> | null} answer
 * @param {number} status
 */
function slugOf(answer, status) {
  const type = typeof answer?.type === 'string' ? answer.type.split('/').pop() : '';
  return type || `status-${status}`;
}

/** A new random key, so that a create that is sent again is done once. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The last create whose answer hasn't come: tried again unchanged, it carries the same key. */
let pending = { asked: '', key: '' };

/**
 * Makes something, once however often an answer is lost; asked for again after an answer, it is made again.
 * @param {string} path  below /api/v1
 * @param {unknown} body
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function create(path, body) {
  const asked = path + JSON.stringify(body);
  if (pending.asked !== asked) pending = { asked, key: newKey() };
  const made = await call('POST', path, body, { idempotencyKey: pending.key });
  if (!made) throw new Problem('unreachable', 0, {}); // the answer was cut short
  pending = { asked: '', key: '' };
  return made;
}
