import { describe, expect, it } from 'vitest';
import { alertWith } from '@/screens/desk/alerts.fixture';
import { listOf, share, successor, windowOf } from '@/screens/desk/order';

const a = alertWith({ alert_id: 'a', severity: 'minor', due_at: '2026-11-23T08:01:00.000Z' });
const b = alertWith({ alert_id: 'b', severity: 'severe', due_at: '2026-11-23T08:09:00.000Z' });
const c = alertWith({ alert_id: 'c', severity: 'severe', due_at: '2026-11-23T08:03:00.000Z' });

describe('the queue', () => {
  it('puts the most severe first, then what is due first', () => {
    expect(share([a, b, c], 'nour').shown.map((one) => one.alert_id)).toEqual(['c', 'b', 'a']);
  });

  it('shares alerts out by state', () => {
    const lists = share([a, { ...b, state: 'held' }, { ...c, state: 'snoozed' }], 'nour');
    expect([lists.shown.length, lists.held.length, lists.snoozed.length]).toEqual([1, 1, 1]);
  });

  it('shows what was handed to me and nothing handed to others or answered', () => {
    expect(listOf({ ...a, state: 'handed_over', assigned_to: 'nour' }, 'nour')).toBe('shown');
    expect(listOf({ ...a, state: 'handed_over', assigned_to: 'alix' }, 'nour')).toBeNull();
    expect(listOf({ ...a, state: 'confirmed' }, 'nour')).toBeNull();
  });

  it('orders ten thousand alerts in less than a blink', () => {
    const many = Array.from({ length: 10_000 }, (_, n) =>
      alertWith({ alert_id: `n${n}`, due_at: new Date(1.7e12 + ((n * 7919) % 10_000) * 1000).toISOString() }),
    );
    const before = performance.now();
    const { shown } = share(many, 'nour');
    expect(performance.now() - before).toBeLessThan(400);
    expect(shown).toHaveLength(10_000);
    expect(shown.every((one, n) => n === 0 || shown[n - 1]!.due_at <= one.due_at)).toBe(true);
  });
});

describe('who comes next', () => {
  it('is the one that took the place of the one answered', () => {
    expect(successor([a, b, c], [a, c], 'b')).toBe('c');
  });
  it('is the last one when the last was answered, and nobody when none is left', () => {
    expect(successor([a, b, c], [a, b], 'c')).toBe('b');
    expect(successor([a], [], 'a')).toBeNull();
  });
});

describe('the window of a long list', () => {
  it('draws what is seen and a few more', () => {
    expect(windowOf(10_000, 80, 8000, 640)).toEqual([96, 112]);
    expect(windowOf(3, 80, 0, 640)).toEqual([0, 3]);
    expect(windowOf(0, 80, 0, 640)).toEqual([0, 0]);
  });
  it('does not run past a list that has just shrunk', () => {
    expect(windowOf(10, 80, 8000, 640)).toEqual([9, 10]);
  });
});
