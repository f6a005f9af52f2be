/** Costs of nodes → the document: the largest node, the median one and all together, by figure, part and address family. */
import type { CniProfile } from '../../policy/cni/profile.ts';
import type { World } from '../../policy/world.ts';
import { medianOf } from '../ratio-interval.ts';
import type { EngineCost, Part } from './cost.ts';
import type { CostDocument, CostFigure, CostLimit, CostSpread } from './cost-document.ts';
import { engineCost } from './engines.ts';

/** What the world's policies cost on its CNI; null where that has no data plane. */
export function describeCost(world: World): CostDocument | null {
  const cost = engineCost(world);
  return cost === undefined ? null : summarizeCost(world.profile, cost);
}

function summarizeCost({ name, title }: Pick<CniProfile, 'name' | 'title'>, cost: EngineCost): CostDocument {
  const limits = cost.uses
    .map(({ used, most, ...use }): CostLimit => ({ ...use, used, most, share: used / most }))
    .sort((a, b) => b.share - a.share);
  return {
    cni: name,
    title,
    nodes: cost.nodes.length,
    figures: cost.units.map((unit) => figureOf(cost, unit)),
    limits,
    not_counted: cost.notCounted,
    source: cost.source,
  };
}

const sumOf = (parts: readonly Part[]): number => parts.reduce((sum, { count }) => sum + count, 0);

function spreadOf(values: readonly number[], adds: boolean): CostSpread {
  if (values.length === 0) return { largest: 0, median: 0, total: adds ? 0 : null };
  return {
    largest: values.reduce((largest, value) => Math.max(largest, value)),
    median: medianOf(values),
    total: adds ? values.reduce((sum, value) => sum + value, 0) : null,
  };
}

function figureOf(
  { nodes }: EngineCost,
  { figure, unit, adds: isSum }: EngineCost['units'][number],
): CostFigure {
  const adds = isSum !== false;
  const own = nodes.map(({ node, parts }) => ({
    node,
    parts: parts.filter((part) => part.figure === figure),
  }));
  const values = own.map(({ parts }) => sumOf(parts));
  const spread = spreadOf(values, adds);
  const most = own[values.indexOf(spread.largest)];
  const families = ([4, 6] as const).filter((family) =>
    own.some(({ parts }) => parts.some((part) => part.family === family)),
  );
  return {
    figure,
    unit,
    ...spread,
    largest_node: most?.node ?? '',
    families: families.map((family) => ({
      family: `ipv${family}`,
      ...spreadOf(
        own.map(({ parts }) => sumOf(parts.filter((part) => part.family === family))),
        adds,
      ),
    })),
    parts: partsOf(own, most?.parts ?? [], adds),
  };
}

function partsOf(
  own: readonly { readonly parts: readonly Part[] }[],
  most: readonly Part[],
  adds: boolean,
): CostFigure['parts'] {
  const totals = new Map<string, number>();
  for (const { parts } of own)
    for (const { part, count } of parts) totals.set(part, (totals.get(part) ?? 0) + count);
  return [...totals].map(([part, total]) => ({
    part,
    largest: sumOf(most.filter((one) => one.part === part)),
    total: adds ? total : null,
  }));
}
