// Waits for the session store to come back, then loads the page anew.

import { readSession, reload } from './session.js';

const FIRST_MS = 2_000;
const LONGEST_MS = 30_000;

/**
 * Half of the wait is left to chance, so that not all browsers come back at the same instant.
 * @param {number} ms
 */
const spread = (ms) => ms / 2 + Math.random() * (ms / 2);

/** @param {number} wait */
const ask = async (wait) => {
  if (document.visibilityState === 'visible' && (await readSession()) !== null) return reload();
  const next = Math.min(wait * 2, LONGEST_MS);
  setTimeout(() => ask(next), spread(next));
};

/** Begins to wait, where the page says that the store is away. */
export const watchRecovery = () => {
  if (!document.querySelector('[data-recover]')) return;
  const status = /** @type {HTMLElement | null} */ (document.querySelector('[data-recover-status]'));
  if (status) status.textContent = status.dataset.recovering ?? '';
  setTimeout(() => ask(FIRST_MS), spread(FIRST_MS));
};
