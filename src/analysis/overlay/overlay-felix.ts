/**
 * FelixConfigurations in an overlay. What a node's Felix is told comes from several objects together, so the settings are made
 * anew from what is left of them.
 */
import { assembleFelix } from '../../policy/addresses/felix-settings.ts';
import type { FelixConfiguration, FelixSettings } from '../../policy/api/felix.ts';
import type { Cluster } from '../../policy/cluster.ts';

/** Every FelixConfiguration that the settings were made from. */
export function felixConfigurations({ felix }: Cluster): readonly FelixConfiguration[] {
  return felix.sources?.configurations ?? [];
}

/** Settings for the nodes of both: added configurations take the places of those of their name, an added DaemonSet that of the other. */
export function mergedFelix(base: Cluster, added: Cluster, nodes: Cluster['nodes']): FelixSettings {
  const news = felixConfigurations(added);
  const names = new Set(news.map(({ name }) => name));
  const olds = felixConfigurations(base).filter(({ name }) => !names.has(name));
  const environments = added.felix.sources?.environments ?? [];
  return assembleFelix(
    [...olds, ...news],
    environments.length > 0 ? environments : (base.felix.sources?.environments ?? []),
    nodes,
  );
}

/** The cluster without a configuration; undefined when there is none of the name. */
export function withoutFelix(cluster: Cluster, name: string): Cluster | undefined {
  const configurations = felixConfigurations(cluster);
  const left = configurations.filter((one) => one.name !== name);
  if (left.length === configurations.length) return undefined;
  const environments = cluster.felix.sources?.environments ?? [];
  return { ...cluster, felix: assembleFelix(left, environments, cluster.nodes) };
}
