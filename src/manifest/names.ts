/**
 * Which texts the API server takes as names, label keys, label values and port names. Each function says what is wrong,
 * or nothing.
 *
 * Source: kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go.
 */

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** For metadata.name of most kinds. */
export function subdomainProblem(text: string): string | undefined {
  if (text.length > 253) return `is ${text.length} characters long, at most 253 are allowed`;
  if (SUBDOMAIN.test(text)) return undefined;
  return 'must be lower-case letters, digits, "-" and ".", and begin and end with a letter or digit';
}

/** For namespaces. */
export function dnsLabelProblem(text: string): string | undefined {
  if (text.length > 63) return `is ${text.length} characters long, at most 63 are allowed`;
  if (LABEL.test(text)) return undefined;
  return 'must be lower-case letters, digits and "-", and begin and end with a letter or digit';
}

/** For label keys: a name, or a DNS prefix, a slash and a name. */
export function qualifiedNameProblem(text: string): string | undefined {
  const slash = text.indexOf('/');
  const prefix = slash < 0 ? undefined : text.slice(0, slash);
  const name = text.slice(slash + 1);
  if (name.includes('/')) return 'holds more than one slash';
  if (prefix !== undefined && (prefix === '' || subdomainProblem(prefix) !== undefined))
    return 'has a part before the slash that is no DNS name';
  if (name === '') return slash < 0 ? 'is empty' : 'has nothing behind the slash';
  if (name.length > 63) return `has a name of ${name.length} characters, at most 63 are allowed`;
  if (QUALIFIED.test(name)) return undefined;
  return 'must be letters, digits, "-", "_" and ".", and begin and end with a letter or digit';
}

/** For label values; the empty string is one. */
export function labelValueProblem(text: string): string | undefined {
  if (text.length > 63) return `is ${text.length} characters long, at most 63 are allowed`;
  if (text === '' || QUALIFIED.test(text)) return undefined;
  return 'must be letters, digits, "-", "_" and ".", and begin and end with a letter or digit';
}

/** For named ports. */
export function portNameProblem(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.length > 15) return `is ${text.length} characters long, at most 15 are allowed`;
  if (!/^[-a-z0-9]+$/.test(text)) return 'must be lower-case letters, digits and "-"';
  if (!/[a-z]/.test(text)) return 'must hold at least one letter';
  if (text.includes('--')) return 'holds two "-" in a row';
  if (text.startsWith('-') || text.endsWith('-')) return 'begins or ends with "-"';
  return undefined;
}
