/**
 * Why a selector matches nothing: no such namespace, no such label, no such value, or all of them somewhere but nowhere
 * together; and the near word where it reads like a slip. Words are the author's: labels that the translation adds are left out.
 */
import { nearestWord } from '../diagnostic/nearest.ts';
import type { Labels } from '../policy/cluster.ts';
import {
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from '../policy/translate/label-selector.ts';
import { selectorWords } from '../policy/translate/selector-words.ts';
import { labelsOf } from '../selector/leaves.ts';
import { selectorMatches } from '../selector/match.ts';
import type { Selector } from '../selector/selector.ts';
import type { Inventory } from './inventory.ts';

export interface SelectorSlip {
  /** What is not there, to follow a colon or `since`: `no pod of namespace shop has app=apii`. */
  readonly reason: string;
  /** The near label or value, or where such pods are. */
  readonly suggestion?: string;
  /** The label, as its author wrote it, that the slip is in. */
  readonly label?: string;
  /** What is missing may be in manifests that were not given. */
  readonly mayBeElsewhere: boolean;
}

/** What of it a label tells; near: there is one that reads alike. */
type Slip = Pick<SelectorSlip, 'suggestion' | 'label'> & { readonly isNear?: true };

type Term = Extract<Selector, { readonly label: string }>;

/** The most values that are listed. */
const LISTED = 5;

/** Whether a selector may take pods that are in none of the manifests: those of namespaces that they say nothing of. */
export function mayTakeOthers(selector: Selector, inventory: Inventory): boolean {
  const terms = termsOf(selector).filter((term) => labelsOf(term).size > 0 && isAboutNamespace(term));
  return !inventory.isWhole && inventory.mayHaveOthers(terms);
}

function termsOf(selector: Selector): Selector[] {
  if (selector.kind === 'all' || selector.kind === 'global') return [];
  return selector.kind === 'and' ? selector.operands.flatMap(termsOf) : [selector];
}

function isAboutNamespace(term: Selector): boolean {
  const labels = [...labelsOf(term)];
  return labels.every((label) => label === NAMESPACE_LABEL || label.startsWith(NAMESPACE_PREFIX));
}

const isOrchestrator = (term: Selector): boolean => 'label' in term && term.label === ORCHESTRATOR_LABEL;

/** That a label is not there. */
function isAbsence(term: Selector): term is Selector & { readonly kind: 'not'; readonly operand: Term } {
  return term.kind === 'not' && term.operand.kind === 'has';
}

/** A label as its author wrote it. */
function written(label: string): string {
  for (const prefix of [NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX])
    if (label.startsWith(prefix)) return label.slice(prefix.length);
  return label;
}

const matchesAll = (terms: readonly Selector[], labels: Labels): boolean =>
  terms.every((term) => selectorMatches(term, labels));

/** Up to five words, and how many more. */
function list(words: Iterable<string>): string {
  const all = [...new Set(words)].sort();
  const rest = all.length - LISTED;
  return all.slice(0, LISTED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** What is asked of a thing, behind its noun: `has app=web`, `runs as a service account with role=reader`. */
function asking(term: Selector): string {
  const label = 'label' in term ? term.label : '';
  if (label === SERVICE_ACCOUNT_LABEL)
    return `runs as service account ${valuesOf(term as Term).join(' or ')}`;
  const account = label.startsWith(SERVICE_ACCOUNT_PREFIX) ? 'runs as a service account with' : 'has';
  return `${account} ${termText(term)}`;
}

/** `app=web`, `app in (a, b)`, as Kubernetes writes them. */
function termText(term: Selector): string {
  switch (term.kind) {
    case 'equals':
      return `${written(term.label)}=${term.value}`;
    case 'in':
      return term.values.length === 1
        ? `${written(term.label)}=${term.values[0]}`
        : `${written(term.label)} in (${term.values.join(', ')})`;
    case 'has':
      return `the label ${written(term.label)}`;
    default:
      return selectorWords(term).replace(/^(?:endpoints|pods) with /, '');
  }
}

/** What a term asks of labels that none of the candidates has, and the near word. */
function slipOf(term: Selector, candidates: readonly Labels[]): Slip {
  if (!('label' in term)) return {};
  const { label } = term;
  const name = written(label);
  const having = candidates.filter((labels) => Object.hasOwn(labels, label));
  if (having.length > 0)
    return {
      label: name,
      ...valueSlip(
        term,
        having.map((labels) => labels[label]!),
      ),
    };
  const prefix = label.slice(0, label.length - name.length);
  const keys = [...new Set(candidates.flatMap((labels) => Object.keys(labels)))].filter((key) =>
    prefix === ''
      ? !key.startsWith(NAMESPACE_PREFIX) && !key.startsWith(SERVICE_ACCOUNT_PREFIX)
      : key.startsWith(prefix),
  );
  const asked = valuesOf(term);
  const holders = keys.filter((key) => candidates.some((labels) => asked.includes(labels[key] ?? '')));
  const near = nearestWord(name, keys.map(written));
  if (near !== undefined) return { label: name, suggestion: `did you mean ${near}?`, isNear: true };
  const same = holders.find((key) => key !== label && !written(key).startsWith('projectcalico.org/'));
  if (same === undefined) return { label: name };
  const value = asked.find((one) => candidates.some((labels) => labels[same] === one));
  return { label: name, suggestion: `did you mean ${written(same)}=${value}?`, isNear: true };
}

function valuesOf(term: Term): readonly string[] {
  if (term.kind === 'equals') return [term.value];
  return term.kind === 'in' ? term.values : [];
}

function valueSlip(term: Term, values: readonly string[]): Slip {
  for (const value of valuesOf(term)) {
    const near = nearestWord(value, new Set(values));
    if (near !== undefined)
      return { suggestion: `did you mean ${written(term.label)}=${near}?`, isNear: true };
  }
  if (valuesOf(term).length === 0) return {};
  return { suggestion: `its values there: ${list(values)}` };
}

/** What a selector that takes nobody asks for in vain; `noun` is who is asked: `pod`, `endpoint`. */
export function selectorSlip(selector: Selector, inventory: Inventory, noun: string): SelectorSlip {
  const terms = termsOf(selector).filter((term) => !isOrchestrator(term));
  const ofNamespace = terms.filter((term) => labelsOf(term).size > 0 && isAboutNamespace(term));
  const own = terms.filter((term) => !ofNamespace.includes(term));
  const namespaces = inventory.namespaces.filter(({ labels }) => matchesAll(ofNamespace, labels));
  if (ofNamespace.length > 0 && namespaces.length === 0) return noNamespace(ofNamespace, inventory);
  const things = inventory.things();
  if (inventory.hostNetworkPodsOf(selector).length > 0) return hostNetworkSlip(noun);
  const there = things.filter(({ labels }) => matchesAll(ofNamespace, labels)).map(({ labels }) => labels);
  const isAnywhere = namespaces.length === inventory.namespaces.length && namespaces.length > 1;
  const names = namespaces.map(({ name }) => name);
  const where = ofNamespace.length === 0 ? '' : ` of ${isAnywhere ? 'any namespace' : whereWords(names)}`;
  if (there.length === 0)
    return { reason: `there is no ${noun}${where}`, mayBeElsewhere: !inventory.isWhole };
  const mayBeElsewhere = !inventory.isWhole && inventory.mayHaveOthers(ofNamespace);
  const missing = own.find((term) => !there.some((labels) => selectorMatches(term, labels)));
  if (missing === undefined)
    return {
      reason: `no ${noun}${where} has all of ${own.map(termText).join(', ')}`,
      mayBeElsewhere,
    };
  const { isNear, ...slip } = slipOf(missing, there);
  const elsewhere = things.filter(({ labels }) => matchesAll(own, labels)).map(({ namespace }) => namespace);
  const inOthers = [...new Set(elsewhere)].filter((namespace) => namespace !== '');
  return {
    reason: isAbsence(missing)
      ? `every ${noun}${where} has ${termText(missing.operand)}`
      : `no ${noun}${where} ${asking(missing)}`,
    ...slip,
    ...(inOthers.length === 0 ? {} : { suggestion: `such ${noun}s are in ${whereWords(inOthers)}` }),
    mayBeElsewhere: mayBeElsewhere && isNear !== true,
  };
}

/** Only pods that are their node match. */
function hostNetworkSlip(noun: string): SelectorSlip {
  return {
    reason: `only ${noun}s on the host network match, and they are their node`,
    suggestion: 'their packets have the address of the node, which no selector of pods matches',
    mayBeElsewhere: false,
  };
}

function whereWords(names: readonly string[]): string {
  return names.length === 1 ? `namespace ${names[0]}` : `namespaces ${list(names)}`;
}

function noNamespace(terms: readonly Selector[], { namespaces, isWhole }: Inventory): SelectorSlip {
  const missing = terms.find((term) => !namespaces.some(({ labels }) => selectorMatches(term, labels)));
  const isLabelUnknown = namespaces.some(({ at }) => at === undefined);
  if (missing === undefined)
    return {
      reason: `no namespace has all of ${terms.map(termText).join(', ')}`,
      mayBeElsewhere: isLabelUnknown,
    };
  const isName = 'label' in missing && /(?:^|\/)(?:name|namespace|metadata\.name)$/.test(missing.label);
  const { isNear, suggestion, label } = slipOf(
    missing,
    namespaces.map(({ labels }) => labels),
  );
  const text = isName ? `is called ${valuesOf(missing as Term).join(' or ')}` : `has ${termText(missing)}`;
  return {
    reason: `no namespace ${text}`,
    ...(label === undefined ? {} : { label }),
    // Which names there are helps nobody who named one.
    ...(suggestion === undefined || (isName && isNear !== true) ? {} : { suggestion }),
    mayBeElsewhere: isNear !== true && (isName ? !isWhole : isLabelUnknown || !isWhole),
  };
}
