import { describe, expect, it } from 'vitest';
import { age, clockTime, dateTime, longDateTime, nearTime, startOfDay } from '@/i18n/moments';

describe('the town’s time', () => {
  it('is Paris, winter and summer', () => {
    expect(clockTime('fr-FR', '2026-01-15T23:30:05.000Z')).toBe('00:30:05');
    expect(clockTime('en-GB', '2026-07-15T12:00:00.000Z')).toBe('14:00:00');
    expect(dateTime('fr-FR', '2026-07-15T22:30:00.000Z')).toBe('16/07/2026 00:30:00');
  });

  it('says its offset on paper', () => {
    expect(longDateTime('fr-FR', '2026-11-23T13:03:27.000Z')).toMatch(/lundi 23 novembre 2026.*14:03:27.*UTC\+1/);
  });

  it('leaves out the date of today only', () => {
    const now = Date.parse('2026-11-23T09:00:00Z');
    expect(nearTime('fr-FR', '2026-11-22T23:30:00Z', now)).toBe('00:30:00');
    expect(nearTime('fr-FR', '2026-11-22T22:30:00Z', now)).toBe('22/11/2026 23:30:00');
  });

  it('begins days at midnight, across changes of clock', () => {
    expect(startOfDay('2026-11-23')).toBe('2026-11-22T23:00:00.000Z');
    expect(startOfDay('2026-03-29')).toBe('2026-03-28T23:00:00.000Z');
    expect(startOfDay('2026-03-29', 1)).toBe('2026-03-29T22:00:00.000Z');
    expect(startOfDay('2026-10-25', 1)).toBe('2026-10-25T23:00:00.000Z');
  });
});

describe('ages', () => {
  const now = Date.parse('2026-11-23T09:00:00Z');
  it.each([
    ['2026-11-23T08:59:48Z', '12 s'],
    ['2026-11-23T08:56:00Z', '4 min'],
    ['2026-11-23T06:55:00Z', '2 h 05'],
    ['2026-11-20T06:00:00Z', '3 j'],
    ['2026-11-23T09:00:05Z', '0 s'],
  ])('%s is %s', (instant, words) => {
    expect(age(instant, now, 'j')).toBe(words);
  });
});
