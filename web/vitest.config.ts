import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./apps/desk/src', import.meta.url)) } },
  test: {
    environment: 'happy-dom',
    include: ['apps/*/test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
})
