// The tab's own store, which never throws. A browser that blocks cookies throws at each access to storage.

/** @returns {Storage | null} */
const area = () => {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
};

/**
 * Returns what was stored under this name; null when there is nothing, or no store.
 * @param {string} name
 */
export const recall = (name) => {
  try {
    return area()?.getItem(name) ?? null;
  } catch {
    return null;
  }
};

/**
 * Stores a text. Returns whether it is stored.
 * @param {string} name
 * @param {string} value
 */
export const remember = (name, value) => {
  try {
    area()?.setItem(name, value);
    return recall(name) === value;
  } catch {
    return false;
  }
};

/**
 * Removes a text.
 * @param {string} name
 */
export const forget = (name) => {
  try {
    area()?.removeItem(name);
  } catch {
    // Without a store there is nothing to remove.
  }
};

const PROBE = 'bff-probe';

/** Returns whether the browser keeps no cookies of this site. */
export const cookiesBlocked = () => {
  if (!navigator.cookieEnabled) return true;
  try {
    document.cookie = `${PROBE}=1; SameSite=Strict; Path=/`;
    const isKept = document.cookie.includes(`${PROBE}=1`);
    document.cookie = `${PROBE}=; SameSite=Strict; Path=/; Max-Age=0`;
    return !isKept;
  } catch {
    return true;
  }
};
