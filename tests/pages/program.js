// The program with its sandbox provider, on free ports in an empty folder, for a test that judges its pages.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const freeAddress = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
};

// Starts the program and waits until it is ready. `stop` ends it.
export const startProgram = async (settings) => {
  const [app, admin, sandbox] = [await freeAddress(), await freeAddress(), await freeAddress()];
  const folder = await mkdtemp(join(tmpdir(), 'pages-'));
  const origin = `http://${app}`;
  const child = spawn(process.env.PROGRAM, ['serve'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      OAUTH_REDIRECT_URI: `${origin}/oauth/callback`,
      BFF_SERVER__LISTEN: app,
      BFF_SERVER__ADMIN_LISTEN: admin,
      BFF_SANDBOX__LISTEN: sandbox,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true });
  };
  while (child.exitCode === null) {
    const answer = await fetch(`${origin}/readyz`).catch(() => undefined);
    if (answer?.ok) return { origin, sandbox: `http://${sandbox}`, stop };
    await sleep(100);
  }
  throw new Error(`the program ended: ${child.exitCode}`);
};

// Signs in as a browser without scripts does, and returns the value of a `Cookie` header.
export const signIn = async (origin) => {
  const jar = new Map();
  const ask = async (url, body) => {
    const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') };
    if (body) headers.origin = url.origin;
    const answer = await fetch(url, { method: body ? 'POST' : 'GET', body, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) jar.set(name, value); else jar.delete(name);
    }
    const next = answer.headers.get('location');
    return next ? ask(new URL(next, url)) : { url, text: await answer.text() };
  };
  const form = await ask(new URL('/auth/oauth/start', origin));
  const action = /<form[^>]* action="([^"]+)"/.exec(form.text)[1].replaceAll('&amp;', '&');
  await ask(new URL(action, form.url), new URLSearchParams({ name: 'demo', password: 'demo' }));
  const session = [...jar].filter(([name]) => name.endsWith('session'));
  return session.map(([name, value]) => `${name}=${value}`).join('; ');
};
