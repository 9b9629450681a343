import { describe, expect, it } from 'vitest';
import { chase, WaitingBoxes } from '@/picture/player';

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

describe('boxes waiting for their picture', () => {
  const track = (id: string) => [{ id, class: 'person', box: [0, 0, 1, 1] as [number, number, number, number] }];

  it('are drawn when their picture is shown, the newest of those', () => {
    const boxes = new WaitingBoxes();
    expect(boxes.add(track('a'), 1.0)).toBeNull();
    expect(boxes.add(track('b'), 1.2)).toBeNull();
    expect(boxes.add(track('c'), 1.4)).toBeNull();
    expect(boxes.due(0.9)).toBeNull();
    expect(boxes.due(1.25)).toEqual(track('b'));
    expect(boxes.due(1.25)).toBeNull();
    expect(boxes.due(2)).toEqual(track('c'));
  });

  it('without a time are for now, and none is left after clearing', () => {
    const boxes = new WaitingBoxes();
    expect(boxes.add(track('a'), undefined)).toEqual(track('a'));
    boxes.add(track('b'), 3);
    boxes.clear();
    expect(boxes.due(10)).toBeNull();
  });

  it('never pile up', () => {
    const boxes = new WaitingBoxes();
    for (let k = 0; k < 1000; k += 1) boxes.add(track(String(k)), k);
    expect(boxes.due(790)).toBeNull();
    expect(boxes.due(800)).toEqual(track('800'));
  });
});
