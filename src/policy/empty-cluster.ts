/** A cluster that holds nothing: what other clusters are made from. */
import type { Cluster } from './cluster.ts';
import { UNCONFIGURED } from './felix.ts';

export const EMPTY_CLUSTER: Cluster = {
  namespaces: new Map(),
  pods: [],
  nodes: [],
  services: [],
  endpointSlices: [],
  serviceAccounts: [],
  networkPolicies: [],
  adminPolicies: [],
  calicoPolicies: [],
  tiers: [],
  networkSets: [],
  hostEndpoints: [],
  profiles: [],
  ipPools: [],
  felix: { everywhere: UNCONFIGURED, byNode: new Map() },
  resolutions: [],
  vanished: [],
  assumptions: [],
  ignoredKinds: new Map(),
};
