### 日本語：ページに表示するすべての文。

## すべてのページ

-provider = ログインサービス
language-name = 日本語
app-title = マイアプリ
skip-link = 本文へ移動
language-label = 言語
theme-label = テーマ
theme-system = システム
theme-light = ライト
theme-dark = ダーク
sandbox-ribbon = サンドボックス：テスト用データ
sandbox-link = 操作パネル
try-again = 再試行
to-home = トップページへ戻る
request-id = お問い合わせ番号
copy-request = お問い合わせ番号をコピー
copied = コピーしました
title-signed_out = ログイン
title-signed_in = マイアカウント

## ログイン

signed-out-heading = ログインしてアカウント情報を確認
signed-out-lead = ワンクリックでご自分のアカウントを開けます
login-button = 🚀 ワンクリックでログイン
login-assurance = ログインは { -provider } のページで行います。パスワードがこのサイトを通ることはありません。
login-waiting = ログインしています。少々お待ちください...
login-reopen = ログイン画面を閉じた場合は、もう一度「ワンクリックでログイン」を押してください。
login-verifying = 認証情報を確認しています...
session-checking = ログイン状態を確認しています...
continue-link = 自動で移動しない場合はこちらから続けてください
popup-close = このウィンドウを閉じて、元のページにお戻りください。
popup-here = このウィンドウで続ける

## アカウント

account-welcome = おかえりなさい！
sign-out = ログアウト

## アカウントの端末

devices-heading = ログイン中の端末
devices-lead = 以下の端末でログインしています。心当たりのない端末はログアウトしてください。
devices-this = この端末
devices-signed_in = ログイン日時
devices-seen = 最終利用
devices-unknown = 不明な端末
devices-end_others = ほかの端末をすべてログアウト
devices-end_all = すべての端末でログアウト
notice-device_ended = その端末をログアウトしました
notice-others_ended = ほかの端末をすべてログアウトしました
ago-just_now = 1 分以内
ago-minutes = { $count } 分前
ago-hours = { $count } 時間前
ago-days = { $count } 日前

## 直前のできごと

notice-logged_in = ログインしました
notice-cookies_off = ブラウザーがこのサイトの Cookie を保存していません
    .hint = Cookie がないとログインできません。このサイトの Cookie を許可してから、ページを再読み込みしてください。
notice-offline = オフラインです
    .hint = 表示されている内容は最新ではない可能性があります。
notice-online = オンラインに戻りました
notice-still_signed_in = ログイン状態は維持されています
notice-logged_out = ログアウトしました
notice-cookies_blocked = ログインしていません
    .hint = ログインした直後の場合は、ブラウザーがログイン状態を保存できませんでした。このサイトの Cookie を許可して、もう一度お試しください。

## ログインが終了した理由

ended-idle_limit = しばらく操作がなかったため、安全のためログアウトしました
ended-absolute_limit = ログインの有効期間が終了しました。もう一度ログインしてください
ended-refresh_refused = { -provider } との連携が無効になりました。もう一度ログインしてください
ended-tokens_expired = 連携の有効期限が切れました。もう一度ログインしてください
ended-ended_elsewhere = 別の端末から、この端末をログアウトしました
ended-revoked = サイトの管理者によってログアウトされました。もう一度ログインしてください
ended-too_many_sessions = ログインできる端末の上限を超えたため、最も古いこの端末をログアウトしました

## ログイン中だがアカウントを読み取れないとき

recovering = サービスの復旧を待っています。このページは自動で更新されます。

## ログインできなかったとき

error-missing_parameters = 有効な認証情報を受け取れませんでした
    .hint = ログインは完了していません。もう一度「ワンクリックでログイン」を押してください。
error-invalid_state = このブラウザーで始めたログインであることを確認できませんでした
    .hint = リンクが使用済みか、別のブラウザーで開かれた可能性があります。もう一度「ワンクリックでログイン」を押してください。
error-login_expired = 時間がかかりすぎたため、ログインの期限が切れました
    .hint = もう一度「ワンクリックでログイン」を押し、15 分以内に完了してください。
error-server_error = ログイン中にエラーが発生しました
    .hint = お客様の操作が原因ではありません。もう一度「ワンクリックでログイン」を押すか、しばらくしてからお試しください。
error-provider_unavailable = 現在 { -provider } に接続できません
    .hint = 少し待ってから、もう一度「ワンクリックでログイン」を押してください。
error-account_disabled = このアカウントは停止されているためログインできません
    .hint = { -provider } のサポートに問い合わせるか、別のアカウントでログインしてください。
error-access_denied = アクセスが許可されなかったため、ログインしていません
    .hint = アカウントを確認するには、もう一度「ワンクリックでログイン」を押して許可を選んでください。
error-invalid_scope = このアプリが求める権限を { -provider } が提供していません
    .hint = アプリの管理者による修正が必要です。
    .contact = お手数ですがご連絡ください
error-temporarily_unavailable = { -provider } が混雑しているか、メンテナンス中です
    .hint = 数分待ってから、もう一度「ワンクリックでログイン」を押してください。
error-unauthorized_client = このアプリからのログインを { -provider } が許可していません
    .hint = アプリの管理者による修正が必要です。
    .contact = お手数ですがご連絡ください
error-unsupported_response_type = このアプリのログイン方式に { -provider } が対応していません
    .hint = アプリの管理者による修正が必要です。
    .contact = お手数ですがご連絡ください
error-invalid_request = { -provider } がログインのリクエストを処理できませんでした
    .hint = もう一度「ワンクリックでログイン」を押してください。
    .contact = それでも失敗する場合はご連絡ください
error-authorization_failed = 認証に失敗しました
    .hint = ログインは完了していません。もう一度「ワンクリックでログイン」を押してください。

## 表示できないページ

problem-not_authenticated = ログインしていません
    .hint = トップページでログインしてから、このページを開いてください。
problem-session_expired = ログインの有効期限が切れました
    .hint = トップページでもう一度ログインしてください。
problem-csrf_rejected = 別のサイトからのリクエストだったため、処理しませんでした
    .hint = ご自身の操作である場合は、トップページからやり直してください。
problem-forbidden = お使いのアカウントではこの機能を利用できません
    .hint = アカウントが停止されているか、閲覧の許可がない可能性があります。ログインし直すか、{ -provider } のサポートにお問い合わせください。
problem-not_found = ページが見つかりません
    .hint = アドレスが間違っているか、ページが移動した可能性があります。トップページからやり直してください。
problem-method_not_allowed = このページはその方法では開けません
    .hint = トップページからやり直してください。
problem-bad_request = リクエストを処理できませんでした
    .hint = アドレスが途中で切れている可能性があります。トップページからやり直してください。
problem-payload_too_large = 送信された内容が大きすぎます
    .hint = 内容を減らしてからもう一度お試しください。
problem-rate_limited = リクエストが多すぎます
    .hint = 少し待ってから再試行してください。
problem-provider_error = { -provider } の応答を読み取れませんでした
    .hint = 再試行してください。
    .contact = それでも変わらない場合は、お問い合わせ番号を添えてご連絡ください
problem-provider_unavailable = 現在 { -provider } を利用できません
    .hint = ログイン状態は維持されています。少し待ってから再試行してください。
problem-provider_timeout = { -provider } の応答に時間がかかっています
    .hint = ログイン状態は維持されています。少し待ってから再試行してください。
problem-store_unavailable = 現在ログイン状態を確認できません
    .hint = サイトは復旧中です。ログアウトはされていません。少し待ってから再試行してください。
problem-internal_error = サイトでエラーが発生しました
    .hint = お客様の操作が原因ではありません。再試行してください。
    .contact = それでも変わらない場合は、お問い合わせ番号を添えてご連絡ください
