/** Recommended policies as YAML, ready to apply: above each rule stands which flows it is there for. */
import type {
  RecommendDocument,
  RecommendPolicy,
  RecommendRule,
} from '../analysis/recommend/recommend-document.ts';
import { countOf, firstOf } from '../output/quantity.ts';
import { sourceName } from '../output/source-name.ts';
import { visible } from '../output/visible.ts';
import { listItem, type Plain, yamlLines } from '../output/yaml.ts';

/** A comment; foreign text in it ends no line. */
const comment = (text: string): string => `# ${visible(text)}`;

function peerText({ peers }: RecommendRule): string {
  const names = peers.flatMap(({ kind, namespace, workloads, cidr, nodes }) =>
    kind === 'block'
      ? [
          nodes.length === 0
            ? cidr
            : `${cidr} (${nodes.length === 1 ? `node ${nodes[0]}` : `${nodes.length} nodes`})`,
        ]
      : workloads.map((workload) => `${namespace}/${workload.slice(workload.indexOf('/') + 1)}`),
  );
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

function ruleComments(rule: RecommendRule): string[] {
  const { direction, ports, dns, added, connections, packets, flows_listed: flows } = rule;
  const who = `${direction === 'ingress' ? 'from' : 'to'} ${peerText(rule)}: ${ports}${dns ? ', DNS' : ''}`;
  if (added) return [comment(`${who}; not of the trace: --add-dns`)];
  const [first] = flows;
  const place = first?.first == null ? '' : `, record ${first.first.record} of ${first.first.trace}`;
  return [
    comment(who),
    comment(
      `${countOf(connections, 'connection')}, ${countOf(packets, 'packet')}; e.g. ${first?.flow ?? ''}${place}`,
    ),
  ];
}

function policyComments({ workloads, pods, pods_seen, rules }: RecommendPolicy): string[] {
  const who = workloads.length === 0 ? 'all pods of the namespace' : firstOf(workloads);
  const directions = ['ingress', 'egress'].filter(
    (direction) => !rules.some((rule) => rule.direction === direction),
  );
  const closed = directions.length === 0 ? '' : `; nothing is opened for ${directions.join(' and ')}`;
  const seen = pods_seen === pods ? '' : `, ${pods_seen} of them in the trace`;
  return [comment(`${who}: ${countOf(pods, 'pod')}${seen}${closed}`)];
}

function policyLines(policy: RecommendPolicy): string[] {
  const { spec, ...head } = policy.object as { readonly [key: string]: Plain };
  const { ingress: _, egress: __, ...rest } = spec as { readonly [key: string]: Plain };
  const lists = (['ingress', 'egress'] as const).flatMap((direction) => {
    const rules = policy.rules.filter((rule) => rule.direction === direction);
    if (rules.length === 0) return [];
    return [
      `${direction}:`,
      ...rules.flatMap((rule) => [...ruleComments(rule), ...listItem(yamlLines(rule.object))]),
    ];
  });
  return [
    ...policyComments(policy),
    ...yamlLines(head),
    'spec:',
    ...[...yamlLines(rest), ...lists].map((line) => `  ${line}`),
  ];
}

/** One document for each policy. */
export function recommendYaml(document: RecommendDocument): string {
  const { traces, cni, policies, flows } = document;
  const from = traces.map(({ path }) => sourceName(path)).join(', ');
  const shut = flows.left_out.flows;
  const closed = shut === 0 ? '' : `; nothing is opened for ${countOf(shut, 'flow')}`;
  const head = [
    comment(`dryplane recommend ${from}, CNI ${cni}`),
    comment(
      `${countOf(policies.length, 'policy', 'policies')} for ${countOf(flows.recommended.flows, 'flow')}${closed}`,
    ),
  ];
  return `${[...head, ...policies.flatMap((policy) => ['---', ...policyLines(policy)])].join('\n')}\n`;
}
