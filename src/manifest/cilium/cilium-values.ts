/**
 * The values of Cilium's API: selectors whose keys name a source, blocks of addresses, ports. Each reader reports what the schema or the agent
 * refuses, where it stands, and leaves it out.
 *
 * Source: cilium/cilium pkg/policy/api/rule_validation.go, pkg/iana/svcname.go, pkg/policy/api/selector.go.
 */
import { parseAddress } from '../../net/address.ts';
import { type Cidr, formatCidr, hostCidr, parseCidr } from '../../net/cidr.ts';
import type { LabelSelector } from '../../policy/api/network-policy.ts';
import { type Cursor, refuseAsError } from '../cursor.ts';
import { readLabelSelector } from '../kubernetes/label-selectors.ts';
import { portNameProblem, qualifiedNameProblem } from '../names.ts';

/** For keys with the source of the label before them. */
function sourcedKeyProblem(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon === 0) return 'has nothing before the colon';
  return qualifiedNameProblem(text.slice(colon + 1));
}

/** A selector; undefined when absent. */
export function readSelector(
  cursor: Cursor,
  elsewhere: Readonly<Record<string, string>> = {},
): LabelSelector | undefined {
  return readLabelSelector(cursor, refuseAsError, elsewhere, sourcedKeyProblem);
}

/** `block`: an address needs a prefix; `any`: without one it stands for itself. */
export function readCidr(cursor: Cursor, form: 'block' | 'any'): Cidr | undefined {
  if (!cursor.isPresent) cursor.error('manifest/bad-cidr', 'found nothing, expected a CIDR');
  const text = cursor.string();
  if (text === undefined) return undefined;
  const address = text.includes('/') ? undefined : parseAddress(text);
  if (address !== undefined && form === 'any') return hostCidr(address);
  const result = parseCidr(text);
  if ('problem' in result) {
    const hint = address === undefined ? undefined : `one address is ${formatCidr(hostCidr(address))}`;
    cursor.error('manifest/bad-cidr', `${JSON.stringify(text)} is no CIDR: ${result.problem}`, { hint });
    return undefined;
  }
  if (result.oddities.includes('leading-zeros')) {
    cursor.error('manifest/bad-cidr', `${JSON.stringify(text)} is no CIDR: it has leading zeros`);
    return undefined;
  }
  if (result.oddities.includes('host-bits'))
    cursor.warn('manifest/odd-cidr', `${JSON.stringify(text)} has bits set behind its prefix`, {
      hint: `it means ${formatCidr(result.cidr)}`,
    });
  return result.cidr;
}

/** A number of a port, or a name in lower case; 0 stands for every port. Undefined when reported. */
export function readPortText(cursor: Cursor): number | string | undefined {
  if (!cursor.isPresent) {
    cursor.error('manifest/missing-field', 'a port has no port', { hint: 'every port is "0"' });
    return undefined;
  }
  const text = cursor.string();
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) {
    if (Number(text) <= 65_535) return Number(text);
    cursor.error('manifest/bad-port', `found the port ${text}, expected 0 to 65535`);
    return undefined;
  }
  const name = text.toLowerCase();
  const problem = portNameProblem(name);
  if (problem === undefined) return name;
  cursor.error('manifest/bad-port-name', `the port name ${JSON.stringify(text)} ${problem}`);
  return undefined;
}
