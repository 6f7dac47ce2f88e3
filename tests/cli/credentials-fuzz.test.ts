import { request } from 'node:http';
import fc from 'fast-check';
import { type AwsWorld, startAws } from '../../local/aws/world.ts';
import { type BridgeProcess, metadataClient, startBridge } from '../support/bridge.ts';
import { type Container, planted, startContainer } from '../support/container.ts';
import { accountId } from '../support/settings.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends a request unchanged, whether it is valid or not. Resolves to an empty text if the server hangs up. */
const raw = (url: string, { method, path, headers }: Asked): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      const chunks: string[] = [JSON.stringify(answer.headers)];
      answer.setEncoding('utf8').on('data', (chunk: string) => void chunks.push(chunk));
      answer.on('close', () => resolve(`${answer.statusCode} ${chunks.join('')}`));
    });
    asked.on('error', () => resolve('')).end();
  });

let aws: AwsWorld;
let container: Container;
let bridge: BridgeProcess;
beforeAll(async () => {
  aws = await startAws({ accountId });
  container = await startContainer(aws.url);
  container.give(planted);
  bridge = await startBridge(container.variables, '--role-name', 'reports');
  await bridge.says('credentials of role reports');
});
afterAll(async () => {
  expect(await bridge.end()).toMatchObject({ status: 0 });
  await Promise.all([container.close(), aws.close()]);
});

it('random requests never crash it, and never get a secret without a token', async () => {
  const { url, said } = bridge;
  const printable = fc.string({
    unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
  });
  const path = fc.oneof(
    printable.map((text) => `/${text}`),
    fc.constantFrom(
      `/latest/meta-data/iam/security-credentials`,
      `/latest/meta-data/iam/security-credentials/reports`,
      '/latest/api/token',
      '*',
    ),
  );
  const headers = fc.dictionary(
    fc.constantFrom(
      'host',
      'x-aws-ec2-metadata-token',
      'x-forwarded-for',
      'content-length',
      'expect',
      'upgrade',
    ),
    fc.oneof(printable, fc.constantFrom('0', '100-continue', '127.0.0.1')),
  );
  const method = fc.constantFrom(
    'GET',
    'PUT',
    'POST',
    'HEAD',
    'OPTIONS',
    'DELETE',
    'PATCH',
    'TRACE',
    'PROPFIND',
  );
  await fc.assert(
    fc.asyncProperty(method, path, headers, async (verb, target, sent) => {
      const answer = await raw(url, { method: verb, path: target, headers: sent }).catch(() => '');
      expect(answer).not.toMatch(/lanted|PLANTED|reports/);
    }),
    { numRuns: 500 },
  );
  expect(await metadataClient(url).credentials()).toMatchObject({ SecretAccessKey: planted.secretAccessKey });
  expect(said()).not.toMatch(/lanted|PLANTED/);
});
