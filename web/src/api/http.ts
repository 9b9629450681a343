import { asProblem, Problem, problemOf } from '@/api/problem';

export const API = '/api/v1';
const WAIT_MS = 20_000;
const SAFE = new Set(['GET', 'HEAD']);

let csrfToken = '';
let onSignedOut: () => void = () => {};

/** The token the server wants back on every act; empty when signed out. It lives in memory only. */
export function keepCsrfToken(token: string): void {
  csrfToken = token;
}

/** Called when the server says that the session is over, wherever that was noticed. */
export function whenSignedOut(then: () => void): void {
  onSignedOut = then;
}

export interface Asked {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  /** A file sent as it is, instead of a body. */
  bytes?: Blob;
  headers?: Record<string, string>;
  waitMs?: number;
}

/** The path with its query; empty and absent values are left out. */
export function address(path: string, query: Asked['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `${API}${path}${search ? `?${search}` : ''}`;
}

/** Ask the server; throws a Problem for anything but success. */
export async function ask<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...asked.headers };
  if (asked.body !== undefined) headers['Content-Type'] = 'application/json';
  if (asked.bytes) headers['Content-Type'] = 'application/octet-stream';
  if (!SAFE.has(method) && csrfToken) headers['X-CSRF-Token'] = csrfToken;
  try {
    const answer = await fetch(address(path, asked.query), {
      method,
      headers,
      body: asked.bytes ?? (asked.body === undefined ? null : JSON.stringify(asked.body)),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(asked.waitMs ?? WAIT_MS),
    });
    if (answer.status === 204) return undefined as T;
    const body: unknown = await answer.json().catch(() => null);
    if (!answer.ok) throw problemOf(answer.status, body);
    return body as T;
  } catch (error) {
    const problem = asProblem(error);
    if (problem.status === 401 && !path.startsWith('/session')) onSignedOut();
    throw problem;
  }
}

/** A key that makes a retried act count once. `crypto.randomUUID` is missing on plain http addresses. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export { Problem };
