/** Privacy. */
export const privacy = {
  'privacy.title': 'Privacy',
} as const;
