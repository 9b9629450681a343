import { describe, expect, it } from 'vitest';
import type { SituationCard } from '@/api/nouns';
import { blank, inputOf, kindsOf, opened, pointsOf, retold, withPoints, wrongs } from '@/screens/editor/draft';

const zoneEntered: SituationCard = {
  situation: 'zone_entered',
  label_fr: 'zone interdite',
  label_en: 'forbidden zone',
  implemented: true,
  needs: { zone: 'required', line: 'none', direction: 'none' },
  classes: ['person', 'bicycle'],
  params: [
    { name: 'min_stay_s', default: 1, minimum: 0, maximum: 600, choices: [], unit: 's', label_fr: '', label_en: '' },
  ],
  severity: 'moderate',
};
const wrongWay: SituationCard = {
  ...zoneEntered,
  situation: 'wrong_way',
  needs: { zone: 'optional', line: 'none', direction: 'required' },
  classes: ['bicycle', 'vehicle'],
  params: [],
  severity: 'severe',
};

describe('a new rule', () => {
  it('has the defaults of its situation and says what is missing', () => {
    const draft = blank(zoneEntered, 'safety');
    expect(draft.params).toEqual({ min_stay_s: 1 });
    expect(wrongs(draft, zoneEntered)).toEqual([{ kind: 'zone', why: 'missing' }]);
  });

  it('is ready once drawn', () => {
    const draft = withPoints(blank(zoneEntered, 'safety'), 'zone', [[0, 0], [1, 0], [1, 1]]);
    expect(wrongs(draft, zoneEntered)).toEqual([]);
    expect(inputOf(draft, zoneEntered).zone).toEqual({ points: [[0, 0], [1, 0], [1, 1]] });
  });

  it('names the range a number must be in, and days and hours left empty', () => {
    const draft = withPoints(blank(zoneEntered, 'safety'), 'zone', [[0, 0], [1, 0], [1, 1]]);
    draft.params['min_stay_s'] = 601;
    draft.schedule.spans = [{ days: [], from: '22:00', to: '22:00' }];
    expect(wrongs(draft, zoneEntered)).toEqual([
      { param: 'min_stay_s', minimum: 0, maximum: 600 },
      { field: 'days' },
      { field: 'hours' },
    ]);
  });
});

describe('a direction', () => {
  it('is the arrow from the middle of the zone to its tip', () => {
    let draft = withPoints(blank(wrongWay, 'safety'), 'zone', [[0, 0], [0.4, 0], [0.4, 0.4], [0, 0.4]]);
    draft = withPoints(draft, 'direction', [[0.5, 0.2]]);
    expect(draft.direction).toEqual([0.3, 0]);
    expect(pointsOf(draft, 'direction')).toEqual([[0.5, 0.2]]);
  });

  it('of no length is not taken', () => {
    expect(withPoints(blank(wrongWay, 'safety'), 'direction', [[0.5, 0.5]]).direction).toBeNull();
  });
});

describe('changing the situation', () => {
  it('keeps what both can use and sends nothing the new one does not take', () => {
    let draft = withPoints(blank(wrongWay, 'safety'), 'direction', [[0.9, 0.5]]);
    draft = withPoints(draft, 'zone', [[0, 0], [1, 0], [1, 1]]);
    const changed = retold(draft, zoneEntered);
    expect(changed.classes).toEqual(['bicycle']);
    expect(changed.params).toEqual({ min_stay_s: 1 });
    const usual = { name: 'end_after_s', default: 2, minimum: 0, maximum: 600, choices: [], unit: 's', label_fr: '', label_en: '' };
    const before = { ...wrongWay, params: [usual] };
    const after = { ...zoneEntered, params: [{ ...usual, default: 10 }] };
    expect(retold(blank(before, 'safety'), after, before).params).toEqual({ end_after_s: 10 });
    expect(retold({ ...blank(before, 'safety'), params: { end_after_s: 3 } }, after, before).params).toEqual({ end_after_s: 3 });
    expect(inputOf(changed, zoneEntered).allowed_direction).toBeNull();
    expect(kindsOf(zoneEntered)).toEqual(['zone']);
  });
});

describe('a stored rule', () => {
  it('can be changed without touching the stored one', () => {
    const stored = {
      ...inputOf(withPoints(blank(zoneEntered, 'safety'), 'zone', [[0, 0], [1, 0], [1, 1]]), zoneEntered),
      rule_id: 'r1',
      version: 3,
      camera_id: 'quai',
      params: {},
      authorisation: { covered: true, authorisation_id: 'a1', reason: '', valid_until: null },
    };
    const draft = opened(stored, zoneEntered);
    draft.zone[0] = [0.5, 0.5];
    expect(stored.zone?.points[0]).toEqual([0, 0]);
    expect(draft.version).toBe(3);
    expect(draft.params).toEqual({ min_stay_s: 1 });
  });
});
