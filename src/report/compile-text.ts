/** The text report of `compile`: what the tables cost and what makes them large. */
import type { CompileDocument } from '../analysis/compile-document.ts';
import { countOf, formatBytes, formatCount, formatSeconds } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { nextCommand } from './next-command.ts';
import { heading, type Style } from './style.ts';
import { formatTable } from './table.ts';

function dumpLines(document: CompileDocument, style: Style): string[] {
  const { dump } = document;
  if (dump === null) return [];
  const { palette } = style;
  const policies = (names: readonly string[]): string =>
    names.length === 0 ? palette.dim('open') : names.map(visible).join(', ');
  return [
    heading(palette, 'Endpoints'),
    ...dump.endpoints.flatMap((one) => [
      `  ${palette.bold(visible(one.endpoint))}  ${one.addresses.join(' ')}${one.node === '' ? '' : `  on ${visible(one.node)}`}`,
      `    ingress: ${policies(one.ingress)}`,
      `    egress: ${policies(one.egress)}`,
    ]),
    '',
    `${heading(palette, 'Outcomes')} ${palette.dim('tier|policy|rule|action of every station')}`,
    ...dump.outcomes.map(
      ({ outcome, direction, verdict, path }) =>
        `  ${outcome}  ${direction} ${verdict}: ${visible(path.join(' → '))}`,
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
    `${palette.bold('compile')} ${countOf(cluster.policies, 'policy', 'policies')} with ${countOf(cluster.rules, 'rule')} over ${countOf(cluster.endpoints, 'pod')}, CNI ${document.cni}`,
    '',
    heading(palette, 'What the tables tell apart'),
    facts([
      [families(tables.identities), 'peer identities (label-set ids)'],
      [families(tables.prefixes), 'prefixes in the address tries'],
      [formatCount(tables.entries), 'address entries'],
      [formatCount(tables.predicates), 'predicates that some rule tests'],
      [formatCount(tables.programs), 'programs (an endpoint, a direction, a family)'],
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
    `${heading(palette, 'Time')} ${formatSeconds((timing.load_milliseconds + compiled) / 1000)}`,
    formatTable(
      [{ name: 'read manifests', milliseconds: timing.load_milliseconds }, ...timing.phases].map(
        ({ name, milliseconds }) => [formatSeconds(milliseconds / 1000), name],
      ),
      { columns, align: 'rl', indent: 2 },
    ),
    '',
    ...dumpLines(document, style),
    ...document.warnings.map((text) => `${palette.yellow('warning:')} ${visible(text)}`),
    ...document.assumptions.map((text) => `assumed: ${visible(text)}`),
    ...(document.output === null
      ? []
      : [`saved: ${visible(document.output)} (${formatBytes(tables.bytes)})`]),
    ...(document.dump === null
      ? [nextCommand('all of it', [style.invocation, 'compile', '--dump', ...options], undefined, palette)]
      : []),
  ].join('\n')}\n`;
}
