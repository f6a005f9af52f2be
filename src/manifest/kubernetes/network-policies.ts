/**
 * networking.k8s.io/v1 NetworkPolicy: the API server's defaulting and every reason it has to refuse one. An unknown
 * field is an error: a misspelt selector must never widen a policy in silence.
 *
 * Source: kubernetes/kubernetes pkg/apis/networking/validation/validation.go, pkg/apis/networking/v1/defaults.go.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import { type Cidr, cidrWithin, formatCidr, parseCidr } from '../../net/cidr.ts';
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
} from '../../policy/api/network-policy.ts';
import type { Cursor } from '../cursor.ts';
import { checkMetadata, readIdentity } from '../metadata.ts';
import { portNameProblem } from '../names.ts';
import { checkPort, readProtocol } from '../ports.ts';
import { readLabelSelector } from './label-selectors.ts';

type Direction = 'ingress' | 'egress';

const PEERS_FIELD = { ingress: 'from', egress: 'to' } as const;
const SELECTORS = ['podSelector', 'namespaceSelector', 'ipBlock'];

/** Where words belong that stand in the wrong mapping. */
const IN_SPEC = {
  from: 'from stands in an item of ingress',
  to: 'to stands in an item of egress',
  ports: 'ports stands in an item of ingress or egress',
  namespaceSelector:
    'a policy governs pods of its own namespace; namespaceSelector stands in an item of from or to',
  selector: 'did you mean "podSelector"?',
};
const IN_PEER = {
  ports: 'ports stands beside from or to, not in an item of it',
  cidr: 'cidr stands below ipBlock',
  except: 'except stands below ipBlock',
  matchLabels: 'matchLabels stands below podSelector or namespaceSelector',
  matchExpressions: 'matchExpressions stands below podSelector or namespaceSelector',
};
const IN_PORT = {
  targetPort: 'policies see the port of the pod: write it as port',
  name: 'write the name as port',
};

function inRule(direction: Direction): Record<string, string> {
  const field = PEERS_FIELD[direction];
  const wrong = direction === 'ingress' ? 'to' : 'from';
  const hints = Object.fromEntries(SELECTORS.map((name) => [name, `${name} stands in an item of ${field}`]));
  return {
    ...hints,
    [wrong]: `rules of ${direction} have ${field}, not ${wrong}`,
    port: 'port stands in an item of ports',
  };
}

/** An empty item of a list (`- ` and nothing behind it) is `{}` to the API server; seldom what was meant. */
function warnOfEmptyItem(item: Cursor, meaning: string): void {
  if (!item.isPresent)
    item.warn('manifest/empty-item', `${item.name}: nothing stands behind "-", which means {}: ${meaning}`);
}

const ODDITIES = {
  'leading-zeros': 'has leading zeros, read as decimal',
  'host-bits': 'has bits set behind its prefix',
  'ipv4-mapped': 'is an IPv4-mapped IPv6 block, which matches no IPv4 address',
} as const;

function readCidr(cursor: Cursor): Cidr | undefined {
  const text = cursor.string();
  if (text === undefined) return undefined;
  const result = parseCidr(text);
  if ('problem' in result) {
    cursor.error('manifest/bad-cidr', `${JSON.stringify(text)} is no CIDR: ${result.problem}`);
    return undefined;
  }
  for (const oddity of result.oddities) {
    const hint = `it means ${formatCidr(result.cidr)}; a strict API server refuses this spelling`;
    cursor.warn('manifest/odd-cidr', `${JSON.stringify(text)} ${ODDITIES[oddity]}`, { hint });
  }
  return result.cidr;
}

function readIpBlock(cursor: Cursor): NetworkPolicyPeer['ipBlock'] {
  if (!cursor.isMapping()) return undefined;
  cursor.onlyFields(['cidr', 'except']);
  const cidrCursor = cursor.field('cidr');
  if (!cidrCursor.isPresent) cursor.error('manifest/bad-cidr', 'ipBlock has no cidr', { on: 'key' });
  const cidr = readCidr(cidrCursor);
  const except: Cidr[] = [];
  for (const item of cursor.field('except').items()) {
    if (!item.isPresent) item.error('manifest/bad-cidr', 'an entry of except is empty');
    const inner = readCidr(item);
    if (inner === undefined) continue;
    except.push(inner);
    if (cidr === undefined) continue;
    const outside = `${formatCidr(inner)} is not within ${formatCidr(cidr)}`;
    if (
      inner.network.family === cidr.network.family &&
      inner.prefixBits === cidr.prefixBits &&
      cidrWithin(inner, cidr)
    )
      item.error('manifest/bad-except', `${formatCidr(inner)} is the whole of cidr; except must be smaller`);
    else if (!cidrWithin(inner, cidr)) item.error('manifest/bad-except', `the exception ${outside}`);
  }
  return cidr === undefined ? undefined : { cidr, except };
}

function readPeer(item: Cursor): NetworkPolicyPeer | undefined {
  if (item.isPresent && !item.isMapping()) return undefined;
  item.onlyFields(SELECTORS, IN_PEER);
  const [pod, namespace, block] = SELECTORS.map((name) => item.field(name)) as [Cursor, Cursor, Cursor];
  if (!pod.isPresent && !namespace.isPresent && !block.isPresent) {
    item.error(
      'manifest/empty-peer',
      `${item.name}: a peer needs podSelector, namespaceSelector or ipBlock`,
      {
        hint: 'every pod of every namespace is namespaceSelector: {}; everything, addresses outside included, is a rule without peers',
      },
    );
    return undefined;
  }
  if (block.isPresent && (pod.isPresent || namespace.isPresent))
    block.error('manifest/mixed-peer', 'ipBlock cannot stand in one item with a selector', {
      hint: 'put "- " before it to make it an item of its own',
      on: 'key',
    });
  const podSelector = readLabelSelector(pod);
  const namespaceSelector = readLabelSelector(namespace);
  const ipBlock = readIpBlock(block);
  return {
    ...(podSelector === undefined ? {} : { podSelector }),
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ...(ipBlock === undefined ? {} : { ipBlock }),
    at: item.at(),
  };
}

/** The value of `port`: a number in range or a valid name. */
function readPortOrName(cursor: Cursor): number | string | undefined {
  const port = cursor.integerOrString();
  if (typeof port === 'number') checkPort(cursor, port);
  const problem = typeof port === 'string' ? portNameProblem(port) : undefined;
  if (problem !== undefined)
    cursor.error('manifest/bad-port-name', `the port name ${JSON.stringify(port)} ${problem}`, {
      hint: /^\d+$/.test(String(port)) ? 'take the quotes away: a number in quotes is a name' : undefined,
    });
  return port;
}

function checkEndPort(port: Cursor, endPort: Cursor): number | undefined {
  const last = endPort.integer();
  if (last === undefined) return undefined;
  if (!port.isPresent)
    endPort.error('manifest/bad-end-port', 'endPort needs a port to begin the range', { on: 'key' });
  else if (typeof port.value === 'string')
    endPort.error('manifest/bad-end-port', 'endPort cannot stand beside a named port', { on: 'key' });
  else if (typeof port.value === 'number' && last < port.value)
    endPort.error('manifest/bad-end-port', `endPort ${last} is smaller than port ${port.value}`);
  if (last < 1 || last > 65535)
    endPort.error('manifest/bad-end-port', `found the endPort ${last}, expected 1 to 65535`);
  return last;
}

function readPolicyPort(item: Cursor): NetworkPolicyPort | undefined {
  if (item.isPresent && !item.isMapping()) return undefined;
  warnOfEmptyItem(item, 'all TCP ports');
  item.onlyFields(['protocol', 'port', 'endPort'], IN_PORT);
  const protocol = readProtocol(item.field('protocol'));
  const port = readPortOrName(item.field('port'));
  const endPort = checkEndPort(item.field('port'), item.field('endPort'));
  if (protocol === undefined) return undefined;
  return {
    protocol,
    ...(port === undefined ? {} : { port }),
    ...(endPort === undefined ? {} : { endPort }),
  };
}

function readRules(list: Cursor, direction: Direction): NetworkPolicyRule[] {
  const rules: NetworkPolicyRule[] = [];
  const field = PEERS_FIELD[direction];
  for (const item of list.items()) {
    if (item.isPresent && !item.isMapping()) continue;
    warnOfEmptyItem(item, 'everything is allowed');
    item.onlyFields([field, 'ports'], inRule(direction));
    const peers = item.field(field).items().map(readPeer);
    const ports = item.field('ports').items().map(readPolicyPort);
    rules.push({
      peers: peers.filter((peer) => peer !== undefined),
      ports: ports.filter((port) => port !== undefined),
      at: item.at(),
    });
  }
  return rules;
}

function readPolicyTypes(cursor: Cursor, hasEgressRules: boolean): NetworkPolicy['policyTypes'] {
  const items = cursor.items();
  if (items.length === 0) return { ingress: true, egress: hasEgressRules };
  if (items.length > 2)
    cursor.error(
      'manifest/bad-policy-types',
      `policyTypes has ${items.length} entries, at most 2 are allowed`,
    );
  const types = items.map((item) => {
    if (!item.isPresent) item.error('manifest/bad-policy-types', 'found nothing, expected Ingress, Egress');
    return item.oneOf(['Ingress', 'Egress'], 'manifest/bad-policy-types');
  });
  return { ingress: types.includes('Ingress'), egress: types.includes('Egress') };
}

/**
 * A NetworkPolicy, or with `staged` fields in its spec beside its own one that is never enforced; undefined without a name.
 * Problems are reported, and what is wrong is left out.
 */
export function readNetworkPolicy(object: Cursor, staged: readonly string[] = []): NetworkPolicy | undefined {
  object.document.checkDuplicateKeys();
  object.onlyFields(['apiVersion', 'kind', 'metadata', 'spec', 'status'], {
    podSelector: 'podSelector stands below spec',
    policyTypes: 'policyTypes stands below spec',
    ingress: 'ingress stands below spec',
    egress: 'egress stands below spec',
  });
  const metadata = object.field('metadata');
  const identity = readIdentity(object);
  checkMetadata(metadata);
  const spec = object.field('spec');
  spec.isMapping();
  spec.onlyFields(['podSelector', 'policyTypes', 'ingress', 'egress', ...staged], IN_SPEC);
  const podSelector = readLabelSelector(spec.field('podSelector'));
  const ingress = readRules(spec.field('ingress'), 'ingress');
  const egress = readRules(spec.field('egress'), 'egress');
  const policyTypes = readPolicyTypes(spec.field('policyTypes'), spec.field('egress').items().length > 0);
  if (identity === undefined) return undefined;
  const at: Location = metadata.field('name').at();
  return {
    ...identity,
    podSelector: podSelector ?? { matchLabels: {}, matchExpressions: [] },
    policyTypes,
    ingress,
    egress,
    ...(staged.length > 0 ? { staged: true } : {}),
    at,
  };
}
