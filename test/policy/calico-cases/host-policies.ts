/** Host endpoints of n1 and global policies for a host: what the cases about hosts share. */
import { gnp, hostEndpoint } from './manifests.ts';

/** A host endpoint of n1 that allows by its profile. */
export const HOST = hostEndpoint(
  'n1-eth0',
  '{ node: n1, interfaceName: eth0, expectedIPs: [192.168.0.11], profiles: [projectcalico-default-allow] }',
  '{ host: n1 }',
);
/** Another for all its interfaces. */
export const ANY = hostEndpoint(
  'n1-any',
  '{ node: n1, interfaceName: "*", expectedIPs: [192.168.0.11], profiles: [projectcalico-default-allow] }',
  '{ host: n1 }',
);

export const on = (host: string, flags: string, rules: string): string =>
  `{ selector: "host == '${host}'", ${flags === '' ? '' : `${flags}: true, ${flags === 'applyOnForward' ? '' : 'applyOnForward: true, '}`}${rules} }`;
export const forward = (rules: string, name = 'forward', host = 'n1'): string =>
  gnp(name, on(host, 'applyOnForward', rules));
export const preDnat = (rules: string, name = 'dnat', host = 'n1'): string =>
  gnp(name, on(host, 'preDNAT', rules));
export const untracked = (rules: string, name = 'track', host = 'n1'): string =>
  gnp(name, on(host, 'doNotTrack', rules));
export const normal = (rules: string, name = 'normal', host = 'n1'): string => gnp(name, on(host, '', rules));
export const DENY_IN = 'types: [Ingress], ingress: [{ action: Deny }]';
export const DENY_OUT = 'types: [Egress], egress: [{ action: Deny }]';
export const OUTSIDE = '192.0.2.9';
