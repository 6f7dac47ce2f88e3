import { type SetupWorld, startSetupWorld } from '../../support/setup-world.ts';

let world: SetupWorld;
beforeAll(async () => {
  world = await startSetupWorld();
  await world.run();
});
afterAll(() => world.close());

/** Answers every call of a method with a text and status 200. */
const answering = async (method: string, contentType: string, text: string): Promise<unknown> => {
  const end = world.google.intercept((call) =>
    call.method === method
      ? { kind: 'error', code: 200, status: '', message: '', body: { contentType, text } }
      : undefined,
  );
  try {
    return await world.plan();
  } finally {
    end();
  }
};

/** With each of these, a reader that looks for fields finds none: no provider, a disabled API, an enabled account. */
describe.each([
  ['a page of a proxy', 'text/html', '<html>Welcome</html>'],
  ['an empty object', 'application/json', '{}'],
])('%s in place of', (_, type, text) => {
  it.each([
    'iam.workloadIdentityPools.get',
    'iam.roles.get',
    'iam.serviceAccounts.get',
    'cloudresourcemanager.projects.get',
    'serviceusage.services.get',
  ])('%s is an error, and not a resource without fields', async (method) => {
    await expect(answering(method, type, text)).rejects.toThrow(
      /^reading .*: the answer is not (Google's|this pool)\. Check google\.endpoints/,
    );
  });
});

describe('the listing of providers', () => {
  it('is an error if a proxy answers it', async () => {
    await expect(answering('iam.workloadIdentityPoolProviders.list', 'text/html', '<html>')).rejects.toThrow(
      /^reading the providers of pool .*: the answer is not Google's/,
    );
  });

  it.each(['[1]', '[null]', '[{}]', '{}'])('is an error if the list is %s', async (list) => {
    await expect(
      answering(
        'iam.workloadIdentityPoolProviders.list',
        'application/json',
        `{"workloadIdentityPoolProviders":${list}}`,
      ),
    ).rejects.toThrow(/^The answer with the providers of pool .* (contains|is not a list)/);
  });

  it('is not trusted alone if it lacks a provider: setup plans nothing for one that exists', async () => {
    expect(await answering('iam.workloadIdentityPoolProviders.list', 'application/json', '{}')).toMatchObject(
      { steps: [], refusals: [] },
    );
  });
});
