/** A shape in the numbers of the tables. */
import type { PortMap } from '../tables/port-maps.ts';
import * as L from '../tables/program-layout.ts';
import type { ShapeTable } from '../tables/program-tables.ts';
import * as V from '../tables/verdict-layout.ts';
import type { ShapeOutcome } from './outcome-list.ts';
import type { PortClasses } from './port-space.ts';
import type { Shape } from './shape.ts';

const VERDICTS = {
  allow: V.VERDICT_ALLOW,
  deny: V.VERDICT_DENY,
  continue: V.VERDICT_ALLOW,
  undetermined: V.VERDICT_UNDETERMINED,
  unspecified: V.VERDICT_UNSPECIFIED,
} as const;
const REASONS = {
  none: L.CELL_OPEN,
  policy: L.CELL_POLICY,
  'tier-end': L.CELL_TIER_END,
  profile: L.CELL_PROFILE,
  'no-profile': L.CELL_NO_PROFILE,
  failsafe: L.CELL_FAILSAFE,
  'workload-encap': L.CELL_WORKLOAD_ENCAP,
  cni: L.CELL_CNI,
  domain: L.CELL_DOMAIN,
} as const;

/** The cell of an outcome by its ordinal. */
export function cellOf({ verdict, reason, isBinding }: ShapeOutcome, ordinal: number): number {
  if (ordinal >= 2 ** (32 - L.CELL_ORDINAL))
    throw new RangeError('more outcomes in a program than a cell can name');
  const code =
    verdict === 'continue' ? L.CELL_CONTINUE : isBinding === true ? L.CELL_BINDING : REASONS[reason];
  return ((ordinal << L.CELL_ORDINAL) | (code << L.CELL_REASON) | VERDICTS[verdict]) >>> 0;
}

/** Port classes for the builder of program tables. */
export const portMap = ({ representatives, groups }: PortClasses): PortMap => ({
  classCount: representatives.length,
  groups,
});

/** A shape for the builder of program tables; `identityCount` is that of its family. */
export function shapeTable(shape: Shape, identityCount: number): ShapeTable {
  const cells = shape.outcomes.map(cellOf);
  return {
    identityCount,
    identities: shape.identities,
    rows: shape.rows,
    rowCount: shape.rowCount,
    ports: portMap(shape.ports),
    ...(shape.sourcePorts === undefined ? {} : { sourcePorts: portMap(shape.sourcePorts) }),
    cells: shape.cells.map((ordinal) => cells[ordinal]!),
  };
}
