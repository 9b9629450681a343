/** Calls of the retention screen. */
import { ask } from '@/api/http';
import type { components } from '@/api/generated/schema';

type Schemas = components['schemas'];
export type Retention = Schemas['RetentionOut'];
export type Term = Schemas['RetentionTermOut'];
export type LedgerEntry = Schemas['LedgerEntryOut'];
export type Hold = Schemas['HoldOut'];
export type HoldInput = Schemas['HoldIn'];
export type Proof = Schemas['RetentionProofOut'];

const id = encodeURIComponent;

export const readRetention = () => ask<Retention>('GET', '/retention');
export const readTerms = () => ask<Term[]>('GET', '/retention/terms');
export const setTerm = (body: Schemas['RetentionTermIn']) => ask<Schemas['SoonerOut']>('PUT', '/retention/terms', { body });
export const readLedger = (kind: string, before?: number) =>
  ask<LedgerEntry[]>('GET', '/retention/ledger', { query: { kind, before } });
/** Walks every file: a large house takes its time. */
export const verifyRetention = () => ask<Proof>('POST', '/retention/verify', { waitMs: 600_000 });
export const readHolds = () => ask<Hold[]>('GET', '/holds');
export const placeHold = (body: HoldInput) => ask<Hold>('POST', '/holds', { body });
export const extendHold = (holdId: string, ends_at: string, why: string) =>
  ask<Hold>('POST', `/holds/${id(holdId)}/extend`, { body: { ends_at, why } });
export const askRelease = (holdId: string, why: string) =>
  ask<Schemas['ReleaseAskedOut']>('POST', `/holds/${id(holdId)}/ask-release`, { body: { why } });
/** With a request that another person has agreed to. */
export const releaseHold = (holdId: string, request_id: string) =>
  ask<Hold>('POST', `/holds/${id(holdId)}/release`, { body: { request_id } });
