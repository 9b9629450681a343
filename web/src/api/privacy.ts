/** Masks, blur, and seeing without it for a time. */
import type { components } from '@/api/generated/schema';
import { ask } from '@/api/http';
import type { Point } from '@/api/nouns';

type Wire = components['schemas'];
export type Lift = Wire['LiftOut'];
export type Privacy = Wire['PrivacyOut'];
export interface Wish {
  masks: { points: Point[] }[];
  blur: boolean;
  why: string;
  request_id: string;
}

const id = encodeURIComponent;

export const readPrivacy = (cameraId: string) => ask<Privacy>('GET', `/cameras/${id(cameraId)}/privacy`);
export const changePrivacy = (cameraId: string, wish: Wish) =>
  ask<Privacy>('PUT', `/cameras/${id(cameraId)}/privacy`, { body: wish });
export const liftBlur = (kind: 'cameras' | 'alerts', name: string, why: string) =>
  ask<Lift>('POST', `/${kind}/${id(name)}/lifts`, { body: { why } });
export const endLift = (liftId: string) => ask<void>('DELETE', `/lifts/${id(liftId)}`);
