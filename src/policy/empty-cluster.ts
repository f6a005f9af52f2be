/** A cluster that holds nothing: what other clusters are made from. */
import { UNCONFIGURED } from './api/felix.ts';
import type { Cluster } from './cluster.ts';

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
  ciliumPolicies: [],
  ciliumCidrGroups: [],
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
