import { defineConfig } from 'vite'

const collectorUrl = process.env.COLLECTOR_URL ?? 'http://127.0.0.1:8080'

/** In development everything but the page itself comes from a running collector. */
const proxy = {
  '/v1': collectorUrl,
  '/signin': collectorUrl,
  '/docs': collectorUrl,
  '/socket.io': { target: collectorUrl, ws: true },
}

export default defineConfig({
  build: {
    // The browsers that know `light-dark()`; older ones would need it compiled away.
    target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'],
    // A data: URL would need a wider Content-Security-Policy than 'self'.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  server: { proxy },
})
