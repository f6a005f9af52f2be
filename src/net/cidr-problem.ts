/** Why a text is no CIDR: the error path of `cidr.ts`, and the one place that asks `ip-num`, which takes long to load. */
import { createRequire } from 'node:module';
import { parseAddress } from './address.ts';

/** Loads on the first mistake: most runs have none. */
const require = createRequire(import.meta.url);

/** A short clause for a message, such as `it has no prefix length`; for text that `parseCidr` refused. */
export function whyNotCidr(text: string): string {
  if (text === '') return 'it is empty';
  if (text.trim() !== text) return 'it has white space around it';
  const slash = text.indexOf('/');
  if (slash < 0) {
    const address = parseAddress(text);
    if (address === undefined) return 'it is neither an address nor a block';
    return `it has no prefix length (for this address alone write ${text}/${address.family === 4 ? 32 : 128})`;
  }
  const [addressText, bitsText] = [text.slice(0, slash), text.slice(slash + 1)];
  const isV6 = addressText.includes(':');
  if (addressText.includes('%')) return 'an address with a zone is no block';
  const most = isV6 ? 128 : 32;
  if (!/^(0|[1-9]\d*)$/.test(bitsText)) return `the prefix length is no number from 0 to ${most}`;
  if (Number(bitsText) > most && parseAddress(addressText) !== undefined)
    return `the prefix length is over ${most}`;
  const { Validator } = require('ip-num') as typeof import('ip-num');
  const [, reasons] = isV6
    ? Validator.isValidIPv6String(addressText)
    : Validator.isValidIPv4String(addressText);
  const reason = reasons.find((each) => each !== '');
  return reason === undefined
    ? 'the part before the slash is no address'
    : `the part before the slash is no address: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
}
