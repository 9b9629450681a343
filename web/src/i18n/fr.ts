/** French: the source of all texts on screen. */
import { account } from '@/i18n/fr/account';
import { accounts } from '@/i18n/fr/accounts';
import { authorisations } from '@/i18n/fr/authorisations';
import { cases } from '@/i18n/fr/cases';
import { figures } from '@/i18n/fr/figures';
import { journal } from '@/i18n/fr/journal';
import { outside } from '@/i18n/fr/outside';
import { privacy } from '@/i18n/fr/privacy';
import { register } from '@/i18n/fr/register';
import { requests } from '@/i18n/fr/requests';
import { retention } from '@/i18n/fr/retention';
import { transparency } from '@/i18n/fr/transparency';
import { app } from '@/i18n/fr/app';
import { cameras } from '@/i18n/fr/cameras';
import { desk } from '@/i18n/fr/desk';
import { editor } from '@/i18n/fr/editor';
import { history } from '@/i18n/fr/history';
import { words } from '@/i18n/fr/words';

export const fr = { ...app, ...account, ...accounts, ...authorisations, ...cases, ...figures, ...journal, ...outside, ...privacy, ...register, ...requests, ...retention, ...transparency, ...cameras, ...desk, ...editor, ...history, ...words };

export type Key = keyof typeof fr;
