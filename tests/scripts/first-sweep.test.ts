import { type HttpAnswer, type HttpRequest, type LoopbackServer, serve } from '../../local/http.ts';
import firstSweep from '../../scripts/first-sweep.ts';

interface Plugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
}
type PluginClass = new (
  serverless: unknown,
  options: unknown,
  tools: { readonly log: Readonly<Record<'notice' | 'warning', (line: string) => void>> },
) => Plugin;
/** `serverless` calls every plugin with `new`. */
const FirstSweep = firstSweep as unknown as PluginClass;

let server: LoopbackServer;
let requests: HttpRequest[];
let answer: HttpAnswer;
beforeEach(async () => {
  requests = [];
  answer = { status: 202, body: '' };
  server = await serve((request) => {
    requests.push(request);
    return Promise.resolve(answer);
  });
});
afterEach(() => server.close());

/** The plugin as `serverless deploy` calls it. */
const deploy = async (
  hook: string,
  accountId = '111122223333',
  settings: object = { accounts: [{ id: '111122223333' }] },
) => {
  const said: string[] = [];
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  const serverless = {
    classes: { Error },
    service: {
      custom: { settings },
      getFunction: (key: string) => ({ name: `rolebridge-prod-${key}` }),
    },
    getProvider: () => ({
      getAccountId: () => Promise.resolve(accountId),
      getAwsSdkV3Config: () =>
        Promise.resolve({ region: 'us-east-1', endpoint: server.url, credentials, maxAttempts: 1 }),
    }),
  };
  const say = (kind: string) => (line: string) => void said.push(`${kind}: ${line}`);
  const plugin = new FirstSweep(serverless, {}, { log: { notice: say('notice'), warning: say('warning') } });
  await plugin.hooks[hook]?.();
  return said;
};

it('a deploy starts the sweep once, and does not wait for it', async () => {
  expect(await deploy('after:deploy:deploy')).toEqual([
    expect.stringContaining('notice: The sweep rolebridge-prod-sweep was started'),
  ]);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({
    method: 'POST',
    target: '/2015-03-31/functions/rolebridge-prod-sweep/invocations',
    headers: { 'x-amz-invocation-type': 'Event' },
  });
});

it('a sweep that cannot be started does not fail the deploy, and the plugin prints what to do', async () => {
  answer = {
    status: 403,
    headers: { 'x-amzn-errortype': 'AccessDeniedException' },
    body: '{"Message":"not permitted"}',
  };
  expect(await deploy('after:deploy:deploy')).toEqual([
    expect.stringMatching(/warning: .*AccessDeniedException.*rolebridge sweep/),
  ]);
});

it('a deploy into another account than the configured one is refused', async () => {
  await expect(deploy('before:deploy:deploy', '999988887777')).rejects.toThrow(
    'Your AWS credentials are for account 999988887777, but rolebridge.yml names 111122223333 as the account to deploy to. Nothing was deployed.',
  );
  expect(await deploy('before:deploy:deploy')).toEqual([]);
});

it('of several accounts, only the home account can be deployed to', async () => {
  const settings = { home: '444455556666', accounts: [{ id: '111122223333' }, { id: '444455556666' }] };
  await expect(deploy('before:deploy:deploy', '111122223333', settings)).rejects.toThrow(
    'rolebridge.yml names 444455556666 as the account to deploy to',
  );
  expect(await deploy('before:deploy:deploy', '444455556666', settings)).toEqual([]);
});
