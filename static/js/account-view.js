// What the card shows of the account: fills it with an answer of `/api/user/info`, as the server does.

/** @typedef {Api.Account} UserInfo The answer of `/api/user/info`; the types `Api` are made from docs/openapi*.yaml (tests/types). */

import { fillFigures, withoutTurns } from './figures.js';

/** How long a changed balance is marked. */
const MARK_MS = 3_000;

/** @type {<T extends Element>(selector: string, within?: ParentNode) => T | null} */
export const find = (selector, within = document) => within.querySelector(selector);

/** @type {(selector: string) => HTMLElement | null} */
const part = (selector) => find(selector);

/** @param {string} selector @param {boolean} isShown */
const toggle = (selector, isShown) => {
  const element = part(selector);
  if (element) element.hidden = !isShown;
};

const shownBalance = () => part('[data-field=balance_formatted]')?.textContent?.trim();

/** @param {UserInfo} info */
const fill = (info) => {
  for (const element of document.querySelectorAll('[data-field]')) {
    const field = /** @type {HTMLElement} */ (element);
    const value = info[/** @type {keyof UserInfo} */ (field.dataset.field)];
    field.textContent = withoutTurns(value ?? field.dataset.missing ?? '');
    field.removeAttribute('data-loading');
  }
  const balance = info.balance_formatted;
  const isNegative = /^\s*[-\u2212]/u.test(String(balance ?? ''));
  const row = part('[data-balance-row]');
  row?.classList.toggle('is-negative', isNegative);
  row?.classList.toggle('is-missing', balance === undefined || balance === null);
  toggle('[data-negative-note]', isNegative);
  toggle('[data-copy-email]', Boolean(info.email));
  fillFigures(info);
};

/** Marks the balance as changed, for a short time. */
const mark = () => {
  const row = part('[data-balance-row]');
  row?.classList.add('is-changed');
  setTimeout(() => row?.classList.remove('is-changed'), MARK_MS);
};

/**
 * Shows the account. Returns whether another balance is shown now; null where the server must draw the card anew.
 * @param {UserInfo} info
 */
export const update = (info) => {
  // Another status changes more than numbers.
  if (String(info.status ?? 1) !== part('[data-account]')?.dataset.status) return null;
  const before = shownBalance();
  fill(info);
  const isChanged = shownBalance() !== before;
  if (isChanged) mark();
  return isChanged;
};

/**
 * Ends the wait for the first answer of the provider. Without an answer the last known data stay, with their age.
 * @param {boolean} isAnswered
 */
export const settle = (isAnswered) => {
  part('[data-pending]')?.removeAttribute('data-pending');
  part('[data-pending-note]')?.remove();
  if (isAnswered) {
    part('[data-age]')?.remove();
    toggle('[data-fresh]', true);
  }
  for (const element of document.querySelectorAll('[data-loading]')) {
    element.textContent = /** @type {HTMLElement} */ (element).dataset.missing ?? '';
  }
};
