/** What the digits choose, in order. */

export const REASONS = [
  'nothing_there',
  'wrong_object',
  'authorised_person',
  'shadow_or_light',
  'animal_or_vegetation',
  'weather',
  'rule_too_strict',
  'duplicate',
  'other',
] as const;

export const SNOOZES = [5, 10, 30, 60] as const;
