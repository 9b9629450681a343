/** Account. */
export const account = {
  'account.title': 'Mon compte',
} as const;
