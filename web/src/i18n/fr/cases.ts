/** Cases. */
export const cases = {
  'cases.title': 'Dossiers',
} as const;
