/** The list of cameras: what is not watched comes first, because that is what somebody must act on. */
import type { Camera, CameraStatus } from '@/api/nouns';
import { known, locale } from '@/i18n/text.svelte';

export type Wanted = 'all' | CameraStatus['state'];

const RANK: Record<CameraStatus['state'], number> = { not_watched: 0, degraded: 1, watched: 2 };

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Cameras in a state whose name, place or id contain every word, accents and case aside. */
export function chosen(cameras: readonly Camera[], wanted: Wanted, words: string): Camera[] {
  const asked = plain(words).split(/\s+/).filter(Boolean);
  return cameras
    .filter((camera) => wanted === 'all' || camera.status.state === wanted)
    .filter((camera) => {
      const told = plain(`${camera.name} ${camera.place} ${camera.camera_id}`);
      return asked.every((word) => told.includes(word));
    })
    .sort((a, b) => RANK[a.status.state] - RANK[b.status.state] || a.name.localeCompare(b.name, locale(), { numeric: true }));
}

export function tally(cameras: readonly Camera[]): Record<Wanted, number> {
  const count = { all: cameras.length, watched: 0, degraded: 0, not_watched: 0 };
  for (const camera of cameras) count[camera.status.state] += 1;
  return count;
}

/** Running figures in words: "pelouse.inside" is the rule's figure, known or shown under its own name. */
export function counterRows(counters: Record<string, number>): { name: string; label: string; value: string }[] {
  return Object.entries(counters).map(([name, value]) => {
    const [rule = '', figure = ''] = name.split(/\.(?=[^.]*$)/);
    const words = figure ? (known('counter', figure) ?? figure.replaceAll('_', ' ')) : '';
    const own = known('counter', rule) ?? rule.replaceAll('_', ' ');
    return {
      name,
      label: words ? `${own}, ${words}` : own,
      value: value.toLocaleString(locale(), { maximumFractionDigits: 1 }),
    };
  });
}
