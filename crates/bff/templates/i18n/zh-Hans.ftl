### 简体中文：页面上的每一句话。

## 每一页

-provider = 登录服务
language-name = 简体中文
app-title = 我的应用
skip-link = 跳到主要内容
language-label = 语言
sandbox-ribbon = 沙盒模式：账户和余额都是测试数据。
sandbox-link = 打开控制页
try-again = 重试
to-home = 返回首页
request-id = 请求编号 { $id_text }

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
popup-close = 此窗口可以关闭了，请回到原来的页面。
popup-here = 在此窗口继续

## 账户

account-welcome = 欢迎回来！
sign-out = 退出登录

## 刚刚发生的事

notice-logged_in = 登录成功
notice-still_signed_in = 您仍处于登录状态
notice-logged_out = 您已退出登录
notice-cookies_blocked = 您目前没有登录。如果您刚完成登录，则是浏览器没有保存登录状态：请允许本网站使用 Cookie，然后重试
notice-cookies_off = 您的浏览器没有为本站保存 Cookie，因此无法登录。请允许本站使用 Cookie，然后重新加载页面
notice-offline = 您目前处于离线状态，页面内容可能不是最新的
notice-online = 网络连接已恢复

## 登录为什么结束了

ended-idle_limit = 您有一段时间没有使用，为了安全已自动退出
ended-absolute_limit = 这次登录已达最长期限，请重新登录
ended-refresh_refused = { -provider } 已不再接受这次授权，请重新登录
ended-tokens_expired = 授权已到期，请重新登录
ended-ended_elsewhere = 您在另一台设备上结束了这里的登录
ended-revoked = 本站管理员结束了这次登录，请重新登录
ended-too_many_sessions = 登录的设备过多，最早的这一次登录已结束

## 已登录，但暂时读不到账户

recovering = 正在等待服务恢复，页面会自动更新。

## 登录失败

error-missing_parameters = 未收到有效的授权信息
    .hint = 登录没有完成。请再点一次“一键登录”。
error-invalid_state = 无法确认这次登录由您的浏览器发起
    .hint = 链接可能已经用过，或是在其他浏览器中打开的。请再点一次“一键登录”。
error-login_expired = 登录用时过长，已经失效
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
    .hint = 这需要由本应用的管理员修复，请联系我们。
error-temporarily_unavailable = { -provider } 目前繁忙或正在维护
    .hint = 请过几分钟，再点一次“一键登录”。
error-unauthorized_client = { -provider } 不允许本应用发起登录
    .hint = 这需要由本应用的管理员修复，请联系我们。
error-unsupported_response_type = { -provider } 不支持本应用的登录方式
    .hint = 这需要由本应用的管理员修复，请联系我们。
error-invalid_request = { -provider } 无法理解这次登录请求
    .hint = 请再点一次“一键登录”；如果仍然失败，请联系我们。
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
problem-method_not_allowed = 此页面不能以这种方式打开
    .hint = 请从首页重新开始。
problem-bad_request = 无法理解此请求
    .hint = 网址可能不完整。请从首页重新开始。
problem-payload_too_large = 提交的内容过大
    .hint = 请减少内容后重试。
problem-rate_limited = 请求过于频繁
    .hint = 请稍等片刻后重试。
problem-provider_error = { -provider } 的响应无法读取
    .hint = 请重试；如果仍然如此，请联系我们并附上请求编号。
problem-provider_unavailable = { -provider } 暂时不可用
    .hint = 您的登录状态不受影响。请稍等片刻后重试。
problem-provider_timeout = { -provider } 响应超时
    .hint = 您的登录状态不受影响。请稍等片刻后重试。
problem-store_unavailable = 暂时无法确认登录状态
    .hint = 本站正在恢复，您没有被登出。请稍等片刻后重试。
problem-internal_error = 本站出现错误
    .hint = 这不是您的问题。请重试；如果仍然如此，请联系我们并附上请求编号。
