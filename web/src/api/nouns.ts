/** The nouns as they cross the wire. Instants are RFC 3339 UTC; boxes and points are shares of the picture. */

export type Role = 'operator' | 'supervisor' | 'administrator';
export type Severity = 'minor' | 'moderate' | 'severe' | 'extreme';
export type AlertState = 'open' | 'snoozed' | 'held' | 'handed_over' | 'confirmed' | 'dismissed';
export type EvidenceState = 'pending' | 'ready' | 'missing';
export type Decision = 'confirm' | 'dismiss' | 'hand_over' | 'snooze' | 'reopen';
export type Need = 'none' | 'optional' | 'required';
export type Point = [number, number];
export type Box = [number, number, number, number];

export interface User {
  username: string;
  display_name: string;
  role: Role;
}

export interface Session {
  user: User;
  csrf_token: string;
}

export interface Verdict {
  verdict_id: string;
  alert_id: string;
  actor: string;
  decision: Decision;
  reason: string;
  note: string;
  evidence_seen: string[];
  decided_at: string;
  snooze_until: string | null;
  handed_to: string;
}

export interface Alert {
  alert_id: string;
  camera_id: string;
  camera_name: string;
  rule_id: string;
  rule_version: number;
  rule_name: string;
  situation: string;
  severity: Severity;
  certainty: string;
  state: AlertState;
  started_at: string;
  raised_at: string;
  due_at: string;
  last_held_at: string | null;
  box: Box | null;
  score: number | null;
  repeats: number;
  evidence: { state: EvidenceState; reason: string };
  snoozed_until: string | null;
  assigned_to: string;
  last_verdict: Verdict | null;
  facts: Record<string, number | string | null>;
}

export interface EvidencePart {
  kind: 'clip' | 'still';
  media_type: string;
  url: string;
  bytes: number;
  sha256: string;
}

export interface AlertDetail extends Omit<Alert, 'evidence'> {
  verdicts: Verdict[];
  evidence: {
    state: EvidenceState;
    reason: string;
    from_at: string | null;
    to_at: string | null;
    expires_at: string | null;
    parts: EvidencePart[];
  };
  rule: Rule | null;
}

export interface Governor {
  shown_last_10_min: number;
  limit_10_min: number;
  shown_last_hour: number;
  limit_hour: number;
}

export interface Queue {
  shown: Alert[];
  held: Alert[];
  snoozed: Alert[];
  shown_total: number;
  held_total: number;
  snoozed_total: number;
  governor: Governor;
}

export interface AlertPage {
  items: Alert[];
  next_cursor: string;
  total: number;
}

export interface CameraStatus {
  camera_id?: string;
  state: 'watched' | 'degraded' | 'not_watched';
  reason: string;
  since: string;
  detail: string;
  analysed_fps: number;
  late_share: number;
  width_px: number;
  height_px: number;
  codec: string;
}

export interface StreamView {
  kind: 'file' | 'rtsp' | 'mjpeg' | 'usb';
  url: string;
  has_credentials: boolean;
  loop: boolean;
}

export interface Camera {
  camera_id: string;
  name: string;
  place: string;
  plan_xy: Point | null;
  heading_deg: number;
  enabled: boolean;
  analysed_fps: number;
  main: StreamView;
  sub: StreamView | null;
  status: CameraStatus;
  rules: number;
  open_alerts: number;
  counters: Record<string, number>;
}

export interface StreamInput {
  kind: StreamView['kind'];
  url: string;
  username?: string;
  password?: string;
  loop?: boolean;
}

export interface CameraInput {
  camera_id?: string;
  name: string;
  place: string;
  plan_xy: Point | null;
  heading_deg: number;
  enabled: boolean;
  analysed_fps: number;
  main: StreamInput;
  sub: StreamInput | null;
}

export interface Probe {
  ok: boolean;
  codec: string;
  width_px: number;
  height_px: number;
  reason: string;
  detail: string;
}

export interface Param {
  name: string;
  default: number | boolean | string;
  minimum: number | null;
  maximum: number | null;
  choices: string[];
  unit: string;
  label_fr: string;
  label_en: string;
}

export interface SituationCard {
  situation: string;
  label_fr: string;
  label_en: string;
  implemented: boolean;
  needs: { zone: Need; line: Need; direction: Need };
  classes: string[];
  params: Param[];
  severity: Severity;
}

export interface Span {
  days: number[];
  from: string;
  to: string;
}

export interface Coverage {
  covered: boolean;
  authorisation_id: string;
  reason: string;
  valid_until: string | null;
}

export interface RuleInput {
  situation: string;
  purpose_id: string;
  name: string;
  enabled: boolean;
  classes: string[];
  zone: { points: Point[] } | null;
  line: { points: Point[] } | null;
  allowed_direction: Point | null;
  params: Record<string, number | boolean | string>;
  schedule: { time_zone: string; spans: Span[] };
  severity: Severity;
}

export interface Rule extends RuleInput {
  rule_id: string;
  version: number;
  camera_id: string;
  authorisation: Coverage | null;
}

export interface Purpose {
  purpose_id: string;
  label_fr: string;
  label_en: string;
}
