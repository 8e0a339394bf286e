### English: every sentence on the page.

## Every page

-provider = Sign-in Service
language-name = English
app-title = My app
skip-link = Skip to main content
language-label = Language
sandbox-ribbon = Sandbox: test data only.
sandbox-link = Open the controls
try-again = Try again
to-home = Back to the start
request-id = Request { $id_text }

## Signing in

signed-out-heading = Sign in to see your account
signed-out-lead = One click takes you straight to your account
login-button = 🚀 One-click sign-in
login-assurance = You sign in on { -provider }’s own page. Your password never passes through here.
login-waiting = Signing you in, one moment...
login-reopen = Closed the sign-in window? Press “One-click sign-in” again.
login-verifying = Confirming your sign-in...
session-checking = Checking whether you are signed in...
continue-link = If nothing happens, continue here
popup-close = You can close this window and go back to the page you came from.
popup-here = Continue in this window

## The account

account-welcome = Welcome back!
sign-out = Sign out

## What just happened

notice-logged_in = You are signed in
notice-still_signed_in = You are still signed in
notice-logged_out = You are signed out
notice-cookies_blocked = You are not signed in. If you have just signed in, your browser did not keep the sign-in. Allow cookies for this site and try again
notice-cookies_off = Your browser keeps no cookies for this site, so signing in cannot work. Allow cookies for this site, then reload this page
notice-offline = You are offline. What you see may be out of date
notice-online = You are online again

## Why a sign-in has ended

ended-idle_limit = You were away for a while, so we signed you out to be safe
ended-absolute_limit = This sign-in has reached its longest time. Please sign in again
ended-refresh_refused = { -provider } no longer accepts this authorization. Please sign in again
ended-tokens_expired = The authorization has run out. Please sign in again
ended-ended_elsewhere = You ended this sign-in from another device
ended-revoked = The operator of this site ended this sign-in. Please sign in again
ended-too_many_sessions = You signed in on more devices than one account may; this was the oldest sign-in

## Signed in, but the account cannot be read now

recovering = Waiting for the service to recover. This page updates by itself.

## When signing in fails

error-missing_parameters = No valid authorization was received
    .hint = You have not been signed in. Press “One-click sign-in” again.
error-invalid_state = We could not confirm that this browser started the sign-in
    .hint = The link may have been used already or opened in another browser. Press “One-click sign-in” again.
error-login_expired = The sign-in took too long and has expired
    .hint = Press “One-click sign-in” again and finish within 15 minutes.
error-server_error = Something went wrong while signing you in
    .hint = It was not your fault. Press “One-click sign-in” again, or come back a little later.
error-provider_unavailable = { -provider } cannot be reached right now
    .hint = Wait a moment, then press “One-click sign-in” again.
error-account_disabled = This account is disabled and cannot sign in
    .hint = Contact { -provider } support, or sign in with another account.
error-access_denied = You did not give permission, so you are not signed in
    .hint = To see your account, press “One-click sign-in” again and choose to allow access.
error-invalid_scope = { -provider } does not grant the permissions this app asks for
    .hint = Only the people who run this app can fix this. Please let us know.
error-temporarily_unavailable = { -provider } is busy or under maintenance
    .hint = Wait a few minutes, then press “One-click sign-in” again.
error-unauthorized_client = { -provider } does not let this app sign people in
    .hint = Only the people who run this app can fix this. Please let us know.
error-unsupported_response_type = { -provider } does not support the way this app signs people in
    .hint = Only the people who run this app can fix this. Please let us know.
error-invalid_request = { -provider } did not understand the sign-in request
    .hint = Press “One-click sign-in” again. If it still fails, please let us know.
error-authorization_failed = Authorization failed
    .hint = You have not been signed in. Press “One-click sign-in” again.

## Pages that cannot be shown

problem-not_authenticated = You are not signed in
    .hint = Sign in from the start page, then open this page again.
problem-session_expired = Your session has expired
    .hint = Sign in again from the start page.
problem-csrf_rejected = This request came from another site and was refused
    .hint = If it was you, begin again from the start page.
problem-forbidden = Your account cannot use this
    .hint = The account may be disabled, or permission to read it is missing. Sign out and in again, or contact { -provider } support.
problem-not_found = There is no such page
    .hint = The address may be mistyped, or the page has moved. Begin again from the start page.
problem-method_not_allowed = This page cannot be opened that way
    .hint = Begin again from the start page.
problem-bad_request = We could not understand that request
    .hint = The address may be incomplete. Begin again from the start page.
problem-payload_too_large = What you sent is too large
    .hint = Send less, then try again.
problem-rate_limited = Too many requests
    .hint = Wait a moment, then try again.
problem-provider_error = { -provider } sent a response we cannot read
    .hint = Try again. If it still fails, contact us and quote the request number.
problem-provider_unavailable = { -provider } is unavailable right now
    .hint = You stay signed in. Wait a moment, then try again.
problem-provider_timeout = { -provider } took too long to respond
    .hint = You stay signed in. Wait a moment, then try again.
problem-store_unavailable = We cannot check your sign-in right now
    .hint = The service is recovering and you have not been signed out. Wait a moment, then try again.
problem-internal_error = Something went wrong on our side
    .hint = It was not your fault. Try again. If it still fails, contact us and quote the request number.
