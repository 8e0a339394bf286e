// One-click login in a pop-up, on screens that have room for one.
// Closed never means failed: a provider may cut the pop-up off from us, and then it looks closed
// while the person is still typing. What counts is a message from the finished pop-up, or the server.

import { listen, localAddress, message, tell } from './login-channel.js';
import { clear, show } from './notice.js';
import { isSignedIn, reload } from './session.js';

const ROOM = '(min-width: 700px) and (pointer: fine)';
const IS_POPUP = 'bff-popup';
const WIDTH = 500;
const HEIGHT = 600;

let popup = null;
let isWaiting = false;
let isLeaving = false;

const link = () => document.querySelector('[data-login]');

const say = (text) => {
  const status = document.querySelector('[data-login-status]');
  if (status) status.textContent = text;
};

const open = (href) => {
  const address = new URL(href);
  address.searchParams.set('display', 'popup');
  const left = Math.round(window.screenX + (window.outerWidth - WIDTH) / 2);
  const top = Math.round(window.screenY + (window.outerHeight - HEIGHT) / 2);
  // A new window takes a copy of this tab's own store along, and so knows for ever that it is a pop-up.
  sessionStorage.setItem(IS_POPUP, 'yes');
  const opened = window.open(address, '_blank', `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`);
  sessionStorage.removeItem(IS_POPUP);
  return opened;
};

const start = (event) => {
  const target = event.target.closest?.('[data-login]');
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!target || !isPlain || !matchMedia(ROOM).matches) return;
  if (popup && !popup.closed) {
    event.preventDefault();
    popup.focus();
    return;
  }
  popup = open(target.href);
  if (!popup) return; // Blocked: the link goes on in this window.
  event.preventDefault();
  isWaiting = true;
  clear();
  say(target.dataset.waiting);
};

const succeed = (address) => {
  isLeaving = true;
  say(link()?.dataset.verifying ?? '');
  location.replace(address);
};

const fail = ({ title, hint }) => {
  if (!isWaiting) return;
  isWaiting = false;
  popup = null;
  say('');
  show('bad', title, hint);
  link()?.focus();
};

const hear = (result) => {
  // The same result may come by both roads; the first one counts.
  if (isLeaving || !link()) return;
  if (result.outcome === 'error') return fail(result);
  if (isWaiting) return succeed(localAddress(result.returnTo));
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

// A login in a pop-up whose answer nobody can place ends here, as a whole page in the pop-up: the page that waits must hear of it.
const passFailureOn = () => {
  // With a live session the page shows no failure, so there is none to pass on.
  if (!sessionStorage.getItem(IS_POPUP) || !document.querySelector('[data-notice].notice-bad')) return;
  if (!new URL(location.href).searchParams.has('error')) return;
  const textOf = (selector) => document.querySelector(`[data-notice] ${selector}`)?.textContent.trim() ?? '';
  tell(message('error', { title: textOf('.notice-title'), hint: textOf('.notice-hint') }));
  document.querySelector('[data-in-pop-up]').hidden = false;
};

/** Begins to watch the login link, whichever card it stands in. */
export const watchLogin = () => {
  document.addEventListener('click', start);
  window.addEventListener('focus', settle);
  listen(hear);
  passFailureOn();
};
