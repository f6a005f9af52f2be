/**
 * A selector in the words of the policy's author: `pods with app == "web" in namespace shop`. The translation into one
 * label language adds labels that nobody wrote; a reader who asks why a rule does not match must not have to know them.
 * What surely is a pod is called one; hosts and network sets are `endpoints` too.
 */
import { labelsOf, replaceLeaves } from '../../selector/leaves.ts';
import { selectorMatches } from '../../selector/match.ts';
import { printSelector } from '../../selector/print.ts';
import type { Selector } from '../../selector/selector.ts';
import {
  NAME_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from './label-selector.ts';

/** What lends labels, in words; its own label and the prefix of those that it lends. */
interface Lender {
  readonly label: string;
  readonly prefix: string;
  /** Labels whose value is the lender's name. */
  readonly names: readonly string[];
  readonly one: string;
  readonly many: string;
}

const NAMESPACE: Lender = {
  label: NAMESPACE_LABEL,
  prefix: NAMESPACE_PREFIX,
  names: [
    NAMESPACE_LABEL,
    `${NAMESPACE_PREFIX}${NAME_LABEL}`,
    `${NAMESPACE_PREFIX}kubernetes.io/metadata.name`,
  ],
  one: 'namespace',
  many: 'namespaces',
};

const SERVICE_ACCOUNT: Lender = {
  label: SERVICE_ACCOUNT_LABEL,
  prefix: SERVICE_ACCOUNT_PREFIX,
  names: [SERVICE_ACCOUNT_LABEL, `${SERVICE_ACCOUNT_PREFIX}${NAME_LABEL}`],
  one: 'service account',
  many: 'service accounts',
};

/** Walks say the same selectors over and over, one a packet. */
const KNOWN = new WeakMap<Selector, string>();

/** One clause; every label that the author wrote is in it. */
export function selectorWords(selector: Selector): string {
  let words = KNOWN.get(selector);
  if (words === undefined) {
    words = wordsOf(selector);
    KNOWN.set(selector, words);
  }
  return words;
}

function wordsOf(selector: Selector): string {
  const terms = conjuncts(selector);
  const namespaces = terms.filter((term) => isAbout(NAMESPACE, term));
  const accounts = terms.filter((term) => isAbout(SERVICE_ACCOUNT, term));
  const isPod = terms.some(isOrchestrator) || accounts.some((term) => !selectorMatches(term, {}));
  const isOutside = namespaces.some((term) => isAbsence(NAMESPACE, term));
  const own = terms
    .filter((term) => ![...namespaces, ...accounts].includes(term) && !isOrchestrator(term))
    .map(printSelector);
  const [any, many] = nouns(isPod, isOutside);
  const clauses = [
    own.length === 0 ? any : `${many} with ${own.join(' && ')}`,
    lenderWords('running as', SERVICE_ACCOUNT, accounts, isPod),
    lenderWords(
      'in',
      NAMESPACE,
      namespaces.filter((term) => !isAbsence(NAMESPACE, term)),
      isPod || isOutside,
    ),
  ];
  return clauses.filter((clause) => clause !== '').join(' ');
}

function nouns(isPod: boolean, isOutside: boolean): readonly [any: string, many: string] {
  if (isOutside) return ['any host endpoint or global network set', 'host endpoints and global network sets'];
  return isPod ? ['any pod', 'pods'] : ['any endpoint', 'endpoints'];
}

/** What has to hold together; nested conjunctions are one. */
function conjuncts(selector: Selector): Selector[] {
  if (selector.kind === 'all' || selector.kind === 'global') return [];
  return selector.kind === 'and' ? selector.operands.flatMap(conjuncts) : [selector];
}

function isOrchestrator(term: Selector): boolean {
  return term.kind === 'equals' && term.label === ORCHESTRATOR_LABEL;
}

function isAbout({ label, prefix }: Lender, term: Selector): boolean {
  const labels = [...labelsOf(term)];
  return labels.length > 0 && labels.every((asked) => asked === label || asked.startsWith(prefix));
}

/** `has`, negated: what has no namespace. */
function isAbsence({ label }: Lender, term: Selector): boolean {
  return term.kind === 'not' && term.operand.kind === 'has' && term.operand.label === label;
}

/** The names that a term gives, if it does nothing else. */
function namesOf({ names }: Lender, term: Selector): readonly string[] {
  if (term.kind !== 'equals' && term.kind !== 'in') return [];
  if (!names.includes(term.label)) return [];
  return term.kind === 'equals' ? [term.value] : term.values;
}

/** A value that no object has for a name must not look like a missing word. */
function visibleName(name: string): string {
  return name === '' ? '""' : name;
}

/** `in namespace shop`, `in namespaces with team == "shop"`, `in any namespace`, or nothing. */
function lenderWords(
  preposition: string,
  lender: Lender,
  terms: readonly Selector[],
  isLent: boolean,
): string {
  if (terms.length === 0) return '';
  const named = terms
    .map((term) => namesOf(lender, term))
    .filter((names) => names.length > 0)
    .map((names) => `${lender.one} ${names.map(visibleName).join(' or ')}`);
  const labels = terms
    .filter((term) => namesOf(lender, term).length === 0 && !isPresence(lender, term))
    .map((term) => printSelector(withoutPrefix(lender, term)));
  // A missing label satisfies `!=`: things that nothing is lent to are meant as well.
  const orNone = !isLent && terms.every((term) => selectorMatches(term, {})) ? ` or ${preposition} none` : '';
  const labelled = labels.length === 0 ? [] : [`${lender.many} with ${labels.join(' && ')}`];
  const all = [...named, ...labelled];
  return `${preposition} ${all.length === 0 ? `any ${lender.one}` : all.join(' and ')}${orNone}`;
}

function isPresence({ label }: Lender, term: Selector): boolean {
  return term.kind === 'has' && term.label === label;
}

function withoutPrefix({ prefix }: Lender, term: Selector): Selector {
  return replaceLeaves(term, (leaf) =>
    'label' in leaf && leaf.label.startsWith(prefix)
      ? { ...leaf, label: leaf.label.slice(prefix.length) }
      : leaf,
  );
}
