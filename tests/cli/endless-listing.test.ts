import { type Cloud, startCloud } from '../support/cloud.ts';
import { variablesOf } from '../support/command-line.ts';
import { expectDocument } from '../support/documents.ts';
import { runHere } from '../support/here.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

it('plan ends if the listing of the providers never does', async () => {
  const page = { workloadIdentityPoolProviders: [], nextPageToken: 'again' };
  const body = { contentType: 'application/json', text: JSON.stringify(page) };
  let calls = 0;
  const end = cloud.google.intercept(({ method }) => {
    if (method !== 'iam.workloadIdentityPoolProviders.list') return undefined;
    calls += 1;
    // Without a limit, this test itself would never end.
    return calls > 20
      ? { kind: 'error', code: 404, status: 'NOT_FOUND', message: 'too many pages' }
      : { kind: 'error', code: 200, status: 'OK', message: '', body };
  });
  const said = await runHere(variablesOf(cloud), 'plan', '--json');
  end();
  expectDocument(['plan'], said);
  expect(calls).toBeLessThan(10);
  expect(said).toMatchObject({ stdout: expect.stringContaining('so the list never ends') });
});
