/** Calls of the public register and of those who keep it. */
import { API, ask } from '@/api/http';
import type { components } from '@/api/generated/schema';

type Wire = components['schemas'];

export type PublicRegister = Wire['RegisterOut'];
export type Town = Wire['TownOut'];
export type TownInput = Required<Wire['TownIn']>;
export type Label = Wire['LabelOut'];
export type Performance = Wire['PerformanceOut'];
export type PaperKind = Wire['PaperKind'];

export const PAPERS: readonly PaperKind[] = ['dpia', 'recordings', 'processing', 'prefect'];

export const readRegister = () => ask<PublicRegister>('GET', '/register');
export const readTown = () => ask<Town>('GET', '/register/town');
export const changeTown = (town: TownInput) => ask<Town>('PUT', '/register/town', { body: town });
export const publishPerformance = (metrics: Record<string, unknown>, measuredOn: string, note: string) =>
  ask<Performance[]>('POST', '/register/performance', { body: { metrics, measured_on: measuredOn, note } });

export const registerPlanUrl = `${API}/register/plan.svg`;
export const registerPageUrl = (language: string): string => `${API}/register.html?language=${language}`;
export const registerDataUrl = `${API}/register`;

export function paperUrl(kind: PaperKind, form: 'html' | 'pdf', period: string): string {
  const asked = new URLSearchParams(period ? { form, period } : { form });
  return `${API}/register/documents/${kind}?${asked}`;
}

/** What a notice is for, as its address says it: "all", "camera:<id>" or "group:<name>". */
export function noticeUrl(of: string, form: 'svg' | 'a4' | 'a3'): string {
  const asked = new URLSearchParams({ form });
  if (of.startsWith('camera:')) asked.set('camera_id', of.slice('camera:'.length));
  else if (of.startsWith('group:')) asked.set('group', of.slice('group:'.length));
  return `${API}/register/notice?${asked}`;
}

export const noticePath = (of: string): string => `/register/notice/${encodeURIComponent(of)}`;
