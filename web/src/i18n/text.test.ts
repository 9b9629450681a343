import { afterEach, describe, expect, it } from 'vitest';
import { fill, known, named, t, tn } from '@/i18n/text.svelte';
import { preferences } from '@/preferences.svelte';

afterEach(() => {
  preferences.language = 'fr';
});

describe('texts', () => {
  it('speak French first, English when asked', () => {
    expect(t('action.retry')).toBe('Réessayer');
    preferences.language = 'en';
    expect(t('action.retry')).toBe('Try again');
  });

  it('count as each language counts: nought is singular in French, plural in English', () => {
    expect(tn('desk.repeats', 0)).toBe('0 répétition');
    expect(tn('desk.repeats', 2)).toBe('2 répétitions');
    preferences.language = 'en';
    expect(tn('desk.repeats', 0)).toBe('0 repeats');
    expect(tn('desk.repeats', 1)).toBe('1 repeat');
  });

  it('leave a hole visible rather than wrong', () => {
    expect(fill('a {b} c {d}', { b: 1 })).toBe('a 1 c {d}');
  });

  it('fall back to the value itself for words this version does not know', () => {
    expect(named('reason', 'lost')).toBe('Caméra injoignable');
    expect(named('reason', 'eaten_by_bear')).toBe('eaten_by_bear');
    expect(known('problem', 'teapot')).toBeNull();
  });
});
