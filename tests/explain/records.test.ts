import fc from 'fast-check';
import { readRecords } from '../../shared/explain/records.ts';
import { isStackFrame } from '../../shared/explain/stack-frames.ts';

const recordsOf = (...chunks: readonly string[]): readonly string[] => {
  const records: string[] = [];
  const reader = readRecords((record) => records.push(record));
  for (const chunk of chunks) reader.add(chunk);
  reader.end();
  return records;
};

describe('the records of a log', () => {
  it.each([
    ['one line each', 'first\nsecond\r\nthird', ['first', 'second', 'third']],
    ['none of an empty text', '\n \n', []],
    [
      'an object over several lines',
      '{\n  "code": 429,\n  "host": "a"\n}\nnext',
      ['{ "code": 429, "host": "a" }', 'next'],
    ],
    [
      'the fields behind the last frame of Node',
      "Error: no\n    at a (b.js:1:2) {\n  code: 'X',\n  port: 80\n}",
      ["Error: no code: 'X', port: 80 }"],
    ],
    [
      'no object beyond a time stamp',
      '{"a":\n2026-11-28T10:00:00Z next',
      ['{"a":', '2026-11-28T10:00:00Z next'],
    ],
    [
      'an exception with its causes',
      'A: b\n\tat c.D(E.java:1)\nCaused by: F\n\t... 3 more',
      ['A: b Caused by: F'],
    ],
    ['a box of Terraform', '╷\n│ Error: a\n│ b\n│\n│   with c\n╵', ['Error: a b', 'with c']],
    ['a page', 'failed - <html>\n<head>\n<title>401</title>', ['failed - <html> <head> <title>401</title>']],
    [
      'a line that a terminal wrapped',
      `${'word '.repeat(12)}\nthe rest of it`,
      [`${'word '.repeat(12).trim()}\nthe rest of it`],
    ],
    ['a short line is not wrapped', 'a short line\nthe next', ['a short line', 'the next']],
    [
      'a message of its own behind a long line',
      `${'word '.repeat(12)}\nERROR that`,
      ['word '.repeat(12).trim(), 'ERROR that'],
    ],
    ['what a progress bar wrote over', '10 %\r100 %', ['10 %', '100 %']],
  ])('%s', (_, text, records) => {
    expect(recordsOf(text)).toEqual(records);
  });

  it('are the same for any chunks of the text', () => {
    const line = fc.constantFrom(
      '{"a":',
      ' "b": 1',
      '}',
      'Error: x',
      '    at a (b.js:1:2)',
      '│ c',
      '',
      'é\\n😀',
    );
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(40)), (lines, cuts) => {
        const text = lines.join('\n');
        const places = cuts.filter((cut) => cut <= text.length).toSorted((a, b) => a - b);
        const chunks = [0, ...places].map((from, index) => text.slice(from, places[index]));
        expect(recordsOf(...chunks)).toEqual(recordsOf(text));
      }),
    );
  });

  it('have a bounded length, and a cut loses nothing', () => {
    const words = Array.from({ length: 30_000 }, (_, index) => `word${index}`);
    for (const text of [words.join(' '), `{\n${words.map((word) => ` ${word}`).join('\n')}`]) {
      const records = recordsOf(...(text.match(/[^]{1,1000}/g) ?? []));
      expect(Math.max(...records.map((record) => record.length))).toBeLessThanOrEqual(2 * 32_768);
      const seen = new Set(records.flatMap((record) => record.split(/\s+/)));
      expect(words.filter((word) => !seen.has(word))).toEqual([]);
    }
  });
});

describe('a stack frame', () => {
  it.each([
    '    at AwsClient.getAwsRegion (/app/node_modules/a/b.js:120:15)',
    '    at async file:///app/x.mjs:1:2',
    '    at node:internal/main:12:3',
    '\tat com.google.auth.oauth2.AwsCredentials.retrieve(AwsCredentials.java:212)',
    '\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)',
    '\t... 12 more',
    '   at Google.Apis.Auth.OAuth2.X.GetAsync(CancellationToken token)',
    '--- End of stack trace from previous location ---',
    '  File "/var/task/main.py", line 20, in <module>',
    'goroutine 1 [running]:',
    '\t/app/main.go:12 +0x1d',
    '#0 /app/vendor/google/auth/A.php(123): Google\\Auth\\B->c()',
    '#1 {main}',
    "\tfrom app.rb:12:in 'x'",
    '  12: core::ops::function::FnOnce::call_once',
  ])('is %j', (line) => {
    expect(isStackFrame(line)).toBe(true);
  });

  it.each([
    'Error: connect ECONNREFUSED 127.0.0.1:5432',
    'look at the file main.py',
    'File not found',
    '#1 priority: fix it',
    'Caused by: java.net.ConnectException: Connection refused',
    'the region is us-east-1',
  ])('is not %j', (line) => {
    expect(isStackFrame(line)).toBe(false);
  });
});
