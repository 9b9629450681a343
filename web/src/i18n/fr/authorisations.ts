/** Authorisations. */
export const authorisations = {
  'authorisations.title': 'Autorisations',
} as const;
