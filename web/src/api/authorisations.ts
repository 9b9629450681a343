/** Calls of authorisations and of the general stop. */
import { ask } from '@/api/http';
import type { components } from '@/api/generated/schema';

export type Analysis = components['schemas']['AnalysisOut'];
export type Regime = components['schemas']['RegimeTermsOut'];
export type Authorisation = components['schemas']['AuthorisationOut'];
export type WaitingGrant = components['schemas']['WaitingGrantOut'];

const id = encodeURIComponent;

export const readAnalysis = () => ask<Analysis>('GET', '/analysis');
export const stopAnalysis = (why: string) => ask<Analysis>('POST', '/analysis/stop', { body: { why } });
export const resumeAnalysis = (why: string) => ask<Analysis>('POST', '/analysis/resume', { body: { why } });
export const trustClock = (why: string) => ask<Analysis>('POST', '/analysis/clock', { body: { why } });
export const readRegimes = () => ask<Regime[]>('GET', '/regimes');
export const readAuthorisations = () => ask<Authorisation[]>('GET', '/authorisations');
export const readWaitingGrants = () => ask<WaitingGrant[]>('GET', '/authorisations/waiting');
export const endAuthorisation = (authorisationId: string, why: string) =>
  ask<void>('POST', `/authorisations/${id(authorisationId)}/end`, { body: { why } });
export const orderAddress = (authorisationId: string) => `/api/v1/authorisations/${id(authorisationId)}/order`;
