import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { address, ask, keepCsrfToken, newKey, whenSignedOut } from '@/api/http';
import { asProblem, Problem, problemOf } from '@/api/problem';

let server: Server;
let asked: IncomingMessage[] = [];
let answer: { status: number; body: string } = { status: 200, body: '{}' };
const realFetch = globalThis.fetch;

// A real server on a real port; only the page's own address, which Node does not have, is put before the path.
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(answer.status, { 'Content-Type': 'application/problem+json' });
    response.end(answer.status === 204 ? undefined : answer.body);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  globalThis.fetch = (input, init) => realFetch(`http://127.0.0.1:${port}${String(input)}`, init);
});

afterAll(async () => {
  globalThis.fetch = realFetch;
  await new Promise((closed) => server.close(closed));
});

beforeEach(() => {
  asked = [];
  answer = { status: 200, body: '{"ok":true}' };
  keepCsrfToken('');
});

const caught = (work: Promise<unknown>) => work.then(() => null, (error: unknown) => error as Problem);

describe('asking the server', () => {
  it('sends the token with acts, not with readings', async () => {
    keepCsrfToken('t0k');
    await ask('GET', '/queue');
    await ask('POST', '/cameras', { body: { a: 1 } });
    expect(asked.map((request) => request.headers['x-csrf-token'])).toEqual([undefined, 't0k']);
    expect(asked[1]?.headers['content-type']).toBe('application/json');
  });

  it('leaves empty filters out of the address', () => {
    expect(address('/alerts', { state: '', camera_id: 'a b', limit: 50, cursor: undefined })).toBe(
      '/api/v1/alerts?camera_id=a+b&limit=50',
    );
  });

  it('turns a problem into what a screen can say', async () => {
    answer = {
      status: 422,
      body: JSON.stringify({ code: 'invalid', detail: 'no', mend: 'do', errors: [{ where: 'body.zone', what: 'crosses' }] }),
    };
    const problem = await caught(ask('POST', '/rules'));
    expect(problem).toMatchObject({ code: 'invalid', status: 422, mend: 'do', passing: false });
    expect(problem?.faults).toEqual([{ where: 'body.zone', what: 'crosses', mend: '' }]);
  });

  it('takes an answer without a body, and an error that is no problem document', async () => {
    answer = { status: 204, body: '' };
    expect(await ask('DELETE', '/session')).toBeUndefined();
    answer = { status: 502, body: '<html>proxy</html>' };
    expect(await caught(ask('GET', '/queue'))).toMatchObject({ code: 'http_502', passing: true });
  });

  it('says once that the session is over, but not for a wrong password', async () => {
    let ended = 0;
    whenSignedOut(() => (ended += 1));
    answer = { status: 401, body: '{"code":"not_signed_in"}' };
    await caught(ask('POST', '/session'));
    expect(ended).toBe(0);
    await caught(ask('GET', '/queue'));
    expect(ended).toBe(1);
  });
});

describe('problems', () => {
  it('know nobody answering from somebody refusing', () => {
    expect(asProblem(new TypeError('fetch failed'))).toMatchObject({ code: 'network', passing: true });
    expect(problemOf(409, { code: 'changed_meanwhile' }).passing).toBe(false);
    expect(problemOf(500, null)).toMatchObject({ code: 'http_500', faults: [] });
  });

  it('have keys that never repeat', () => {
    const keys = new Set(Array.from({ length: 500 }, newKey));
    expect(keys.size).toBe(500);
    expect([...keys].every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
  });
});
