// The index of the kernels: what the door in ../kernels.ts hands out. Each line names the file that does the work.
export { classify } from './classify';
export { watchClocks } from './clocks';
export { markCopies } from './copies';
export { finish } from './credit';
export { decodePcap, framePcap } from './decode';
export { decodeFound } from './decode-found';
export { markEpochs, shiftOutcomes } from './epochs';
export { frameLines } from './frame-lines';
export { framePcapng } from './frame-pcapng';
export { guardInterfaces } from './guard-interfaces';
export { identify } from './identify';
export { partition } from './partition';
export { portRank } from './port-rank';
export { rememberRow } from './remember-row';
export { scanLines } from './scan-lines';
export { rememberSide } from './scan-sides';
export { settle } from './settle';
export { track } from './track';
