/** What a sensitive request asks for, as labelled facts in the reader's language. */
import type { SensitiveRequest } from '@/api/people';
import { dateTime } from '@/i18n/moments';
import { known, locale, named, t, tn } from '@/i18n/text.svelte';

export interface Fact {
  key: string;
  label: string;
  value: string;
}

/** The names that a reader knows things by. */
export interface Names {
  camera: (cameraId: string) => string;
  purpose: (purposeId: string) => string;
  situation: (situation: string) => string;
  regime: (regime: string) => string;
}

const NS_PER_MS = 1_000_000;
const DAY_S = 86_400;
/** Said elsewhere on the card, or of no use to somebody who answers. */
const SILENT = new Set(['authorisation_id', 'case_id', 'revoked_at', 'joint_of', 'order_sha256']);

/** What a request is about: its kind of thing in words, and the name of the thing. */
export function subject(about: string, names: Names): string {
  const [kind = '', ...rest] = about.split(':');
  const id = rest.join(':');
  if (!id) return about;
  const name = kind === 'camera' ? names.camera(id) : id;
  return `${known('requests.thing', kind) ?? kind} ${name}`;
}

/** Everything that is asked, in the order in which it was given. Empty values are left out. */
export function facts(request: SensitiveRequest, names: Names): Fact[] {
  const found: Fact[] = [];
  for (const [key, value] of Object.entries(request.payload)) {
    if (SILENT.has(key)) continue;
    const text = words(key, value, names);
    if (text !== '') found.push({ key, label: known('requests.fact', key) ?? t('requests.besides'), value: text });
  }
  return found;
}

function words(key: string, value: unknown, names: Names): string {
  if (value === null || value === undefined || value === '') return '';
  if (key === 'masks' && Array.isArray(value)) return tn('requests.masks', value.length);
  if (key === 'hours') return hours(value);
  if (key === 'retention_s') return tn('requests.days', Math.round(Number(value) / DAY_S));
  if (typeof value === 'number') return key.startsWith('valid_') ? moment(value / NS_PER_MS) : value.toLocaleString(locale());
  if (typeof value === 'boolean') return t(value ? 'requests.yes' : 'requests.no');
  if (typeof value === 'string') return one(key, value, names);
  if (!Array.isArray(value) || value.length === 0) return '';
  if (key === 'alert') return tn('requests.alerts', value.length);
  if (key === 'segment') return tn('requests.segments', value.length);
  if (key === 'perimeter') return tn('requests.corners', value.length);
  return value.map((item) => one(key, String(item), names)).sort((a, b) => a.localeCompare(b, locale())).join(' · ');
}

function one(key: string, value: string, names: Names): string {
  if (key === 'cameras') return names.camera(value);
  if (key === 'purpose_id') return names.purpose(value);
  if (key === 'situations') return names.situation(value);
  if (key === 'regime') return names.regime(value);
  if (key === 'viewers') return named('role', value);
  return value;
}

const moment = (ms: number): string => dateTime(locale(), ms);

function hours(value: unknown): string {
  const spans = typeof value === 'object' && value !== null && 'spans' in value ? value.spans : [];
  return Array.isArray(spans) && spans.length > 0 ? tn('requests.spans', spans.length) : t('requests.always');
}
