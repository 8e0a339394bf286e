### 繁體中文：這個應用程式自己的詞句。其他詞句在 crates/bff/templates/i18n，這裡可以逐句覆寫。

## 每一頁

-provider = AIHubMix
app-title = 我的第三方應用

## 帳戶

account-username = 用戶名：
account-email = 電子郵件：
account-balance = 帳戶餘額：
balance-missing = 未提供餘額
balance-negative = 餘額為負數，請儲值後再使用服務。
field-missing = 未提供
refresh-balance = 刷新餘額
refresh-busy = 刷新中...
top-up = 帳戶儲值
status-disabled = 這個帳戶已被停用
    .hint = 您仍可查看帳戶資訊，但無法使用服務。如需恢復，請聯絡 AIHubMix 客服。
status-deleted = 這個帳戶已被刪除
    .hint = 這裡顯示的是最後的紀錄。如有疑問，請聯絡 AIHubMix 客服。
status-unknown = 帳戶處於特殊狀態（代碼 { $status }）
    .hint = 若有功能無法使用，請向 AIHubMix 客服提供這個代碼。

## 剛才發生的事

notice-balance_updated = 餘額已更新
notice-refresh_failed = 刷新失敗，請重新登入

## 刷新餘額失敗時

refresh-provider = AIHubMix 暫時沒有回應，餘額沒有更新。
refresh-limited = 刷新得太頻繁了。
refresh-here = 本站暫時無法處理，餘額沒有更新。
refresh-network = 網路連線中斷，餘額沒有更新。
refresh-later = 請稍後再試，您不需要重新登入。
refresh-wait = 請在 { $seconds } 秒後再試，您不需要重新登入。

## 已登入，但暫時讀不到帳戶

trouble-provider_unavailable = AIHubMix 暫時無法使用，所以看不到最新的餘額
    .hint = 您仍然是登入狀態。請稍候片刻再試一次。
trouble-provider_timeout = AIHubMix 沒有及時回應，所以看不到最新的餘額
    .hint = 您仍然是登入狀態。請稍候片刻再試一次。
trouble-provider_error = AIHubMix 的回應無法讀取，所以看不到最新的餘額
    .hint = 您仍然是登入狀態。若再試一次仍然如此，請聯絡我們並附上請求編號。
trouble-forbidden = AIHubMix 不允許讀取這個帳戶
    .hint = 帳戶可能已被停用，或未授權查看這些資料。請登出後重新登入，或聯絡 AIHubMix 客服。
retry-in = { $seconds } 秒後自動重試
retrying = 正在重試...
known-just_now = 不到 1 分鐘前的資料
known-minutes = { $minutes } 分鐘前的資料
known-hours = { $hours } 小時前的資料
