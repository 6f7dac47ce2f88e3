import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, documentOf } from '../support/command-line.ts';
import { expectDocument } from '../support/documents.ts';

/** Accepts every request, and answers none. */
let silent: Server;
let folder: string;
let variables: Readonly<Record<string, string>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-deadline-'));
  silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  variables = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    ROLEBRIDGE_GOOGLE_ENDPOINT: `http://127.0.0.1:${port}`,
  };
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
  rmSync(folder, { recursive: true });
});

const keys = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-of-the-test' };

/** Each call has 10 seconds, and is repeated: without the timeout, one check takes half a minute. */
describe('wait ends at its timeout, and names what did not respond', () => {
  it.each([
    ['of the operator', []],
    ['of the role', ['--exchange']],
  ])('while the sign-in %s hangs', async (_, options) => {
    const args = ['wait', '--role', 'reports', '--timeout', '1s', '--json', ...options];
    const said = await command({ ...variables, ...keys }, ...args);
    expectDocument(['wait'], said);
    expect(said.status).toBe(1);
    expect(documentOf(said)).toMatchObject({
      isDone: false,
      missing: [
        expect.stringMatching(
          /^Could not be read: asking STS .*: AWS had not answered when the time for the call was up\.$/,
        ),
      ],
    });
  });

  it('while a credential process hangs that ignores every signal', async () => {
    const config = join(folder, 'config');
    const endless = join(folder, 'endless');
    writeFileSync(endless, `#!/bin/sh\necho $$ >${folder}/pid\nexec sleep 600\n`, { mode: 0o755 });
    writeFileSync(config, `[default]\ncredential_process = ${endless}\n`);
    const files = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' };
    const said = await command({ ...variables, ...files }, 'wait', '--role', 'reports', '--timeout', '1s');
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')));
    expect(said).toEqual({
      status: 1,
      stdout: expect.stringMatching(
        /^Role reports does not have its access after 1s\. .*credential process/s,
      ),
      stderr: expect.any(String),
    });
  });
});
