/**
 * Peers of Cilium's rules → sides of rules of the model. A peer is an identity: a pod by its labels, the endpoint's own node, any other node,
 * or the world, which is all addresses that nothing in the cluster has. Blocks of addresses are of the world alone.
 *
 * Source: cilium/cilium pkg/policy/api/{entity,cidr,fqdn,service}.go, pkg/policy/k8s/{service,cilium_cidr_group}.go,
 * pkg/ipcache/metadata.go (the API server's label stands beside that of a node or of the world).
 */
import { type Address, sameAddress } from '../../net/address.ts';
import { type Cidr, hostCidr, parseCidr } from '../../net/cidr.ts';
import { selectorMatches } from '../../selector/match.ts';
import type { CiliumPeer } from '../api/cilium.ts';
import type { LabelSelector } from '../api/network-policy.ts';
import type { Cluster, Service } from '../cluster.ts';
import type { TranslationKnobs } from '../cni/profile.ts';
import type { EntityMatch } from '../policy.ts';
import {
  entitySelectors,
  isWildcard,
  type ReservedLabel,
  scopedPeer,
  selectedObjects,
  selectedPods,
  selectsReserved,
} from './cilium-selector.ts';
import { resolveCiliumDomain } from './domain-names.ts';
import { conjunction, inNamespace, podSelector } from './label-selector.ts';
import type { PeerKind } from './network-policy-peers.ts';

/** What of a cluster peers depend on. */
export type CiliumState = Pick<
  Cluster,
  'nodes' | 'services' | 'endpointSlices' | 'ciliumCidrGroups' | 'resolutions'
>;

export interface PeerContext {
  readonly cluster: CiliumState;
  readonly knobs: Pick<TranslationKnobs, 'ipBlocks'>;
  /** Of the policy; empty for clusterwide ones. */
  readonly namespace: string;
  /** Whether the policy is for pods that are not known yet. */
  readonly isForInit: boolean;
}

/** One of the things that a peer stands for. */
export interface CiliumMatch {
  readonly kind: PeerKind;
  readonly match: EntityMatch;
}

/** Under this name `--resolve` tells the API server's addresses, where no manifest does. */
export const API_SERVER = 'kube-apiserver';

/** Nobody's address, so that a list of blocks says something of either family. */
const NOBODY: readonly Cidr[] = ['0.0.0.0/32', '::/128'].map((text) => {
  const parsed = parseCidr(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.cidr;
});

/** What a peer stands for; nothing when nobody is like it. */
export function ciliumMatches(peer: CiliumPeer, context: PeerContext): CiliumMatch[] {
  const { cluster, namespace, isForInit } = context;
  switch (peer.kind) {
    case 'endpoints':
      return identities([scopedPeer(peer.selector, namespace, isForInit)], cluster);
    case 'entity':
      return identities(entitySelectors(peer.entity), cluster, peer.entity === 'cluster');
    case 'cidr':
      return blocks([peer.cidr], peer.except, context);
    case 'cidr-group':
      return blocks(
        groupBlocks(cluster, ({ name }) => name === peer.name),
        peer.except,
        context,
      );
    case 'cidr-groups': {
      const asked = selectedObjects(peer.selector);
      return blocks(
        groupBlocks(cluster, ({ labels }) => selectorMatches(asked, labels)),
        peer.except,
        context,
      );
    }
    case 'nodes': {
      const asked = selectedObjects(peer.selector);
      const found = cluster.nodes.filter(({ labels }) => selectorMatches(asked, labels));
      const nets = found.flatMap(({ addresses }) => addresses.map(hostCidr));
      return nets.length === 0 ? [] : [{ kind: 'block', match: { nets } }];
    }
    case 'service':
    case 'services':
      return cluster.services
        .filter((service) => isMeant(service, peer))
        .flatMap((service) => backends(service, context));
    case 'domain': {
      const addresses = resolveCiliumDomain(peer.pattern, cluster.resolutions);
      const known =
        addresses.length === 0 ? { unresolvedDomains: [peer.pattern] } : { nets: addresses.map(hostCidr) };
      return [{ kind: 'block', match: { ...known, isOutside: true } }];
    }
    case 'group':
      return [{ kind: 'block', match: { unresolvedDomains: [peer.words], isOutside: true } }];
  }
}

/**
 * Everybody whom one of the selectors takes. An API server that no manifest shows may be at any address of the world, but for
 * `isInside`: of the cluster's own it is taken to be on a node.
 */
function identities(
  selectors: readonly LabelSelector[],
  cluster: CiliumState,
  isInside = false,
): CiliumMatch[] {
  if (selectors.some(isWildcard)) return [{ kind: 'anyone', match: {} }];
  const pods = selectors.flatMap((selector): CiliumMatch[] => {
    const found = selectedPods(selector);
    return found === undefined ? [] : [{ kind: 'pods', match: { selector: found } }];
  });
  const isTaken = (labels: readonly ReservedLabel[]): boolean =>
    selectors.some((selector) => selectsReserved(selector, labels));
  const others = reservedMatches(isTaken, apiServerAddresses(cluster).map(hostCidr), isInside);
  return [...pods, ...others.map((match) => ({ kind: 'block', match }) as const)];
}

/** Identities that are no pods', each with and without the API server at its address. */
const CLASSES: readonly { readonly label: ReservedLabel; readonly match: EntityMatch }[] = [
  { label: 'host', match: { node: 'own' } },
  { label: 'remote-node', match: { node: 'other' } },
  { label: 'world', match: { isOutside: true } },
];

function reservedMatches(
  isTaken: (labels: readonly ReservedLabel[]) => boolean,
  apiServer: readonly Cidr[],
  isInside: boolean,
): EntityMatch[] {
  return CLASSES.flatMap(({ label, match }) => {
    const [isPlain, isServer] = [isTaken([label]), isTaken([label, API_SERVER])];
    if (isPlain && isServer) return [match];
    if (isPlain) return [apiServer.length === 0 ? match : { ...match, notNets: [...apiServer, ...NOBODY] }];
    if (!isServer) return [];
    if (apiServer.length > 0) return [{ ...match, nets: apiServer }];
    return label === 'world' && !isInside ? [{ ...match, unresolvedDomains: [API_SERVER] }] : [];
  });
}

/** The endpoints of the Service that Kubernetes keeps for its own API, and what the user tells. */
export function apiServerAddresses({
  endpointSlices,
  resolutions,
}: Pick<CiliumState, 'endpointSlices' | 'resolutions'>): Address[] {
  const served = endpointSlices
    .filter(({ namespace, service }) => namespace === 'default' && service === 'kubernetes')
    .flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses));
  const told = resolutions.filter(({ name }) => name === API_SERVER).map(({ address }) => address);
  const all = [...served, ...told];
  return all.filter((address, index) => all.findIndex((other) => sameAddress(other, address)) === index);
}

/** Blocks of the world, less exceptions; families apart, since exceptions of one say nothing of the other. */
function blocks(
  cidrs: readonly Cidr[],
  except: readonly Cidr[],
  { knobs }: Pick<PeerContext, 'knobs'>,
): CiliumMatch[] {
  return ([4, 6] as const).flatMap((family): CiliumMatch[] => {
    const ofFamily = ({ network }: Cidr): boolean => network.family === family;
    const nets = cidrs.filter(ofFamily);
    const notNets = except.filter(ofFamily);
    if (nets.length === 0) return [];
    const match = {
      nets,
      ...(notNets.length === 0 ? {} : { notNets }),
      ...(knobs.ipBlocks === 'outside' ? ({ isOutside: true } as const) : {}),
    };
    return [{ kind: 'block', match }];
  });
}

function groupBlocks(
  { ciliumCidrGroups }: CiliumState,
  isMeantGroup: (group: CiliumState['ciliumCidrGroups'][number]) => boolean,
): Cidr[] {
  return ciliumCidrGroups.filter(isMeantGroup).flatMap(({ cidrs }) => cidrs);
}

function isMeant(
  { namespace, name, labels = {} }: Service,
  peer: Extract<CiliumPeer, { kind: 'service' | 'services' }>,
): boolean {
  if (peer.namespace !== undefined && peer.namespace !== namespace) return false;
  return peer.kind === 'service'
    ? peer.name === name
    : selectorMatches(selectedObjects(peer.selector), labels);
}

/** The pods that a Service selects, whatever its ports; of one without a selector its endpoints outside of the cluster. */
function backends({ namespace, name, selector }: Service, context: PeerContext): CiliumMatch[] {
  if (selector !== undefined) {
    const pods = podSelector({ matchLabels: selector, matchExpressions: [] });
    return [{ kind: 'pods', match: { selector: conjunction([inNamespace(namespace), pods]) } }];
  }
  const addresses = context.cluster.endpointSlices
    .filter((slice) => slice.namespace === namespace && slice.service === name)
    .flatMap(({ endpoints }) => endpoints.flatMap((endpoint) => endpoint.addresses));
  return blocks(addresses.map(hostCidr), [], context);
}
