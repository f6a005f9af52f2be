/**
 * Values of a manifest in one line, as a person would write them in YAML's flow style: `protocol: TCP, port: 80`. For
 * people: the text is foreign, so whoever prints it makes it visible first.
 */

/** What YAML reads as this very text, in a list or mapping too. */
const PLAIN = /^[A-Za-z_./*][-\w./*@+]*(?::[-\w./*@+]+)*$/;
const NO_TEXT = /^(?:true|false|yes|no|on|off|null|y|n)$/i;

function scalarWords(value: unknown): string {
  if (typeof value !== 'string') return value === undefined || value === null ? '' : String(value);
  return PLAIN.test(value) && !NO_TEXT.test(value) ? value : JSON.stringify(value);
}

function nested(value: unknown): string {
  if (typeof value !== 'object' || value === null) return scalarWords(value);
  return Array.isArray(value) ? `[${value.map(nested).join(', ')}]` : `{${writtenWords(value)}}`;
}

/** A value in one line; the outermost mapping goes without its braces unless it is empty. */
export function writtenWords(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return nested(value);
  return Object.entries(value)
    .map(([key, member]) => `${scalarWords(key)}: ${nested(member)}`)
    .join(', ');
}
