/** Instants and spans in a reader's words. Wall-clock times are those of the town: Europe/Paris, whatever the computer says. */

export const TOWN_TIME = 'Europe/Paris';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = locale + JSON.stringify(options);
  let made = formats.get(name);
  if (!made) {
    made = new Intl.DateTimeFormat(locale, { timeZone: TOWN_TIME, hourCycle: 'h23', ...options });
    formats.set(name, made);
  }
  return made;
}

const TIME = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;

/** 14:03:27 */
export function clockTime(locale: string, instant: string | number): string {
  return format(locale, TIME).format(new Date(instant));
}

/** 23/11/2026 14:03:27 */
export function dateTime(locale: string, instant: string | number): string {
  const day = format(locale, { day: '2-digit', month: '2-digit', year: 'numeric' }).format(new Date(instant));
  return `${day} ${clockTime(locale, instant)}`;
}

/** lundi 23 novembre 2026 à 14:03:27 UTC+1: for paper, where the offset must be said. */
export function longDateTime(locale: string, instant: string | number): string {
  const options = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', ...TIME } as const;
  return format(locale, { ...options, timeZoneName: 'shortOffset' }).format(new Date(instant));
}

/** The time if it is today, the date too if it is not. */
export function nearTime(locale: string, instant: string, now: number): string {
  const day = format('fr-CA', { day: '2-digit', month: '2-digit', year: 'numeric' });
  return day.format(new Date(instant)) === day.format(now) ? clockTime(locale, instant) : dateTime(locale, instant);
}

/** 12 s, 4 min, 2 h 05, 3 j: short, for a list read at a glance. */
export function age(instant: string, now: number, dayLetter: string): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(instant)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')}`;
  return `${Math.floor(hours / 24)} ${dayLetter}`;
}

/** The UTC instant at which a town's day (yyyy-mm-dd) begins; `days` later if asked. */
export function startOfDay(day: string, days = 0): string {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
  const asUtc = Date.UTC(year, month - 1, date + days);
  // The offset at midnight is found from the one at that same UTC instant, then checked at the result.
  let guess = asUtc - offsetMs(asUtc);
  guess = asUtc - offsetMs(guess);
  return new Date(guess).toISOString();
}

/** The UTC instant of a town's wall clock (yyyy-mm-ddThh:mm, as a date and time field gives it); empty when it is none. */
export function townInstant(text: string): string {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return '';
  const guess = asUtc - offsetMs(asUtc);
  return new Date(asUtc - offsetMs(guess)).toISOString();
}

/** What a date and time field shows for an instant: the town's wall clock. */
export function townField(instant: string): string {
  const at = Date.parse(instant);
  return new Date(at + offsetMs(at)).toISOString().slice(0, 16);
}

function offsetMs(instant: number): number {
  const parts = format('en-GB', { year: 'numeric', month: 'numeric', day: 'numeric', ...TIME }).formatToParts(instant);
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const local = Date.UTC(
    read('year'),
    read('month') - 1,
    read('day'),
    read('hour'),
    read('minute'),
    read('second'),
  );
  return local - Math.floor(instant / 1000) * 1000;
}
