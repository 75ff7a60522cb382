import { can, me } from './session'

/** The rooms of the desk in the order of the navigation; `may` is the right without which the server refuses them. */
export const rooms: { name: string; label: string; may: string; group?: string }[] = [
  { name: 'overview', label: '总览', may: 'report.read' },
  { name: 'todo', label: '待办', may: 'problem.read' },
  { name: 'tasks', label: '任务', may: 'task.read' },
  { name: 'households', label: '户', may: 'household.read' },
  { name: 'doubts', label: '疑点', may: 'household.read' },
  { name: 'problems', label: '问题台账', may: 'problem.read' },
  { name: 'orders', label: '督办', may: 'order.read' },
  { name: 'reports', label: '日报', may: 'report.read' },
  { name: 'pack', label: '方案', may: '' },
  { name: 'imports', label: '导入', may: 'register.import' },
  { name: 'requests', label: '更正申请', may: 'correction.ask' },
  { name: 'people', label: '人员岗位', may: 'people.read', group: '系统' },
  { name: 'accounts', label: '账号', may: 'account.manage|post.manage|log.read', group: '系统' },
  { name: 'log', label: '日志', may: 'log.read', group: '系统' },
  { name: 'jobs', label: '作业', may: 'job.read', group: '系统' },
  { name: 'channels', label: '消息渠道', may: 'channel.manage', group: '系统' },
  { name: 'outbox', label: '发送记录', may: 'outbox.read', group: '系统' },
  { name: 'retention', label: '保存期限', may: 'retention.propose|retention.approve|log.read', group: '系统' },
]

export const allowed = (): typeof rooms => rooms.filter((r) => !r.may || r.may.split('|').some(can))

/** Where a person lands: the overview, or, for a post without business rights, the page that says what the post is for. */
export const home = (): { name: string } => ({ name: can('report.read') ? 'overview' : can('household.read') ? 'households' : can('log.read') ? 'log' : 'post' })

const roomOf: Record<string, string> = { household: 'households', sheet: 'households', problem: 'problems', order: 'orders', report: 'reports', import: 'imports' }

/** A department sees the problems that it leads or helps with, not the whole ledger. */
export const ownProblemsOnly = (): boolean => me.value.post.duties.length > 0 && me.value.post.duties.every((d) => d === 'department')

/** Whether this post may open the page; with `whole`, whether the list there also holds everything that a number of the area counts. */
export function drillable(page: string, whole = true): boolean {
  const room = rooms.find((r) => r.name === (roomOf[page] ?? page))
  return Boolean(room && (!room.may || can(room.may)) && !(whole && room.name === 'problems' && ownProblemsOnly()))
}
