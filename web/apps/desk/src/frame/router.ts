import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { home } from './nav'
import { knownSession } from './session'

declare module 'vue-router' {
  interface RouteMeta { title?: string; may?: string; nav?: string; open?: boolean }
}

const behind: RouteRecordRaw[] = [
  // Never drawn: the guard sends everybody on, once it knows who he is.
  { path: '', name: 'home', component: () => import('./LostPage.vue') },
  { path: 'overview', name: 'overview', component: () => import('@/rooms/overview/OverviewRoom.vue'), meta: { title: '总览', nav: 'overview' } },
  { path: 'tasks', name: 'tasks', component: () => import('@/rooms/task/TaskRoom.vue'), meta: { title: '任务', nav: 'tasks' } },
  { path: 'households', name: 'households', component: () => import('@/rooms/household/HouseholdList.vue'), meta: { title: '户', nav: 'households' } },
  { path: 'households/:id', name: 'household', component: () => import('@/rooms/household/HouseholdPage.vue'), meta: { title: '户档', nav: 'households' } },
  { path: 'households/:id/sheet', name: 'sheet', component: () => import('@/rooms/inspection/SheetPage.vue'), meta: { title: '排查表', nav: 'households' } },
  { path: 'errata', name: 'errata', component: () => import('@/rooms/household/ErrataPage.vue'), meta: { title: '信息更正清单', nav: 'households' } },
  { path: 'merge-village', name: 'merge-village', component: () => import('@/rooms/household/MergeVillage.vue'), meta: { title: '并村', nav: 'households' } },
  { path: 'doubts', name: 'doubts', component: () => import('@/rooms/doubt/DoubtList.vue'), meta: { title: '疑点', nav: 'doubts' } },
  { path: 'problems', name: 'problems', component: () => import('@/rooms/problem/LedgerPage.vue'), meta: { title: '问题台账', nav: 'problems' } },
  { path: 'problems/board', name: 'board', component: () => import('@/rooms/problem/BoardPage.vue'), meta: { title: '问题看板', nav: 'problems' } },
  { path: 'orders', name: 'orders', component: () => import('@/rooms/order/OrderList.vue'), meta: { title: '督办通知书', nav: 'orders' } },
  { path: 'orders/:id', name: 'order', component: () => import('@/rooms/order/OrderPage.vue'), meta: { title: '督办通知书', nav: 'orders' } },
  { path: 'todo', name: 'todo', component: () => import('@/rooms/todo/TodoPage.vue'), meta: { title: '待办', nav: 'todo' } },
  { path: 'consolidation', name: 'consolidation', component: () => import('@/rooms/cluster/LikePage.vue'), meta: { title: '归并', nav: 'problems' } },
  { path: 'clusters', name: 'clusters', component: () => import('@/rooms/cluster/ClusterList.vue'), meta: { title: '同因问题', nav: 'problems' } },
  { path: 'clusters/:id', name: 'cluster', component: () => import('@/rooms/cluster/ClusterPage.vue'), meta: { title: '同因问题', nav: 'problems' } },
  { path: 'sources', name: 'sources', component: () => import('@/rooms/source/SourcePage.vue'), meta: { title: '外部来源', nav: 'problems' } },
  { path: 'problems/:id', name: 'problem', component: () => import('@/rooms/problem/ProblemPage.vue'), meta: { title: '问题', nav: 'problems' } },
  { path: 'reports', name: 'reports', component: () => import('@/rooms/report/ReportDays.vue'), meta: { title: '日报', nav: 'reports' } },
  { path: 'reports/:day', name: 'report', component: () => import('@/rooms/report/DailyReport.vue'), meta: { title: '日报', nav: 'reports' } },
  { path: 'post', name: 'post', component: () => import('@/rooms/account/PostPage.vue'), meta: { title: '我的岗位' } },
  { path: 'account', name: 'account', component: () => import('@/rooms/account/MyAccount.vue'), meta: { title: '我的账号' } },
  { path: 'people', name: 'people', component: () => import('@/rooms/people/PeoplePage.vue'), meta: { title: '人员岗位', nav: 'people' } },
  { path: 'accounts', name: 'accounts', component: () => import('@/rooms/account/AccountsPage.vue'), meta: { title: '账号', nav: 'accounts' } },
  { path: 'accounts/list', name: 'staff', component: () => import('@/rooms/account/StaffPage.vue'), meta: { title: '批量开设账号', nav: 'accounts' } },
  { path: 'repairs', name: 'repairs', component: () => import('@/rooms/repair/RepairPage.vue'), meta: { title: '未受理的记录' } },
  { path: 'jobs', name: 'jobs', component: () => import('@/rooms/job/JobPage.vue'), meta: { title: '作业', nav: 'jobs' } },
  { path: 'messages', name: 'messages', component: () => import('@/rooms/message/MessagesPage.vue'), meta: { title: '消息', nav: 'messages' } },
  { path: 'channels', name: 'channels', component: () => import('@/rooms/message/ChannelsPage.vue'), meta: { title: '消息渠道', nav: 'channels' } },
  { path: 'outbox', name: 'outbox', component: () => import('@/rooms/message/OutboxPage.vue'), meta: { title: '发送记录', nav: 'outbox' } },
  { path: 'pack', name: 'pack', component: () => import('@/rooms/campaign/PackPage.vue'), meta: { title: '方案', nav: 'pack' } },
  { path: 'requests', name: 'requests', component: () => import('@/rooms/resident/RequestList.vue'), meta: { title: '更正申请', nav: 'requests' } },
  { path: 'households/:id/notice', name: 'notice', component: () => import('@/rooms/resident/NoticePage.vue'), meta: { title: '告知书', nav: 'households' } },
  { path: 'log', name: 'log', component: () => import('@/rooms/log/AccessPage.vue'), meta: { title: '日志', nav: 'log' } },
  { path: 'log/acts', name: 'log-acts', component: () => import('@/rooms/log/ActsPage.vue'), meta: { title: '操作日志', nav: 'log' } },
  { path: 'retention', name: 'retention', component: () => import('@/rooms/retention/RetentionPage.vue'), meta: { title: '保存与销毁', nav: 'retention' } },
  { path: 'imports', name: 'imports', component: () => import('@/rooms/intake/ImportsPage.vue'), meta: { title: '导入', nav: 'imports' } },
  { path: 'imports/:id', name: 'import', component: () => import('@/rooms/intake/ImportPage.vue'), meta: { title: '导入', nav: 'imports' } },
]

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/sign-in', name: 'sign-in', component: () => import('@/rooms/account/SignIn.vue'), meta: { title: '登录', open: true } },
    { path: '/must', name: 'must', component: () => import('@/rooms/account/MustPage.vue'), meta: { title: '登录', open: true } },
    { path: '/', component: () => import('./AppShell.vue'), children: behind },
    { path: '/:rest(.*)*', name: 'lost', component: () => import('./LostPage.vue'), meta: { title: '没有这一页', open: true } },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? undefined,
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  const who = await knownSession()
  if (who?.must) return who.must === 'code' ? { name: 'sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } } : { name: 'must' }
  if (who) return to.name === 'home' ? home() : true
  return { name: 'sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
})

router.afterEach((to) => { document.title = to.meta.title ? `${to.meta.title} · 巩固` : '巩固' })

// After an upgrade of the server an open page asks for chunks that no longer exist: load the new desk once, instead of a dead link.
router.onError((error, to) => {
  if (/dynamically imported module|Importing a module script failed/i.test(String(error)) && !sessionStorage.getItem('gonggu.reloaded')) {
    sessionStorage.setItem('gonggu.reloaded', to.fullPath)
    location.assign(to.fullPath)
  }
})
router.isReady().then(() => sessionStorage.removeItem('gonggu.reloaded'), () => undefined)
