/** Calls of authorisations and of the general stop. */
import { ask } from '@/api/http';
import type { components } from '@/api/generated/schema';
import type { Purpose } from '@/api/nouns';

type Wire = components['schemas'];
export type Analysis = Wire['AnalysisOut'];
export type Regime = Wire['RegimeTermsOut'];
export type Authorisation = Wire['AuthorisationOut'];
export type AuthorisationInput = Wire['AuthorisationIn'];
export type WaitingGrant = Wire['WaitingGrantOut'];
export type Overlap = Wire['OverlapOut'];
export type OrderFile = Wire['OrderFileOut'];

const id = encodeURIComponent;
/** A signed order of some megabytes over a slow line. */
const SENDING_MS = 120_000;

export const readAnalysis = () => ask<Analysis>('GET', '/analysis');
export const stopAnalysis = (why: string) => ask<Analysis>('POST', '/analysis/stop', { body: { why } });
export const resumeAnalysis = (why: string) => ask<Analysis>('POST', '/analysis/resume', { body: { why } });
export const trustClock = (why: string) => ask<Analysis>('POST', '/analysis/clock', { body: { why } });
export const readRegimes = () => ask<Regime[]>('GET', '/regimes');
export const readAuthorisations = () => ask<Authorisation[]>('GET', '/authorisations');
export const readWaitingGrants = () => ask<WaitingGrant[]>('GET', '/authorisations/waiting');
export const checkAuthorisation = (body: AuthorisationInput) => ask<Overlap[]>('POST', '/authorisations/check', { body });
export const grantAuthorisation = (body: AuthorisationInput) => ask<Wire['GrantedOut']>('POST', '/authorisations', { body });
export const endAuthorisation = (authorisationId: string, why: string) =>
  ask<void>('POST', `/authorisations/${id(authorisationId)}/end`, { body: { why } });
export const orderAddress = (authorisationId: string) => `/api/v1/authorisations/${id(authorisationId)}/order`;
export const keepOrder = (file: File) =>
  ask<OrderFile>('POST', '/orders', { bytes: file, query: { name: file.name }, waitMs: SENDING_MS });
export const addPurpose = (body: Wire['PurposeIn']) => ask<Purpose>('POST', '/purposes', { body });
