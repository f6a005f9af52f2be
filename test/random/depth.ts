/** How much random tests draw: what runs often draws less each time, and afresh every time; `DEEP=1`, as a soak sets it, draws more. */
export const isDeep = process.env.DEEP === '1';

/** The number for a usual run, or for a deep one. */
export const drawn = (usual: number, deep: number): number => (isDeep ? deep : usual);
