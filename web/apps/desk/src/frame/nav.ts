import { can } from './session'

/** The rooms of the desk in the order of the navigation; `may` is the right without which the server refuses them. */
export const rooms = [
  { name: 'overview', label: '总览', may: 'report.read' },
  { name: 'households', label: '户', may: 'household.read' },
  { name: 'doubts', label: '疑点', may: 'household.read' },
  { name: 'problems', label: '问题台账', may: 'problem.read' },
  { name: 'reports', label: '日报', may: 'report.read' },
  { name: 'pack', label: '方案', may: '' },
  { name: 'imports', label: '导入', may: 'register.import' },
]

export const allowed = (): typeof rooms => rooms.filter((r) => !r.may || can(r.may))

/** Where a person lands: the first room he may enter. An officer without business rights has the plan only. */
export const home = (): { name: string } => ({ name: allowed()[0]?.name ?? 'pack' })
