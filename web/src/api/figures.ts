/** Calls of the figures' screen. */
import type { components } from '@/api/generated/schema';
import { ask } from '@/api/http';

type Schemas = components['schemas'];
export type Count = Schemas['CountOut'];
export type PilotDay = Schemas['PilotDayOut'];

export const readCounts = (from: string, to: string) => ask<Schemas['CountsOut']>('GET', '/counts', { query: { from, to } });
export const readPilot = (from: string, to: string) => ask<Schemas['PilotOut']>('GET', '/pilot', { query: { from, to } });
