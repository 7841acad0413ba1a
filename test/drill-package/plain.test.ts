import { expect, test } from 'vitest';
import { plain } from '../../packages/drill/src/service/plain.js';

test('what a service writes can do nothing to a terminal, or to a file: it is lines of text and tabs', () => {
  const cases = [
    ['\u001b[31mred\u001b[39m, \u001b[1;4mbold\u001b[0m', 'red, bold'],
    [
      'a bell\u0007, a \u0000NUL, \u009b2Ja C1, \u0085another, a backspace\b, DEL\u007f',
      'a bell, a NUL, a C1, another, a backspace, DEL',
    ],
    ['\u001b]0;a title\u0007after it', 'after it'],
    ['\u001b]8;;https://example.com\u001b\\a link\u001b]8;;\u001b\\', 'a link'],
    ['\u001b', ''],
    ['\ta tab\nand a line', '\ta tab\nand a line'],
    ['CR LF\r\n', 'CR LF\n'],
    ['10 %\r20 %', '10 %\n20 %'],
    ['Grüße, 東京 🎉', 'Grüße, 東京 🎉'],
  ];
  for (const [written, shown] of cases) expect(plain(written as string)).toBe(shown);
});
