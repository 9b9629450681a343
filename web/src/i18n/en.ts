/** English: every text of the French source, no more, no less. */
import { account } from '@/i18n/en/account';
import { accounts } from '@/i18n/en/accounts';
import { authorisations } from '@/i18n/en/authorisations';
import { cases } from '@/i18n/en/cases';
import { figures } from '@/i18n/en/figures';
import { journal } from '@/i18n/en/journal';
import { outside } from '@/i18n/en/outside';
import { privacy } from '@/i18n/en/privacy';
import { register } from '@/i18n/en/register';
import { requests } from '@/i18n/en/requests';
import { retention } from '@/i18n/en/retention';
import { transparency } from '@/i18n/en/transparency';
import { app } from '@/i18n/en/app';
import { cameras } from '@/i18n/en/cameras';
import { desk } from '@/i18n/en/desk';
import { editor } from '@/i18n/en/editor';
import { history } from '@/i18n/en/history';
import { words } from '@/i18n/en/words';
import type { Key } from '@/i18n/fr';

export const en: Record<Key, string> = { ...app, ...account, ...accounts, ...authorisations, ...cases, ...figures, ...journal, ...outside, ...privacy, ...register, ...requests, ...retention, ...transparency, ...cameras, ...desk, ...editor, ...history, ...words };
