### 简体中文：这个应用自己的词句。其他词句在 crates/bff/templates/i18n，这里可以逐句覆盖。

## 每一页

-provider = AIHubMix
app-title = 我的第三方应用

## 账户

account-username = 用户名：
account-email = 电子邮箱：
account-balance = 账户余额：
balance-missing = 未提供余额
balance-negative = 余额为负，请充值后再使用服务。
field-missing = 未提供
refresh-balance = 刷新余额
refresh-busy = 正在刷新...
top-up = 账户充值
status-disabled = 该账户已被停用
    .hint = 您仍可查看账户信息，但无法使用服务。如需恢复，请联系 AIHubMix 客服。
status-deleted = 该账户已被删除
    .hint = 这里显示的是最后的记录。如有疑问，请联系 AIHubMix 客服。
status-unknown = 账户处于特殊状态（代码 { $status }）
    .hint = 如果有功能无法使用，请将此代码告知 AIHubMix 客服。

## 刚刚发生的事

notice-balance_updated = 余额已更新
notice-refresh_failed = 刷新失败，请重新登录

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
retry-in = { $seconds } 秒后自动重试
retrying = 正在重试...
known-just_now = 不到 1 分钟前的数据
known-minutes = { $minutes } 分钟前的数据
known-hours = { $hours } 小时前的数据
