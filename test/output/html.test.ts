import { expect, test } from 'vitest';
import { htmlText, scriptJson } from '../../src/output/html.ts';
import { fc } from '../random/fast-check.ts';

test('text is no markup, and what cannot be seen is shown', () => {
  expect(htmlText(`<b title="a" id='b'>&amp;\u202e</b>`)).toBe(
    '&lt;b title=&quot;a&quot; id=&#39;b&#39;&gt;&amp;amp;\ufffd&lt;/b&gt;',
  );
});

test('JSON within a script ends no element, begins no comment, and says the same', () => {
  const pieces = ['</script>', '<!--', '<script', '-->', ']]>', '\u2028', '\u2029', '&lt;', '"', '\\', 'a'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces)), (list) => {
      const text = list.join('');
      const json = scriptJson(JSON.stringify({ [text]: text }));
      expect(json).not.toMatch(/[<>&\u2028\u2029]/);
      expect(JSON.parse(json)).toEqual({ [text]: text });
    }),
  );
});
