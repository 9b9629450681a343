/** Calls of the journal's screen. */
import { address, ask } from '@/api/http';
import type { components } from '@/api/generated/schema';

type Wire = components['schemas'];
export type JournalEntry = Wire['EntryOut'];
export type JournalPage = Wire['JournalPageOut'];
export type Verification = Wire['VerificationOut'];
export type JournalFinding = Wire['FindingOut'];

export interface JournalAsked {
  actor?: string;
  role?: string;
  act?: string;
  camera_id?: string;
  refused?: string;
  from?: string;
  to?: string;
  cursor?: string;
}

export const readJournal = (asked: JournalAsked) => ask<JournalPage>('GET', '/journal', { query: { ...asked, limit: 100 } });
/** Every digest is computed again: a long journal takes its time. */
export const verifyJournal = () => ask<Verification>('POST', '/journal/verify', { waitMs: 300_000 });
export const journalExportUrl = (form: 'csv' | 'pdf', asked: JournalAsked, why: string, lang: string) =>
  address(`/journal/export.${form}`, { ...asked, why, lang });
