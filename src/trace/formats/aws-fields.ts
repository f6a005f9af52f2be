/**
 * The fields of AWS VPC flow logs, and formats of one's own: which fields stand in a line, in which order.
 *
 * Source: docs.aws.amazon.com, VPC user guide and transit gateway guide, flow log records.
 */
import type { Diagnostic } from '../../diagnostic/diagnostic.ts';
import { didYouMean } from '../../diagnostic/nearest.ts';
import type { FlowRefused } from '../flow-log/flow-format.ts';

/** The default, version 2. */
export const DEFAULT_FIELDS: readonly string[] =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
    ' ',
  );

/** Fields that a flow is read from. */
export const AWS_FIELDS_READ: ReadonlySet<string> = new Set(
  'srcaddr dstaddr pkt-srcaddr pkt-dstaddr srcport dstport protocol packets bytes start action log-status tcp-flags'.split(
    ' ',
  ),
);

/** Those of versions 3 to 8 and behind, transit gateways' and ECS' among them. */
const LATER_FIELDS = [
  'vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr',
  'region az-id sublocation-type sublocation-id',
  'pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path',
  'resource-type tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id',
  'tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id',
  'packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired',
  'ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id',
  'ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id reject-reason resource-id encryption-status',
].flatMap((names) => names.split(' '));

/** Every field that a log may have. */
export const AWS_FIELDS: ReadonlySet<string> = new Set([...DEFAULT_FIELDS, ...LATER_FIELDS]);

/** The column of each field that is read, or what is missing. */
export function columnsOf(fields: readonly string[]): Record<string, number> | FlowRefused {
  const columns: Record<string, number> = {};
  for (const [column, field] of fields.entries()) if (AWS_FIELDS_READ.has(field)) columns[field] ??= column;
  const isThere = (field: string): boolean =>
    columns[field] !== undefined || columns[`pkt-${field}`] !== undefined;
  const missing = ['srcaddr', 'dstaddr', 'protocol'].filter((field) => !isThere(field));
  if (missing.length === 0) return columns;
  return {
    problem: `an AWS VPC flow log without ${missing.join(' and ')}: ${fields.slice(0, 12).join(', ')}`,
    hint: 'choose a format with srcaddr, dstaddr, protocol, srcport and dstport',
  };
}

/** Whether `columnsOf` refused. */
export const isRefused = (columns: Record<string, number> | FlowRefused): columns is FlowRefused =>
  'problem' in columns;

const OPTION = '--trace-fields';

/**
 * Reads the format of a log without a header, as its owner gave it to AWS: names between blanks or commas, each plain or as `${name}`.
 * Every name that is none is a diagnostic with its column in the text.
 */
export function parseAwsFields(text: string): {
  readonly fields: readonly string[];
  readonly problems: readonly Diagnostic[];
} {
  const problems: Diagnostic[] = [];
  const fields: string[] = [];
  const slip = (at: number, length: number, message: string, hint: string): void =>
    void problems.push({
      code: 'cli/trace-fields',
      severity: 'error',
      message,
      at: { file: OPTION, line: 1, column: at + 1 },
      sourceLine: text,
      span: Math.max(1, length),
      hint,
    });
  for (const { 0: word, index } of text.matchAll(/[^\s,]+/g)) {
    const field = word
      .replace(/^\$\{(.*)\}$/, '$1')
      .toLowerCase()
      .replaceAll('_', '-');
    fields.push(field);
    if (AWS_FIELDS.has(field)) continue;
    slip(
      index,
      word.length,
      `${JSON.stringify(word)} is no field of AWS VPC flow logs`,
      didYouMean(field, AWS_FIELDS) ?? "names are those of the log's format in AWS",
    );
  }
  const columns = columnsOf(fields);
  if (problems.length === 0 && isRefused(columns)) slip(0, text.length, columns.problem, columns.hint);
  return { fields, problems };
}
