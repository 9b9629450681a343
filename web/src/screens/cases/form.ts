/** A requisition as it is typed, and what is wrong with it before the server is asked. */
import type { CaseInput } from '@/api/cases';

export interface Form {
  requisition: string;
  authority: string;
  legal_basis: string;
  purpose: string;
  cameras: string[];
  /** Wall clock of the town, yyyy-mm-ddThh:mm. */
  from_at: string;
  to_at: string;
  ends_at: string;
  people: string;
}

export type Field = keyof Form;

/** An empty form; its span ends now, for a requisition usually asks for what has been. */
export function emptyForm(now: string): Form {
  const blank = { requisition: '', authority: '', legal_basis: '', purpose: '', cameras: [], people: '' };
  return { ...blank, from_at: '', to_at: now, ends_at: '' };
}

/** What is sent; instants that cannot be read are empty. */
export function inputOf(form: Form, instant: (text: string) => string): CaseInput {
  const people = form.people.split(/[\s,;]+/).filter((name) => name !== '');
  const times = { from_at: instant(form.from_at), to_at: instant(form.to_at), ends_at: instant(form.ends_at) };
  return { ...form, ...times, people };
}

/** The fields that cannot be right, in the order of the form. The server checks again, and more. */
export function missingIn(given: CaseInput, now: number): Set<Field> {
  const found = new Set<Field>();
  if (given.requisition.trim().length < 3) found.add('requisition');
  if (given.authority.trim().length < 3) found.add('authority');
  if (given.legal_basis.trim().length < 3) found.add('legal_basis');
  if (given.purpose.trim().length < 8) found.add('purpose');
  if (!given.from_at) found.add('from_at');
  if (!given.to_at || (given.from_at && given.to_at <= given.from_at)) found.add('to_at');
  if (!given.ends_at || Date.parse(given.ends_at) <= now) found.add('ends_at');
  if (given.cameras.length === 0) found.add('cameras');
  return found;
}

const MB = 1_000_000;

/** A size in words: kilobytes below one megabyte. */
export const sizeOf = (bytes: number): { unit: 'kb' | 'mb'; n: number } =>
  bytes < MB ? { unit: 'kb', n: Math.ceil(bytes / 1000) } : { unit: 'mb', n: Math.round(bytes / (MB / 10)) / 10 };
