### 日本語：このアプリの文。その他は crates/bff/templates/i18n にあり、ここに同じ id を書くと置き換わる。

## すべてのページ

-provider = AIHubMix
app-title = マイ連携アプリ

## アカウント

account-username = ユーザー名：
account-email = メールアドレス：
account-balance = アカウント残高：
balance-missing = 残高情報なし
balance-negative = 残高がマイナスです。チャージするとサービスを利用できます。
field-missing = 情報なし
refresh-balance = 残高を更新
refresh-busy = 更新中...
top-up = チャージする
status-disabled = このアカウントは停止されています
    .hint = アカウント情報は確認できますが、サービスは利用できません。再開をご希望の場合は AIHubMix のサポートにお問い合わせください。
status-deleted = このアカウントは削除されています
    .hint = 表示しているのは最後の記録です。お心当たりがない場合は AIHubMix のサポートにお問い合わせください。
status-unknown = アカウントが通常とは異なる状態です（コード { $status }）
    .hint = 利用できない機能がある場合は、このコードを AIHubMix のサポートにお伝えください。

## 直前のできごと

notice-balance_updated = 残高を更新しました
notice-refresh_failed = 更新できませんでした。もう一度ログインしてください

## 残高を更新できないとき

refresh-provider = AIHubMix が応答していないため、残高を更新できませんでした。
refresh-limited = 更新の間隔が短すぎます。
refresh-here = 現在このサイトで処理できないため、残高を更新できませんでした。
refresh-network = 接続が切れたため、残高を更新できませんでした。
refresh-later = しばらくしてからもう一度お試しください。ログインし直す必要はありません。
refresh-wait = { $seconds } 秒後にもう一度お試しください。ログインし直す必要はありません。

## ログイン中だがアカウントを読み取れないとき

trouble-provider_unavailable = AIHubMix が一時的に利用できないため、最新の残高を表示できません
    .hint = ログインは続いています。少し待ってから再試行してください。
trouble-provider_timeout = AIHubMix の応答に時間がかかっているため、最新の残高を表示できません
    .hint = ログインは続いています。少し待ってから再試行してください。
trouble-provider_error = AIHubMix の応答を読み取れないため、最新の残高を表示できません
    .hint = ログインは続いています。再試行しても変わらない場合は、リクエスト番号を添えてお問い合わせください。
trouble-forbidden = AIHubMix がこのアカウントへのアクセスを許可していません
    .hint = アカウントが停止されているか、閲覧の許可がない可能性があります。ログインし直すか、AIHubMix のサポートにお問い合わせください。
retry-in = { $seconds } 秒後に自動で再試行します
retrying = 再試行しています...
known-just_now = 1 分以内の情報
known-minutes = { $minutes } 分前の情報
known-hours = { $hours } 時間前の情報
