/** Authorisations in a reader's words. */
import type { Authorisation, Regime } from '@/api/authorisations';
import type { Purpose } from '@/api/nouns';
import { dateTime } from '@/i18n/moments';
import { locale, t, tn } from '@/i18n/text.svelte';
import { preferences } from '@/preferences.svelte';

const DAY_MS = 86_400_000;
/** From here on the end is told in days. */
const SOON_DAYS = 30;

export type Standing = 'in_force' | 'soon' | 'to_come' | 'over' | 'waiting';

export function standing(one: Authorisation, now: number): Standing {
  if (one.in_force) return Date.parse(one.valid_to) - now <= SOON_DAYS * DAY_MS ? 'soon' : 'in_force';
  const over = one.revoked_at !== null || Date.parse(one.valid_to) <= now;
  return over ? 'over' : 'to_come';
}

export function standingWords(one: Authorisation, now: number): string {
  const end = dateTime(locale(), one.valid_to);
  switch (standing(one, now)) {
    case 'in_force':
      return t('authorisations.in_force', { end });
    case 'soon':
      return tn('authorisations.ends_in', Math.max(1, Math.ceil((Date.parse(one.valid_to) - now) / DAY_MS)), { end });
    case 'to_come':
      return t('authorisations.to_come', { begin: dateTime(locale(), one.valid_from) });
    default:
      if (!one.revoked_at) return t('authorisations.ended', { end });
      return t('authorisations.revoked', {
        when: dateTime(locale(), one.revoked_at),
        who: one.revoked_by ?? '',
        why: one.revoked_why ?? '',
      });
  }
}

const french = () => preferences.language === 'fr';

export function regimeLabel(regimes: Regime[], name: string): string {
  const found = regimes.find((one) => one.regime === name);
  return (french() ? found?.label_fr : found?.label_en) || name;
}

export const regimeNote = (one: Regime): string => (french() ? one.note_fr : one.note_en) ?? '';

export function purposeLabel(purposes: Purpose[], name: string): string {
  const found = purposes.find((one) => one.purpose_id === name);
  return (french() ? found?.label_fr : found?.label_en) || name;
}

/** "lun. mar. 08:00 – 20:00": daily hours, or all the time. */
export function hoursWords(hours: Authorisation['hours']): string {
  const spans = hours?.spans ?? [];
  if (spans.length === 0) return t('authorisations.always');
  const day = (n: number) =>
    new Intl.DateTimeFormat(locale(), { weekday: 'short', timeZone: 'UTC' }).format(new Date(Date.UTC(1970, 0, 5 + n)));
  return spans
    .map((span) => `${span.days.length === 7 ? t('authorisations.every_day') : span.days.map(day).join(' ')} ${span.from} – ${span.to}`)
    .join(' ; ');
}

export function size(bytes: number): string {
  const number = (value: number) => value.toLocaleString(locale(), { maximumFractionDigits: 1 });
  if (bytes < 1024 * 1024) return `${number(Math.max(1, Math.round(bytes / 1024)))} ${t('grant.kilobytes')}`;
  return `${number(bytes / 1024 / 1024)} ${t('grant.megabytes')}`;
}
