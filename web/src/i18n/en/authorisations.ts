/** Authorisations. */
export const authorisations = {
  'authorisations.title': 'Authorisations',
} as const;
