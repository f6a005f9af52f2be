/** `--resolve name=address`: the addresses behind domain names, which no manifest tells. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { parseAddress } from '../net/address.ts';
import type { AdminPolicy } from '../policy/api/admin-policy.ts';
import { CILIUM_LISTS, type CiliumPolicy } from '../policy/api/cilium.ts';
import type { Cluster } from '../policy/cluster.ts';
import { API_SERVER } from '../policy/translate/cilium-peers.ts';
import { coversCiliumDomain, coversDomain } from '../policy/translate/domain-names.ts';
import { problem } from './problem.ts';

/** Patterns too: an address of whatever name they cover. */
const NAME = /^(?:\*\.)?(?:[a-z0-9](?:[-a-z0-9_]*[a-z0-9])?\.)*[a-z0-9](?:[-a-z0-9_]*[a-z0-9])?$/;

type Resolution = Cluster['resolutions'][number];

function readResolution(text: string): Resolution | Diagnostic {
  const equals = text.indexOf('=');
  const hint = 'write --resolve name=address: --resolve api.example.com=203.0.113.9';
  if (equals < 0) return problem('cli/resolve', `--resolve ${text}: found no "="`, hint);
  const name = text.slice(0, equals).toLowerCase().replace(/\.$/, '');
  const address = parseAddress(text.slice(equals + 1));
  if (!NAME.test(name))
    return problem('cli/resolve', `--resolve ${text}: ${JSON.stringify(name)} is no domain name`, hint);
  if (address === undefined)
    return problem(
      'cli/resolve',
      `--resolve ${text}: ${JSON.stringify(text.slice(equals + 1))} is no IP address`,
      hint,
    );
  return { name, address };
}

/** Every name with its address, and what is wrong with the others. */
export function readResolutions(texts: readonly string[]): {
  value: Resolution[];
  diagnostics: Diagnostic[];
} {
  const value: Resolution[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const text of texts) {
    const read = readResolution(text);
    if ('severity' in read) diagnostics.push(read);
    else value.push(read);
  }
  return { value, diagnostics };
}

function domainsOf({ ingress, egress }: AdminPolicy): string[] {
  const peers = [...ingress, ...egress].flatMap((rule) => rule.peers);
  return peers.flatMap((peer) => (peer.kind === 'domains' ? peer.names : []));
}

/** The API server has a name of its own there. */
function ciliumDomainsOf({ specs }: CiliumPolicy): string[] {
  const rules = specs.flatMap((spec) => CILIUM_LISTS.flatMap((list) => spec[list]));
  return rules
    .flatMap(({ peers = [] }) => peers)
    .flatMap((peer) => {
      if (peer.kind === 'domain') return [peer.pattern];
      const { kind } = peer;
      return kind === 'endpoints' || kind === 'entity' ? [API_SERVER] : [];
    });
}

/** Names with an address that no policy asks for: most likely a slip. */
export function unusedResolutions({ adminPolicies, ciliumPolicies, resolutions }: Cluster): Diagnostic[] {
  const patterns = adminPolicies.flatMap(domainsOf);
  const ciliumPatterns = ciliumPolicies.flatMap(ciliumDomainsOf);
  const names = new Set(resolutions.map(({ name }) => name));
  return [...names]
    .filter((name) => !patterns.some((pattern) => coversDomain(pattern, name)))
    .filter((name) => !ciliumPatterns.some((pattern) => coversCiliumDomain(pattern, name)))
    .map((name) => ({
      ...problem('cli/resolve', `--resolve ${name}: no policy names it, so its address changes nothing`),
      severity: 'warning' as const,
    }));
}
