// One-click login in a pop-up, on screens that have room for one.
// Closed never means failed: a provider may cut the pop-up off from us, and then it looks closed
// while the person is still typing. What counts is a message from the finished pop-up, or the server.

import { listen, localAddress, tell } from './login-channel.js';
import { isLoginWindow, openLogin } from './login-window.js';
import { clear, show } from './notice.js';
import { isSignedIn, reload } from './session.js';

/** @typedef {import('./session.js').LoginResult} LoginResult */

const ROOM = '(min-width: 700px) and (pointer: fine)';

/** @type {Window | null} */
let popup = null;
let isWaiting = false;
let isLeaving = false;

const link = () => /** @type {HTMLAnchorElement | null} */ (document.querySelector('[data-login]'));

/** @param {string} text */
const say = (text) => {
  const status = document.querySelector('[data-login-status]');
  if (status) status.textContent = text;
};

/**
 * The browser opens the link in this window. On a slow network the page stays for seconds, so it says that the press counts.
 * @param {HTMLAnchorElement} target
 */
const leave = (target) => {
  target.ariaBusy = 'true';
  say(target.dataset.waiting ?? '');
};

// The page was left for the provider, and the browser shows it again as it was.
/** @param {PageTransitionEvent} event */
const comeBack = ({ persisted }) => {
  const target = link();
  if (!persisted || !target) return;
  target.ariaBusy = null;
  say('');
};

/** @param {MouseEvent} event */
const start = (event) => {
  const clicked = event.target instanceof Element ? event.target.closest('[data-login]') : null;
  const target = /** @type {HTMLAnchorElement | null} */ (clicked);
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!target || !isPlain) return;
  if (!matchMedia(ROOM).matches) return leave(target);
  if (popup && !popup.closed) {
    event.preventDefault();
    popup.focus();
    return;
  }
  popup = openLogin(target.href);
  if (!popup) return leave(target); // Blocked: the link goes on in this window.
  event.preventDefault();
  isWaiting = true;
  clear();
  say(target.dataset.waiting ?? '');
};

/** @param {string} address */
const succeed = (address) => {
  isLeaving = true;
  say(link()?.dataset.verifying ?? '');
  location.replace(address);
};

/** @param {{ title: string, hint: string }} result */
const fail = ({ title, hint }) => {
  if (!isWaiting) return;
  isWaiting = false;
  popup = null;
  say('');
  show('bad', title, hint);
  link()?.focus();
};

/** @param {LoginResult} result */
const hear = (result) => {
  // The same result may come by both roads; the first one counts.
  if (isLeaving || !link()) return;
  if (result.outcome === 'error') return fail(result);
  if (isWaiting) return succeed(localAddress(result.returnTo) ?? '/');
  isLeaving = true;
  reload(); // Another tab signed in.
};

// The person is back at this page: done, given up, or only looking.
const settle = async () => {
  if (!isWaiting || isLeaving) return;
  const signedIn = await isSignedIn();
  if (!isWaiting || isLeaving) return; // A message was faster.
  if (signedIn) succeed('/?login=success');
  else say(link()?.dataset.reopen ?? '');
};

// A login in a pop-up whose answer belongs to no attempt ends here, as a whole page in the pop-up: the page that waits must hear of it.
const passFailureOn = () => {
  // With a live session the page shows no failure, so there is none to pass on.
  if (!isLoginWindow() || !document.querySelector('[data-notice].notice-bad')) return;
  if (!new URL(location.href).searchParams.has('error')) return;
  /** @param {string} selector */
  const textOf = (selector) => document.querySelector(`[data-notice] ${selector}`)?.textContent?.trim() ?? '';
  tell({ outcome: 'error', title: textOf('.notice-title'), hint: textOf('.notice-hint') });
  const explanation = /** @type {HTMLElement | null} */ (document.querySelector('[data-in-pop-up]'));
  if (explanation) explanation.hidden = false;
};

/** Returns whether a login is under way in a pop-up of this page. */
export const isSigningIn = () => isWaiting || isLeaving;

/** Begins to watch the login link, whichever card it stands in. */
export const watchLogin = () => {
  document.addEventListener('click', start);
  window.addEventListener('focus', settle);
  window.addEventListener('pageshow', comeBack);
  listen(hear);
  passFailureOn();
};
