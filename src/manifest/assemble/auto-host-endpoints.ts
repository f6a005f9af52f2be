/**
 * The host endpoints that Calico's controllers make for nodes, where the manifests enable them and do not hold them: one of
 * every interface (`NODE-auto-hep`), and those of templates.
 *
 * Source: projectcalico/calico kube-controllers/pkg/controllers/node/hostendpoints.go.
 */
import { cidrContains } from '../../net/cidr.ts';
import type { HostEndpoint } from '../../policy/api/calico.ts';
import type { Labels } from '../../policy/cluster.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { AutoHostEndpoints, HostEndpointTemplate } from '../calico/kube-controllers.ts';
import { distinct, type NodeRecord } from '../kubernetes/nodes.ts';

const SUFFIX = 'auto-hep';
const PROFILES = ['projectcalico-default-allow'];
/** The label by which the controllers know what they made. */
const CREATED_BY = { 'projectcalico.org/created-by': 'calico-kube-controllers' };

interface Made {
  readonly names: readonly string[];
  readonly addresses: HostEndpoint['expectedIPs'];
  readonly labels?: Labels;
  readonly interfaceName?: string;
}

export interface DerivedHostEndpoints {
  readonly hostEndpoints: readonly HostEndpoint[];
  /** Nodes whose interfaces a template asks for and no manifest tells. */
  readonly withoutInterfaces: readonly string[];
}

function ofTemplate(node: NodeRecord, template: HostEndpointTemplate): Made[] {
  const { generateName, labels, nodeSelector, interfaceCidrs, interfacePattern } = template;
  if (nodeSelector !== undefined && !selectorMatches(nodeSelector, node.labels)) return [];
  const addresses = node.calicoAddresses.filter((address) =>
    interfaceCidrs.some((cidr) => cidrContains(cidr, address)),
  );
  if (interfacePattern === undefined)
    return addresses.length === 0 ? [] : [{ names: [node.name, generateName], addresses, labels }];
  return node.interfaces
    .filter(({ name }) => interfacePattern.test(name))
    .map(({ name, addresses: own }) => ({
      names: [node.name, generateName, name],
      addresses: distinct([...addresses, ...own]),
      labels,
      interfaceName: name,
    }));
}

function ofNode(node: NodeRecord, { makesDefault, templates, at }: AutoHostEndpoints): HostEndpoint[] {
  const byDefault: Made[] = makesDefault
    ? [{ names: [node.name], addresses: node.calicoAddresses, interfaceName: '*' }]
    : [];
  const made = [...byDefault, ...templates.flatMap((template) => ofTemplate(node, template))];
  return made.map(({ names, addresses, labels, interfaceName }) => ({
    name: [...names, SUFFIX].join('-'),
    labels: { ...node.labels, ...labels, ...CREATED_BY },
    node: node.name,
    ...(interfaceName === undefined ? {} : { interfaceName }),
    expectedIPs: addresses,
    profiles: PROFILES,
    ports: [],
    at,
  }));
}

/** Those that are missing; a host endpoint of the same name that the manifests hold stays as it is. */
export function deriveHostEndpoints(
  nodes: readonly NodeRecord[],
  configurations: readonly AutoHostEndpoints[],
  given: readonly HostEndpoint[],
): DerivedHostEndpoints {
  const enabled = configurations.filter(({ isEnabled }) => isEnabled);
  const taken = new Set(given.map(({ name }) => name));
  const hostEndpoints: HostEndpoint[] = [];
  const withoutInterfaces = new Set<string>();
  for (const configuration of enabled) {
    const asks = configuration.templates.some(({ interfacePattern }) => interfacePattern !== undefined);
    for (const node of nodes) {
      if (asks && node.interfaces.length === 0) withoutInterfaces.add(node.name);
      for (const endpoint of ofNode(node, configuration)) {
        if (taken.has(endpoint.name)) continue;
        taken.add(endpoint.name);
        hostEndpoints.push(endpoint);
      }
    }
  }
  return { hostEndpoints, withoutInterfaces: [...withoutInterfaces] };
}
