/** Numbers for readers: grouped digits, decimal byte units, shares, durations. Independent of the machine's language. */

/** `1634567` → `1,634,567`. Fractions are rounded away. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 packet`, `2,000 packets`. The plural is the noun with an s unless it is given. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units, three digits: `812 B`, `98.1 kB`, `1.20 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** `part` of `whole` as a percentage; `<0.1%` for what would round to nothing, `-` of nothing. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '-';
  const percent = (100 * part) / whole;
  if (part > 0 && percent < 0.05) return '<0.1%';
  if (part < whole && percent > 99.95) return '>99.9%';
  return `${percent.toFixed(percent === 100 || percent === 0 ? 0 : 1)}%`;
}

/** `0.8 ms`, `340 ms`, `2.41 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.00995) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 0.9995) return `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 119.5) return `${seconds.toFixed(seconds < 99.95 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${formatCount(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** How many names stand in a sentence. */
const NAMED = 3;

/** `a, b and c`, and of more names `a, b, c and 6 more`. */
export function firstOf(names: readonly string[]): string {
  const left = names.length - NAMED;
  const parts = left > 0 ? [...names.slice(0, NAMED), `${formatCount(left)} more`] : names;
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
