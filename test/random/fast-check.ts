/** fast-check, drawing from the seed of the run as all random tests do. */
import fc from 'fast-check';
import { chosenSeed } from './mulberry.ts';

fc.configureGlobal({ seed: chosenSeed() | 0 });

export { fc };
