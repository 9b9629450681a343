/** French: the source of all texts on screen. */
import { app } from '@/i18n/fr/app';
import { cameras } from '@/i18n/fr/cameras';
import { desk } from '@/i18n/fr/desk';
import { editor } from '@/i18n/fr/editor';
import { history } from '@/i18n/fr/history';
import { words } from '@/i18n/fr/words';

export const fr = { ...app, ...cameras, ...desk, ...editor, ...history, ...words };

export type Key = keyof typeof fr;
