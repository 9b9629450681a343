import { describe, expect, it } from 'vitest';
import type { Regime } from '@/api/authorisations';
import { Problem } from '@/api/problem';
import { blank, faultsAt, idOf, inputOf, inside, wrongs } from '@/screens/authorisations/grant';

const regime: Regime = {
  regime: 'experimental_alert',
  situations: ['line_crossed'],
  outputs: ['alerts'],
  longest_days: 31,
  requires: ['order_file'],
};
const filled = {
  ...blank(),
  authorisationId: 'fete-2090',
  regime: 'experimental_alert',
  basis: 'Loi 2023-380',
  reference: 'AP 2090-7',
  signatory: 'Le préfet',
  cameras: ['grand-place'],
  situations: ['line_crossed'],
  purposeId: 'fete',
  from: '2090-07-01T08:00',
  to: '2090-07-20T08:00',
  viewers: ['operator'],
  order: { sha256: 'a'.repeat(64), name: 'ap.pdf', media_type: 'application/pdf', bytes: 12 },
  why: 'Arrêté reçu ce jour',
};

describe('what is filled in', () => {
  it('is right when nothing is missing, and crosses the wire in the town’s time', () => {
    expect(wrongs(filled, regime)).toEqual([]);
    expect(inputOf(filled).valid_from).toBe('2090-07-01T06:00:00.000Z');
    expect(inputOf({ ...filled, retentionDays: '2' }).retention_s).toBe(172_800);
  });

  it('names each field that is missing', () => {
    const named = wrongs({ ...blank(), regime: 'experimental_alert' }, regime).map((one) => one.field);
    expect(named).toContain('order_sha256');
    expect(named).toContain('cameras');
    expect(named).toContain('valid_to');
  });

  it('is refused when longer than the regime allows', () => {
    const long = { ...filled, to: '2090-08-15T08:00' };
    expect(wrongs(long, regime).map((one) => one.field)).toEqual(['valid_to']);
  });

  it('gets a short name from its reference', () => {
    expect(idOf('Arrêté n° 2026-114')).toBe('arrete-n-2026-114');
  });
});

describe('the server’s faults', () => {
  it('stand at their fields', () => {
    const faults = [{ where: 'body.valid_to', what: 'it ends before it begins', mend: 'Give an end.' }];
    expect(faultsAt(new Problem({ code: 'invalid_input', faults }))?.[0]?.field).toBe('valid_to');
    expect(faultsAt(new Problem({ code: 'x', faults: [{ where: 'nowhere', what: '', mend: '' }] }))).toBeNull();
  });
});

describe('a drawn perimeter', () => {
  it('takes in what stands inside', () => {
    const square: [number, number][] = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]];
    expect(inside([0.3, 0.3], square)).toBe(true);
    expect(inside([0.7, 0.3], square)).toBe(false);
  });
});
