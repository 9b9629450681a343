/** A rule while it is being written. */
import type { Point, Rule, RuleInput, SituationCard } from '@/api/nouns';
import { anchorOf, clamped, fault, type Kind } from '@/screens/editor/shape';

export interface Draft extends Omit<RuleInput, 'zone' | 'line' | 'allowed_direction'> {
  ruleId: string | null;
  zone: Point[];
  line: Point[];
  direction: Point | null;
}

/** A new rule of a situation, with its defaults. */
export function blank(card: SituationCard, purposeId: string): Draft {
  return {
    ruleId: null,
    version: 0,
    situation: card.situation,
    purpose_id: purposeId,
    name: '',
    enabled: true,
    classes: [...card.classes],
    zone: [],
    line: [],
    direction: null,
    params: Object.fromEntries(card.params.map((param) => [param.name, param.default])),
    schedule: { time_zone: 'Europe/Paris', spans: [] },
    severity: card.severity,
  };
}

/** A stored rule, ready to be changed; parameters it does not name have their defaults. */
export function opened(rule: Rule, card: SituationCard | undefined): Draft {
  const defaults = Object.fromEntries((card?.params ?? []).map((param) => [param.name, param.default]));
  return {
    ruleId: rule.rule_id,
    version: rule.version,
    situation: rule.situation,
    purpose_id: rule.purpose_id,
    name: rule.name,
    enabled: rule.enabled,
    classes: [...rule.classes],
    zone: (rule.zone?.points ?? []).map(([x, y]): Point => [x, y]),
    line: (rule.line?.points ?? []).map(([x, y]): Point => [x, y]),
    direction: rule.allowed_direction,
    params: { ...defaults, ...rule.params },
    schedule: { time_zone: rule.schedule.time_zone, spans: rule.schedule.spans.map((span) => ({ ...span, days: [...span.days] })) },
    severity: rule.severity,
  };
}

/**
 * Another situation for the same drawing: what both can use stays, the rest is left out on saving. A parameter that
 * nobody touched takes the usual value of the new situation.
 */
export function retold(draft: Draft, card: SituationCard, former?: SituationCard): Draft {
  const fresh = blank(card, draft.purpose_id);
  const kept = draft.classes.filter((name) => card.classes.includes(name));
  const params = Object.fromEntries(
    card.params.map((param) => {
      const old = draft.params[param.name];
      const untouched = old === former?.params.find((one) => one.name === param.name)?.default;
      return [param.name, typeof old === typeof param.default && old !== undefined && !untouched ? old : param.default];
    }),
  );
  return { ...draft, situation: card.situation, severity: card.severity, params, classes: kept.length > 0 ? kept : fresh.classes };
}

export const kindsOf = (card: SituationCard): Kind[] =>
  (['zone', 'line', 'direction'] as const).filter((kind) => card.needs[kind] !== 'none');

/** The points of one kind as the drawing board handles them: a direction is the tip of an arrow from its zone. */
export function pointsOf(draft: Draft, kind: Kind): Point[] {
  if (kind !== 'direction') return draft[kind];
  if (!draft.direction) return [];
  const [x, y] = anchorOf(draft.zone);
  return [clamped([x + draft.direction[0], y + draft.direction[1]])];
}

/** Put points back; an arrow of no length says nothing and is taken as none. */
export function withPoints(draft: Draft, kind: Kind, points: Point[]): Draft {
  if (kind !== 'direction') return { ...draft, [kind]: points };
  const tip = points.at(-1);
  if (!tip) return { ...draft, direction: null };
  const [x, y] = anchorOf(draft.zone);
  const vector: Point = [Math.round((tip[0] - x) * 1e4) / 1e4, Math.round((tip[1] - y) * 1e4) / 1e4];
  return Math.hypot(...vector) < 0.01 ? draft : { ...draft, direction: vector };
}

export type Wrong =
  | { kind: Kind; why: 'missing' | 'too_few' | 'crossing' | 'flat' }
  | { param: string; minimum: number | null; maximum: number | null }
  | { field: 'classes' | 'days' | 'hours' };

/** All that stands between a draft and a rule. */
export function wrongs(draft: Draft, card: SituationCard): Wrong[] {
  const found: Wrong[] = [];
  for (const kind of kindsOf(card)) {
    const points = pointsOf(draft, kind);
    const why = points.length === 0 && card.needs[kind] === 'required' ? 'missing' : fault(points, kind);
    if (why) found.push({ kind, why });
  }
  for (const { name, minimum, maximum, default: usual } of card.params) {
    const value = draft.params[name];
    if (typeof usual !== 'number') continue;
    const bad = typeof value !== 'number' || !Number.isFinite(value);
    if (bad || (minimum !== null && value < minimum) || (maximum !== null && value > maximum)) {
      found.push({ param: name, minimum, maximum });
    }
  }
  if (card.classes.length > 0 && draft.classes.length === 0) found.push({ field: 'classes' });
  if (draft.schedule.spans.some((span) => span.days.length === 0)) found.push({ field: 'days' });
  if (draft.schedule.spans.some((span) => !span.from || !span.to || span.from === span.to)) found.push({ field: 'hours' });
  return found;
}

/** What is sent: only what the situation takes. */
export function inputOf(draft: Draft, card: SituationCard): RuleInput {
  const takes = (kind: Kind) => card.needs[kind] !== 'none';
  return {
    version: draft.version,
    situation: draft.situation,
    purpose_id: draft.purpose_id,
    name: draft.name.trim(),
    enabled: draft.enabled,
    classes: card.classes.length > 0 ? draft.classes : [],
    zone: takes('zone') && draft.zone.length > 0 ? { points: draft.zone } : null,
    line: takes('line') && draft.line.length > 0 ? { points: draft.line } : null,
    allowed_direction: takes('direction') ? draft.direction : null,
    params: draft.params,
    schedule: draft.schedule,
    severity: draft.severity,
  };
}
