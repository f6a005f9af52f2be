/** Thrown where a change cannot be made in place: the cluster is compiled anew, and what was done so far is dropped. */
export class CannotUpdate extends Error {}
