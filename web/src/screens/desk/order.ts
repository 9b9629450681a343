/** Which list an alert belongs to and who comes first. */
import type { Alert, Severity } from '@/api/nouns';

export type ListName = 'shown' | 'held' | 'snoozed';
export const LISTS: readonly ListName[] = ['shown', 'held', 'snoozed'];
export type Lists = Record<ListName, Alert[]>;

const RANK: Record<Severity, number> = { extreme: 3, severe: 2, moderate: 1, minor: 0 };

/** Most severe first, then the one whose answer is due first; ids last, so that the order never flickers. */
export function moreUrgent(a: Alert, b: Alert): number {
  if (a.severity !== b.severity) return RANK[b.severity] - RANK[a.severity];
  if (a.due_at !== b.due_at) return a.due_at < b.due_at ? -1 : 1;
  if (a.raised_at !== b.raised_at) return a.raised_at < b.raised_at ? -1 : 1;
  return a.alert_id < b.alert_id ? -1 : 1;
}

/** The list of an alert at this desk, or null when nobody here has to answer it. One handed to us is ours to answer. */
export function listOf(alert: Alert, me: string): ListName | null {
  if (alert.state === 'open') return 'shown';
  if (alert.state === 'held' || alert.state === 'snoozed') return alert.state;
  if (alert.state === 'handed_over' && alert.assigned_to === me) return 'shown';
  return null;
}

/** All lists in order. */
export function share(alerts: Iterable<Alert>, me: string): Lists {
  const lists: Lists = { shown: [], held: [], snoozed: [] };
  for (const alert of alerts) {
    const name = listOf(alert, me);
    if (name) lists[name].push(alert);
  }
  for (const name of LISTS) lists[name].sort(moreUrgent);
  return lists;
}

/** Who to look at once the alert at `index` of the former list has gone: the one that took its place. */
export function successor(before: readonly Alert[], after: readonly Alert[], goneId: string): string | null {
  const index = before.findIndex((alert) => alert.alert_id === goneId);
  const left = new Set(after.map((alert) => alert.alert_id));
  for (const alert of before.slice(index + 1)) if (left.has(alert.alert_id)) return alert.alert_id;
  return after.at(-1)?.alert_id ?? null;
}

/** First and one-past-last row to draw in a window of a long list. */
export function windowOf(count: number, rowPx: number, scrollPx: number, heightPx: number, spare = 4): [number, number] {
  const from = Math.max(0, Math.floor(scrollPx / rowPx) - spare);
  const to = Math.min(count, Math.ceil((scrollPx + heightPx) / rowPx) + spare);
  return [Math.min(from, Math.max(0, count - 1)), to];
}
