/** A Parquet file → which format its rows have, told from the names of its columns, and which columns are worth reading. */
import type { DiagnosticCode } from '../diagnostic/diagnostic.ts';
import { recogniseFlows } from './flow-formats.ts';
import type { FlowFormatName, FlowList } from './flow-log/flow-format.ts';
import { AWS_FIELDS_READ } from './formats/aws-fields.ts';
import { isFlowName } from './formats/flow-csv.ts';
import { parquetSchemaOf } from './parquet/footer.ts';

interface OpenedParquet {
  readonly format: FlowFormatName;
  readonly flowList: FlowList;
  readonly parquetColumns: readonly string[];
}

interface Refused {
  readonly code: DiagnosticCode;
  readonly problem: string;
  readonly hint?: string;
}

/** AWS writes `_` where its text has `-`. */
const awsName = (column: string): string => column.toLowerCase().replaceAll('_', '-');

function asAws(columns: readonly string[]): OpenedParquet | undefined {
  const parquetColumns = columns.filter((column) => AWS_FIELDS_READ.has(awsName(column)));
  const found = recogniseFlows(Buffer.from(`${parquetColumns.map(awsName).join(' ')}\n`));
  if (found === undefined || 'problem' in found || found.list.format !== 'aws-vpc') return undefined;
  return { format: 'aws-vpc', flowList: found.list, parquetColumns };
}

/** Looks at the end of a file that begins as Parquet. `given`: what the user says the rows are. */
export function openParquet(path: string, bytes: number, given?: FlowFormatName): OpenedParquet | Refused {
  const schema = parquetSchemaOf(path, bytes);
  if ('problem' in schema) return { code: 'trace/damaged', problem: schema.problem };
  const { columns, example } = schema;
  const aws = given === undefined || given === 'aws-vpc' ? asAws(columns) : undefined;
  if (aws !== undefined) return aws;
  const wanted = given === 'csv' ? 'ndjson' : given;
  const found = recogniseFlows(Buffer.from(`${JSON.stringify(example)}\n`), wanted);
  if (found !== undefined && 'problem' in found)
    return {
      code: 'trace/header',
      problem: found.problem.replace('JSON records', 'Parquet'),
      hint: found.hint,
    };
  const isObjects = found?.list.framing === 'lines' && found.list.delimiter === '';
  if (found === undefined || !isObjects)
    return {
      code: 'trace/format',
      problem: `Parquet whose columns are no ${given ?? 'flows'}: ${columns.slice(0, 12).join(', ')}`,
    };
  const isGeneric = found.list.format === 'ndjson';
  return {
    format: found.list.format,
    flowList: found.list,
    parquetColumns: isGeneric ? columns.filter(isFlowName) : columns,
  };
}
