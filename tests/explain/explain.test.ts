import fc from 'fast-check';
import { decode } from '../../shared/explain/error-text.ts';
import { explain } from '../../shared/explain/explain.ts';
import { knownErrors } from '../../shared/explain/known-errors/catalog.ts';
import { anyText } from '../support/any-text.ts';
import { email, reader } from '../support/settings.ts';

const idsOf = (text: string): readonly string[] => explain(text).map(({ id }) => id);
const nextOf = (text: string): string =>
  explain(text)
    .flatMap(({ next }) => next)
    .join('\n');
/** Wraps a line between words, as a terminal does. */
const wrapped = (text: string, width: number): string => {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.pop();
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length <= width) lines.push(`${last} ${word}`);
    else lines.push(last, word);
  }
  return lines.join('\n');
};
const exampleOf = (id: string): string => knownErrors.find((error) => error.id === id)?.example ?? '';

describe('explain', () => {
  it.each([
    '',
    ' ',
    'hello',
    'undefined',
    'ok',
    'Error: connect ECONNREFUSED 127.0.0.1:5432',
    'TypeError: Cannot read properties of undefined (reading "region")',
    'npm ERR! code ENOENT npm ERR! syscall open npm ERR! path package.json',
    'AccessDenied: User: arn:aws:sts::111122223333:assumed-role/reports/i-0 is not authorized to perform: s3:GetObject',
    '403 Forbidden',
    'HTTP 429 Too Many Requests from api.github.com',
    'Permission denied (publickey).',
    'Request timed out.',
    'error: invalid target triple for wasm32',
    'The AWS region is us-east-1, and the audience is https://example.com.',
    'Granted; effective within minutes.',
    'rolebridge: wrote /etc/google-access/default.json',
    'The file exists. A role was made. The policy was read.',
    'https://iam.googleapis.com/v1/projects/acme-data/serviceAccounts',
    'Traceback (most recent call last): File "main.py", line 3, in <module> KeyError: "Token"',
  ])('has no explanation for %j', (text) => {
    expect(explain(text)).toEqual([]);
  });

  it('prints everything that it knows, with the names of the text in the steps', () => {
    const [found] = explain(
      'rolebridge: nothing is granted to role app.web yet (looked under /google-access/app..web in eu-west-1)',
    );
    expect(found).toEqual({
      id: 'nothing-granted',
      link: 'parameter',
      cause: expect.stringContaining('boot/fetch found no credential config'),
      next: [
        'rolebridge doctor --role app.web',
        'aws iam list-role-tags --role-name app.web',
        'aws ssm get-parameters-by-path --path /google-access/app..web --region eu-west-1',
      ],
      source: 'boot/fetch',
    });
  });

  it('begins with the first broken link, regardless of the order in the log', () => {
    const log = `
      PERMISSION_DENIED: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).
      ... retrying
      rolebridge could not sign in to Google: 403`;
    expect(idsOf(log)).toEqual(['rolebridge-sign-in', 'impersonation-denied']);
  });

  it('omits an error that is only a part of a more specific one', () => {
    const body =
      'Error code invalid_grant: Received invalid AWS response of type SignatureDoesNotMatch with error message: Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z';
    expect(idsOf(body)).toEqual(['clock-wrong']);
    expect(idsOf('Unable to retrieve AWS role name <title>401 - Unauthorized</title>')).toEqual([
      'metadata-token-required',
    ]);
    expect(idsOf('Unable to retrieve AWS role name <title>404 - Not Found</title>')).toEqual([
      'no-instance-role',
    ]);
  });

  it('explains both of two errors in one text', () => {
    expect(
      idsOf('Failed to retrieve AWS region. Caused by: 169.254.169.254:80 failed: connect timed out'),
    ).toEqual(['metadata-unreachable', 'no-aws-region']);
  });

  it('bridges a gap of a line or two, but not of a whole log', () => {
    const apart = (characters: number) =>
      idsOf(`The mapped attribute ${'x'.repeat(characters)} must be of type STRING`);
    expect(apart(200)).toEqual(['mapped-attribute-not-a-string']);
    expect(apart(201)).toEqual([]);
  });

  it('finds the words at a later place if an earlier one continues differently', () => {
    expect(
      idsOf(
        `The mapped attribute is fine. ${'.'.repeat(300)} The mapped attribute "google.subject" must be of type STRING.`,
      ),
    ).toEqual(['mapped-attribute-not-a-string']);
  });

  const denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
  it.each([
    ['a JSON body', JSON.stringify({ error: { code: 403, message: denied } }, null, 2)],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ message: denied.replaceAll(' ', '\n') }))],
    ['HTML', `<pre>${denied.replaceAll("'", '&#39;')}</pre>`],
    ['HTML, in hexadecimal', denied.replaceAll("'", '&#x27;')],
    ['HTML, twice', denied.replaceAll("'", '&amp;quot;')],
    ['HTML with a character that is none', `&#9999999; ${denied} &#xFFFFFF;`],
    ['a Unicode escape', denied.replaceAll("'", String.raw`\u0027`)],
    ['curly quotes', denied.replaceAll("'", '’')],
    ['a Python tuple', `('${denied.replaceAll("'", String.raw`\'`)}', '{}')`],
    ['a colored terminal', denied.replace('denied', '\u001B[31mdenied\u001B[0m')],
    ["Terraform's box", `╷\n│ Error: ${denied.replace('denied', 'denied\n│   ')}\n╵`],
    ['a narrow terminal', denied.replaceAll(/(.{40})/g, '$1\n')],
    ['a terminal that wraps between words', wrapped(`ERROR: ${denied}`, 60)],
    ['a shout', denied.toUpperCase()],
  ])('reads %s', (_, text) => {
    expect(idsOf(text)).toEqual(['impersonation-denied']);
  });

  it('fills in the parts that a text names once', () => {
    const next = nextOf(
      `POST https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${reader}:generateAccessToken ` +
        `by arn:aws:sts::111122223333:assumed-role/reports/i-0abc: ${denied}`,
    );
    expect(next).toContain('rolebridge doctor --role reports\n');
    expect(next).toContain(`get-iam-policy ${reader} --project acme-data`);
  });

  it.each([
    [
      'two service accounts',
      `${email('reader')} ${email('writer')} ${denied}`,
      'get-iam-policy SERVICE_ACCOUNT --project PROJECT',
    ],
    [
      'an e-mail that names no project',
      `x@developer.gserviceaccount.com ${denied}`,
      'x@developer.gserviceaccount.com --project PROJECT',
    ],
    ['no e-mail but a project', `in project acme-data: ${denied}`, 'SERVICE_ACCOUNT --project acme-data'],
    ['a role by its ARN', `arn:aws:iam::111122223333:role/team/web/reports. ${denied}`, '--role reports\n'],
    [
      'the provider by its audience',
      'Error code invalid_target for //iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/providers/aws-111122223333: no',
      'describe projects/123456789012/locations/global/workloadIdentityPools/aws-roles/providers/aws-111122223333\n',
    ],
    [
      'the API and its project',
      exampleOf('api-disabled'),
      'gcloud services enable iamcredentials.googleapis.com --project 889403714106',
    ],
    [
      'account and region of an ARN',
      exampleOf('parameter-read-denied'),
      'arn:aws:ssm:eu-west-1:111122223333:parameter/google-access/reports',
    ],
    [
      'the role in the path of the metadata service',
      `/latest/meta-data/iam/security-credentials/reports ${denied}`,
      '--role reports\n',
    ],
    ['nothing but the error', denied, 'rolebridge doctor --role ROLE\n'],
  ])('%s', (_, text, step) => {
    expect(nextOf(text)).toContain(step);
  });
});

describe('for any text', () => {
  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string()), (text) => {
        expect(Array.isArray(explain(text))).toBe(true);
      }),
    );
  });

  const example = fc.constantFrom(...knownErrors);
  it('letter case changes nothing', () => {
    fc.assert(
      fc.property(example, fc.infiniteStream(fc.boolean()), ({ id, example: text }, dice) => {
        const changed = text.replaceAll(/[a-z]/gi, (letter) =>
          dice.next().value === true ? letter.toUpperCase() : letter.toLowerCase(),
        );
        expect(idsOf(changed)).toEqual([id]);
      }),
    );
  });

  it('wrapping a line in a terminal changes nothing, unless the next line looks like a new one', () => {
    fc.assert(
      fc.property(example, fc.integer({ min: 60, max: 200 }), ({ id, example: text, phrases }, width) => {
        // A gap never spans lines.
        fc.pre(phrases.every((phrase) => !phrase.includes('…')));
        const lines = wrapped(text, width).split('\n');
        fc.pre(
          lines.every((line, index) => index === 0 || !/^(\W|[\w.-]*:|\S*(Error|Exception))/.test(line)),
        );
        fc.pre(lines.slice(0, -1).every((line) => line.length >= 40));
        expect(idsOf(lines.join('\n'))).toEqual([id]);
      }),
    );
  });

  it('text around an error changes nothing', () => {
    fc.assert(
      fc.property(example, fc.lorem(), fc.lorem(), ({ id, example: text }, before, after) => {
        expect(idsOf(`${before}\n${text}\n${after}`)).toEqual([id]);
      }),
    );
  });

  it('no command contains text that a shell would interpret', () => {
    const evil = fc.constantFrom(
      ...'$(rm -rf ~)',
      '`',
      ';',
      '|',
      '&',
      '"',
      "'",
      '\n',
      '>',
      'x',
      '/',
      '@',
      '.',
    );
    fc.assert(
      fc.property(example, fc.array(evil, { maxLength: 20 }), ({ id, example: text, next }, signs) => {
        const bad = signs.join('');
        const filled = explain(
          `assumed-role/${bad} :role/${bad} role ${bad} yet ${bad}@acme-data.iam.gserviceaccount.com in project ${bad} ${text}`,
        ).find((found) => found.id === id);
        const added = (filled?.next.join(' ') ?? '').match(/[$`;|&"'<>()~\n]/g) ?? [];
        expect(added).toEqual(next.join(' ').match(/[$`;|&"'<>()~\n]/g) ?? []);
      }),
    );
  });
});

describe('decode', () => {
  it('undoes escapes and entities, and keeps line breaks', () => {
    expect(decode('“A”\\n&lt;b&gt;\\t‘c’&nbsp;\\"d\\" &apos;e&apos;')).toBe(`"A"\n<b> 'c' "d" 'e'`);
  });
});

it.each([
  [
    "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)",
    'impersonation-denied',
  ],
  ['The given credential is rejected by the attribute condition', 'attribute-condition'],
  ['The size of mapped attribute google.subject exceeds the 127 bytes limit', 'subject-too-long'],
  ['invalid_target', 'provider-not-there'],
  ['Unable to determine AWS region', 'no-aws-region'],
  ['Unable to retrieve AWS region', 'no-aws-region'],
  ['Unable to retrieve AWS role name', 'no-instance-role'],
  ['Unable to retrieve AWS security credentials', 'no-instance-credentials'],
  ['POST https://sts.googleapis.com/v1/token: 429 Too Many Requests', 'token-exchange-throttled'],
  [
    'GET http://169.254.169.254/latest/meta-data/iam/security-credentials 401 Unauthorized',
    'metadata-token-required',
  ],
  ['IMDSv2 hop limit', 'metadata-unreachable'],
  ['Identity Pool does not exist', 'pool-missing'],
  ['is of an unknown type', 'member-of-unknown-type'],
  ['There were concurrent policy changes', 'concurrent-policy-changes'],
  ['do not belong to a permitted customer', 'domain-restricted'],
  ['OutboundWebIdentityFederationDisabled', 'outbound-federation-disabled'],
])('the part that people would type is enough: %s', (text, id) => {
  expect(explain(text).map((one) => one.id)).toEqual([id]);
});
