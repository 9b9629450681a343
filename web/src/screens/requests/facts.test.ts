import { describe, expect, it } from 'vitest';
import type { SensitiveRequest } from '@/api/people';
import { preferences } from '@/preferences.svelte';
import { facts, subject, type Names } from '@/screens/requests/facts';

const NAMES: Names = {
  camera: (id) => (id === 'grand-place' ? 'Grand-Place' : id),
  purpose: () => 'Sécurité des personnes',
  situation: (id) => (id === 'wrong_way' ? 'Contresens' : id),
  regime: () => 'Voie publique',
};

function request(payload: Record<string, unknown>): SensitiveRequest {
  return {
    request_id: 'r',
    kind: 'grant_authorisation',
    about: 'authorisation:arrete-12',
    asked_by: 'alex',
    asked_at: '2026-05-04T05:58:00.000Z',
    why: 'nouvel arrêté',
    payload,
    state: 'waiting',
    answered_by: '',
    answered_at: null,
    answer_why: '',
    expires_at: '2026-05-05T05:58:00.000Z',
    mine: false,
  };
}

describe('what is asked', () => {
  it('says an authorisation in words, never in keys', () => {
    preferences.language = 'fr';
    const told = facts(
      request({
        authorisation_id: 'arrete-12',
        regime: 'public',
        cameras: ['grand-place', 'gare'],
        situations: ['wrong_way'],
        purpose_id: 'safety',
        valid_from: 1_767_225_600_000_000_000,
        hours: { spans: [], time_zone: 'Europe/Paris' },
        viewers: ['operator'],
        revoked_at: null,
        requisition: '',
        retention_s: 604_800,
      }),
      NAMES,
    );
    expect(told.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'Régime: Voie publique',
      'Caméras: gare · Grand-Place',
      'Situations: Contresens',
      'Finalité: Sécurité des personnes',
      'Valable du: 01/01/2026 01:00:00',
      'Heures: à toute heure',
      'Qui peut voir: Opérateur',
      'Conservation des images: 7 jours',
    ]);
  });

  it('counts what an export takes along and says whether it is blurred', () => {
    preferences.language = 'en';
    const told = facts(request({ case_id: 'c', requisition: '2026/114', blurred: true, alert: ['a', 'b'], segment: [] }), NAMES);
    expect(told.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'Requisition: 2026/114',
      'With a blurred copy: yes',
      'Alerts: 2 alerts',
    ]);
  });

  it('says that masks change, and keeps what it has no words for without its key', () => {
    preferences.language = 'en';
    const told = facts(request({ masks: [[[0, 0]]], blur: false, new_thing: 'x' }), NAMES);
    expect(told.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'Masks from now on: 1 mask',
      'People and plates blurred: no',
      'Also: x',
    ]);
  });

  it('names what it is about', () => {
    preferences.language = 'fr';
    expect(subject('camera:grand-place', NAMES)).toBe('Caméra Grand-Place');
    expect(subject('case:2026-14', NAMES)).toBe('Dossier 2026-14');
    expect(subject('analysis', NAMES)).toBe('analysis');
  });
});
