/** Transparency. */
export const transparency = {
  'transparency.title': 'Transparency',
} as const;
