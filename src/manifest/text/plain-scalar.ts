/**
 * What an unquoted YAML scalar means, as kubectl reads it: YAML 1.1 booleans and numbers, but dates stay text.
 *
 * Source: kubernetes-sigs/yaml goyaml.v2/resolve.go.
 */

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
]);

/** `false` and its like. */
const LONGEST_WORD = 5;

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const SPECIAL = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function integerValue(digits: string): number {
  const sign = digits.startsWith('-') ? -1 : 1;
  const bare = digits.replace(/^[-+]/, '');
  if (/^0[xXbBoO]/.test(bare)) return sign * Number(bare);
  if (/^0[0-7]/.test(bare)) return sign * Number.parseInt(bare, 8);
  return sign * Number(bare);
}

/** The string, number, boolean or null that the text of a plain scalar stands for. */
export function resolvePlainScalar(text: string): string | number | boolean | null {
  const word = text.length > LONGEST_WORD ? undefined : WORDS.get(text);
  if (word !== undefined) return word;
  const code = text.charCodeAt(0);
  const isNumeric = (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46;
  if (!isNumeric) return text;
  const digits = text.includes('_') ? text.replaceAll('_', '') : text;
  if (INTEGER.test(digits)) return integerValue(digits);
  if (FLOAT.test(digits)) return Number(digits);
  if (SPECIAL.test(text)) return text.toLowerCase().includes('nan') ? Number.NaN : Number.POSITIVE_INFINITY;
  return text;
}
