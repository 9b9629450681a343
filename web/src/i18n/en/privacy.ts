import type { privacy as french } from '@/i18n/fr/privacy';

/** Privacy. */
export const privacy: Record<keyof typeof french, string> = {
  'privacy.title': 'Privacy',
  'privacy.about': 'Masks (homes) cover the picture before it is analysed, shown or recorded. What is recorded already is not written anew.',
  'privacy.picture': 'Picture and masks',
  'privacy.masks': 'Masks',
  'privacy.mask': 'Mask {n} ({points} points)',
  'privacy.add': 'Add a mask',
  'privacy.remove': 'Remove mask {n}',
  'privacy.blur': 'Blur people and plates',
  'privacy.less': 'Hiding more takes effect at once. Hiding less needs a second person’s agreement.',
  'privacy.why': 'Reason (kept in the journal)',
  'privacy.saved': 'Saved.',
  'privacy.waits': 'This request waits for a second person’s agreement.',
  'privacy.agreed': 'A second person has agreed.',
  'privacy.carry_out': 'Carry out',
  'privacy.blurred': 'Blurred',
  'privacy.lift': 'See clearly',
  'privacy.left': 'Clear, {left} left',
  'privacy.end': 'Blur again',
  'privacy.why_title': 'See clearly',
  'privacy.why_help': 'People and plates will be visible to you alone, for some minutes. Your reason is kept in the journal.',
  'problem.blur_unavailable': 'The blur cannot be made: the picture is not shown.',
  'mend.blur_unavailable': 'Try again in a moment, or ask to see clearly with a reason.',
};
