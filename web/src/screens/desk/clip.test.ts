import { describe, expect, it } from 'vitest';
import { aroundEvent, momentOf } from '@/screens/desk/clip';

describe('the moment in the clip', () => {
  it('is counted from the clip’s first picture', () => {
    expect(momentOf('2026-11-23T08:00:05.500Z', '2026-11-23T08:00:00.000Z')).toBe(5.5);
  });
  it('is unknown without a span, or when the clip begins after it', () => {
    expect(momentOf('2026-11-23T08:00:05Z', null)).toBeNull();
    expect(momentOf('2026-11-23T08:00:05Z', '2026-11-23T08:00:09Z')).toBeNull();
  });
  it('shows the box only near it', () => {
    expect(aroundEvent(5.2, 5.5)).toBe(true);
    expect(aroundEvent(9, 5.5)).toBe(false);
    expect(aroundEvent(0, null)).toBe(false);
  });
});
