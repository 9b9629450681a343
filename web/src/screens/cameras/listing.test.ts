import { describe, expect, it } from 'vitest';
import type { Camera } from '@/api/nouns';
import { chosen, counterRows, tally } from '@/screens/cameras/listing';

function camera(id: string, name: string, state: Camera['status']['state'], place = ''): Camera {
  return {
    camera_id: id,
    name,
    place,
    plan_xy: null,
    heading_deg: 0,
    enabled: true,
    groups: [],
    analysed_fps: 5,
    main: { kind: 'rtsp', url: 'rtsp://10.0.0.1/a', has_credentials: false, loop: false },
    sub: null,
    status: {
      camera_id: id,
      state,
      reason: 'none',
      since: '2026-11-23T08:00:00.000Z',
      detail: '',
      analysed_fps: 5,
      late_share: 0,
      width_px: 0,
      height_px: 0,
      codec: '',
    },
    rules: 0,
    open_alerts: 0,
    counters: {},
  };
}

const all = [
  camera('a', 'Marché 10', 'watched', 'Place du Marché'),
  camera('b', 'Marché 2', 'watched'),
  camera('c', 'École', 'not_watched', 'Rue des Prés'),
  camera('d', 'Quai', 'degraded'),
];

describe('the list of cameras', () => {
  it('begins with those that are not watched, then goes by name as people count', () => {
    expect(chosen(all, 'all', '').map((one) => one.camera_id)).toEqual(['c', 'd', 'b', 'a']);
  });
  it('finds words without their accents, in name, place or id', () => {
    expect(chosen(all, 'all', 'ecole pres').map((one) => one.camera_id)).toEqual(['c']);
    expect(chosen(all, 'watched', 'MARCHE').map((one) => one.camera_id)).toEqual(['b', 'a']);
    expect(chosen(all, 'degraded', 'marché')).toEqual([]);
  });
  it('counts states', () => {
    expect(tally(all)).toEqual({ all: 4, watched: 2, degraded: 1, not_watched: 1 });
  });
});

describe('figures of a camera', () => {
  it('name the rule only where two rules share a figure', () => {
    const rows = counterRows({ 'pelouse.inside': 2, 'quai.inside': 0, 'allee.forward': 1234 });
    expect(rows.map((row) => row.label)).toEqual(['présents (pelouse)', 'présents (quai)', 'passages dans un sens']);
    expect(rows[2]?.value).toMatch(/^1.234$/);
  });
});
