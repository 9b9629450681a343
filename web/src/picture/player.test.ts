import { describe, expect, it } from 'vitest';
import { chase } from '@/picture/player';

describe('staying near now', () => {
  it('leaves a picture that plays near the edge alone', () => {
    expect(chase(100, 95, 101)).toBeNull();
    expect(chase(98.6, 95, 101)).toBeNull();
  });

  it('jumps to the edge when the picture lags', () => {
    expect(chase(90, 80, 101)).toBeCloseTo(100.65);
  });

  it('jumps into the buffer when a stream starts late or has a gap', () => {
    expect(chase(0, 3600, 3600.2)).toBe(3600);
    expect(chase(0, 3600, 3602)).toBeCloseTo(3601.65);
  });
});
