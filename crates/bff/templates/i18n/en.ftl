### English: every sentence on the page.

## Every page

-provider = Sign-in Service
language-name = English
app-title = My app
skip-link = Skip to main content
language-label = Language
theme-label = Theme
theme-system = System
theme-light = Light
theme-dark = Dark
sandbox-ribbon = Sandbox: test data only
sandbox-link = Open the controls
try-again = Try again
to-home = Back to home
request-id = Request number
copy-request = Copy the request number
copied = Copied
title-signed_out = Sign in
title-signed_in = Your account

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

## The devices of the account

devices-heading = My devices
devices-lead = You are signed in on these devices. Sign out any device that you do not recognize.
devices-this = This device
devices-signed_in = Signed in
devices-seen = Last seen
devices-unknown = Unknown device
devices-end_others = Sign out all other devices
devices-end_all = Sign out everywhere
notice-device_ended = That device is now signed out
notice-others_ended = All other devices are now signed out
ago-just_now = less than a minute ago
ago-minutes = { $count ->
        [one] 1 minute ago
       *[other] { $count } minutes ago
    }
ago-hours = { $count ->
        [one] 1 hour ago
       *[other] { $count } hours ago
    }
ago-days = { $count ->
        [one] 1 day ago
       *[other] { $count } days ago
    }

## What just happened

notice-logged_in = You are signed in
notice-still_signed_in = You are still signed in
notice-logged_out = You are signed out
notice-cookies_off = Your browser keeps no cookies for this site
    .hint = Without them you cannot sign in. Allow cookies for this site, then reload this page.
notice-offline = You are offline
    .hint = What you see may be out of date.
notice-online = You are online again
notice-cookies_blocked = You are not signed in
    .hint = If you have just signed in, your browser did not keep the sign-in. Allow cookies for this site and try again.

## Why a sign-in has ended

ended-idle_limit = You were signed out because you had been away for a while
ended-absolute_limit = Your session has reached its time limit. Please sign in again
ended-refresh_refused = Your connection to { -provider } is no longer valid. Please sign in again
ended-tokens_expired = Your authorization has expired. Please sign in again
ended-ended_elsewhere = You signed this device out from another device
ended-revoked = The administrator of this site signed you out. Please sign in again
ended-too_many_sessions = Too many devices are signed in, so this one, the oldest, was signed out

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
    .hint = This was not your fault. Press “One-click sign-in” again, or come back a little later.
error-provider_unavailable = { -provider } cannot be reached right now
    .hint = Wait a moment, then press “One-click sign-in” again.
error-account_disabled = This account is disabled and cannot sign in
    .hint = Contact { -provider } support, or sign in with another account.
error-access_denied = You did not give permission, so you are not signed in
    .hint = To see your account, press “One-click sign-in” again and choose to allow access.
error-invalid_scope = { -provider } does not grant the permissions this app asks for
    .hint = Only the people who run this app can fix this.
    .contact = Please let us know
error-temporarily_unavailable = { -provider } is busy or under maintenance
    .hint = Wait a few minutes, then press “One-click sign-in” again.
error-unauthorized_client = { -provider } does not let this app sign people in
    .hint = Only the people who run this app can fix this.
    .contact = Please let us know
error-unsupported_response_type = { -provider } does not support the way this app signs people in
    .hint = Only the people who run this app can fix this.
    .contact = Please let us know
error-invalid_request = { -provider } did not understand the sign-in request
    .hint = Press “One-click sign-in” again.
    .contact = If it still fails, please let us know
error-authorization_failed = Authorization failed
    .hint = You have not been signed in. Press “One-click sign-in” again.

## Pages that cannot be shown

problem-not_authenticated = You are not signed in
    .hint = Sign in on the home page, then open this page again.
problem-session_expired = Your session has expired
    .hint = Sign in again on the home page.
problem-csrf_rejected = This request came from another site and was refused
    .hint = If it was you, start again from the home page.
problem-forbidden = Your account cannot use this
    .hint = The account may be disabled, or permission to read it is missing. Sign out and in again, or contact { -provider } support.
problem-not_found = Page not found
    .hint = The address may be mistyped, or the page may have moved. Start again from the home page.
problem-method_not_allowed = This page cannot be opened that way
    .hint = Start again from the home page.
problem-bad_request = We could not understand that request
    .hint = The address may be incomplete. Start again from the home page.
problem-payload_too_large = What you sent is too large
    .hint = Send less, then try again.
problem-rate_limited = Too many requests
    .hint = Wait a moment, then try again.
problem-provider_error = { -provider } sent a response we cannot read
    .hint = Try again.
    .contact = If it still fails, contact us and quote the request number
problem-provider_unavailable = { -provider } is unavailable right now
    .hint = You are still signed in. Wait a moment, then try again.
problem-provider_timeout = { -provider } took too long to respond
    .hint = You are still signed in. Wait a moment, then try again.
problem-store_unavailable = We cannot check your sign-in right now
    .hint = The service is recovering and you have not been signed out. Wait a moment, then try again.
problem-internal_error = Something went wrong on our side
    .hint = This was not your fault. Try again.
    .contact = If it still fails, contact us and quote the request number
