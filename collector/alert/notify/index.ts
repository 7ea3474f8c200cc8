import type { Receiver } from '../receiver.ts'
import { alertmanager } from './alertmanager.ts'
import { dingtalk } from './dingtalk.ts'
import { email } from './email.ts'
import { feishu } from './feishu.ts'
import { overHttp } from './http.ts'
import type { Notifier } from './notifier.ts'
import { slack } from './slack.ts'
import { webhook } from './webhook.ts'
import { wecom } from './wecom.ts'

/** Every kind of receiver. Adding one is a file, a line here and one in `config/alerts.ts`. */
export const notifiers = {
  webhook: overHttp(webhook),
  alertmanager: overHttp(alertmanager),
  email,
  slack: overHttp(slack),
  feishu: overHttp(feishu),
  dingtalk: overHttp(dingtalk),
  wecom: overHttp(wecom),
} as const satisfies Record<Receiver['type'], Notifier>
