/**
 * The most usual reading of NetworkPolicy: addresses are compared as they are, names of ports are resolved pod by pod, types are
 * taken literally. Profiles begin with it and say where their CNI departs.
 */
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import type { TranslationKnobs } from './profile.ts';

/** Source: kubernetes/website content/en/docs/concepts/services-networking/network-policies.md; mattfenwick/cyclonus pkg/matcher. */
export const ADDRESS_BASED: TranslationKnobs = {
  polices: 'both',
  policyTypes: 'listed',
  directions: 'both',
  selectors: 'full',
  ipBlocks: 'all-addresses',
  exceptScope: 'block',
  anyV6: 'exact',
  portRanges: 'range',
  namedPorts: 'resolve',
  namedIngress: 'per-pod',
  namedEgress: 'per-pod',
  namedEgressNoPeer: 'per-pod',
  namedPortBehindIpBlock: 'resolve',
  namedUnresolved: 'no-match',
  initContainerPorts: 'named',
  portProtocols: [TCP, UDP, SCTP],
};
