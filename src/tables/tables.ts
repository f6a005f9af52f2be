/**
 * All lookup tables of a policy set in one block of bytes: a header (magic, version, directory of sections), then the
 * sections. Position-independent, so the block is saved, loaded and placed in shared memory as it is.
 */

export interface Tables {
  readonly bytes: Uint8Array;
}
