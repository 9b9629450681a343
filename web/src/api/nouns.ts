/**
 * The nouns as they cross the wire, from the server's own description (`npm run api`). Where that says only "a text" and
 * the product has a closed list of words, the list is named here, so that the compiler knows each of them.
 */
import type { components } from '@/api/generated/schema';

type Wire = components['schemas'];
type With<T, Changes> = Omit<T, keyof Changes> & Changes;

export type Role = 'operator' | 'supervisor' | 'investigator' | 'dpo' | 'administrator' | 'auditor' | 'maintainer';
export type Right =
  | 'see_queue'
  | 'see_cameras'
  | 'see_live'
  | 'see_evidence'
  | 'see_clear'
  | 'lift_blur'
  | 'decide'
  | 'read_history'
  | 'read_figures'
  | 'see_authorisations'
  | 'edit_rules'
  | 'edit_masks'
  | 'edit_cameras'
  | 'edit_authorisations'
  | 'end_authorisations'
  | 'stop_analysis'
  | 'resume_analysis'
  | 'second'
  | 'see_requests'
  | 'manage_accounts'
  | 'read_journal'
  | 'see_retention'
  | 'edit_retention'
  | 'hold'
  | 'see_cases'
  | 'export'
  | 'edit_register';
export type Severity = 'minor' | 'moderate' | 'severe' | 'extreme';
export type AlertState = 'open' | 'snoozed' | 'held' | 'handed_over' | 'confirmed' | 'dismissed';
export type EvidenceState = 'pending' | 'ready' | 'missing';
export type WatchState = 'watched' | 'degraded' | 'not_watched';
export type Decision = Wire['Decision'];
export type Need = 'none' | 'optional' | 'required';
export type Point = [number, number];
export type Box = [number, number, number, number];

export type User = With<Wire['UserOut'], { role: Role }>;
export type Session = With<Wire['SessionOut'], { user: User | null; rights: Right[] }>;
export type Verdict = Wire['VerdictOut'];
export type VerdictInput = Wire['VerdictIn'];

interface AlertWords {
  severity: Severity;
  state: AlertState;
}
export type Alert = With<
  Wire['AlertOut'],
  AlertWords & { evidence: { state: EvidenceState; reason: string } }
>;
export type EvidencePart = With<Wire['PartOut'], { kind: 'clip' | 'still' }>;
export type Evidence = With<Wire['EvidenceOut'], { state: EvidenceState; parts: EvidencePart[] }>;
export type AlertDetail = With<
  Wire['AlertDetailOut'],
  AlertWords & { evidence: Evidence; rule: Rule | null }
>;
export type Governor = Wire['GovernorOut'];
export type Queue = With<Wire['QueueOut'], { shown: Alert[]; held: Alert[]; snoozed: Alert[] }>;
export type AlertPage = With<Wire['AlertPageOut'], { items: Alert[] }>;

export type CameraStatus = With<Wire['StatusOut'], { state: WatchState }>;
export type StreamView = With<Wire['StreamOut'], { loop: boolean }>;
export type Camera = With<Wire['CameraOut'], { status: CameraStatus; main: StreamView; sub: StreamView | null }>;
export type StreamInput = Wire['StreamIn'];
export type CameraInput = Wire['CameraIn'];
export type ProbeInput = Wire['ProbeIn'];
export type Probe = Wire['ProbeOut'];

export type Param = Wire['ParamOut'];
export type SituationCard = With<
  Wire['SituationOut'],
  { severity: Severity; needs: Record<keyof Wire['NeedsOut'], Need>; classes: ObjectClass[] }
>;
export type Situation = Wire['Situation'];
export type ObjectClass = Wire['ObjectClass'];
export type Span = Wire['SpanIn'];
/** A rule as a screen writes it: whole, with the version it was read at. */
export type RuleInput = Required<Omit<Wire['RuleIn'], 'rule_id' | 'schedule'>> & { schedule: Schedule };
export interface Schedule {
  time_zone: string;
  spans: Span[];
}
export type Coverage = Wire['CoverageOut'];
export type Rule = With<
  Wire['RuleOut'],
  { severity: Severity; classes: ObjectClass[]; schedule: Schedule; authorisation: Coverage | null }
>;
export type Purpose = Wire['PurposeOut'];
