/** Run by the build, bundles the page: one script without imports, one style sheet beside it, licences of what is in the script at its head. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const STYLES = ['theme.css', 'frame.css', 'flows.css', 'pictures.css', 'diff.css', 'print.css'];
const here = import.meta.dirname;

/** The style sheets of the page as one. */
const styles = {
  name: 'styles',
  generateBundle() {
    const source = STYLES.map((name) => readFileSync(join(here, name), 'utf8')).join('');
    this.emitFile({ type: 'asset', fileName: 'page.css', source });
  },
};

/** Whoever hands the page on hands on these packages, so their licences come along. */
const licences = {
  name: 'licences',
  renderChunk(code, { moduleIds }) {
    const folders = new Map(
      moduleIds.flatMap((id) => {
        const [, folder, name] =
          /^\0?(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/]/.exec(id) ?? [];
        return folder === undefined ? [] : [[name, folder]];
      }),
    );
    const texts = [...folders]
      .sort()
      .map(([name, folder]) => `${name}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}`);
    return `/*!\n${texts.join('\n\n').replaceAll('*/', '* /')}\n*/\n${code}`;
  },
};

const bundle = await rolldown({
  input: join(here, 'main.tsx'),
  tsconfig: join(here, 'tsconfig.json'),
  platform: 'browser',
  plugins: [styles, licences],
});
await bundle.write({ file: join(here, '../../../dist/report/page/page.js'), format: 'iife', minify: true });
await bundle.close();
