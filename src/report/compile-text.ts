/** The text report of `compile`: what the tables cost and what makes them large. */
import type { CompileDocument } from '../analysis/compile/compile-document.ts';
import { countOf, formatBytes, formatCount, formatSeconds } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { costLines, costTable } from './cost-text.ts';
import { nextCommand } from './next-command.ts';
import { heading, type Style, warningLines } from './style.ts';
import { formatTable } from './table.ts';

function dumpLines(document: CompileDocument, style: Style): string[] {
  const { dump } = document;
  if (dump === null) return [];
  const { palette } = style;
  const policies = (names: readonly string[]): string =>
    names.length === 0 ? palette.dim('open') : names.map(visible).join(', ');
  return [
    heading(palette, `What ${document.cni} makes of policy`),
    ...(dump.departures.length === 0 ? ['  as most do, in everything'] : []),
    ...dump.departures.flatMap(({ knob, says, source }) => [
      `  ${palette.bold(knob)}  ${says}`,
      `    ${palette.dim(source)}`,
    ]),
    '',
    heading(palette, 'Endpoints'),
    ...dump.endpoints.flatMap((one) => [
      `  ${palette.bold(visible(one.endpoint))}  ${one.addresses.join(' ')}${one.node === '' ? '' : `  on ${visible(one.node)}`}`,
      ...one.hooks.map(({ hook, policies: names }) => `    ${hook}: ${policies(names)}`),
    ]),
    '',
    `${heading(palette, 'Outcomes')} ${palette.dim('tier|policy|rule|action of every station')}`,
    ...dump.outcomes.map(
      ({ outcome, hook, verdict, path }) => `  ${outcome}  ${hook} ${verdict}: ${visible(path.join(' → '))}`,
    ),
    '',
  ];
}

/** `8 pods`, `8 pods and 2 host endpoints`. */
function endpointsText({ cluster: { endpoints, host_endpoints: hosts } }: CompileDocument): string {
  const pods = countOf(endpoints - hosts, 'pod');
  return hosts === 0 ? pods : `${pods} and ${countOf(hosts, 'host endpoint')}`;
}

/** Tiers in the order in which they are asked, then how many policies there are of each kind. */
function policyLines({ cluster }: CompileDocument, { palette, columns }: Style): string[] {
  if (cluster.tiers.length === 0) return [];
  const isShared = (kind: string): boolean => cluster.kinds.filter((one) => one.kind === kind).length > 1;
  return [
    heading(palette, 'Tiers, as they are asked'),
    formatTable(
      cluster.tiers.map(({ tier, order, end_action: end, policies, staged }) => [
        visible(tier),
        order === null ? 'no order' : `order ${order}`,
        `ends in ${end}`,
        `${countOf(policies, 'policy', 'policies')}${staged === 0 ? '' : `, ${staged} staged`}`,
      ]),
      { columns, align: 'llll', indent: 2 },
    ),
    '',
    heading(palette, 'Policies'),
    formatTable(
      [
        ...cluster.kinds.map(({ kind, group, policies }) => [
          formatCount(policies),
          isShared(kind) ? `${kind} (${group})` : kind,
        ]),
        ...(cluster.network_sets === 0
          ? []
          : [
              [
                formatCount(cluster.network_sets),
                cluster.network_sets === 1 ? 'network set' : 'network sets',
              ],
            ]),
      ],
      { columns, align: 'rl', indent: 2 },
    ),
    '',
  ];
}

/** The whole report, newline at the end. */
export function compileText(document: CompileDocument, options: readonly string[], style: Style): string {
  const { palette, columns } = style;
  const { cluster, tables, timing } = document;
  const facts = (rows: readonly (readonly string[])[]): string =>
    formatTable(rows, { columns, align: 'rl', indent: 2 });
  const families = ({ ipv4, ipv6 }: { ipv4: number; ipv6: number }): string =>
    `${formatCount(ipv4)} IPv4, ${formatCount(ipv6)} IPv6`;
  const compiled = timing.phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const sections = [...tables.sections].sort((a, b) => b.bytes - a.bytes).filter(({ bytes }) => bytes > 0);
  return `${[
    ...warningLines(document.warnings, style),
    `${palette.bold('compile')} ${countOf(cluster.policies, 'policy', 'policies')} with ${countOf(cluster.rules, 'rule')} over ${endpointsText(document)}, CNI ${document.cni}`,
    '',
    ...policyLines(document, style),
    heading(palette, 'What the tables tell apart'),
    facts([
      [families(tables.identities), 'peer identities (label-set ids)'],
      [families(tables.prefixes), 'prefixes in the address tries'],
      [formatCount(tables.entries), 'address entries'],
      [formatCount(tables.predicates), 'predicates that some rule tests'],
      [formatCount(tables.programs), 'programs (an endpoint, a hook, a family)'],
      [formatCount(tables.shapes), 'shapes that programs share'],
      [formatCount(tables.largest.peer_classes), 'peer classes of the largest shape'],
      [formatCount(tables.largest.port_classes), 'port classes of the largest shape'],
      [formatCount(tables.outcomes), 'outcomes, each with its path of rules'],
      [formatCount(tables.virtual_ports), 'service ports that are rewritten'],
    ]),
    '',
    `${heading(palette, 'Size')} ${formatBytes(tables.bytes)}`,
    formatTable(
      sections.map(({ name, bytes }) => [formatBytes(bytes), name]),
      { columns, align: 'rl', indent: 2 },
    ),
    '',
    ...(document.cost === null ? [] : costLines(document.cost, style)),
    ...(document.costs === null ? [] : costTable(document.costs, style)),
    `${heading(palette, 'Time')} ${formatSeconds((timing.load_milliseconds + compiled) / 1000)}`,
    formatTable(
      [{ name: 'read manifests', milliseconds: timing.load_milliseconds }, ...timing.phases].map(
        ({ name, milliseconds }) => [formatSeconds(milliseconds / 1000), name],
      ),
      { columns, align: 'rl', indent: 2 },
    ),
    '',
    ...dumpLines(document, style),
    ...document.assumptions.map((text) => `assumed: ${visible(text)}`),
    ...(document.output === null
      ? []
      : [`saved: ${visible(document.output)} (${formatBytes(tables.bytes)})`]),
    ...(document.dump === null
      ? [nextCommand('all of it', [style.invocation, 'compile', '--dump', ...options], undefined, palette)]
      : []),
  ].join('\n')}\n`;
}
