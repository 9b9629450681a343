/** Register. */
export const register = {
  'register.title': 'Public register',
} as const;
