/** The version that reports and documents carry. */
import { PROGRAM_VERSION } from '../output/version.ts';

export const VERSION: string = PROGRAM_VERSION;
