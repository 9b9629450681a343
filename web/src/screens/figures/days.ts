import type { Count, PilotDay } from '@/api/figures';
import { TOWN_TIME } from '@/i18n/moments';

/** One rule's numbers, day by day. `name`: the counter, or the situation of a pilot's rule. */
export interface Series {
  key: string;
  cameraId: string;
  rule: string;
  name: string;
  days: { day: string; value: number; share: number }[];
  total: number;
}

const LONGEST_DAYS = 31;
const day = new Intl.DateTimeFormat('fr-CA', { timeZone: TOWN_TIME, year: 'numeric', month: '2-digit', day: '2-digit' });

/** The town's day (yyyy-mm-dd) of an instant. */
export const townDay = (instant: string | number): string => day.format(new Date(instant));

/** Whether a span of days can be asked for at once. */
export function isAskable(first: string, last: string): boolean {
  const days = (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1;
  return days >= 1 && days <= LONGEST_DAYS;
}

export function seriesOfCounts(counts: Count[]): Series[] {
  return inSeries(
    counts.map((one) => ({ ...one, name: one.counter.split('.').at(-1) ?? one.counter, day: townDay(one.from_at) })),
  );
}

export function seriesOfPilots(days: PilotDay[]): Series[] {
  return inSeries(days.map((one) => ({ ...one, name: one.situation, value: one.times })));
}

interface Told {
  camera_id: string;
  rule_id: string;
  rule_name: string;
  name: string;
  day: string;
  value: number;
}

function inSeries(told: Told[]): Series[] {
  const found = new Map<string, Series & { byDay: Map<string, number> }>();
  for (const one of told) {
    const key = JSON.stringify([one.camera_id, one.rule_id, one.name]);
    let series = found.get(key);
    if (!series) {
      series = { key, cameraId: one.camera_id, rule: one.rule_name || one.rule_id, name: one.name, days: [], total: 0, byDay: new Map() };
      found.set(key, series);
    }
    series.byDay.set(one.day, (series.byDay.get(one.day) ?? 0) + one.value);
    series.total += one.value;
  }
  return [...found.values()].map(({ byDay, ...series }) => {
    const most = Math.max(1, ...byDay.values());
    const days = [...byDay].sort().map(([on, value]) => ({ day: on, value, share: value / most }));
    return { ...series, days };
  });
}
