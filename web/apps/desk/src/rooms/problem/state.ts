/** The tone of a state's mark: what waits for the office, what is being done, what came back, what is over. */
const tones: Record<string, string> = { found: 'wait', accepted: 'main', ordered: 'main', declined: 'bad', claimed: 'main', returned: 'bad', reopened: 'bad', rectified: 'wait', verified: 'good', closed: 'good' }
export const tone = (state: string): string => tones[state] ?? ''

/** All states in the order of a problem's life, as they are filtered by. */
export const states: { value: string; label: string }[] = [
  { value: 'open', label: '未了结（全部）' }, { value: 'owed', label: '在整改单位手上' }, { value: 'found', label: '待受理' }, { value: 'accepted', label: '已受理' }, { value: 'ordered', label: '已交办' }, { value: 'declined', label: '待转派' },
  { value: 'claimed', label: '整改中' }, { value: 'rectified', label: '待复核' }, { value: 'returned', label: '退回重改' }, { value: 'verified', label: '待销号' }, { value: 'closed', label: '已销号' }, { value: 'reopened', label: '反弹' }, { value: 'void', label: '已作废' }, { value: 'merged', label: '已并入' },
]
