/** Cases. */
export const cases = {
  'cases.title': 'Cases',
} as const;
