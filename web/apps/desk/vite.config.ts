import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// The oldest browsers of a county office: Windows 7 stops at Chrome 109, 360's fast mode may be as old as Chrome 87.
const browsers = ['chrome87', 'safari15']

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: fileURLToPath(new URL('../../dist', import.meta.url)),
    // dist/.keep must survive, or the Go program cannot embed an unbuilt folder; the build script empties assets/ itself.
    emptyOutDir: false,
    target: browsers,
    cssTarget: browsers,
    reportCompressedSize: true,
    rollupOptions: {
      output: {
        manualChunks(id: string) {
          if (/node_modules\/(echarts|zrender)\//.test(id)) return 'charts'
          if (/node_modules\/(@vue|vue|vue-router)\//.test(id)) return 'vue'
          return undefined
        },
      },
    },
  },
  server: { port: 5173, proxy: { '/api': process.env.API ?? 'http://127.0.0.1:8080' } },
})
