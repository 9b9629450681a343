/** What is being filled in, what is wrong with it before it is sent, and how it crosses the wire. */
import type { AuthorisationInput, OrderFile, Regime } from '@/api/authorisations';
import type { Point, Schedule } from '@/api/nouns';
import type { Fault, Problem } from '@/api/problem';
import { townInstant } from '@/i18n/moments';

const DAY_MS = 86_400_000;
export const ORDER_MOST_BYTES = 8 * 1024 * 1024;
export const ORDER_TYPES = ['application/pdf', 'image/png', 'image/jpeg'];

export interface Draft {
  authorisationId: string;
  regime: string;
  basis: string;
  reference: string;
  signatory: string;
  cameras: string[];
  perimeter: Point[];
  situations: string[];
  purposeId: string;
  from: string;
  to: string;
  hours: Schedule;
  viewers: string[];
  requisition: string;
  order: OrderFile | null;
  retentionDays: string;
  replaces: string;
  why: string;
}

export const FIELDS = [
  'regime',
  'legal_basis',
  'reference',
  'authorisation_id',
  'signatory',
  'requisition',
  'order_sha256',
  'cameras',
  'perimeter',
  'situations',
  'purpose_id',
  'valid_from',
  'valid_to',
  'hours',
  'viewers',
  'retention_s',
  'replaces',
  'why',
] as const;
export type Field = (typeof FIELDS)[number];
/** What is wrong: a field, the key of our words for it, and what the server said. */
export interface Wrong {
  field: Field;
  said: string;
}

export function blank(): Draft {
  return {
    authorisationId: '',
    regime: '',
    basis: '',
    reference: '',
    signatory: '',
    cameras: [],
    perimeter: [],
    situations: [],
    purposeId: '',
    from: '',
    to: '',
    hours: { time_zone: 'Europe/Paris', spans: [] },
    viewers: [],
    requisition: '',
    order: null,
    retentionDays: '',
    replaces: '',
    why: '',
  };
}

/** A short name from a reference: "Arrêté n° 2026-114" gives "arrete-n-2026-114". */
export function idOf(reference: string): string {
  const plain = reference.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40).replace(/-+$/, '');
}

/** What can be seen to be wrong without asking the server; its own checks come after. */
export function wrongs(draft: Draft, regime: Regime | undefined): Wrong[] {
  if (!regime) return [{ field: 'regime', said: '' }];
  const [from, to] = [Date.parse(townInstant(draft.from)), Date.parse(townInstant(draft.to))];
  const needs = regime.requires ?? [];
  const watches = (regime.situations ?? []).length > 0 && !(regime.outputs ?? []).includes('live');
  const days = (regime.longest_days ?? 0) + 0.05;
  const bad: [Field, boolean][] = [
    ['legal_basis', !draft.basis.trim()],
    ['reference', !draft.reference.trim()],
    ['authorisation_id', !/^[a-z0-9][a-z0-9._-]{0,39}$/.test(draft.authorisationId)],
    ['signatory', !draft.signatory.trim()],
    ['requisition', needs.includes('requisition') && !draft.requisition.trim()],
    ['order_sha256', needs.includes('order_file') && !draft.order],
    ['cameras', draft.cameras.length === 0 && draft.perimeter.length === 0],
    ['perimeter', draft.perimeter.length > 0 && draft.perimeter.length < 3],
    ['situations', watches && draft.situations.length === 0],
    ['purpose_id', !draft.purposeId],
    ['valid_from', Number.isNaN(from)],
    ['valid_to', Number.isNaN(to) || to <= from || to <= Date.now() || to - from > days * DAY_MS],
    ['why', draft.why.trim().length < 8],
  ];
  return bad.filter(([, wrong]) => wrong).map(([field]) => ({ field, said: '' }));
}

/** Faults the server named, at the fields they belong to; null when one belongs to none. */
export function faultsAt(problem: Problem): Wrong[] | null {
  const found = problem.faults.map((fault) => ({ field: fieldOf(fault), said: `${fault.what}. ${fault.mend}`.trim() }));
  if (problem.status === 409) return [{ field: 'authorisation_id', said: problem.detail }];
  if (found.length === 0 || found.some((one) => one.field === undefined)) return null;
  return found as Wrong[];
}

function fieldOf(fault: Fault): Field | undefined {
  const name = fault.where.replace(/^body\./, '').split('.')[0];
  return FIELDS.find((field) => field === name);
}

export function inputOf(draft: Draft): AuthorisationInput {
  return {
    authorisation_id: draft.authorisationId,
    regime: draft.regime,
    legal_basis: draft.basis,
    reference: draft.reference,
    signatory: draft.signatory,
    cameras: draft.cameras,
    perimeter: draft.perimeter,
    situations: draft.situations as AuthorisationInput['situations'] & string[],
    purpose_id: draft.purposeId,
    valid_from: townInstant(draft.from),
    valid_to: townInstant(draft.to),
    hours: draft.hours,
    viewers: draft.viewers,
    requisition: draft.requisition,
    order_sha256: draft.order?.sha256 ?? '',
    order_name: draft.order?.name ?? '',
    retention_s: draft.retentionDays === '' ? null : Math.round(Number(draft.retentionDays) * 86_400),
    replaces: draft.replaces,
    why: draft.why,
    overlap_accepted: true,
  };
}

/** Whether a place of the plan lies inside a drawn outline (even-odd), to tell which cameras it takes in. */
export function inside(place: Point, outline: Point[]): boolean {
  let within = false;
  for (let n = 0, last = outline.length - 1; n < outline.length; last = n, n += 1) {
    const [ax, ay] = outline[n] ?? [0, 0];
    const [bx, by] = outline[last] ?? [0, 0];
    const crosses = ay > place[1] !== by > place[1];
    if (crosses && place[0] < ((bx - ax) * (place[1] - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}
