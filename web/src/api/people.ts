/** Calls about people: one's own account, the administration of accounts, requests that wait for a second person. */
import type { components } from '@/api/generated/schema';
import { ask } from '@/api/http';
import type { Role, Session, User } from '@/api/nouns';

type Wire = components['schemas'];
export type Scope = { groups: string[]; purposes: string[]; clear: boolean };
export type Account = Omit<Wire['AccountOut'], 'user' | 'scopes'> & { user: User; scopes: Scope[] };
export type OwnAccount = Wire['OwnAccountOut'];
export type OpenSession = Wire['OpenSessionOut'];
export type SensitiveRequest = Wire['RequestOut'];
export interface NewAccount {
  username: string;
  display_name: string;
  role: Role;
  scopes: Scope[];
  password: string;
}

const id = encodeURIComponent;

export const readOwnAccount = () => ask<OwnAccount>('GET', '/account');
export const changeOwnPassword = (former: string, password: string) =>
  ask<Session>('PUT', '/account/password', { body: { former, password } });
export const beginFactor = () => ask<Wire['EnrolmentOut']>('POST', '/account/second-factor');
export const confirmFactor = (code: string) =>
  ask<{ recovery_codes: string[]; session: Session }>('POST', '/account/second-factor/confirm', { body: { code } });
export const removeFactor = (code: string) =>
  ask<Session>('POST', '/account/second-factor/remove', { body: { code } });
export const readSessions = () => ask<OpenSession[]>('GET', '/account/sessions');
export const endSession = (sessionId: string) => ask<void>('DELETE', `/account/sessions/${id(sessionId)}`);

export const readAccounts = () => ask<Account[]>('GET', '/accounts');
export const addAccount = (account: NewAccount) => ask<Account>('POST', '/accounts', { body: account });
export const setRole = (name: string, role: Role) => ask<Account>('PUT', `/accounts/${id(name)}/role`, { body: { role } });
export const setScopes = (name: string, scopes: Scope[]) =>
  ask<Account>('PUT', `/accounts/${id(name)}/scopes`, { body: { scopes } });
export const setOpen = (name: string, open: boolean) =>
  ask<Account>('PUT', `/accounts/${id(name)}/open`, { body: { open } });
export const setPassword = (name: string, password: string) =>
  ask<void>('PUT', `/accounts/${id(name)}/password`, { body: { password } });
export const unlock = (name: string) => ask<void>('DELETE', `/accounts/${id(name)}/lock`);
export const resetFactor = (name: string) => ask<void>('DELETE', `/accounts/${id(name)}/second-factor`);
export const endSessions = (name: string) => ask<void>('DELETE', `/accounts/${id(name)}/sessions`);

export const readRequests = (waiting = false) =>
  ask<SensitiveRequest[]>('GET', '/requests', { query: { waiting: waiting ? 'true' : undefined } });
export const secondRequest = (requestId: string, why: string) =>
  ask<SensitiveRequest>('POST', `/requests/${id(requestId)}/second`, { body: { why } });
export const refuseRequest = (requestId: string, why: string) =>
  ask<SensitiveRequest>('POST', `/requests/${id(requestId)}/refuse`, { body: { why } });
