import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const WEB = join(import.meta.dirname, '..', '..');

it('the types are those of the committed description of the API (npm run api makes them)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'beffroi-schema-'));
  try {
    const fresh = join(folder, 'schema.d.ts');
    const tool = join(WEB, 'node_modules', 'openapi-typescript', 'bin', 'cli.js');
    const made = ['openapi.json', '--default-non-nullable=false', '--output', fresh];
    execFileSync(process.execPath, [tool, ...made], { cwd: WEB, stdio: 'pipe' });
    const kept = readFileSync(join(WEB, 'src', 'api', 'generated', 'schema.d.ts'), 'utf8');
    expect(kept === readFileSync(fresh, 'utf8')).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
