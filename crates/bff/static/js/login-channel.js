// How the page in the finished pop-up tells the page that opened it.
// A message says how a login ended and holds no secret. It is believed only in this exact shape.

import { openChannel } from './channel.js';

const NAME = 'bff-login';

/** @typedef {import('./session.js').LoginResult} LoginResult */

/**
 * Returns `target` as an address of our own origin, or null.
 * @param {unknown} target
 */
export const localAddress = (target) => {
  if (typeof target !== 'string' || !URL.canParse(target, location.origin)) return null;
  const address = new URL(target, location.origin);
  return address.origin === location.origin ? address.href : null;
};

/** @param {unknown} data @returns {data is LoginResult} */
const isResult = (data) => {
  if (data === null || typeof data !== 'object' || !('type' in data) || data.type !== NAME) return false;
  const { outcome, returnTo, title, hint } = /** @type {Record<string, unknown>} */ (data);
  if (outcome === 'success') return localAddress(returnTo) !== null;
  return outcome === 'error' && typeof title === 'string' && typeof hint === 'string';
};

/**
 * Tells every page of our origin, and the opener where the provider left us one.
 * @param {LoginResult} result
 */
export const tell = (result) => {
  const message = { type: NAME, ...result };
  const channel = openChannel(NAME);
  channel.post(message);
  channel.close();
  window.opener?.postMessage(message, location.origin);
};

/**
 * Calls `hear` with every result that comes from our own origin. Returns the function that ends this.
 * @param {(result: LoginResult) => void} hear
 */
export const listen = (hear) => {
  /** @param {unknown} data */
  const take = (data) => {
    if (isResult(data)) hear(data);
  };
  /** @param {MessageEvent} event */
  const takeMessage = ({ origin, data }) => {
    if (origin === location.origin) take(data);
  };
  const channel = openChannel(NAME, take);
  window.addEventListener('message', takeMessage);
  return () => {
    channel.close();
    window.removeEventListener('message', takeMessage);
  };
};
