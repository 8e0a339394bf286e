// The parts of the account card that are computed from an answer of `/api/user/info`: the size of the balance, the amount used, the
// initial, and the line that says when the balance was updated. The server computes the same for the first page (src/account.rs).

const JUST_NOW_MS = 60_000;
// The steps of the style sheet for the length of an amount.
const STEPS = [8, 12, 16, 20, 28, 40, 64];
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** @type {(selector: string) => HTMLElement | null} */
const find = (selector) => document.querySelector(selector);

/** Returns a text without the characters that change the direction of what follows. @param {unknown} text */
export const withoutTurns = (text) => String(text).replace(TURNS, '');

// The amount used, where the balance is `quota` in the same unit; else its unit is unknown.
/** @param {Record<string, any>} info @param {number} unit */
const usedOf = ({ balance_formatted: shown, quota, used_quota: used }, unit) => {
  const balance = String(shown ?? '');
  /** @param {unknown} number */
  const amount = (number) => (Number(number) / unit).toFixed(2);
  const sign = /^[^\d-]*/u.exec(balance)?.[0] ?? '';
  const isSameUnit = balance.slice(sign.length).replaceAll(',', '') === amount(quota);
  return isSameUnit && Number(used) >= 0 ? sign + amount(used) : null;
};

/** Shows what is computed from this answer. @param {Record<string, any>} info */
export const fillFigures = (info) => {
  const money = find('.money');
  const length = String(info.balance_formatted ?? '').length;
  if (money) money.dataset.fit = String(STEPS.find((step) => step >= length) ?? 64);
  const initial = find('[data-initial]');
  if (initial) initial.textContent = /[\p{L}\p{N}]/u.exec(info.username ?? '')?.[0]?.toUpperCase() ?? '·';
  const line = find('[data-used]');
  if (!line) return;
  const used = usedOf(info, Number(line.dataset.unit));
  line.hidden = used === null;
  line.textContent = used === null ? '' : (line.dataset.words ?? '').replace('{used}', used);
};

/** @param {Date} date */
const timeWords = (date) => {
  const time = date.toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' });
  return (find('[data-balance-status]')?.dataset.at ?? '').replace('{time}', time);
};

// "Just now" is true for a minute.
const shownAt = new Date();
const ageing = setTimeout(() => find('[data-balance-status]')?.replaceChildren(timeWords(shownAt)), JUST_NOW_MS);

/** Says below the balance that it was updated, and when. @param {string} updated */
export const sayUpdated = (updated) => {
  clearTimeout(ageing);
  find('[data-balance-status]')?.replaceChildren(`${updated} · ${timeWords(new Date())}`);
};
