/** Retention. */
export const retention = {
  'retention.title': 'Retention',
} as const;
