/** The history's filters as they stand in the address: a filtered page can be kept, sent and printed. */
import type { AlertFilter } from '@/api/calls';
import { startOfDay } from '@/i18n/moments';

export interface Chosen {
  camera_id: string;
  situation: string;
  state: string;
  decision: string;
  /** Days of the town, yyyy-mm-dd, both included. */
  first: string;
  last: string;
}

export const FIELDS = ['camera_id', 'situation', 'state', 'decision', 'first', 'last'] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function chosenOf(query: URLSearchParams): Chosen {
  const read = (name: (typeof FIELDS)[number]) => query.get(name) ?? '';
  const day = (name: 'first' | 'last') => (DAY.test(read(name)) ? read(name) : '');
  return {
    camera_id: read('camera_id'),
    situation: read('situation'),
    state: read('state'),
    decision: read('decision'),
    first: day('first'),
    last: day('last'),
  };
}

export function pathOf(chosen: Chosen, alertId: string | null = null): string {
  const given = FIELDS.filter((name) => chosen[name] !== '').map((name): [string, string] => [name, chosen[name]]);
  const query = new URLSearchParams([...given, ...(alertId ? [['alert', alertId]] : [])]).toString();
  return `/history${query ? `?${query}` : ''}`;
}

/** What the server is asked: days become instants, the last day is included. */
export function askedOf(chosen: Chosen): AlertFilter {
  const { first, last, ...rest } = chosen;
  return {
    ...rest,
    from: first ? startOfDay(first) : '',
    to: last ? startOfDay(last, 1) : '',
    limit: 50,
  };
}
