// A published OAuth2 server that we did not write (the npm package `oidc-provider`), set up at the
// addresses that the program expects, so that tests sign in at something that knows nothing of it.
// Ours are only the sign-in and consent forms, and two account routes in the documented shape.
//
// The tests start it: `node provider.js`, configured by environment:
//   PORT                 on 127.0.0.1; 0 takes a free one
//   CLIENT_ID, CLIENT_SECRET, REDIRECT_URI
//   ACCESS_TOKEN_TTL     seconds, 7200 unless told
// It prints `listening http://127.0.0.1:PORT`, then one JSON line for each thing that happened to a
// token. `GET /log` answers the same as an array. Neither ever holds a token, a code or a secret.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const TOPUP_URL = 'https://aihubmix.com/topup';
const SCOPES = ['profile', 'balance'];

const env = {
  CLIENT_ID: 'client_third_party',
  CLIENT_SECRET: 'secret_third_party',
  REDIRECT_URI: 'http://127.0.0.1:3000/oauth/callback',
  ACCESS_TOKEN_TTL: '7200',
  PORT: '0',
  ...process.env,
};

const server = createServer((request, response) => answer(request, response));
server.listen(Number(env.PORT), '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(base, {
  clients: [{
    client_id: env.CLIENT_ID,
    client_secret: env.CLIENT_SECRET,
    redirect_uris: [env.REDIRECT_URI],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_post',
    id_token_signed_response_alg: 'ES256',
  }],
  routes: {
    authorization: '/api/oauth2/authorize',
    token: '/api/oauth2/token',
    revocation: '/api/oauth2/revoke',
  },
  scopes: SCOPES,
  clientAuthMethods: ['client_secret_post', 'client_secret_basic'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  expiresWithSession: () => false,
  extraParams: ['auto_authorize'],
  features: {
    devInteractions: { enabled: false },
    revocation: { enabled: true },
    userinfo: { enabled: false },
  },
  ttl: {
    AccessToken: Number(env.ACCESS_TOKEN_TTL),
    AuthorizationCode: 60,
    Grant: 30 * 86400,
    Interaction: 900,
    RefreshToken: 30 * 86400,
    Session: 86400,
  },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  jwks: { keys: [signingKey()] },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  loadExistingGrant: existingGrant,
});

// --- What the tests may ask about ----------------------------------------------------------------

const log = [];

function record(event, details) {
  const entry = { event, ...details };
  log.push(entry);
  console.log(JSON.stringify(entry));
}

provider.on('grant.success', (ctx) => record('token', {
  grant_type: ctx.oidc.params.grant_type,
  outcome: 'ok',
  rotated: ctx.oidc.entities.RotatedRefreshToken !== undefined,
}));
provider.on('grant.error', (ctx, error) => record('token', {
  grant_type: ctx.oidc.params?.grant_type,
  outcome: error.error,
  why: error.error_detail,
}));
provider.on('grant.revoked', () => record('family_revoked'));
provider.on('access_token.destroyed', () => record('revoked', { kind: 'access_token' }));
provider.on('refresh_token.destroyed', () => record('revoked', { kind: 'refresh_token' }));
provider.on('authorization.error', (_, error) => record('authorize', { outcome: error.error, why: error.error_detail }));
provider.on('server_error', (_, error) => record('server_error', { why: error.message }));

// --- Sign-in and consent -------------------------------------------------------------------------

// `auto_authorize=true` skips the consent page: everything that was asked for is granted at once.
async function existingGrant(ctx) {
  const { client, session, params, result } = ctx.oidc;
  const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  if (id) return provider.Grant.find(id);
  if (params.auto_authorize !== 'true') return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope ?? '');
  await grant.save();
  return grant;
}

const FORMS = {
  login: '<label>Name <input name="login" value="demo" required></label><button>Sign in</button>',
  consent: '<button name="choice" value="allow">Allow</button><button name="choice" value="deny">Deny</button>',
};

async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    send(response, 200, 'text/html; charset=utf-8', `<!doctype html><html lang="en"><title>${prompt.name}</title><link rel="icon" href="data:,">
<h1>${prompt.name}</h1><form method="post" data-prompt="${prompt.name}">${FORMS[prompt.name]}</form></html>`);
    return;
  }
  const form = await readForm(request);
  let result;
  if (prompt.name === 'login') {
    result = { login: { accountId: form.get('login') || 'demo' } };
  } else if (form.get('choice') === 'deny') {
    result = { error: 'access_denied', error_description: 'the person said no' };
  } else {
    const grant = (grantId && await provider.Grant.find(grantId))
      ?? new provider.Grant({ clientId: params.client_id, accountId: session.accountId });
    grant.addOIDCScope(params.scope ?? '');
    result = { consent: { grantId: await grant.save() } };
  }
  await provider.interactionFinished(request, response, result);
}

// --- The account, as AIHubMix documents it -------------------------------------------------------

async function account(request, response, scope, body) {
  const [scheme, value] = (request.headers.authorization ?? '').split(' ');
  const token = scheme.toLowerCase() === 'bearer' && value ? await provider.AccessToken.find(value) : undefined;
  if (!token) {
    sendJson(response, 401, { success: false, code: 'AUTH_TOKEN_EXPIRED', message: 'the access token is not valid' });
  } else if (!token.scopes.has(scope)) {
    sendJson(response, 403, { error: 'insufficient_scope' });
  } else {
    sendJson(response, 200, body(token));
  }
}

function userinfo({ accountId, scopes }) {
  const balance = scopes.has('balance')
    ? { quota: 6172500, used_quota: 250000, balance_formatted: '12.34' }
    : {};
  return { id: 4711, username: accountId, email: `${accountId}@example.com`, ...balance, created_time: 1640995200, status: 1 };
}

// --- The server ----------------------------------------------------------------------------------

const callback = provider.callback();

async function answer(request, response) {
  try {
    const { pathname } = new URL(request.url, base);
    if (pathname.startsWith('/interaction/')) await interact(request, response);
    else if (pathname === '/api/oauth2/userinfo') await account(request, response, 'profile', userinfo);
    else if (pathname === '/api/oauth2/topup') await account(request, response, 'balance', () => ({ topup_url: TOPUP_URL }));
    else if (pathname === '/log') sendJson(response, 200, log);
    else await callback(request, response);
  } catch (error) {
    record('server_error', { why: error.message });
    if (!response.headersSent) sendJson(response, 500, { error: 'server_error' });
  }
}

async function readForm(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return new URLSearchParams(Buffer.concat(parts).toString());
}

function sendJson(response, status, body) {
  send(response, status, 'application/json', JSON.stringify(body));
}

function send(response, status, type, body) {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' };
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => { server.close(); server.closeAllConnections(); });
}
console.log(`listening ${base}`);
