/** Transparency. */
export const transparency = {
  'transparency.title': 'Transparence',
} as const;
