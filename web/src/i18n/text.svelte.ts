import { en } from '@/i18n/en';
import { fr, type Key } from '@/i18n/fr';
import { preferences, type Language } from '@/preferences.svelte';

const CATALOGUES: Record<Language, Record<Key, string>> = { fr, en };
const LOCALES: Record<Language, string> = { fr: 'fr-FR', en: 'en-GB' };

type Values = Record<string, string | number>;

/** Keys that come in `.one` and `.other`; named without the ending. */
export type CountKey = Key extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;

export const locale = (): string => LOCALES[preferences.language];

/** Put values into the {holes} of a text. A hole without a value stays visible: better ugly than silently wrong. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    if (value === undefined) return hole;
    return typeof value === 'number' ? value.toLocaleString(locale()) : value;
  });
}

/** A text in the chosen language. */
export function t(key: Key, values: Values = {}): string {
  return fill(CATALOGUES[preferences.language][key], values);
}

/** A text that depends on a number, which fills {n}. */
export function tn(stem: CountKey, n: number, values: Values = {}): string {
  const form = new Intl.PluralRules(locale()).select(n) === 'one' ? 'one' : 'other';
  return t(`${stem}.${form}` as Key, { ...values, n });
}

/** A text whose key is made from data (a reason, an error code), or null when this version does not know it. */
export function known(stem: string, value: string): string | null {
  const key = `${stem}.${value}`;
  return key in fr ? t(key as Key) : null;
}

/** The words for a value, or the value itself when this version has no words for it. */
export function named(stem: string, value: string): string {
  return known(stem, value) ?? value;
}
