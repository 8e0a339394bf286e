// One-click login in a pop-up, on screens that have room for one.
// Closed never means failed: a provider may cut the pop-up off from us, and then it looks closed
// while the person is still typing. What counts is a message from the finished pop-up, or the server.

import { listen, localAddress } from './login-channel.js';
import { clear, show } from './notice.js';
import { isSignedIn, reload } from './session.js';

const START = '/auth/oauth/start?display=popup';
const ROOM = '(min-width: 700px) and (pointer: fine)';
const WIDTH = 500;
const HEIGHT = 600;

let popup = null;
let isWaiting = false;

const link = () => document.querySelector('[data-login]');

const say = (text) => {
  const status = document.querySelector('[data-login-status]');
  if (status) status.textContent = text;
};

const open = () => {
  const left = Math.round(window.screenX + (window.outerWidth - WIDTH) / 2);
  const top = Math.round(window.screenY + (window.outerHeight - HEIGHT) / 2);
  return window.open(START, '_blank', `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`);
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
  popup = open();
  if (!popup) return; // Blocked: the link goes on in this window.
  event.preventDefault();
  isWaiting = true;
  clear();
  say(target.dataset.waiting);
};

const succeed = (address) => {
  isWaiting = false;
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
  if (!link()) return;
  if (result.outcome === 'error') fail(result);
  else if (isWaiting) succeed(localAddress(result.returnTo));
  else reload(); // Another tab signed in.
};

// The person is back at this page: done, given up, or only looking.
const settle = async () => {
  if (!isWaiting) return;
  if (await isSignedIn()) succeed('/?login=success');
  else if (isWaiting) say(link()?.dataset.reopen ?? '');
};

/** Begins to watch the login link, whichever card it stands in. */
export const watchLogin = () => {
  document.addEventListener('click', start);
  window.addEventListener('focus', settle);
  listen(hear);
};
