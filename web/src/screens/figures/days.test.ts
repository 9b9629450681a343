import { describe, expect, it } from 'vitest';
import { isAskable, seriesOfCounts, seriesOfPilots, townDay } from '@/screens/figures/days';

const count = { camera_id: 'pont', rule_id: 'passage', rule_name: 'Passage', counter: 'forward' };

describe('counts by day', () => {
  it('adds quarters of an hour to the town’s day, not to that of UTC', () => {
    const [series] = seriesOfCounts([
      { ...count, from_at: '2026-06-01T21:45:00Z', value: 2 },
      { ...count, from_at: '2026-06-01T22:00:00Z', value: 5 },
      { ...count, from_at: '2026-06-01T10:00:00Z', value: 1 },
    ]);
    expect(series?.days).toEqual([
      { day: '2026-06-01', value: 3, share: 0.6 },
      { day: '2026-06-02', value: 5, share: 1 },
    ]);
    expect(series?.total).toBe(8);
  });

  it('keeps what was watched with nobody there apart from what was not watched', () => {
    expect(seriesOfCounts([{ ...count, from_at: '2026-06-01T10:00:00Z', value: 0 }])[0]?.days).toEqual([
      { day: '2026-06-01', value: 0, share: 0 },
    ]);
    expect(seriesOfCounts([])).toEqual([]);
  });

  it('keeps rules of one name apart', () => {
    const day = { camera_id: 'pont', rule_name: 'Quai', situation: 'zone_entered', day: '2026-06-01', times: 1 };
    expect(seriesOfPilots([{ ...day, rule_id: 'a' }, { ...day, rule_id: 'b' }])).toHaveLength(2);
  });
});

describe('the span', () => {
  it.each([
    ['2026-06-01', '2026-06-01', true],
    ['2026-06-01', '2026-07-01', true],
    ['2026-06-01', '2026-07-02', false],
    ['2026-06-02', '2026-06-01', false],
    ['', '2026-06-01', false],
  ])('%s to %s', (first, last, askable) => expect(isAskable(first, last)).toBe(askable));

  it('follows the town’s clock', () => expect(townDay('2026-01-01T23:30:00Z')).toBe('2026-01-02'));
});
