import { describe, expect, it } from 'vitest';
import { askedOf, chosenOf, EMPTY, queryOf } from '@/screens/journal/filter';

describe('the filters of the journal', () => {
  it('stand in the address and come back from it', () => {
    const chosen = { ...EMPTY, actor: 'jeanne', refused: 'true', first: '2026-11-02' };
    expect(chosenOf(new URLSearchParams(queryOf(chosen)))).toEqual(chosen);
  });

  it('leave out a day that is none', () => {
    expect(chosenOf(new URLSearchParams('first=yesterday&actor=jeanne'))).toEqual({ ...EMPTY, actor: 'jeanne' });
  });

  it('include the last day', () => {
    const asked = askedOf({ ...EMPTY, first: '2026-11-02', last: '2026-11-02' });
    expect([asked.from, asked.to]).toEqual(['2026-11-01T23:00:00.000Z', '2026-11-02T23:00:00.000Z']);
  });
});
