import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alertWith } from '@/screens/desk/alerts.fixture';
import { Answers } from '@/screens/desk/answers.svelte';

const alert = alertWith({ alert_id: 'al_1' });
const realFetch = globalThis.fetch;
let server: Server;
let port = 0;
let keys: unknown[] = [];
let reachable = true;

// A real server that keeps the keys it was given; only the page's own address, which Node does not have, is put before the path.
beforeAll(async () => {
  server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key']);
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      const { decision } = JSON.parse(text) as { decision: string };
      const verdict = { verdict_id: `v${keys.length}`, alert_id: 'al_1', actor: 'nour', decision };
      response.writeHead(201, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ verdict, alert: { ...alert, state: 'confirmed' } }));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  port = (server.address() as AddressInfo).port;
  globalThis.fetch = (input, init) => realFetch(`http://127.0.0.1:${reachable ? port : 1}${String(input)}`, init);
});

afterAll(async () => {
  globalThis.fetch = realFetch;
  await new Promise((closed) => server.close(closed));
});

beforeEach(() => {
  keys = [];
  reachable = true;
});

describe('answers', () => {
  it('are pending until the server has them, and can then be taken back', async () => {
    const answers = new Answers();
    const giving = answers.give(alert, { decision: 'confirm' });
    expect(answers.of('al_1')?.problem).toBeNull();
    expect((await giving)?.alert.state).toBe('confirmed');
    expect(answers.of('al_1')).toBeUndefined();
    expect(answers.last?.verdict.decision).toBe('confirm');
    await answers.give(alert, { decision: 'reopen' });
    expect(answers.last).toBeUndefined();
  });

  it('are not sent twice by pressing twice', async () => {
    const answers = new Answers();
    await Promise.all([answers.give(alert, { decision: 'confirm' }), answers.give(alert, { decision: 'confirm' })]);
    expect(keys).toHaveLength(1);
  });

  it('that fail stay, say why, and are tried again under the same key', async () => {
    const answers = new Answers();
    reachable = false;
    expect(await answers.give(alert, { decision: 'confirm' })).toBeNull();
    const failed = answers.failed[0];
    expect(failed?.problem?.code).toBe('network');
    reachable = true;
    expect(await answers.retry('al_1')).not.toBeNull();
    expect(keys).toEqual([failed?.key]);
    expect(answers.failed).toEqual([]);
  });

  it('that are dropped leave nothing behind', async () => {
    const answers = new Answers();
    reachable = false;
    await answers.give(alert, { decision: 'confirm' });
    answers.abandon('al_1');
    expect(answers.gave('al_1')).toBe(false);
  });
});
