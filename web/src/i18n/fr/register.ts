/** Register. */
export const register = {
  'register.title': 'Registre public',
} as const;
