import { describe, expect, it } from 'vitest';
import { askedOf, chosenOf, pathOf } from '@/screens/history/filter';

describe('filters in the address', () => {
  it('come back as they went', () => {
    const query = new URLSearchParams('camera_id=quai%20nord&decision=dismiss&first=2026-03-28&last=2026-03-29');
    const chosen = chosenOf(query);
    expect(pathOf(chosen)).toBe('/history?camera_id=quai+nord&decision=dismiss&first=2026-03-28&last=2026-03-29');
    expect(pathOf(chosen, 'al_1')).toContain('alert=al_1');
  });

  it('take no nonsense for a day', () => {
    expect(chosenOf(new URLSearchParams('first=yesterday')).first).toBe('');
    expect(pathOf(chosenOf(new URLSearchParams()))).toBe('/history');
  });

  it('ask for whole days of the town, the last one included, even when clocks change', () => {
    const asked = askedOf(chosenOf(new URLSearchParams('first=2026-03-28&last=2026-03-29')));
    expect(asked.from).toBe('2026-03-27T23:00:00.000Z');
    expect(asked.to).toBe('2026-03-29T22:00:00.000Z');
  });
});
