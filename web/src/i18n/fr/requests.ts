/** Requests. */
export const requests = {
  'requests.title': 'Demandes',
} as const;
