/** Requests. */
export const requests = {
  'requests.title': 'Requests',
} as const;
