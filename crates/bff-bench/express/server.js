// The sign-in sample of the provider's guide for Express: sessions in memory (MemoryStore), calls of the provider with fetch.
// PORT, PAGES (a folder with index.html), PROVIDER and OAUTH_* come from the environment.
import crypto from "node:crypto";
import express from "express";
import session from "express-session";

const { PORT, PAGES, PROVIDER, OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, OAUTH_REDIRECT_URI } = process.env;
const app = express();

app.use(express.static(PAGES));
app.use(
  session({
    secret: crypto.randomBytes(32).toString("hex"),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: "lax" },
  }),
);

app.get("/auth/oauth/start", (request, response) => {
  const state = crypto.randomBytes(16).toString("hex");
  request.session.state = state;
  const query = new URLSearchParams({
    client_id: OAUTH_CLIENT_ID,
    redirect_uri: OAUTH_REDIRECT_URI,
    response_type: "code",
    scope: "profile balance",
    state,
    auto_authorize: "true",
  });
  response.redirect(`${PROVIDER}/api/oauth2/authorize?${query}`);
});

app.get("/oauth/callback", async (request, response) => {
  const { code, state, error } = request.query;
  if (error) return response.redirect(`/?error=${encodeURIComponent(error)}`);
  if (!code || !state) return response.redirect("/?error=missing_parameters");
  if (state !== request.session.state) return response.redirect("/?error=invalid_state");
  try {
    const answer = await fetch(`${PROVIDER}/api/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code,
        redirect_uri: OAUTH_REDIRECT_URI,
        client_id: OAUTH_CLIENT_ID,
        client_secret: OAUTH_CLIENT_SECRET,
      }),
    });
    const tokens = await answer.json();
    if (!answer.ok) throw new Error(tokens.error);
    request.session.access_token = tokens.access_token;
    request.session.refresh_token = tokens.refresh_token;
    request.session.expires_at = Date.now() + tokens.expires_in * 1000;
    delete request.session.state;
    response.redirect("/?login=success");
  } catch (failure) {
    console.error("callback:", failure);
    response.redirect("/?error=server_error");
  }
});

app.get("/api/user/info", async (request, response) => {
  const token = request.session.access_token;
  if (!token) return response.status(401).json({ error: "not_authenticated" });
  try {
    const answer = await fetch(`${PROVIDER}/api/oauth2/userinfo`, { headers: { Authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    response.json(await answer.json());
  } catch (failure) {
    console.error("userinfo:", failure);
    response.status(502).json({ error: "provider_error" });
  }
});

app.listen(PORT, "127.0.0.1");
