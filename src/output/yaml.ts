/** Plain data as YAML, the way people write manifests: block style, strings bare where every reader takes them for strings. */

export type Plain =
  | string
  | number
  | boolean
  | null
  | readonly Plain[]
  | { readonly [key: string]: Plain | undefined };

/** Words that some reader of YAML takes for something else than a string. */
const RESERVED = /^(?:true|false|yes|no|on|off|y|n|null|none|nan|inf|infinity|undefined)$/i;
/** Letters first, and nothing in it that ends a scalar: no reader sees a number, a date or a comment in it. */
const BARE = /^[A-Za-z_/][A-Za-z0-9_./-]*$/;
/** An IPv4 block. */
const BLOCK = /^\d+\.\d+\.\d+\.\d+\/\d+$/;
/** What stands in single quotes as it is. */
const QUOTABLE = /^[ !-&(-~]+$/;

/** A string, bare or in double quotes. JSON's escapes are YAML's too; what moves a terminal's cursor is escaped as well. */
export function yamlString(text: string): string {
  if ((BARE.test(text) && !RESERVED.test(text)) || BLOCK.test(text)) return text;
  if (text.includes('"') && QUOTABLE.test(text)) return `'${text}'`;
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const isMapping = (value: Plain): value is { readonly [key: string]: Plain | undefined } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function scalar(value: Plain): string | undefined {
  if (typeof value === 'string') return yamlString(value);
  if (Array.isArray(value)) return value.length === 0 ? '[]' : undefined;
  if (isMapping(value)) return entriesOf(value).length === 0 ? '{}' : undefined;
  return String(value);
}

const entriesOf = (value: { readonly [key: string]: Plain | undefined }): (readonly [string, Plain])[] =>
  Object.entries(value).filter((entry): entry is [string, Plain] => entry[1] !== undefined);

/** Lines of a value without indentation; members that are undefined are left out. */
export function yamlLines(value: Plain): string[] {
  const single = scalar(value);
  if (single !== undefined) return [single];
  if (Array.isArray(value)) return value.flatMap((item: Plain) => listItem(yamlLines(item)));
  return entriesOf(value as { readonly [key: string]: Plain | undefined }).flatMap(([key, member]) => {
    const name = yamlString(key);
    const plain = scalar(member);
    if (plain !== undefined) return [`${name}: ${plain}`];
    const indent = Array.isArray(member) ? '' : '  ';
    return [`${name}:`, ...yamlLines(member).map((line) => `${indent}${line}`)];
  });
}

/** Lines as an item of a list. */
export function listItem(lines: readonly string[]): string[] {
  return lines.map((line, index) => `${index === 0 ? '- ' : '  '}${line}`);
}
