/** The journal's filters as they stand in the address. */
import type { JournalAsked } from '@/api/journal';
import { startOfDay } from '@/i18n/moments';

export interface Chosen {
  actor: string;
  role: string;
  act: string;
  camera_id: string;
  refused: string;
  /** Days of the town, yyyy-mm-dd, both included. */
  first: string;
  last: string;
}

export const FIELDS = ['actor', 'role', 'act', 'camera_id', 'refused', 'first', 'last'] as const;
export const EMPTY: Chosen = { actor: '', role: '', act: '', camera_id: '', refused: '', first: '', last: '' };
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function chosenOf(query: URLSearchParams): Chosen {
  const chosen = { ...EMPTY };
  for (const name of FIELDS) chosen[name] = query.get(name) ?? '';
  if (!DAY.test(chosen.first)) chosen.first = '';
  if (!DAY.test(chosen.last)) chosen.last = '';
  return chosen;
}

export function queryOf(chosen: Chosen): string {
  return new URLSearchParams(
    FIELDS.filter((name) => chosen[name] !== '').map((name): [string, string] => [name, chosen[name]]),
  ).toString();
}

/** What the server is asked: days become instants, the last day is included. */
export function askedOf(chosen: Chosen): JournalAsked {
  const { first, last, ...rest } = chosen;
  return { ...rest, from: first ? startOfDay(first) : '', to: last ? startOfDay(last, 1) : '' };
}
