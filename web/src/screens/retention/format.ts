/** How amounts of data, days and bars of retention are put. */

/** Bytes in a unit a person reads. */
export function sizeText(locale: string, bytes: number): string {
  const french = locale.startsWith('fr');
  const units = french ? ['o', 'ko', 'Mo', 'Go', 'To'] : ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let step = 0;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)} ${units[step]}`;
}

export interface DayBar {
  day: string;
  items: number;
  bytes: number;
  share: number;
}

/** One bar a day, as high as its share of the fullest day; kinds and cameras together. */
export function dayBars(days: { day: string; items: number; bytes: number }[]): DayBar[] {
  const sums = new Map<string, { items: number; bytes: number }>();
  for (const one of days) {
    const sum = sums.get(one.day) ?? { items: 0, bytes: 0 };
    sums.set(one.day, { items: sum.items + one.items, bytes: sum.bytes + one.bytes });
  }
  const most = Math.max(1, ...[...sums.values()].map((sum) => sum.items));
  return [...sums].map(([day, sum]) => ({ day, ...sum, share: sum.items / most })).sort((a, b) => a.day.localeCompare(b.day));
}

/** Whole days from now to an instant, never less than none. */
export function daysLeft(instant: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(instant) - now) / 86_400_000));
}
