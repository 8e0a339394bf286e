### 简体中文：页面上的每一句话。

## 每一页

-provider = 登录服务
language-name = 简体中文
app-title = 我的应用
skip-link = 跳到主要内容
language-label = 语言
theme-label = 外观
theme-system = 跟随系统
theme-light = 浅色
theme-dark = 深色
sandbox-ribbon = 沙盒模式：测试数据
sandbox-link = 打开控制页
try-again = 重试
to-home = 返回首页
request-id = 追踪编号
copy-request = 复制追踪编号
copied = 已复制
title-signed_out = 登录
title-signed_in = 我的账户

## 登录

signed-out-heading = 请登录以查看账户信息
signed-out-lead = 使用一键登录快速访问您的账户
login-button = 🚀 一键登录
login-assurance = 您将在 { -provider } 的页面上登录，密码不会经过这里。
login-waiting = 正在登录，请稍候...
login-reopen = 如果登录窗口已关闭，请再点一次“一键登录”。
login-verifying = 正在验证授权信息...
session-checking = 正在检查登录状态...
continue-link = 如果页面没有自动跳转，请点击这里继续
popup-close = 您可以关闭此窗口，回到原来的页面。
popup-here = 在此窗口继续

## 账户

account-welcome = 欢迎回来！
sign-out = 退出登录

## 账户的设备

devices-heading = 我的设备
devices-lead = 您的账户已在以下设备登录。如有不认识的设备，请将其退出登录。
devices-this = 当前设备
devices-signed_in = 登录时间
devices-seen = 上次使用
devices-unknown = 未知设备
devices-end_others = 退出其他所有设备
devices-end_all = 退出所有设备
notice-device_ended = 该设备已退出登录
notice-others_ended = 其他设备已全部退出登录
ago-just_now = 不到 1 分钟前
ago-minutes = { $count } 分钟前
ago-hours = { $count } 小时前
ago-days = { $count } 天前

## 刚刚发生的事

notice-logged_in = 登录成功
notice-still_signed_in = 您仍处于登录状态
notice-logged_out = 您已退出登录
notice-cookies_off = 您的浏览器没有为本站保存 Cookie
    .hint = 没有 Cookie 就无法登录。请允许本站使用 Cookie，然后重新加载页面。
notice-offline = 您目前处于离线状态
    .hint = 页面内容可能不是最新的。
notice-online = 网络连接已恢复
notice-cookies_blocked = 您目前没有登录
    .hint = 如果您刚完成登录，则是浏览器没有保存登录状态。请允许本网站使用 Cookie，然后重试。

## 登录为什么结束了

ended-idle_limit = 您有一段时间没有使用，为了安全已自动退出
ended-absolute_limit = 登录时间已达上限，请重新登录
ended-refresh_refused = { -provider } 的授权已失效，请重新登录
ended-tokens_expired = 授权已到期，请重新登录
ended-ended_elsewhere = 您已从其他设备退出此设备的登录
ended-revoked = 本站管理员已将您退出登录，请重新登录
ended-too_many_sessions = 登录的设备已达上限，最早登录的这台设备已退出

## 已登录，但暂时读不到账户

recovering = 正在等待服务恢复，页面会自动更新。

## 登录失败

error-missing_parameters = 未收到有效的授权信息
    .hint = 登录没有完成。请再点一次“一键登录”。
error-invalid_state = 无法确认这次登录由您的浏览器发起
    .hint = 链接可能已经用过，或是在其他浏览器中打开的。请再点一次“一键登录”。
error-login_expired = 登录超时，已经失效
    .hint = 请再点一次“一键登录”，并在 15 分钟内完成。
error-server_error = 登录时出现错误
    .hint = 这不是您的问题。请再点一次“一键登录”；如果仍然失败，请过一会儿再试。
error-provider_unavailable = 暂时无法连接 { -provider }
    .hint = 请稍等片刻，再点一次“一键登录”。
error-account_disabled = 该账户已被停用，无法登录
    .hint = 请联系 { -provider } 客服，或换用其他账户登录。
error-access_denied = 您没有同意授权，因此未登录
    .hint = 如需查看账户，请再点一次“一键登录”并选择同意。
error-invalid_scope = { -provider } 不提供本应用所请求的权限
    .hint = 这需要由本应用的管理员修复。
    .contact = 请联系我们
error-temporarily_unavailable = { -provider } 目前繁忙或正在维护
    .hint = 请过几分钟，再点一次“一键登录”。
error-unauthorized_client = { -provider } 不允许本应用发起登录
    .hint = 这需要由本应用的管理员修复。
    .contact = 请联系我们
error-unsupported_response_type = { -provider } 不支持本应用的登录方式
    .hint = 这需要由本应用的管理员修复。
    .contact = 请联系我们
error-invalid_request = { -provider } 无法理解这次登录请求
    .hint = 请再点一次“一键登录”。
    .contact = 如果仍然失败，请联系我们
error-authorization_failed = 授权失败
    .hint = 登录没有完成。请再点一次“一键登录”。

## 打不开的页面

problem-not_authenticated = 您尚未登录
    .hint = 请返回首页登录，再打开此页面。
problem-session_expired = 登录已过期
    .hint = 请返回首页重新登录。
problem-csrf_rejected = 此请求来自其他网站，已被拒绝
    .hint = 如果是您本人的操作，请从首页重新开始。
problem-forbidden = 您的账户不能使用此功能
    .hint = 账户可能已被停用，或未授权查看这些信息。请退出后重新登录，或联系 { -provider } 客服。
problem-not_found = 找不到此页面
    .hint = 网址可能有误，或页面已被移走。请从首页重新开始。
problem-method_not_allowed = 无法以这种方式打开此页面
    .hint = 请从首页重新开始。
problem-bad_request = 无法理解此请求
    .hint = 网址可能不完整。请从首页重新开始。
problem-payload_too_large = 提交的内容过大
    .hint = 请减少内容后重试。
problem-rate_limited = 请求过于频繁
    .hint = 请稍等片刻后重试。
problem-provider_error = { -provider } 的响应无法读取
    .hint = 请重试。
    .contact = 如果仍然如此，请联系我们并附上追踪编号
problem-provider_unavailable = { -provider } 暂时不可用
    .hint = 您的登录状态不受影响。请稍等片刻后重试。
problem-provider_timeout = { -provider } 响应超时
    .hint = 您的登录状态不受影响。请稍等片刻后重试。
problem-store_unavailable = 暂时无法确认登录状态
    .hint = 本站正在恢复，您并未退出登录。请稍等片刻后重试。
problem-internal_error = 本站出现错误
    .hint = 这不是您的问题。请重试。
    .contact = 如果仍然如此，请联系我们并附上追踪编号
