/** Accounts. */
export const accounts = {
  'accounts.title': 'Comptes',
} as const;
