/**
 * What Felix is told on each node: its own defaults, then the configuration of all nodes, of those that a selector
 * matches, of the one node, and before all of them the environment.
 *
 * Source: projectcalico/calico felix/config/config_params.go (sources by priority).
 */
import { selectorMatches } from '../../selector/match.ts';
import {
  type FelixChanges,
  type FelixConfiguration,
  type FelixEnvironment,
  type FelixNode,
  type FelixSettings,
  UNCONFIGURED,
} from '../api/felix.ts';
import type { Node } from '../cluster.ts';

/** The oldest of those that match: a later one disturbs nobody. */
function selectedBy(
  configurations: readonly FelixConfiguration[],
  node: Node,
): FelixConfiguration | undefined {
  const matching = configurations.filter(
    ({ scope }) => scope.kind === 'selector' && selectorMatches(scope.selector, node.labels),
  );
  const age = ({ createdAt, name }: FelixConfiguration): string => `${createdAt} ${name}`;
  return matching.sort((a, b) => (age(a) < age(b) ? -1 : 1))[0];
}

/** Settings of all nodes, and of those that have their own. */
export function assembleFelix(
  configurations: readonly FelixConfiguration[],
  environments: readonly FelixEnvironment[],
  nodes: readonly Node[],
): FelixSettings {
  const [daemonSet] = environments;
  const base: FelixNode =
    daemonSet === undefined
      ? UNCONFIGURED
      : { ...UNCONFIGURED, defaultEndpointToHostAction: 'Drop', endpointToHostAt: daemonSet.at };
  const environment: FelixChanges = Object.assign(
    {},
    ...environments.map(({ changes }) => changes),
  ) as FelixChanges;
  const general = configurations.find(({ scope }) => scope.kind === 'everywhere')?.changes;
  const byNode = new Map<string, FelixNode>();
  const put = (name: string, node: Node | undefined): void => {
    const selected = node === undefined ? undefined : selectedBy(configurations, node);
    const own = configurations.find(({ scope }) => scope.kind === 'node' && scope.node === name);
    if (selected === undefined && own === undefined) return;
    byNode.set(name, { ...base, ...general, ...selected?.changes, ...own?.changes, ...environment });
  };
  for (const node of nodes) put(node.name, node);
  for (const { scope } of configurations)
    if (scope.kind === 'node' && !byNode.has(scope.node)) put(scope.node, undefined);
  const settings = { everywhere: { ...base, ...general, ...environment }, byNode };
  const isGiven = configurations.length + environments.length > 0;
  return isGiven ? { ...settings, sources: { configurations, environments } } : settings;
}
