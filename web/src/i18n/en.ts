/** English: every text of the French source, no more, no less. */
import { app } from '@/i18n/en/app';
import { cameras } from '@/i18n/en/cameras';
import { desk } from '@/i18n/en/desk';
import { editor } from '@/i18n/en/editor';
import { history } from '@/i18n/en/history';
import { words } from '@/i18n/en/words';
import type { Key } from '@/i18n/fr';

export const en: Record<Key, string> = { ...app, ...cameras, ...desk, ...editor, ...history, ...words };
