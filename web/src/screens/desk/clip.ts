/** Where in its clip an alert's moment lies. */

const AROUND_S = 0.7;

/** Seconds into the clip at which the rule was met (raising the alert took a little longer), or null when the clip's span is unknown. */
export function momentOf(metAt: string, fromAt: string | null): number | null {
  if (fromAt === null) return null;
  const seconds = (Date.parse(metAt) - Date.parse(fromAt)) / 1000;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/** The alert's box belongs to one moment: around it the box is shown, elsewhere it would lie. */
export function aroundEvent(currentS: number, atS: number | null): boolean {
  return atS !== null && Math.abs(currentS - atS) <= AROUND_S;
}
