/** Judicial cases and their sealed exports. */
import type { components } from '@/api/generated/schema';
import { API, ask } from '@/api/http';

type Wire = components['schemas'];
export type Case = Wire['CaseOut'];
export type CaseInput = Required<Wire['CaseIn']>;
export type CaseAlert = Wire['CaseAlertOut'];
export type Export = Wire['ExportOut'];

const id = encodeURIComponent;

export const readCases = () => ask<Case[]>('GET', '/cases');
export const readCase = (caseId: string) => ask<Case>('GET', `/cases/${id(caseId)}`);
export const openCase = (given: CaseInput) => ask<Case>('POST', '/cases', { body: given });
export const closeCase = (caseId: string, why: string) =>
  ask<Case>('POST', `/cases/${id(caseId)}/close`, { body: { why } });
export const readCaseAlerts = (caseId: string, query: { camera_id?: string; from?: string; to?: string }) =>
  ask<CaseAlert[]>('GET', `/cases/${id(caseId)}/alerts`, { query });
export const chooseAlerts = (caseId: string, add: string[], remove: string[]) =>
  ask<Case>('PUT', `/cases/${id(caseId)}/alerts`, { body: { add, remove } });
export const readExports = (caseId: string) => ask<Export[]>('GET', `/cases/${id(caseId)}/exports`);
export const askExport = (caseId: string, why: string, blurred: boolean, recordings: boolean) =>
  ask<Export>('POST', `/cases/${id(caseId)}/exports`, { body: { why, blurred, recordings } });
export const buildExport = (exportId: string) => ask<Export>('POST', `/exports/${id(exportId)}/build`);

export const exportUrl = (exportId: string) => `${API}/exports/${id(exportId)}/file.zip`;
export const receiptUrl = (exportId: string, language: string) =>
  `${API}/exports/${id(exportId)}/receipt.pdf?language=${id(language)}`;
