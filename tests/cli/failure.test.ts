import { showFailure } from '../../cli/failure.ts';
import { createTerminal } from '../../cli/terminal.ts';
import { documentErrors } from '../../scripts/document-schema.ts';
import { PermanentError } from '../../shared/core/errors.ts';

/** Both output streams, and the exit code, of a command that throws. */
const shown = (thrown: unknown, json: boolean) => {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  try {
    const terminal = createTerminal({ json, stage: 'prod' }, '.', new AbortController().signal);
    return { status: showFailure(terminal, thrown), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
};

const bug = new TypeError("Cannot read properties of undefined (reading 'name')");

it('a bug of ours is reported as one, with what to do', () => {
  const { status, stdout, stderr } = shown(bug, false);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    /reading 'name'\)\. This is a bug in rolebridge\. Run the command again with --verbose/,
  );
});

it('with --json, a bug of ours is also one document', () => {
  const { status, stdout, stderr } = shown(bug, true);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(documentErrors('plan', JSON.parse(stdout))).toEqual([]);
  expect(stdout).toContain('This is a bug in rolebridge');
});

it.each([
  ['an error with its own advice', new PermanentError('Pass --role.')],
  ["fetch's error", new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })],
  ["Node's error", Object.assign(new TypeError('The URL is invalid'), { code: 'ERR_INVALID_URL' })],
  ['a text instead of an error', 'stopped'],
])('%s is not called a bug', (_, thrown) => {
  expect(shown(thrown, false).stderr).not.toContain('bug');
});
