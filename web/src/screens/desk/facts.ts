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
        : words(name, value);
    return [{ name, label, value: unit && typeof value === 'number' ? `${shown} ${unit[1]}` : shown }];
  });
}

function words(name: string, value: string): string {
  if (name === 'reason') return known('reason', value) ?? value;
  return known('fact_value', value) ?? known('class', value) ?? value;
}

/** The server's own sentences about evidence, known by what they begin with. */
const SENTENCES: [RegExp, string][] = [
  [/^interrupted/, 'interrupted'],
  [/gave no video|there is no video|no beginning|cannot be decoded/, 'no_packets'],
  [/no space|disk/i, 'disk_full'],
  [/its time is over|expired/, 'expired'],
];

/** Why evidence is missing, in words where we have them; the server's own sentence otherwise. */
export function evidenceReason(reason: string): string {
  const found = SENTENCES.find(([sentence]) => sentence.test(reason));
  return known('evidence_reason', reason) ?? (found && known('evidence_reason', found[1])) ?? reason;
}
