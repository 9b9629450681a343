import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const server = process.env['BEFFROI_URL'] ?? 'http://127.0.0.1:8000';

/** What ships inside the pages ships with its licence. */
const LICENCES = { inter: '@fontsource-variable/inter/LICENSE', svelte: 'svelte/LICENSE.md' };

function licences(): Plugin {
  return {
    name: 'licences',
    generateBundle() {
      for (const [name, path] of Object.entries(LICENCES)) {
        const source = readFileSync(new URL(`./node_modules/${path}`, import.meta.url));
        this.emitFile({ type: 'asset', fileName: `licences/${name}.txt`, source });
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte(), licences()],
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
