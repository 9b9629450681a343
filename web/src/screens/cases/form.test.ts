import { describe, expect, it } from 'vitest';
import { townField, townInstant } from '@/i18n/moments';
import { emptyForm, inputOf, missingIn, sizeOf } from '@/screens/cases/form';

const NOW = Date.parse('2026-06-01T10:00:00Z');
const good = {
  ...emptyForm('2026-06-01T12:00'),
  requisition: 'PV 2026/0417',
  authority: 'OPJ Martin',
  legal_basis: 'CPP art. 60-1',
  purpose: 'Vol avec violence',
  cameras: ['mairie'],
  from_at: '2026-06-01T09:00',
  ends_at: '2026-07-01T00:00',
  people: 'ariane, basile;  celeste',
};

describe('the form of a case', () => {
  it('sends the town’s wall clock as instants and names one by one', () => {
    const given = inputOf(good, townInstant);
    expect(given.from_at).toBe('2026-06-01T07:00:00.000Z');
    expect(given.people).toEqual(['ariane', 'basile', 'celeste']);
    expect(missingIn(given, NOW).size).toBe(0);
  });

  it('names every field that cannot be right', () => {
    const given = inputOf({ ...emptyForm(''), ends_at: '2026-05-01T00:00' }, townInstant);
    expect([...missingIn(given, NOW)]).toEqual([
      'requisition', 'authority', 'legal_basis', 'purpose', 'from_at', 'to_at', 'ends_at', 'cameras',
    ]);
    expect([...missingIn(inputOf({ ...good, to_at: '2026-06-01T08:00' }, townInstant), NOW)]).toEqual(['to_at']);
  });

  it('shows an instant as the clock on the town hall does, in summer and in winter', () => {
    for (const wall of ['2026-06-01T12:00', '2026-12-24T23:59', '2026-03-29T03:30']) {
      expect(townField(townInstant(wall))).toBe(wall);
    }
    expect(townInstant('')).toBe('');
  });

  it('says sizes shortly', () => {
    expect(sizeOf(1)).toEqual({ unit: 'kb', n: 1 });
    expect(sizeOf(2_148_331)).toEqual({ unit: 'mb', n: 2.1 });
  });
});
