import { describe, expect, it } from 'vitest';
import { evidenceReason, factRows } from '@/screens/desk/facts';

describe('facts', () => {
  it('are told in words with their units, and the machine’s own ids are left out', () => {
    const rows = factRows({ count: 2, class: 'person', stay_s: 4.25, tracks: 'a b', speed_km_h: 12, cause: 'black', void: null });
    expect(rows.map((row) => [row.label, row.value])).toEqual([
      ['Nombre', '2'],
      ['Objet', 'Personne'],
      ['Présence', '4,25 s'],
      ['speed', '12 km/h'],
      ['Cause', 'image noire'],
    ]);
  });

  it('read "lost" as a camera’s reason or as a picture’s fault, by the fact it stands in', () => {
    const rows = factRows({ cause: 'lost', reason: 'lost' });
    expect(rows.map((row) => row.value)).toEqual(['image perdue', 'Caméra injoignable']);
  });
});

describe('why evidence is missing', () => {
  it('is told in words, or as the server said it', () => {
    expect(evidenceReason('interrupted')).toMatch(/interrompue/);
    expect(evidenceReason('the camera gave no video around the event: no clip')).toMatch(/aucune image reçue/);
    expect(evidenceReason('the clip cannot be written: No space left on device')).toMatch(/disque plein/);
    expect(evidenceReason('a meteor')).toBe('a meteor');
  });
});
