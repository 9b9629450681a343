import { describe, expect, it } from 'vitest';
import type { Camera } from '@/api/nouns';
import { preferences } from '@/preferences.svelte';
import { aboutWords, factWords, whyWords } from '@/screens/journal/words';

const cameras = [{ camera_id: 'quai', name: 'Quai nord' } as Camera];

describe('the words of an entry', () => {
  it('name a camera as the town does, and a removed one by its identifier', () => {
    preferences.language = 'fr';
    expect(aboutWords('camera:quai', cameras)).toBe('Caméra Quai nord');
    expect(aboutWords('camera:pont', cameras)).toBe('Caméra pont');
  });

  it('shorten a number nobody reads', () => {
    preferences.language = 'en';
    expect(aboutWords('case:case-4b0b21901435edacef56c90ac1a6a81e', [])).toBe('Case 4b0b2190…');
    expect(aboutWords('alert:674fa9c6-f320-544c-883e-838c93df6013', [])).toBe('Alert 674fa9c6…');
    expect(aboutWords('user:jeanne', [])).toBe('Account jeanne');
    expect(aboutWords('journal:entries', [])).toBe('Journal');
    expect(aboutWords('of-a-later:version', [])).toBe('of-a-later:version');
  });

  it('leave what a person wrote as it is', () => {
    preferences.language = 'fr';
    expect(whyWords('Lever de doute')).toBe('Lever de doute');
    expect(whyWords('role')).toBe('rôle sans ce droit');
  });

  it('say instants, lengths and codes', () => {
    preferences.language = 'en';
    expect(factWords('to_s', 604_800, [])).toBe('7 days');
    expect(factWords('ends_at', 1_803_313_050_369_128_000, [])).toContain('2027');
    expect(factWords('cameras', 'quai,pont', cameras)).toBe('Quai nord, pont');
    expect(factWords('picture', 'clear', [])).toBe('without blur');
  });
});
