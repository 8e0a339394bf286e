### 繁體中文：頁面上的每一句話。

## 每一頁

-provider = 登入服務
language-name = 繁體中文
app-title = 我的應用
skip-link = 跳到主要內容
language-label = 語言
theme-label = 外觀
theme-system = 跟隨系統
theme-light = 淺色
theme-dark = 深色
sandbox-ribbon = 沙盒模式：測試資料
sandbox-link = 開啟控制頁
try-again = 再試一次
to-home = 回到首頁
request-id = 追蹤編號
copy-request = 複製追蹤編號
copied = 已複製
title-signed_out = 登入
title-signed_in = 我的帳戶

## 登入

signed-out-heading = 請登入以查看帳戶資訊
signed-out-lead = 使用一鍵登入快速存取您的帳戶
login-button = 🚀 一鍵登入
login-assurance = 您會在 { -provider } 的頁面上登入，密碼不會經過這裡。
login-waiting = 登入處理中，請稍候...
login-reopen = 登入視窗若已關閉，請再按一次「一鍵登入」。
login-verifying = 正在驗證授權資訊...
session-checking = 檢查登入狀態中...
continue-link = 若沒有自動前往下一頁，請按這裡繼續
popup-close = 您可以關閉這個視窗，回到原本的頁面。
popup-here = 在這個視窗繼續

## 帳戶

account-welcome = 歡迎回來！
sign-out = 登出

## 帳戶的裝置

devices-heading = 我的裝置
devices-lead = 您的帳戶已在以下裝置登入。若有不認得的裝置，請將它登出。
devices-this = 這個裝置
devices-signed_in = 登入時間
devices-seen = 上次使用
devices-unknown = 未知裝置
devices-end_others = 登出其他所有裝置
devices-end_all = 登出所有裝置
notice-device_ended = 該裝置已登出
notice-others_ended = 其他裝置已全部登出
ago-just_now = 不到 1 分鐘前
ago-minutes = { $count } 分鐘前
ago-hours = { $count } 小時前
ago-days = { $count } 天前

## 剛才發生的事

notice-logged_in = 登入成功
notice-still_signed_in = 您仍處於登入狀態
notice-logged_out = 您已登出
notice-cookies_off = 您的瀏覽器沒有為本站儲存 Cookie
    .hint = 沒有 Cookie 就無法登入。請允許本站使用 Cookie，然後重新載入頁面。
notice-offline = 您目前處於離線狀態
    .hint = 頁面內容可能不是最新的。
notice-online = 網路連線已恢復
notice-cookies_blocked = 您目前沒有登入
    .hint = 若您剛完成登入，則是瀏覽器沒有保存登入狀態。請允許這個網站使用 Cookie，再試一次。

## 登入為什麼結束了

ended-idle_limit = 您有一段時間沒有使用，為了安全已自動登出
ended-absolute_limit = 登入時間已達上限，請重新登入
ended-refresh_refused = { -provider } 的授權已失效，請重新登入
ended-tokens_expired = 授權已到期，請重新登入
ended-ended_elsewhere = 您已從其他裝置登出這個裝置
ended-revoked = 本站管理者已將您登出，請重新登入
ended-too_many_sessions = 登入的裝置已達上限，最早登入的這個裝置已登出

## 已登入，但暫時讀不到帳戶

recovering = 正在等待服務恢復，頁面會自動更新。

## 登入失敗

error-missing_parameters = 未收到有效的授權資訊
    .hint = 登入沒有完成。請再按一次「一鍵登入」。
error-invalid_state = 無法確認這次登入由您的瀏覽器發起
    .hint = 連結可能已經用過，或是從別的瀏覽器開啟。請再按一次「一鍵登入」。
error-login_expired = 登入逾時，已經失效
    .hint = 請再按一次「一鍵登入」，並在 15 分鐘內完成。
error-server_error = 登入時發生錯誤
    .hint = 這不是您的問題。請再按一次「一鍵登入」；若仍然失敗，請過一會兒再試。
error-provider_unavailable = 暫時連不上 { -provider }
    .hint = 請稍候片刻，再按一次「一鍵登入」。
error-account_disabled = 這個帳戶已被停用，無法登入
    .hint = 請聯絡 { -provider } 客服，或改用其他帳戶登入。
error-access_denied = 您沒有同意授權，所以沒有登入
    .hint = 若要查看帳戶，請再按一次「一鍵登入」並選擇同意。
error-invalid_scope = { -provider } 不提供本應用要求的權限
    .hint = 這需要由本應用的管理者修正。
    .contact = 請聯絡我們
error-temporarily_unavailable = { -provider } 目前忙碌或正在維護
    .hint = 請過幾分鐘，再按一次「一鍵登入」。
error-unauthorized_client = { -provider } 不允許本應用發起登入
    .hint = 這需要由本應用的管理者修正。
    .contact = 請聯絡我們
error-unsupported_response_type = { -provider } 不支援本應用的登入方式
    .hint = 這需要由本應用的管理者修正。
    .contact = 請聯絡我們
error-invalid_request = { -provider } 無法理解這次的登入請求
    .hint = 請再按一次「一鍵登入」。
    .contact = 若仍然失敗，請聯絡我們
error-authorization_failed = 授權失敗
    .hint = 登入沒有完成。請再按一次「一鍵登入」。

## 打不開的頁面

problem-not_authenticated = 您尚未登入
    .hint = 請回到首頁登入，再開啟這個頁面。
problem-session_expired = 登入已過期
    .hint = 請回到首頁重新登入。
problem-csrf_rejected = 這個請求來自其他網站，已被拒絕
    .hint = 若是您本人的操作，請從首頁重新開始。
problem-forbidden = 您的帳戶不能使用這項功能
    .hint = 帳戶可能已被停用，或未授權查看這些資料。請登出後重新登入，或聯絡 { -provider } 客服。
problem-not_found = 找不到這個頁面
    .hint = 網址可能有誤，或頁面已經移走。請從首頁重新開始。
problem-method_not_allowed = 無法以這種方式開啟這個頁面
    .hint = 請從首頁重新開始。
problem-bad_request = 無法理解這個請求
    .hint = 網址可能不完整。請從首頁重新開始。
problem-payload_too_large = 送出的內容太大
    .hint = 請減少內容後再試一次。
problem-rate_limited = 請求太頻繁了
    .hint = 請稍候片刻再試一次。
problem-provider_error = { -provider } 的回應無法讀取
    .hint = 請再試一次。
    .contact = 若仍然如此，請聯絡我們並附上追蹤編號
problem-provider_unavailable = { -provider } 暫時無法使用
    .hint = 您的登入狀態不受影響。請稍候片刻再試一次。
problem-provider_timeout = { -provider } 沒有及時回應
    .hint = 您的登入狀態不受影響。請稍候片刻再試一次。
problem-store_unavailable = 暫時無法確認登入狀態
    .hint = 本站正在恢復中，您沒有被登出。請稍候片刻再試一次。
problem-internal_error = 本站發生錯誤
    .hint = 這不是您的問題。請再試一次。
    .contact = 若仍然如此，請聯絡我們並附上追蹤編號
