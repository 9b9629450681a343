/** Privacy. */
export const privacy = {
  'privacy.title': 'Vie privée',
} as const;
