### 简体中文：页面上的每一句话。

## 每一页

app-title = 我的第三方应用
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
login-assurance = 您将在 AIHubMix 的页面上登录，密码不会经过这里。
login-waiting = 正在登录，请稍候...
login-reopen = 如果登录窗口已关闭，请再点一次“一键登录”。
login-verifying = 正在验证授权信息...
session-checking = 正在检查登录状态...
continue-link = 如果页面没有自动跳转，请点击这里继续
popup-close = 此窗口可以关闭了，请回到原来的页面。
popup-here = 在此窗口继续

## 账户

account-welcome = 欢迎回来！
account-username = 用户名：
account-email = 电子邮箱：
account-balance = 账户余额：
balance-missing = 未提供余额
balance-negative = 余额为负，请充值后再使用服务。
field-missing = 未提供
refresh-balance = 刷新余额
refresh-busy = 正在刷新...
top-up = 账户充值
sign-out = 退出登录

status-disabled = 该账户已被停用
    .hint = 您仍可查看账户信息，但无法使用服务。如需恢复，请联系 AIHubMix 客服。
status-deleted = 该账户已被删除
    .hint = 这里显示的是最后的记录。如有疑问，请联系 AIHubMix 客服。
status-unknown = 账户处于特殊状态（代码 { $status }）
    .hint = 如果有功能无法使用，请将此代码告知 AIHubMix 客服。

## 刚刚发生的事

notice-logged_in = 登录成功
notice-still_signed_in = 您仍处于登录状态
notice-logged_out = 您已退出登录
notice-balance_updated = 余额已更新
notice-refresh_failed = 刷新失败，请重新登录
notice-cookies_blocked = 您目前没有登录。如果您刚完成登录，则是浏览器没有保存登录状态：请允许本网站使用 Cookie，然后重试

## 登录为什么结束了

ended-idle_limit = 您有一段时间没有使用，为了安全已自动退出
ended-absolute_limit = 这次登录已达最长期限，请重新登录
ended-refresh_refused = AIHubMix 已不再接受这次授权，请重新登录
ended-tokens_expired = 授权已到期，请重新登录
ended-ended_elsewhere = 您在另一台设备上结束了这里的登录
ended-revoked = 本站管理员结束了这次登录，请重新登录
ended-too_many_sessions = 登录的设备过多，最早的这一次登录已结束

## 刷新余额失败时

refresh-provider = AIHubMix 暂时没有响应，余额未更新。
refresh-limited = 刷新过于频繁。
refresh-here = 本站暂时无法处理，余额未更新。
refresh-network = 网络连接中断，余额未更新。
refresh-later = 请稍后再试，无需重新登录。
refresh-wait = 请在 { $seconds } 秒后再试，无需重新登录。

## 已登录，但暂时读不到账户

trouble-provider_unavailable = AIHubMix 暂时不可用，无法显示最新的余额
    .hint = 您仍处于登录状态。请稍等片刻后重试。
trouble-provider_timeout = AIHubMix 响应超时，无法显示最新的余额
    .hint = 您仍处于登录状态。请稍等片刻后重试。
trouble-provider_error = AIHubMix 的响应无法读取，无法显示最新的余额
    .hint = 您仍处于登录状态。如果重试后仍然如此，请联系我们并附上请求编号。
trouble-forbidden = AIHubMix 不允许读取该账户
    .hint = 账户可能已被停用，或未授权查看这些信息。请退出后重新登录，或联系 AIHubMix 客服。
known-just_now = 不到 1 分钟前的数据
known-minutes = { $minutes } 分钟前的数据
known-hours = { $hours } 小时前的数据
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
error-provider_unavailable = 暂时无法连接 AIHubMix
    .hint = 请稍等片刻，再点一次“一键登录”。
error-account_disabled = 该账户已被停用，无法登录
    .hint = 请联系 AIHubMix 客服，或换用其他账户登录。
error-access_denied = 您没有同意授权，因此未登录
    .hint = 如需查看账户，请再点一次“一键登录”并选择同意。
error-invalid_scope = AIHubMix 不提供本应用所请求的权限
    .hint = 这需要由本应用的管理员修复，请联系我们。
error-temporarily_unavailable = AIHubMix 目前繁忙或正在维护
    .hint = 请过几分钟，再点一次“一键登录”。
error-unauthorized_client = AIHubMix 不允许本应用发起登录
    .hint = 这需要由本应用的管理员修复，请联系我们。
error-unsupported_response_type = AIHubMix 不支持本应用的登录方式
    .hint = 这需要由本应用的管理员修复，请联系我们。
error-invalid_request = AIHubMix 无法理解这次登录请求
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
    .hint = 账户可能已被停用，或未授权查看这些信息。请退出后重新登录，或联系 AIHubMix 客服。
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
problem-provider_error = AIHubMix 的响应无法读取
    .hint = 请重试；如果仍然如此，请联系我们并附上请求编号。
problem-provider_unavailable = AIHubMix 暂时不可用
    .hint = 您的登录状态不受影响。请稍等片刻后重试。
problem-provider_timeout = AIHubMix 响应超时
    .hint = 您的登录状态不受影响。请稍等片刻后重试。
problem-store_unavailable = 暂时无法确认登录状态
    .hint = 本站正在恢复，您没有被登出。请稍等片刻后重试。
problem-internal_error = 本站出现错误
    .hint = 这不是您的问题。请重试；如果仍然如此，请联系我们并附上请求编号。
