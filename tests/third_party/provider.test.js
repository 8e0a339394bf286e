// Proves that the stand-alone provider is as strict as the tests of the program rely on: PKCE is
// required and checked, a code works once, refresh tokens rotate, a used one ends its family.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createInterface } from 'node:readline';

const CALLBACK = 'http://127.0.0.1:9/oauth/callback';
const CLIENT = { client_id: 'client_test', client_secret: 'secret_test' };
let child;
let base;

before(async () => {
  child = spawn(process.execPath, ['provider.js'], {
    cwd: import.meta.dirname,
    env: { ...process.env, PORT: '0', CLIENT_ID: CLIENT.client_id, CLIENT_SECRET: CLIENT.client_secret, REDIRECT_URI: CALLBACK },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('listening ')) {
      base = line.slice('listening '.length);
      break;
    }
  }
  child.stdout.resume();
});
after(() => child.kill());

// A client that keeps cookies and follows redirects until the callback, which it does not visit.
async function signIn({ answer = { choice: 'allow' }, ...overrides } = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const query = {
    client_id: CLIENT.client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'profile balance',
    state: 'some-state',
    auto_authorize: 'true',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...overrides,
  };
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined);
  const jar = new Map();
  const forms = [];
  let url = `${base}/api/oauth2/authorize?${new URLSearchParams(wanted)}`;
  let body;
  for (let step = 0; step < 12; step += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { method: body ? 'POST' : 'GET', body, headers: { cookie }, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) jar.set(name, value); else jar.delete(name);
    }
    body = undefined;
    const location = response.headers.get('location');
    if (location) {
      url = new URL(location, url).href;
      if (url.startsWith(CALLBACK)) return { verifier, forms, params: new URL(url).searchParams };
    } else {
      const prompt = /data-prompt="(\w+)"/.exec(await response.text())?.[1];
      assert.ok(prompt, `neither a redirect nor a form: ${response.status}`);
      forms.push(prompt);
      body = new URLSearchParams(prompt === 'login' ? { login: 'demo' } : answer);
    }
  }
  throw new Error('too many steps');
}

async function post(path, form) {
  const response = await fetch(`${base}${path}`, { method: 'POST', body: new URLSearchParams({ ...CLIENT, ...form }) });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
}

const exchange = ({ params, verifier }) => post('/api/oauth2/token', {
  grant_type: 'authorization_code', code: params.get('code'), redirect_uri: CALLBACK, code_verifier: verifier,
});
const refresh = (token) => post('/api/oauth2/token', { grant_type: 'refresh_token', refresh_token: token });
const get = async (path, token) => {
  const response = await fetch(`${base}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json() };
};
const log = async () => (await fetch(`${base}/log`)).json();

test('one click leads to tokens and the account', async () => {
  const login = await signIn();
  assert.deepEqual(login.forms, ['login']);
  assert.equal(login.params.get('state'), 'some-state');
  const { status, body } = await exchange(login);
  assert.equal(status, 200);
  assert.equal(body.token_type, 'Bearer');
  assert.equal(body.scope, 'profile balance');
  assert.equal(body.expires_in, 7200);
  assert.equal(body.id_token, undefined);
  const account = await get('/api/oauth2/userinfo', body.access_token);
  assert.equal(account.body.username, 'demo');
  assert.equal(account.body.balance_formatted, '12.34');
  assert.match((await get('/api/oauth2/topup', body.access_token)).body.topup_url, /^https:/);
});

test('without auto_authorize there is a consent page, which can be denied', async () => {
  assert.deepEqual((await signIn({ auto_authorize: undefined })).forms, ['login', 'consent']);
  const denied = await signIn({ auto_authorize: undefined, answer: { choice: 'deny' } });
  assert.equal(denied.params.get('error'), 'access_denied');
});

test('scope balance is needed for the balance', async () => {
  const { body } = await exchange(await signIn({ scope: 'profile' }));
  assert.equal((await get('/api/oauth2/userinfo', body.access_token)).body.balance_formatted, undefined);
  assert.equal((await get('/api/oauth2/topup', body.access_token)).status, 403);
});

test('PKCE is required and checked', async () => {
  const without = await signIn({ code_challenge: undefined, code_challenge_method: undefined });
  assert.equal(without.params.get('error'), 'invalid_request');
  const login = await signIn();
  const { status, body } = await exchange({ ...login, verifier: randomBytes(32).toString('base64url') });
  assert.equal(status, 400);
  assert.equal(body.error, 'invalid_grant');
});

test('a code works once, and a second use ends what the first one gave', async () => {
  const login = await signIn();
  const { body } = await exchange(login);
  assert.equal((await exchange(login)).body.error, 'invalid_grant');
  assert.equal((await get('/api/oauth2/userinfo', body.access_token)).status, 401);
});

test('refresh tokens rotate, and a used one ends its family', async () => {
  const first = (await exchange(await signIn())).body;
  const second = (await refresh(first.refresh_token)).body;
  assert.ok(second.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal((await get('/api/oauth2/userinfo', second.access_token)).status, 200);

  assert.equal((await refresh(first.refresh_token)).body.error, 'invalid_grant');
  assert.equal((await refresh(second.refresh_token)).body.error, 'invalid_grant');
  assert.equal((await get('/api/oauth2/userinfo', second.access_token)).status, 401);
  assert.ok((await log()).some((entry) => entry.event === 'family_revoked'));
});

test('a revoked refresh token is dead, with its access token', async () => {
  const { body } = await exchange(await signIn());
  const before = (await log()).length;
  assert.equal((await post('/api/oauth2/revoke', { token: body.refresh_token, token_type_hint: 'refresh_token' })).status, 200);
  const since = (await log()).slice(before);
  assert.ok(since.some(({ event, kind }) => event === 'revoked' && kind === 'refresh_token'), JSON.stringify(since));
  assert.equal((await refresh(body.refresh_token)).body.error, 'invalid_grant');
  assert.equal((await get('/api/oauth2/userinfo', body.access_token)).status, 401);
});

test('a wrong client secret and a foreign redirect address are refused', async () => {
  const login = await signIn();
  const wrong = await post('/api/oauth2/token', {
    grant_type: 'authorization_code', code: login.params.get('code'), redirect_uri: CALLBACK,
    code_verifier: login.verifier, client_secret: 'another',
  });
  assert.equal(wrong.status, 401);
  await assert.rejects(signIn({ redirect_uri: 'http://127.0.0.1:9/elsewhere' }), /400/);
});

test('the log counts and tells no secret', async () => {
  const { body } = await exchange(await signIn());
  const count = async () => (await log()).filter(({ grant_type, outcome }) => grant_type === 'refresh_token' && outcome === 'ok').length;
  const before = await count();
  const next = (await refresh(body.refresh_token)).body;
  assert.equal(await count(), before + 1);
  const text = JSON.stringify(await log());
  for (const secret of [body.access_token, body.refresh_token, next.refresh_token, CLIENT.client_secret]) {
    assert.ok(!text.includes(secret));
  }
});
