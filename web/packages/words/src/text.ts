/** Error codes whose sentence is better said by the desk than by the server; all others show the server's own `detail`. */
const byCode: Record<string, string> = {
  'network.unreachable': '连不上服务器。请检查网络后重试；已填写的内容还在本机。',
  'session.missing': '登录已失效，请重新登录。',
  'session.expired': '登录已失效，请重新登录。',
}

const byStatus: Record<number, string> = {
  401: '登录已失效，请重新登录。',
  403: '当前岗位没有这项权限。如有多个岗位，可在右上角切换。',
  404: '没有找到，可能已删除或不在您的管辖范围内。',
  409: '内容已被他人改动，请刷新后再试。',
  413: '文件太大，请拆分后再传。',
  429: '操作太频繁，请稍等一分钟再试。',
}

/** A sentence that says what to do next. */
export function errorSentence(code: string, status: number, detail: string): string {
  return byCode[code] ?? (detail || byStatus[status] || (status >= 500 ? '服务器出错了，请稍后重试；若反复出现，请告知系统管理员。' : '操作未成功，请稍后重试。'))
}

/** States of an import, as shown on its badge. */
export const importState: Record<string, string> = {
  reading: '读取中', preview: '待确认', applying: '写入中', done: '已完成', cancelled: '已取消', failed: '失败', undone: '已撤销',
}

export const doubtState: Record<string, string> = { open: '待核实', confirmed: '已属实', refuted: '已排除', gone: '已消除' }

/** Answers of the server to one act. */
export const actAnswer: Record<string, string> = { accepted: '已收到', known: '此前已收到', waiting: '等待前序记录', refused: '未被接受' }

/** Duties in the order of the county's chart; the three officers last. */
export const dutyName: Record<string, string> = {
  office: '县巩固办', township: '乡镇', village: '村干部', inspector: '入户排查', department: '县直部门', supervisor: '督导组', leader: '县领导',
  sysadmin: '系统管理员', secadmin: '安全管理员', auditor: '审计员',
}

export const unitKind: Record<string, string> = {
  office: '县级机关', department: '县直部门', township: '乡镇', village: '村', supervision: '督导组', team: '驻村工作队', helper: '帮扶单位',
}
