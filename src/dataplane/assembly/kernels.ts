// The index of the kernels: what the door in ../kernels.ts hands out. Each line names the file that does the work.
export { identify } from './identify';
