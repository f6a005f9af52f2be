/** One run of the program: arguments in, exit code out. How a run can fail stands in `failure.ts`. */
import { print, watchForClosedPipe } from '../output/standard-output.ts';
import type { Ending } from './command-line/ending.ts';
import { createProgram } from './command-line/program.ts';
import { reportFailure } from './failure.ts';

/** Runs the program with the words behind its name. Never throws. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  watchForClosedPipe();
  try {
    if (words.length === 0) {
      const { welcomeText } = await import('./welcome.ts');
      print(welcomeText());
      return 0;
    }
    const ending: Ending = { exitCode: 0 };
    const program = await createProgram(ending, words[0]);
    await program.parseAsync([...words], { from: 'user' });
    return ending.exitCode;
  } catch (error) {
    return reportFailure(error, words);
  }
}
