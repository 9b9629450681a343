import { describe, expect, it } from 'vitest';
import { dayBars, daysLeft, sizeText } from '@/screens/retention/format';

describe('retention', () => {
  it('puts bytes in the units of the language', () => {
    expect(sizeText('fr-FR', 6_300_000)).toBe('6,3 Mo');
    expect(sizeText('en-GB', 999)).toBe('999 B');
  });

  it('adds kinds and cameras of a day and measures bars by the fullest', () => {
    const bars = dayBars([
      { day: '2026-06-02', items: 1, bytes: 5 },
      { day: '2026-06-01', items: 1, bytes: 10 },
      { day: '2026-06-01', items: 3, bytes: 20 },
    ]);
    expect(bars.map((bar) => [bar.day, bar.items, bar.bytes, bar.share])).toEqual([
      ['2026-06-01', 4, 30, 1],
      ['2026-06-02', 1, 5, 0.25],
    ]);
  });

  it('counts days left, none when it is over', () => {
    const now = Date.parse('2026-06-01T10:00:00Z');
    expect(daysLeft('2026-06-02T09:00:00Z', now)).toBe(1);
    expect(daysLeft('2026-05-01T00:00:00Z', now)).toBe(0);
  });
});
