/** Accounts. */
export const accounts = {
  'accounts.title': 'Accounts',
} as const;
