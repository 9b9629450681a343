/** Retention. */
export const retention = {
  'retention.title': 'Conservation',
} as const;
