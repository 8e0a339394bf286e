// The news of the session: one stream of events for all tabs of this browser, by Web Locks.
// The tab that holds the lock has the stream and passes the news on. When it goes, another tab takes the lock.

import { openChannel } from './channel.js';

const NAME = 'bff-session';
const EVENTS = '/api/session/events';
/** Time for which a refused stream is not asked for again. */
const PAUSE_MS = 30_000;

/**
 * @typedef {{ authenticated?: unknown, user?: unknown, expires_in?: unknown, cause?: unknown }} News
 * What was said of the session. It is a hint: the server is asked before anything is hidden.
 */

/** @param {unknown} data @returns {News | null} */
const asNews = (data) => (typeof data === 'object' && data !== null ? /** @type {News} */ (data) : null);

/** @param {string} text @returns {News | null} */
const parse = (text) => {
  try {
    return asNews(JSON.parse(text));
  } catch {
    return null;
  }
};

/**
 * Follows the session until `stop`.
 * @param {{ onSession: (news: News) => void, onAccount: () => void, onLost: () => void }} tell
 */
export const follow = ({ onSession, onAccount, onLost }) => {
  /** @type {EventSource | null} */
  let source = null;
  /** @type {(() => void) | null} */
  let release = null;
  let isWanted = false;
  let hasLocks = Boolean(navigator.locks);
  let pausedUntil = 0;
  const stopping = new AbortController();

  const channel = openChannel(NAME, (message) => {
    const { type, news } = /** @type {{ type?: unknown, news?: unknown }} */ (asNews(message) ?? {});
    if (type === 'account') return onAccount();
    const heard = asNews(news);
    if (type === 'session' && heard) onSession(heard);
  });

  /** @param {News} news */
  const share = (news) => channel.post({ type: 'session', news });

  const close = () => {
    source?.close();
    source = null;
  };

  const open = () => {
    if (!release || source || !isWanted || Date.now() < pausedUntil) return;
    const opened = new EventSource(EVENTS);
    source = opened;
    opened.addEventListener('session', ({ data }) => {
      const news = parse(data);
      if (!news) return;
      // The server ends the stream now, and the browser must not come back for it.
      if (news.authenticated === false) close();
      share(news);
      onSession(news);
    });
    opened.addEventListener('account', () => {
      channel.post({ type: 'account' });
      onAccount();
    });
    opened.addEventListener('error', () => {
      // In any other state the browser connects again by itself.
      if (opened.readyState !== EventSource.CLOSED || source !== opened) return;
      source = null;
      pausedUntil = Date.now() + PAUSE_MS;
      onLost();
    });
  };

  const lead = () =>
    /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        release = resolve;
        open();
      })
    );

  // Without Web Locks, or without the right to use them, there is no stream.
  Promise.resolve(navigator.locks?.request(NAME, { signal: stopping.signal }, lead)).catch(() => {
    hasLocks = false;
  });

  return {
    /** Tells the other tabs what this one has learnt from the server. */
    share,
    /** Opens the stream if this tab is the one to have it. */
    open: () => {
      isWanted = true;
      open();
    },
    /** Closes the stream, because there is no session to follow. */
    close: () => {
      isWanted = false;
      pausedUntil = 0;
      close();
    },
    /** Returns whether this tab has an open stream. */
    isOpen: () => source?.readyState === EventSource.OPEN,
    /** Returns whether another tab has the stream, as far as is known. */
    isLedElsewhere: () => hasLocks && !release,
    /** Ends everything. */
    stop: () => {
      close();
      stopping.abort();
      release?.();
      channel.close();
    },
  };
};
