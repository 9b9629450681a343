/** A camera while it is being described. Credentials are only ever written: what is stored is never shown. */
import type { Camera, CameraInput, StreamInput, StreamView } from '@/api/nouns';
import type { Problem } from '@/api/problem';

export interface StreamDraft {
  kind: StreamView['kind'];
  url: string;
  username: string;
  password: string;
  hasCredentials: boolean;
  loop: boolean;
}

export interface CameraDraft {
  name: string;
  place: string;
  /** Camera groups, separated by commas. */
  groups: string;
  onPlan: boolean;
  planX: number;
  planY: number;
  headingDeg: number;
  enabled: boolean;
  analysedFps: number;
  main: StreamDraft;
  hasSub: boolean;
  sub: StreamDraft;
  /** Asked for by the server when the change widens what is authorised. */
  why: string;
}

const EMPTY: StreamDraft = { kind: 'rtsp', url: '', username: '', password: '', hasCredentials: false, loop: false };

const streamDraft = (stream: StreamView | null): StreamDraft =>
  stream
    ? { kind: stream.kind, url: stream.url, username: '', password: '', hasCredentials: stream.has_credentials, loop: stream.loop }
    : { ...EMPTY };

export function draftOf(camera: Camera | null): CameraDraft {
  return {
    name: camera?.name ?? '',
    place: camera?.place ?? '',
    groups: camera?.groups.join(', ') ?? '',
    onPlan: camera?.plan_xy != null,
    planX: camera?.plan_xy?.[0] ?? 0.5,
    planY: camera?.plan_xy?.[1] ?? 0.5,
    headingDeg: camera?.heading_deg ?? 0,
    enabled: camera?.enabled ?? true,
    analysedFps: camera?.analysed_fps ?? 5,
    main: streamDraft(camera?.main ?? null),
    hasSub: camera?.sub != null,
    sub: streamDraft(camera?.sub ?? null),
    why: '',
  };
}

/** What is sent for a stream: empty credentials leave the stored ones as they are. */
export function streamInput(stream: StreamDraft): StreamInput {
  const { kind, username, password } = stream;
  return { kind, url: stream.url.trim(), username: username.trim(), password, loop: kind === 'file' && stream.loop };
}

const BEGINNINGS: Partial<Record<StreamDraft['kind'], RegExp>> = { rtsp: /^rtsps?:\/\/[^/\s]/, mjpeg: /^https?:\/\/[^/\s]/ };

/** Whether an address begins as its kind of stream asks: said here, before the server is asked. */
export const addressFits = (stream: StreamDraft): boolean => BEGINNINGS[stream.kind]?.test(stream.url.trim()) ?? true;

export function cameraInput(draft: CameraDraft): CameraInput {
  return {
    name: draft.name.trim(),
    place: draft.place.trim(),
    groups: draft.groups.split(/[\s,]+/).filter((one) => one !== ''),
    plan_xy: draft.onPlan ? [draft.planX, draft.planY] : null,
    heading_deg: draft.headingDeg,
    enabled: draft.enabled,
    analysed_fps: draft.analysedFps,
    main: streamInput(draft.main),
    sub: draft.hasSub ? streamInput(draft.sub) : null,
    why: draft.why.trim(),
  };
}

/** Whether the server refused for want of a reason. */
export const asksWhy = (problem: Problem | null): boolean => problem?.faults.some((one) => /(^|\.)why$/.test(one.where)) ?? false;

/** Take credentials out of a pasted address and into their own fields, where they are kept secret. */
export function withoutSecrets(stream: StreamDraft): StreamDraft {
  const found = /^([a-z][a-z0-9+.-]*:\/\/)([^/@:]*)(?::([^/@]*))?@(.*)$/i.exec(stream.url.trim());
  if (!found) return stream;
  const [, scheme = '', user = '', password = '', rest = ''] = found;
  return { ...stream, url: scheme + rest, username: decoded(user), password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
