/** Every call the screens make, typed. */
import { API, ask } from '@/api/http';
import { problemOf } from '@/api/problem';
import type {
  Alert,
  AlertDetail,
  AlertPage,
  Camera,
  CameraInput,
  Probe,
  ProbeInput,
  Purpose,
  Queue,
  Rule,
  RuleInput,
  Session,
  SituationCard,
  StreamInput,
  User,
  Verdict,
  VerdictInput,
} from '@/api/nouns';

const id = encodeURIComponent;

export interface AlertFilter {
  state?: string;
  camera_id?: string;
  situation?: string;
  decision?: string;
  from?: string;
  to?: string;
  cursor?: string;
  limit?: number;
}

export const signIn = (username: string, password: string) =>
  ask<Session>('POST', '/session', { body: { username, password } });
export const giveCode = (code: string) => ask<Session>('POST', '/session/code', { body: { code } });
export const readSession = () => ask<Session>('GET', '/session');
export const signOut = () => ask<void>('DELETE', '/session');

export const readQueue = () => ask<Queue>('GET', '/queue', { query: { limit: 500 } });
export const readAlert = (alertId: string) => ask<AlertDetail>('GET', `/alerts/${id(alertId)}`);
export const readAlerts = (filter: AlertFilter) => ask<AlertPage>('GET', '/alerts', { query: { ...filter } });
export const readOperators = () => ask<User[]>('GET', '/operators');

/** Acknowledged means committed. The key makes a second sending of the same answer count once. */
export const giveVerdict = (alertId: string, verdict: VerdictInput, key: string) =>
  ask<{ verdict: Verdict; alert: Alert }>('POST', `/alerts/${id(alertId)}/verdicts`, {
    body: verdict,
    headers: { 'Idempotency-Key': key },
  });

export const readCameras = () => ask<Camera[]>('GET', '/cameras');
export const readCamera = (cameraId: string) => ask<Camera>('GET', `/cameras/${id(cameraId)}`);
export const addCamera = (camera: CameraInput) => ask<Camera>('POST', '/cameras', { body: camera });
export const changeCamera = (cameraId: string, camera: CameraInput) =>
  ask<Camera>('PUT', `/cameras/${id(cameraId)}`, { body: camera });
export const removeCamera = (cameraId: string) => ask<void>('DELETE', `/cameras/${id(cameraId)}`);
/** Without credentials given, those kept for that stream of the camera are tried. */
export function probeStream(stream: StreamInput, cameraId: string, which: 'main' | 'sub'): Promise<Probe> {
  const { kind, url, username, password } = stream;
  const body: ProbeInput = { kind, url, username, password, camera_id: cameraId, stream: which };
  return ask<Probe>('POST', '/cameras/probe', { body, waitMs: 30_000 });
}

export const readSituations = () => ask<SituationCard[]>('GET', '/situations');
export const readPurposes = () => ask<Purpose[]>('GET', '/purposes');
export const readRules = (cameraId: string) => ask<Rule[]>('GET', `/cameras/${id(cameraId)}/rules`);
export const addRule = (cameraId: string, rule: RuleInput) =>
  ask<Rule>('POST', `/cameras/${id(cameraId)}/rules`, { body: rule });
export const changeRule = (ruleId: string, rule: RuleInput) =>
  ask<Rule>('PUT', `/rules/${id(ruleId)}`, { body: rule });
export const readVersions = (ruleId: string) => ask<Rule[]>('GET', `/rules/${id(ruleId)}/versions`);
export const removeRule = (ruleId: string) => ask<void>('DELETE', `/rules/${id(ruleId)}`);

export const stillUrl = (cameraId: string, moment: number | string) =>
  `${API}/cameras/${id(cameraId)}/still.jpg?t=${encodeURIComponent(moment)}`;
/** The newest picture, and whether people in it are blurred; throws a Problem that says why there is none. */
export async function readStill(cameraId: string): Promise<{ picture: Blob; shown: string }> {
  const answer = await fetch(stillUrl(cameraId, Date.now()), {
    credentials: 'same-origin',
    cache: 'no-store',
    signal: AbortSignal.timeout(20_000),
  });
  if (!answer.ok) throw problemOf(answer.status, await answer.json().catch(() => null));
  return { picture: await answer.blob(), shown: answer.headers.get('X-Beffroi-Picture') ?? '' };
}
export const alertStillUrl = (alertId: string) => `${API}/alerts/${id(alertId)}/still.jpg`;
export const alertClipUrl = (alertId: string) => `${API}/alerts/${id(alertId)}/clip.mp4`;
export const planUrl = `${API}/plan.svg`;

export function liveUrl(cameraId: string): string {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return `${scheme}//${location.host}${API}/cameras/${id(cameraId)}/live`;
}
