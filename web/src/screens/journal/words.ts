/** The journal's names of things, reasons and facts, in words. What has no words is shown as it is written. */
import type { Camera } from '@/api/nouns';
import { longDateTime } from '@/i18n/moments';
import { known, locale, named, t } from '@/i18n/text.svelte';

const SHORT = 8;
const DAY_S = 86_400;
const NS_PER_MS = 1e6;
const AN_INSTANT = 1e17;

/** What an entry is about: a camera by its name, a thing by its kind and the start of its number. */
export function aboutWords(about: string, cameras: readonly Camera[]): string {
  const whole = known('journal.thing', about);
  if (whole !== null) return whole;
  const at = about.indexOf(':');
  const kind = at < 0 ? null : known('journal.kind', about.slice(0, at));
  if (kind === null) return about;
  const id = about.slice(at + 1);
  if (about.startsWith('camera:')) return `${kind} ${cameraName(id, cameras)}`;
  const number = /^(?:[a-z]+-)?([0-9a-f]{8}[0-9a-f-]{20,})$/.exec(id)?.[1];
  return `${kind} ${number ? `${number.slice(0, SHORT)}…` : id}`;
}

/** Why: a person's own words as they are, the machine's code in words. */
export const whyWords = (why: string): string => known('journal.because', why) ?? named('dismiss', why);

/** A fact of an entry: instants, lengths, cameras and codes in words. */
export function factWords(name: string, value: unknown, cameras: readonly Camera[]): string {
  if (name === 'camera' || name === 'cameras') {
    return String(value)
      .split(',')
      .map((id) => cameraName(id, cameras))
      .join(', ');
  }
  if (name === 'role') return named('role', String(value));
  if (name === 'situation') return named('situation', String(value));
  if (typeof value === 'number' && value > AN_INSTANT) return longDateTime(locale(), new Date(value / NS_PER_MS).toISOString());
  if (typeof value === 'number' && (name === 'from_s' || name === 'to_s')) return t('journal.seconds_as_days', { n: value / DAY_S });
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return longDateTime(locale(), value);
  return named('journal.value', String(value));
}

function cameraName(id: string, cameras: readonly Camera[]): string {
  return cameras.find((one) => one.camera_id === id)?.name ?? id;
}
