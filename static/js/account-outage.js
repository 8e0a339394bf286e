// The card of an account that cannot be read now: asks again by itself, and shows when.

const FIRST_S = 10;
const LONGEST_S = 60;

/** Returns whether the page can show something else now: the account, or that the session is over. */
const isOver = async () => {
  try {
    const answer = await fetch('/api/user/info', { cache: 'no-store', headers: { Accept: 'application/json' } });
    return answer.ok || answer.status === 401 || answer.status === 403;
  } catch {
    return false;
  }
};

/** Begins to ask, where the page shows this card. */
export const watchOutage = () => {
  const status = /** @type {HTMLElement | null} */ (document.querySelector('[data-retry-in]'));
  if (!status) return;
  const { retryIn = '', retrying = '' } = status.dataset;
  let wait = FIRST_S;
  let left = wait;
  const tick = async () => {
    // The user does not wait for a page that is not shown.
    if (document.visibilityState !== 'visible') return setTimeout(tick, 1000);
    if (left > 0) {
      status.textContent = retryIn.replace('{seconds}', String(left));
      left -= 1;
      return setTimeout(tick, 1000);
    }
    status.textContent = retrying;
    if (await isOver()) return location.replace('/');
    wait = Math.min(wait * 2, LONGEST_S);
    // A part is left to chance, so that not all pages ask at the same instant.
    left = Math.ceil(wait * (0.75 + Math.random() / 4));
    return tick();
  };
  tick();
};
