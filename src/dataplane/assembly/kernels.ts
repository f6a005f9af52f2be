// The index of the kernels: what the door in ../kernels.ts hands out. Each line names the file that does the work.
export { classify } from './classify';
export { identify } from './identify';
export { portRank } from './port-rank';
