/** Policies with one list of rules for shop's web: what the cases about order share. */
import { gnp, np } from './manifests.ts';

export const ALLOW = '[{ action: Allow }]';
export const DENY = '[{ action: Deny }]';
export const PASS = '[{ action: Pass }]';
/** An ingress policy for shop's web with one rule. */
export const web = (name: string, rules: string, more = ''): string =>
  np(`shop/${name}`, `{ selector: "app == 'web'", types: [Ingress], ingress: ${rules}${more} }`);
export const wide = (name: string, rules: string, more = ''): string =>
  gnp(name, `{ selector: "app == 'web'", types: [Ingress], ingress: ${rules}${more} }`);
export const REQUEST = 'tcp shop/db to shop/web:80';
