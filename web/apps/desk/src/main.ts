import { applyLook } from '@gonggu/look'
import { whenSignedOut } from '@gonggu/api'
import { createApp } from 'vue'
import App from './App.vue'
import './frame/element.css'
import './frame/base.css'
import './frame/table.css'
import './frame/print.css'
import { router } from './frame/router'
import { forgetSession } from './frame/session'

applyLook(document.documentElement)

whenSignedOut(() => {
  forgetSession()
  const here = router.currentRoute.value
  if (here.name !== 'sign-in') void router.push({ name: 'sign-in', query: { to: here.fullPath } })
})

createApp(App).use(router).mount('#app')
