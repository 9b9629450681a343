import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const server = process.env['BEFFROI_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) },
    // Tests of rune stores need Svelte's client build, which is what the browser runs.
    ...(process.env['VITEST'] ? { conditions: ['browser'] } : {}),
  },
  // Pages are served under the product's own address; files under /static are named by their content.
  build: {
    outDir: process.env['BEFFROI_WEB_OUT'] ?? '../src/beffroi/serve/static',
    emptyOutDir: true,
    assetsDir: 'assets',
    target: 'es2022',
    // Small files stay files: the pages forbid data: scripts and styles.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': { target: server, ws: true } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
