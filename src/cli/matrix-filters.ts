/** Words of `--from` and `--to` → whom they mean, and `--port`. A word that means nobody is a mistake, with the name that was probably meant. */
import type { MatrixPort } from '../analysis/matrix/matrix.ts';
import type { PartyFilter } from '../analysis/matrix/matrix-parties.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { didYouMean } from '../diagnostic/nearest.ts';
import { parseAddress } from '../net/address.ts';
import { hostCidr, parseCidr } from '../net/cidr.ts';
import { hasPolicyPorts, protocolNumber } from '../net/protocol.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../policy/api/network-policy.ts';
import type { Cluster } from '../policy/cluster.ts';
import { workloadNameOf } from '../policy/workload-name.ts';
import type { World } from '../policy/world.ts';
import { selectorMatches } from '../selector/match.ts';
import type { Selector } from '../selector/selector.ts';
import { problem } from './problem.ts';

const CODE = 'cli/matrix-filter';
const FORMS =
  'a namespace, namespace/pod, namespace/Kind/name, labels (app=web,tier!=db), a block (10.0.0.0/8), outside, nodes, node:NAME, services, service:namespace/name';

/** One requirement of labels, as kubectl takes them. */
function requirement(text: string): LabelSelectorRequirement | undefined {
  const set = /^([^\s=!,]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, values = ''] = set;
    return {
      key,
      operator: operator === 'in' ? 'In' : 'NotIn',
      values: values.split(',').map((value) => value.trim()),
    };
  }
  const pair = /^([^\s=!,]+)\s*(==?|!=)\s*([^\s=!,]*)$/.exec(text);
  if (pair !== null) {
    const [, key = '', operator, value = ''] = pair;
    return { key, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] };
  }
  const absent = /^!\s*([^\s=!,]+)$/.exec(text);
  if (absent !== null) return { key: absent[1]!, operator: 'DoesNotExist', values: [] };
  return /^[^\s=!,()]+$/.test(text) ? { key: text, operator: 'Exists', values: [] } : undefined;
}

/** `app=web,tier!=db,env in (a, b),!old`; undefined for what is none. */
function labelSelector(text: string): LabelSelector | undefined {
  const found = text.split(/,(?![^()]*\))/).map((part) => requirement(part.trim()));
  const matchExpressions = found.filter((one) => one !== undefined);
  return matchExpressions.length < found.length ? undefined : { matchLabels: {}, matchExpressions };
}

const looksLikeLabels = (text: string): boolean => /[=!,]|\s(not)?in[\s(]/.test(text);

/** A tree of its own: labels of pods alone, as kubectl reads them, where a missing label is in no set. */
function asSelector({ matchExpressions }: LabelSelector): Selector {
  return {
    kind: 'and',
    operands: matchExpressions.map(({ key, operator, values }): Selector => {
      if (operator === 'In') return { kind: 'in', label: key, values };
      if (operator === 'NotIn') return { kind: 'not-in', label: key, values };
      const has: Selector = { kind: 'has', label: key };
      return operator === 'Exists' ? has : { kind: 'not', operand: has };
    }),
  };
}

function hint(word: string, known: Iterable<string>): string {
  return didYouMean(word, known, 3) ?? `expected ${FORMS}`;
}

type Found = { readonly filter: PartyFilter } | { readonly problem: Diagnostic };

function unknown(option: string, what: string, text: string, known: Iterable<string>): Found {
  return { problem: problem(CODE, `${option} ${text}: no ${what} of that name`, hint(text, known)) };
}

function named(option: string, text: string, { pods, namespaces }: Cluster): Found {
  const [namespace = '', second, third] = text.split('/');
  if (third !== undefined) {
    const workload = { kind: second ?? '', name: third };
    const known = new Set(pods.map(workloadNameOf));
    if (!known.has(text)) return unknown(option, 'workload', text, known);
    return { filter: { kind: 'workload', namespace, workload } };
  }
  if (second !== undefined) {
    const known = new Set(pods.map((pod) => `${pod.namespace}/${pod.name}`));
    const workloads = new Set(pods.map(workloadNameOf));
    if (!known.has(text)) return unknown(option, 'pod', text, [...known, ...workloads]);
    return { filter: { kind: 'pod', namespace, name: second } };
  }
  const known = new Set([...namespaces.keys(), ...pods.map((pod) => pod.namespace)]);
  if (!known.has(text)) return unknown(option, 'namespace', text, known);
  return { filter: { kind: 'namespace', namespace } };
}

function prefixed(option: string, text: string, { nodes, services }: Cluster): Found | undefined {
  const [prefix, name = ''] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
  if (prefix === 'node') {
    const known = nodes.map((node) => node.name);
    return known.includes(name)
      ? { filter: { kind: 'node', name } }
      : unknown(
          option,
          'node',
          text,
          known.map((one) => `node:${one}`),
        );
  }
  if (prefix !== 'service') return undefined;
  const known = services.map((service) => `${service.namespace}/${service.name}`);
  if (!known.includes(name))
    return unknown(
      option,
      'service',
      text,
      known.map((one) => `service:${one}`),
    );
  const [namespace = '', service = ''] = name.split('/');
  return { filter: { kind: 'service', namespace, name: service } };
}

function readFilter(option: string, text: string, { cluster, book }: World): Found {
  if (text === 'outside' || text === 'nodes' || text === 'services') return { filter: { kind: text } };
  const byPrefix = prefixed(option, text, cluster);
  if (byPrefix !== undefined) return byPrefix;
  const address = parseAddress(text);
  if (address !== undefined) return { filter: { kind: 'cidr', cidr: hostCidr(address) } };
  const cidr = /^[\da-fA-F.:]+\/\d{1,3}$/.test(text) ? parseCidr(text) : undefined;
  if (cidr !== undefined && 'cidr' in cidr) return { filter: { kind: 'cidr', cidr: cidr.cidr } };
  if (cidr !== undefined) return { problem: problem(CODE, `${option} ${text}: ${cidr.problem}`) };
  if (!looksLikeLabels(text)) return named(option, text, cluster);
  const labels = labelSelector(text);
  if (labels === undefined)
    return { problem: problem(CODE, `${option} ${text}: these are no labels`, 'such as app=web,tier!=db') };
  const selector = asSelector(labels);
  const isAny = book.endpoints.some(({ pod }) => pod !== undefined && selectorMatches(selector, pod.labels));
  return isAny
    ? { filter: { kind: 'labels', selector } }
    : { problem: problem(CODE, `${option} ${text}: no pod has these labels`) };
}

/** Whom the words of an option mean, and every mistake in them. */
export function readFilters(
  option: '--from' | '--to',
  texts: readonly string[],
  world: World,
): { filters: readonly PartyFilter[]; problems: readonly Diagnostic[] } {
  const found = texts.map((text) => readFilter(option, text.trim(), world));
  const filters = found.flatMap((one) => ('filter' in one ? [one.filter] : []));
  const senders = filters.filter(({ kind }) => kind === 'service' || kind === 'services');
  return {
    filters,
    problems: [
      ...found.flatMap((one) => ('problem' in one ? [one.problem] : [])),
      ...(option === '--from' && senders.length > 0
        ? [problem(CODE, '--from: services send nothing, their pods do')]
        : []),
    ],
  };
}

/** `tcp/5432`, in any case. */
export function readPort(text: string): { readonly port: MatrixPort } | { readonly problem: Diagnostic } {
  const [, name = '', digits = ''] = /^(\w+)\/(\d{1,5})$/.exec(text) ?? [];
  const protocol = protocolNumber(name);
  const port = Number(digits);
  if (protocol === undefined || !hasPolicyPorts(protocol) || port < 1 || port > 65_535)
    return {
      problem: problem('cli/port', `--port ${text}: no port`, 'write the protocol and the port: tcp/5432'),
    };
  return { port: { protocol, port } };
}
