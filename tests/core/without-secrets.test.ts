import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { PermanentError, RetryableError, toFailure } from '../../shared/core/errors.ts';
import { memberOf } from '../../shared/core/member.ts';
import { withoutSecrets } from '../../shared/core/without-secrets.ts';
import { explain } from '../../shared/explain/explain.ts';
import { knownErrors } from '../../shared/explain/known-errors/catalog.ts';
import { reader, reports, settings } from '../support/settings.ts';

const base64 = (of: string): string => createHash('sha512').update(of).digest('base64');
const base64url = (of: string): string => base64(of).replaceAll('+', '-').replaceAll('/', '_').slice(0, 80);
const secretKey = 'kJ4tUdPz0sQ/7uYbX+Vn3LwRm9HcEaGf1iZo8TqN';
const sessionToken = `IQoJb3JpZ2luX2Vj${base64('a')}${base64('b')}`;
const signature = createHash('sha256').update('a').digest('hex');
const accessToken = `ya29.${base64('c').replaceAll(/[+/=]/g, '-')}`;
const webToken = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${'cGF5bG9hZA'.repeat(5)}.c2ln`;
const pem = `-----BEGIN PRIVATE KEY-----\n${base64('d')}\nshort/last+line==\n-----END PRIVATE KEY-----`;

describe('secrets in the errors of services and proxies', () => {
  it.each([
    ['a key alone', `no ${secretKey}, thanks`, 'no [redacted], thanks'],
    ['a key in a path of a URL', `/${encodeURIComponent(secretKey)}?`, '[redacted]?'],
    ['a key in a form in a form', `<${encodeURIComponent(encodeURIComponent(secretKey))}>`, '<[redacted]>'],
    ['a session token', `The token ${sessionToken} is expired`, 'The token [redacted] is expired'],
    [
      "AWS's canonical request",
      `'POST\n/\n\nhost:sts.amazonaws.com\nx-amz-security-token:short/Token0123456\n\n${signature}'`,
      "'POST\n/\n\nhost:sts.amazonaws.com\nx-amz-security-token:[redacted]\n\n[redacted]'",
    ],
    [
      "AWS's header",
      `AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20260101/eu-west-1/sts/aws4_request, SignedHeaders=host, Signature=${signature}`,
      'AWS4-HMAC-SHA256 Credential=[redacted], SignedHeaders=host, Signature=[redacted]',
    ],
    ['a signature in capitals', `(${signature.toUpperCase()})`, '([redacted])'],
    [
      'a signed URL',
      `?X-Amz-Credential=ASIAEXAMPLE%2F20260101%2Feu-west-1&X-Amz-Expires=60&X-Amz-Signature=${signature}&a=b`,
      '?X-Amz-Credential=[redacted]&X-Amz-Expires=60&X-Amz-Signature=[redacted]&a=b',
    ],
    ['a header of a proxy', `authorization: Bearer ${'a'.repeat(16)}!`, 'authorization: Bearer [redacted]!'],
    ['the same in a URL', 'Bearer%20abcdefghijklmnop&b', 'Bearer [redacted]&b'],
    ['a client that names itself', 'basic Y2xpZW50OnNlY3JldA==', 'basic [redacted]'],
    ['a header of a container agent', 'Authorization: planted0Authorization', 'Authorization: [redacted]'],
    ['an access token', `<p>${accessToken}</p>`, '<p>[redacted]</p>'],
    ['a refresh token', `"1//0${'gAbC-_9'.repeat(9)}"`, '"[redacted]"'],
    ['a client secret', 'GOCSPX-abcdefghij', '[redacted]'],
    ['a JSON web token', `with ${webToken}.`, 'with [redacted].'],
    ['one without a signature', `with ${webToken.split('.').slice(0, 2).join('.')} `, 'with [redacted] '],
    ['a private key', `is:\n${pem}\nend`, 'is:\n[redacted]\nend'],
    ['one that breaks off', pem.replace(/-----END.*/, ''), '[redacted]'],
    [
      'JSON, as it is and in a text of JSON',
      '{"access_token":"abcdefghijklmnop","SecretAccessKey" : "short/Key01234567", \\"client_secret\\":\\"abcdefghijklmnop\\"}',
      '{"access_token":"[redacted]","SecretAccessKey" : "[redacted]", \\"client_secret\\":\\"[redacted]\\"}',
    ],
    ['XML', '<SessionToken>abcdefghijklmnop</SessionToken>', '<SessionToken>[redacted]</SessionToken>'],
    [
      'a form',
      'grant_type=refresh_token&refresh_token=abcdefghijklmnop&subject_token=%7B%22url%22%3A%22https&x=y',
      'grant_type=refresh_token&refresh_token=[redacted]&subject_token=[redacted]&x=y',
    ],
    [
      'JSON in a URL',
      'token%22%3A%22abcdefghijklmnop, password%3Dabcdefghijklmnop',
      'token%22%3A%22[redacted], password%3D[redacted]',
    ],
    [
      'a piece of an answer, quoted by the parser',
      'Unexpected token \'<\', "<p>ya29.abc"... is not valid JSON',
      "Unexpected token '<', what came is not valid JSON",
    ],
    [
      'a piece with quotes and lines in it',
      `Unexpected token ''', ..."a":\n"sec"... is not valid JSON`,
      "Unexpected token ''', what came is not valid JSON",
    ],
    [
      'a proxy with a password',
      'at http://me:Sup3rS3cret@proxy:3128/',
      'at http://me:[redacted]@proxy:3128/',
    ],
    ['prose', 'Password: Sup3rS3cretPassw0rd99, no', 'Password: [redacted], no'],
    [
      'the documentation’s key',
      'SecretAccessKey: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      'SecretAccessKey: [redacted]',
    ],
    [
      'headers with many values',
      '"X-Amz-Security-Token":["FwoGZXIvYXdzEXAMPLE"], {"key":"x-amz-security-token","value":"FwoGZXIvYXdzEXAMPLE"}',
      '"X-Amz-Security-Token":["[redacted]"], {"key":"x-amz-security-token","value":"[redacted]"}',
    ],
    ['a cookie', 'Cookie: theme=dark; session=abc\nHost: a', 'Cookie: [redacted]\nHost: a'],
    ['cookies in JSON', '{"cookie":["session=abc; b=c"]}', '{"cookie":["[redacted]"]}'],
    ['a header with an API key', 'x-api-key: abcdefghij0123456789', 'x-api-key: [redacted]'],
    ["one of Google's", `key=AIza${base64url('e').slice(0, 35)}&a=b`, 'key=[redacted]&a=b'],
    ['an opaque token', `it was ${base64url('f')}, not`, 'it was [redacted], not'],
    [
      'a key at the end of a path',
      `GET latest/meta/data/iam/security/credentials/reports/${secretKey} HTTP/1.1`,
      'GET [redacted] HTTP/1.1',
    ],
  ])('%s', (_, text, left) => expect(withoutSecrets(text)).toBe(left));

  it('keys and session tokens of AWS, anywhere in a text', () => {
    const texts = Array.from({ length: 2000 }, (_, index) => base64(String(index)));
    const missed = texts
      .map((text) => text.slice(0, 40))
      .filter((key) => withoutSecrets(`it says ${key}`).includes(key));
    // Chance decides which ones; with a name before them ("SecretAccessKey": …) none is missed.
    expect(missed.length).toBeLessThan(20);
    expect(texts.filter((text) => withoutSecrets(`it says ${text}${text}`).includes(text))).toEqual([]);
    expect(missed.filter((key) => withoutSecrets(`secret_access_key=${key}`).includes(key))).toEqual([]);
  });
});

describe('text that names something stays', () => {
  const pool =
    'projects/123456789012/locations/global/workloadIdentityPools/aws-roles/providers/aws-111122223333';
  it.each([
    `Permission 'iam.serviceAccounts.getAccessToken' denied on resource ${pool} (or it may not exist).`,
    `400 invalid_grant: ${memberOf(settings, reports)} on ${reader}`,
    'User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_0a1b2c3d4e5f6a7b/alice@example.com is not authorized',
    'arn:aws:iam::111122223333:role/Team/DataPlatform/Stage1/NightlyExportOfEverything1',
    'RequestId: 3f2a9c1e-5b7d-4684-9f3a-9c2e51b7d684, X-Ray 1-5759e988-bd862e3fe1be46a994272793',
    'Could not refresh the token: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html',
    'asking for a token: CredentialsProviderError: Could not load credentials from any providers',
    'invalid_token: TheTokenIsMalformed, says Google; the bearer token is expired; basic authentication',
    'The key ASIAEXAMPLE0123456789 of role AROAEXAMPLEROLE000000 is not known; service account 123456789012345678901.',
    'Let them pass with: rolebridge sweep --approve 0f3a9c2e51b7d684',
    'Signature expired: 20260101T000000Z is now earlier than 20260101T001500Z, token=short, a/b/c/d 1//2',
    'Credentials of https://example.com:443/a@b and mail to //x: a@b.example',
    '/google-access/app-token: arn:aws:ssm:eu-west-1:111122223333:parameter/google-access/app-token',
    `/google-access/app-secret: ${reader}; /google-access/app-token: ${pool}`,
    'no token: sts.eu-west-1.amazonaws.com does not answer; no token: i-0123456789abcdef0 has no role',
    'arn:aws:secretsmanager:eu-west-1:111122223333:secret:TheirDatabasePassword-a1B2c3',
    'the token: 123456789012345678901 of AROAEXAMPLEROLE000000; the credential: ASIAEXAMPLE000000000 is old',
    'arn:aws:iam::111122223333:role/Team1/App2/Svc3/Env4/Reports5/Reader6/Worker7',
    ...[
      'CustomS3AutoDeleteObjectsCustomResourceProviderRole3B1BD092',
      'DataPlatformReportsFunctionServiceRole3F2A9B1C',
      'LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8aServiceRole9741ECFB',
      'OrdersApiGetOrdersByCustomerHandlerServiceRole8B1D0E77',
      'BucketNotificationsHandler050a0587b7544547bf325f094a3db834Role2CF63D36',
    ].flatMap((name) => [
      `role ${name} of account 111122223333: ${name} has no tag`,
      `arn:aws:iam::111122223333:role/${name}`,
      `arn:aws:sts::111122223333:assumed-role/${name}/session`,
      `assumed-role/${name}/session and service-role/${name}`,
      `/google-access/${name}/default in eu-west-1`,
    ]),
    // It looks like it may be a key: it stays because of the text before it.
    `arn:aws:iam::111122223333:role/${'a1B2'.repeat(12)}, role ${'a1B2'.repeat(12)}`,
    `${'='.repeat(60)} ${'-'.repeat(60)} ${'a'.repeat(60)} ${'0'.repeat(60)}`,
    `"${'a'.repeat(90)}" is not valid JSON`,
  ])('%s', (text) => expect(withoutSecrets(text)).toBe(text));

  it.each(knownErrors.map(({ id, example }) => [id, example] as const))(
    'the known error %s is still known',
    (id, example) => expect(explain(withoutSecrets(example)).map((one) => one.id)).toEqual([id]),
  );
});

it('a clean text stays unchanged, and cleaning twice has the effect of cleaning once', () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom(secretKey, accessToken, 'token=', '"secret":"', pem));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const once = withoutSecrets(pieces.join(' '));
      expect(withoutSecrets(once)).toBe(once);
    }),
  );
});

describe('a long text is cut', () => {
  it('and says so', () => {
    expect(withoutSecrets('a b '.repeat(2), 8)).toBe('a b a b ');
    expect(withoutSecrets('a b '.repeat(3), 8)).toBe('a… (cut)');
    expect(new PermanentError('a '.repeat(9000)).message).toBe(`${'a '.repeat(1996)}a… (cut)`);
    expect(new PermanentError('a '.repeat(2000)).message).toBe('a '.repeat(2000));
    // Not in the middle of a character.
    expect(withoutSecrets('😀'.repeat(5), 8)).toBe('\uFFFD… (cut)');
  });

  it('if a secret was cut in half, none of it stays', () => {
    const long = pem.replace('/', '/'.repeat(8000 - `it says ${pem} and `.length - 20 + 1));
    const failure = new RetryableError(`it says ${long} and ${secretKey}`);
    expect(failure.message).toBe('it says [redacted] and … (cut)');
    const tokens = new RetryableError(`it says ${sessionToken.repeat(50)}`);
    expect(tokens.message).toBe('it says … (cut)');
  });
});

describe('a Failure holds no secret', () => {
  it.each([PermanentError, RetryableError])('neither its message nor its stack: %p', (Kind) => {
    const { message, stack } = new Kind(`reading it: ${accessToken}`);
    expect(message).toBe('reading it: [redacted]');
    expect(stack).toContain('Error: reading it: [redacted]\n');
    expect(stack).not.toContain(accessToken);
  });

  it.each([new Error(`no ${secretKey}`), `no ${secretKey}`])('no matter what was thrown: %#', (thrown) => {
    const failure = toFailure(thrown);
    expect(failure.message).toBe('no [redacted]');
    expect(inspect({ ...failure })).not.toContain(secretKey);
    // For programs the cause stays complete; code that shows it to people (cli/failure.ts, shared/app/each-role.ts)
    // cleans it.
    expect(failure.cause).toBe(thrown);
  });
});
