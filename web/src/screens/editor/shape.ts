/** Drawn shapes: points are shares of the picture, x to the right, y down. */
import type { Point } from '@/api/nouns';

export type Kind = 'zone' | 'line' | 'direction';

export const LEAST: Record<Kind, number> = { zone: 3, line: 2, direction: 1 };
export const MOST_POINTS = 40;

const round = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;

/** Inside the picture, to a ten-thousandth: finer than a pixel, and short to read. */
export const clamped = ([x, y]: Point): Point => [round(x), round(y)];

/** The edges of a shape, by the index of their first point; a zone closes itself. */
export function edges(points: readonly Point[], kind: Kind): [number, number][] {
  const list = points.slice(1).map((_, n): [number, number] => [n, n + 1]);
  if (kind === 'zone' && points.length > 2) list.push([points.length - 1, 0]);
  return list;
}

const turn = (a: Point, b: Point, c: Point) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

function onEdge(a: Point, b: Point, p: Point): boolean {
  const inX = Math.min(a[0], b[0]) <= p[0] && p[0] <= Math.max(a[0], b[0]);
  return inX && Math.min(a[1], b[1]) <= p[1] && p[1] <= Math.max(a[1], b[1]);
}

/** Whether two edges share a point, ends included. */
export function meet(a: Point, b: Point, c: Point, d: Point): boolean {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (abc * abd < 0 && cda * cdb < 0) return true;
  if (abc === 0 && onEdge(a, b, c)) return true;
  if (abd === 0 && onEdge(a, b, d)) return true;
  if (cda === 0 && onEdge(c, d, a)) return true;
  return cdb === 0 && onEdge(c, d, b);
}

/** The pairs of edges of a zone that cross; a zone that crosses itself has no inside to speak of. */
export function crossings(points: readonly Point[]): [number, number][] {
  const all = edges(points, 'zone');
  const found: [number, number][] = [];
  for (let i = 0; i < all.length; i += 1) {
    for (let j = i + 1; j < all.length; j += 1) {
      const [a, b] = all[i]!;
      const [c, d] = all[j]!;
      if (b === c || d === a || a === c) continue;
      if (meet(points[a]!, points[b]!, points[c]!, points[d]!)) found.push([i, j]);
    }
  }
  return found;
}

/** What is wrong with a shape: a key of the catalogue, or null. Nothing drawn is for the caller to judge. */
export function fault(points: readonly Point[], kind: Kind): 'too_few' | 'crossing' | 'flat' | null {
  if (points.length === 0) return null;
  if (points.length < LEAST[kind]) return 'too_few';
  if (kind === 'zone' && crossings(points).length > 0) return 'crossing';
  if (kind === 'zone' && area(points) < 0.0005) return 'flat';
  if (kind === 'line' && length(points) < 0.01) return 'flat';
  return null;
}

/** Share of the picture that a zone covers. */
export function area(points: readonly Point[]): number {
  const sum = edges(points, 'zone').reduce((total, [a, b]) => {
    return total + points[a]![0] * points[b]![1] - points[b]![0] * points[a]![1];
  }, 0);
  return Math.abs(sum) / 2;
}

function length(points: readonly Point[]): number {
  return edges(points, 'line').reduce(
    (total, [a, b]) => total + Math.hypot(points[b]![0] - points[a]![0], points[b]![1] - points[a]![1]),
    0,
  );
}

export const middle = (a: Point, b: Point): Point => clamped([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);

/** Where an arrow that belongs to a zone starts: the mean of its corners, or the middle of the picture. */
export function anchorOf(points: readonly Point[]): Point {
  if (points.length < 3) return [0.5, 0.5];
  const x = points.reduce((sum, point) => sum + point[0], 0) / points.length;
  const y = points.reduce((sum, point) => sum + point[1], 0) / points.length;
  return clamped([x, y]);
}

/** Which side of a line is forward: from its left to its right as one walks along it. A short arrow across its middle. */
export function forwardArrow(points: readonly Point[], ratio: number): [Point, Point] | null {
  if (points.length < 2) return null;
  const n = Math.floor((points.length - 2) / 2);
  const [a, b] = [points[n]!, points[n + 1]!];
  const [dx, dy] = [(b[0] - a[0]) * ratio, b[1] - a[1]];
  const span = Math.hypot(dx, dy);
  if (span === 0) return null;
  const from: Point = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  return [from, [from[0] - ((dy / span) * 0.09) / ratio, from[1] + (dx / span) * 0.09]];
}

/** Compass words for a direction on the picture. */
export function heading([dx, dy]: Point): 'right' | 'down_right' | 'down' | 'down_left' | 'left' | 'up_left' | 'up' | 'up_right' {
  const names = ['right', 'down_right', 'down', 'down_left', 'left', 'up_left', 'up', 'up_right'] as const;
  const eighth = Math.round(Math.atan2(dy, dx) / (Math.PI / 4));
  return names[(eighth + 8) % 8]!;
}
