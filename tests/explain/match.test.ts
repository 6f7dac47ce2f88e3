import { explain } from '../../shared/explain/explain.ts';
import { knownErrors } from '../../shared/explain/known-errors/catalog.ts';

const idsOf = (text: string): readonly string[] => explain(text).map(({ id }) => id);
const url = 'https://sts.googleapis.com/v1/token';

describe('a status near a host', () => {
  it.each([
    `POST ${url}: 429 Too Many Requests`,
    `POST ${url} HTTP/1.1" 429 123`,
    `429 - Too Many Requests for ${url}`,
    `${url} answered status 429.`,
    `status code: 429, url: ${url}`,
    `{"status":429,"config":{"url":"${url}"}}`,
    `GaxiosError {\n  config: {\n    url: '${url}',\n    method: 'POST'\n  },\n  status: 429\n}`,
    `googleapi: Error 429: slow down (${url})`,
    `RESOURCE_EXHAUSTED: ${url}`,
  ])('is evidence: %j', (text) => {
    expect(idsOf(text)).toEqual(['token-exchange-throttled']);
  });

  it.each([
    `POST ${url} 1429`,
    `POST ${url} took 429 ms`,
    `POST ${url} status 4290`,
    `POST ${url} status 429.5`,
    `POST ${url} -429`,
    `POST ${url}/429`,
    `POST ${url} ok; https://a.example.com status 429`,
    `POST ${url} ${'x '.repeat(400)} status 429`,
    `POST my${url.slice(8)} status 429`,
    `POST https://sts.googleapis.com.example.com/v1/token status 429`,
  ])('is not evidence: %.80j', (text) => {
    expect(idsOf(text)).toEqual([]);
  });
});

describe('a phrase', () => {
  it('consists of whole words', () => {
    expect(idsOf('my_invalid_target_group')).toEqual([]);
    expect(idsOf('error=invalid_target')).toEqual(['provider-not-there']);
    expect(idsOf('is not authorized to perform: ssm:GetParametersByPath')).toEqual(['parameter-read-denied']);
  });

  it('spans no two hosts', () => {
    const between = (text: string) => idsOf(`has not been used in project ${text} before or it is disabled`);
    expect(between('889403714106')).toEqual(['api-disabled']);
    expect(between('a of a.example.com. And b.example.com was up')).toEqual([]);
  });
});

describe('texts of rolebridge', () => {
  it.each([
    [
      'rolebridge: Parameter Store at https://ssm.eu-west-1.amazonaws.com cannot be read: HTTP 429',
      'parameter-store-unreachable',
    ],
    [
      'rolebridge: Parameter Store at https://ssm.eu-west-1.amazonaws.com cannot be read: aws says ThrottlingException',
      'parameter-store-throttled',
    ],
    [
      'rolebridge: the instance metadata service at http://169.254.169.254 cannot be read: HTTP 401',
      'metadata-unreachable',
    ],
    ['Error: rolebridge.yml has 2 errors:\n  a\n  b', 'settings-invalid'],
    ['No AWS credentials found. Sign in (aws sso login), or set AWS_PROFILE', 'no-aws-sign-in'],
    // As earlier versions worded it.
    [
      'asking STS who we are: no AWS credentials found. Sign in (aws sso login), or set AWS_PROFILE',
      'no-aws-sign-in',
    ],
    [
      'There are no Google credentials here (Could not load the default credentials. Browse to https://cloud.google.com/docs). Run "gcloud auth application-default login", or set GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)".',
      'no-google-sign-in',
    ],
    [
      'There is no function rolebridge-dev-sweep in us-east-1. Deploy the stack (npm run deploy), or name another stage with --stage.',
      'stack-missing',
    ],
    [
      'Cannot listen on 127.0.0.1:1338: another program listens there. Choose another --port.',
      'cannot-listen',
    ],
    ['Nothing answers at http://127.0.0.1:1338.', 'credential-server-down'],
    ['No AWS region is configured. Set AWS_REGION.', 'no-aws-region'],
    [
      'Service account a@acme-data.iam.gserviceaccount.com does not exist in project acme-data. Create it, or correct the tag.',
      'service-account-missing',
    ],
  ])('are recognized by their words: %.80s', (text, id) => {
    expect(idsOf(text)).toEqual([id]);
  });

  it('take precedence over other errors that they quote', () => {
    expect(idsOf('rolebridge could not sign in to Google: connect ETIMEDOUT 169.254.169.254:80')).toEqual([
      'rolebridge-sign-in',
    ]);
  });

  it('do not hide other errors on the same line', () => {
    const denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource";
    expect(idsOf(`rolebridge could not sign in to Google: 403 ${denied}`)).toEqual([
      'rolebridge-sign-in',
      'impersonation-denied',
    ]);
  });
});

it('the parts of a step come from the line of its error before any other line', () => {
  const denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource";
  const log = `arn:aws:iam::111122223333:role/other is fine\narn:aws:iam::111122223333:role/reports ${denied}`;
  expect(explain(log).flatMap(({ next }) => next)).toContain('rolebridge doctor --role reports');
  const elsewhere = `arn:aws:iam::111122223333:role/reports starts\n${denied}`;
  expect(explain(elsewhere).flatMap(({ next }) => next)).toContain('rolebridge doctor --role reports');
});

it('no known error is evidence by a host alone', () => {
  const hosts = new Set(knownErrors.flatMap(({ evidence = [] }) => evidence.map(({ host }) => host)));
  for (const host of hosts) expect(idsOf(`GET http://${host}/ is fine`)).toEqual([]);
});
