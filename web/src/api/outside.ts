/** Signing in at an identity provider. */
import type { components } from '@/api/generated/schema';
import { ask } from '@/api/http';

export type Outside = components['schemas']['OutsideOut'];

/** A page, not a call: the browser goes there and comes back with a session. */
export const START = '/api/v1/session/outside/start';

export const readOutside = () => ask<Outside>('GET', '/session/outside');

/** What a return from the provider failed for; null when the address tells of none. */
export function failureIn(search: string): string | null {
  const code = new URLSearchParams(search).get('outside');
  return code !== null && /^[a-z_]{1,40}$/.test(code) ? code : null;
}
