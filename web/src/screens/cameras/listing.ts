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

/** Running figures in words. "pelouse.inside" is a figure of a rule, whose id is told only where two rules share a figure. */
export function counterRows(counters: Record<string, number>): { name: string; label: string; value: string }[] {
  const split = Object.entries(counters).map(([name, value]) => {
    const cut = name.lastIndexOf('.');
    return { name, value, rule: cut < 0 ? '' : name.slice(0, cut), figure: name.slice(cut + 1) };
  });
  return split.map(({ name, value, rule, figure }) => {
    const words = known('counter', figure) ?? figure.replaceAll('_', ' ');
    const shared = split.some((other) => other.name !== name && other.figure === figure);
    return {
      name,
      label: shared && rule ? `${words} (${rule})` : words,
      value: value.toLocaleString(locale(), { maximumFractionDigits: 1 }),
    };
  });
}
