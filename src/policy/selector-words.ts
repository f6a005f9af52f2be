/**
 * A selector in the words of the policy's author: `pods with app == "web" in namespace shop`. The translation into one
 * label language adds labels that nobody wrote; a reader who asks why a rule does not match must not have to know them.
 */
import { printSelector } from '../selector/print.ts';
import type { Selector } from '../selector/selector.ts';
import { NAMESPACE_LABEL, NAMESPACE_PREFIX, ORCHESTRATOR_LABEL } from './label-selector.ts';

const NAMESPACE_NAME_LABEL = `${NAMESPACE_PREFIX}kubernetes.io/metadata.name`;

/** What has to hold together; nested conjunctions are one. */
function conjuncts(selector: Selector): Selector[] {
  if (selector.kind === 'all' || selector.kind === 'global') return [];
  return selector.kind === 'and' ? selector.operands.flatMap(conjuncts) : [selector];
}

function labelOf(selector: Selector): string {
  if (selector.kind === 'not') return labelOf(selector.operand);
  return 'label' in selector ? selector.label : '';
}

/** The namespace that a term names, if it does nothing else. */
function namedBy(term: Selector): string | undefined {
  const isName = term.kind === 'equals' && [NAMESPACE_LABEL, NAMESPACE_NAME_LABEL].includes(term.label);
  return isName ? term.value : undefined;
}

/** `namespace shop`, `namespaces with team == "shop"`, `any namespace`, or nothing. */
function namespaceWords(terms: readonly Selector[]): string {
  const named = terms.map(namedBy).filter((name) => name !== undefined);
  const labels = terms
    .filter((term) => namedBy(term) === undefined && !(term.kind === 'has' && term.label === NAMESPACE_LABEL))
    .map((term) => printSelector(term).replaceAll(NAMESPACE_PREFIX, ''));
  if (terms.length > 0 && named.length + labels.length === 0) return 'any namespace';
  const labelled = labels.length === 0 ? [] : [`namespaces with ${labels.join(' && ')}`];
  return [...named.map((name) => `namespace ${name}`), ...labelled].join(' and ');
}

/** One clause; every label that the author wrote is in it. */
export function selectorWords(selector: Selector): string {
  const terms = conjuncts(selector).filter((term) => labelOf(term) !== ORCHESTRATOR_LABEL);
  const isNamespace = (term: Selector): boolean =>
    labelOf(term) === NAMESPACE_LABEL || labelOf(term).startsWith(NAMESPACE_PREFIX);
  const pods = terms.filter((term) => !isNamespace(term)).map(printSelector);
  const where = namespaceWords(terms.filter(isNamespace));
  const who = pods.length === 0 ? 'any pod' : `pods with ${pods.join(' && ')}`;
  return where === '' ? who : `${who} in ${where}`;
}
