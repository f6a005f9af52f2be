/** CSV fields as RFC 4180 wants them, safe to open in a spreadsheet. */

const QUOTED = /[",\r\n]/;
/** A spreadsheet takes a text that begins so for a formula. Source: OWASP, "CSV Injection". */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** One field: numbers as they are, texts quoted where needed and with an apostrophe before what looks like a formula. */
export function csvField(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
