import { describe, expect, it } from 'vitest';
import type { Point } from '@/api/nouns';
import { anchorOf, area, clamped, crossings, fault, forwardArrow, heading } from '@/screens/editor/shape';

const square: Point[] = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]];
const bowTie: Point[] = [[0.1, 0.1], [0.5, 0.5], [0.5, 0.1], [0.1, 0.5]];

describe('a zone', () => {
  it('may not cross itself', () => {
    expect(crossings(square)).toEqual([]);
    expect(crossings(bowTie)).toHaveLength(1);
    expect(fault(bowTie, 'zone')).toBe('crossing');
    expect(fault(square, 'zone')).toBeNull();
  });

  it('may not touch itself either', () => {
    expect(fault([[0, 0], [0.4, 0], [0.2, 0.2], [0.4, 0.4], [0, 0.4], [0.2, 0.2]], 'zone')).toBe('crossing');
  });

  it('needs three points and some surface', () => {
    expect(fault(square.slice(0, 2), 'zone')).toBe('too_few');
    expect(fault([[0.1, 0.1], [0.5, 0.5], [0.5, 0.5001]], 'zone')).toBe('flat');
    expect(fault([], 'zone')).toBeNull();
  });

  it('has a surface whatever way round it is drawn', () => {
    expect(area(square)).toBeCloseTo(0.16);
    expect(area([...square].reverse())).toBeCloseTo(0.16);
  });

  it('stays inside the picture', () => {
    expect(clamped([1.2, -0.3])).toEqual([1, 0]);
    expect(clamped([0.123456, 0.5])).toEqual([0.1235, 0.5]);
  });
});

describe('a line', () => {
  it('drawn left to right has forward downwards, as the rule says', () => {
    const [from, to] = forwardArrow([[0.2, 0.5], [0.8, 0.5]], 16 / 9)!;
    expect(to[0]).toBeCloseTo(from[0]);
    expect(to[1]).toBeGreaterThan(from[1]);
  });

  it('drawn downwards has forward to the left', () => {
    const [from, to] = forwardArrow([[0.5, 0.2], [0.5, 0.8]], 1)!;
    expect(to[0]).toBeLessThan(from[0]);
    expect(to[1]).toBeCloseTo(from[1]);
  });

  it('needs two distinct points', () => {
    expect(fault([[0.5, 0.5]], 'line')).toBe('too_few');
    expect(fault([[0.5, 0.5], [0.5, 0.5]], 'line')).toBe('flat');
  });
});

describe('a direction', () => {
  it.each([
    [[1, 0], 'right'],
    [[0, 1], 'down'],
    [[-1, 0.1], 'left'],
    [[0.5, -0.5], 'up_right'],
    [[-0.2, -0.2], 'up_left'],
  ] as [Point, string][])('%s goes %s', (vector, name) => {
    expect(heading(vector)).toBe(name);
  });

  it('starts in the middle of its zone, or of the picture', () => {
    expect(anchorOf(square)).toEqual([0.3, 0.3]);
    expect(anchorOf([])).toEqual([0.5, 0.5]);
  });
});
