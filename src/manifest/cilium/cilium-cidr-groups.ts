/**
 * CiliumCIDRGroup: blocks of addresses under a name and labels.
 *
 * Source: cilium/cilium pkg/k8s/apis/cilium.io/v2/cidrgroup_types.go.
 */
import type { CiliumCidrGroup } from '../../policy/api/cilium.ts';
import type { Cursor } from '../cursor.ts';
import { checkMetadata, readName } from '../metadata.ts';
import { subdomainProblem } from '../names.ts';
import { readCidr } from './cilium-values.ts';

/** A group; undefined without a name. */
export function readCidrGroup(object: Cursor): CiliumCidrGroup | undefined {
  object.document.checkDuplicateKeys();
  object.onlyFields(['apiVersion', 'kind', 'metadata', 'spec', 'status'], {
    externalCIDRs: 'externalCIDRs stands below spec',
  });
  const metadata = object.field('metadata');
  const labels = checkMetadata(metadata);
  const name = readName(metadata, subdomainProblem);
  const spec = object.field('spec');
  spec.isMapping();
  spec.onlyFields(['externalCIDRs'], { cidrs: 'did you mean "externalCIDRs"?' });
  const list = spec.field('externalCIDRs');
  if (!list.isPresent)
    spec.error('manifest/missing-field', 'a CiliumCIDRGroup has no externalCIDRs', { on: 'key' });
  const cidrs = list.items().map((item) => readCidr(item, 'block'));
  if (name === undefined) return undefined;
  const at = metadata.field('name').at();
  return { name, labels, cidrs: cidrs.filter((cidr) => cidr !== undefined), at };
}
