import { known, locale } from '@/i18n/text.svelte';

export interface FactRow {
  name: string;
  label: string;
  value: string;
}

/** Of use to the machine only: ids by which a repeat is known. */
const INTERNAL = new Set(['tracks']);

const UNITS: [RegExp, string][] = [
  [/_km_h$/, 'km/h'],
  [/_s$/, 's'],
  [/_deg$/, '°'],
  [/_m$/, 'm'],
];

/** What the machine noted, in words where we have them and under its own name where we have none. */
export function factRows(facts: Record<string, number | string | null>): FactRow[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    if (value === null || INTERNAL.has(name)) return [];
    const unit = UNITS.find(([ending]) => ending.test(name));
    const bare = unit ? name.replace(unit[0], '') : name;
    const label = known('fact', name) ?? known('fact', bare) ?? bare.replaceAll('_', ' ');
    const shown =
      typeof value === 'number'
        ? value.toLocaleString(locale(), { maximumFractionDigits: 2 })
        : (known('fact_value', value) ?? known('class', value) ?? known('reason', value) ?? value);
    return [{ name, label, value: unit && typeof value === 'number' ? `${shown} ${unit[1]}` : shown }];
  });
}
