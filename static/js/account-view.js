// What the card shows of the account: fills it with an answer of `/api/user/info`, as the server does.

/** @typedef {Api.Account} UserInfo The answer of `/api/user/info`; the types `Api` are made from docs/openapi*.yaml (tests/types). */

/** How long a changed balance is marked. */
const MARK_MS = 3_000;
const JUST_NOW_MS = 60_000;
/** The steps of the style sheet for the length of an amount, as the server computes them. */
const STEPS = [8, 12, 16, 20, 28, 40, 64];
/** Characters that change the direction of what follows. */
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

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

/**
 * Returns the amount used, where the balance is `quota` in the same unit; else null, because its unit is unknown.
 * @param {UserInfo} info @param {string} balance @param {number} unit
 */
const usedOf = ({ quota, used_quota: used }, balance, unit) => {
  /** @param {unknown} number */
  const amount = (number) => (Number(number) / unit).toFixed(2);
  const [sign = ''] = /^[^\d-]*/u.exec(balance) ?? [];
  const isSameUnit = balance.slice(sign.length).replaceAll(',', '') === amount(quota);
  return isSameUnit && Number(used ?? -1) >= 0 ? sign + amount(used) : null;
};

/** @param {UserInfo} info @param {string} balance */
const fillUsed = (info, balance) => {
  const line = part('[data-used]');
  if (!line) return;
  const used = usedOf(info, balance, Number(line.dataset.unit));
  line.hidden = used === null;
  line.textContent = used === null ? '' : (line.dataset.words ?? '').replace('{used}', used);
};

/** @param {UserInfo} info */
const fill = (info) => {
  for (const element of document.querySelectorAll('[data-field]')) {
    const field = /** @type {HTMLElement} */ (element);
    const value = info[/** @type {keyof UserInfo} */ (field.dataset.field)];
    field.textContent = String(value ?? field.dataset.missing ?? '').replace(TURNS, '');
    field.removeAttribute('data-loading');
  }
  const isMissing = info.balance_formatted === undefined || info.balance_formatted === null;
  const balance = String(info.balance_formatted ?? '');
  const isNegative = /^\s*[-\u2212]/u.test(balance);
  const row = part('[data-balance-row]');
  row?.classList.toggle('is-negative', isNegative);
  row?.classList.toggle('is-missing', isMissing);
  const money = part('.money');
  if (money) money.dataset.fit = String(STEPS.find((step) => step >= balance.length) ?? 64);
  toggle('[data-negative-note]', isNegative);
  const initial = part('[data-initial]');
  if (initial) initial.textContent = /[\p{L}\p{N}]/u.exec(String(info.username ?? ''))?.[0].toUpperCase() ?? '·';
  toggle('[data-copy-email]', Boolean(info.email));
  fillUsed(info, balance);
};

/** @param {Date} date */
const timeWords = (date) => {
  const time = date.toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' });
  return (part('[data-balance-status]')?.dataset.at ?? '').replace('{time}', time);
};

const shownAt = new Date();
// "Just now" is true for a minute.
const ageing = setTimeout(() => part('[data-balance-status]')?.replaceChildren(timeWords(shownAt)), JUST_NOW_MS);

/**
 * Says that the balance is up to date, and when it was read.
 * @param {string} words
 */
export const sayUpdated = (words) => {
  clearTimeout(ageing);
  part('[data-balance-status]')?.replaceChildren(`${words} · ${timeWords(new Date())}`);
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
