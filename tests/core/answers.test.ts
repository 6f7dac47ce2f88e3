import fc from 'fast-check';
import {
  type Answer,
  answerDigest,
  answerFields,
  forgettable,
  parseAnswer,
} from '../../shared/core/answer.ts';
import {
  answerText,
  approvalKey,
  isForgetSortKey,
  readAnswer,
  readApproval,
  writeAnswer,
} from '../../shared/core/answer-item.ts';
import { callerOf, isFresh, parseCallerProof } from '../../shared/core/caller-proof.ts';
import { parseSweepRequest } from '../../shared/core/sweep-request.ts';
import { accountId, now, reader } from '../support/settings.ts';

const signed = 'content-type;host;x-amz-content-sha256;x-amz-date;x-rolebridge-answer';
const authorization = (headers = signed, scope = 'us-east-1/sts') =>
  `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261124/${scope}/aws4_request, SignedHeaders=${headers}, Signature=${'0f'.repeat(32)}`;
const proof = { authorization: authorization(), date: '20261124T120000Z' };
const withToken = {
  ...proof,
  authorization: authorization(
    'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-rolebridge-answer',
  ),
  token: 'IQoJ//+=',
};
const hash = '3f2a49c8a6d4b1e0';
const resource = `projects/acme-data/serviceAccounts/${reader}`;
const adoption = {
  verdict: 'remove',
  resource: 'buckets/acme-in',
  googleRole: 'roles/storage.objectViewer',
  role: 'aws:111122223333:app-old',
} as const;
const answers: readonly (readonly [Answer, object, string])[] = [
  [{ kind: 'approve', hash }, { approve: hash }, `approve ${hash}`],
  [{ kind: 'acceptTable' }, { accept: 'table' }, 'accept the table'],
  [
    { kind: 'forget', thing: { kind: 'project', name: 'acme-old' }, listed: hash },
    { forget: { project: 'acme-old', listed: hash } },
    'forget project acme-old',
  ],
  [
    { kind: 'forget', thing: { kind: 'account', name: '444455556666' }, listed: hash },
    { forget: { account: '444455556666', listed: hash } },
    'forget account 444455556666',
  ],
  [
    { kind: 'forget', thing: { kind: 'resource', name: resource }, listed: hash },
    { forget: { resource, listed: hash } },
    `forget resource ${resource}`,
  ],
  [
    { kind: 'forget', thing: { kind: 'resource', name: 'buckets/acme-in' }, listed: hash },
    { forget: { resource: 'buckets/acme-in', listed: hash } },
    'forget resource buckets/acme-in',
  ],
  [
    { kind: 'adopt', adoption: { verdict: 'keep', resource: 'buckets/acme-in' }, listed: hash },
    { adopt: { verdict: 'keep', resource: 'buckets/acme-in', listed: hash } },
    'adopt: keep members on buckets/acme-in',
  ],
  [
    { kind: 'adopt', adoption, listed: hash },
    { adopt: { ...adoption, listed: hash } },
    'adopt: remove members of aws:111122223333:app-old on buckets/acme-in under roles/storage.objectViewer',
  ],
  [{ kind: 'revokeAll' }, { revoke: 'all' }, 'revoke all'],
  [{ kind: 'resume' }, { resume: 'all' }, 'resume'],
];

describe('the input of the sweep', () => {
  it.each([[undefined], [null], [''], [{}], [{ source: 'aws.events' }]])('%j is a plain sweep', (event) => {
    expect(parseSweepRequest(event)).toEqual({ kind: 'plain' });
  });

  it.each(answers)('%j is an answer, with the proof of the person who gives it', (answer, fields, text) => {
    expect(answerFields(answer)).toEqual(fields);
    expect(parseSweepRequest({ ...fields, proof })).toEqual({ kind: 'answer', answer, proof });
    expect(parseSweepRequest({ ...fields, proof: withToken })).toEqual({
      kind: 'answer',
      answer,
      proof: withToken,
    });
    expect(answerText(answer)).toBe(text);
  });

  it.each(answers)('%j without a proof is refused, and the error shows its content', (_, fields) => {
    for (const event of [fields, { ...fields, proof: 'me' }, { ...fields, proof: { ...proof, more: 1 } }])
      expect(() => parseSweepRequest(event)).toThrow(
        /This answer has no proof of its caller .*Nothing was done/,
      );
  });

  it.each<[unknown]>([
    ['approve:3f2a49c8a6d4b1e0'],
    [7],
    [[hash]],
    [{ proof }],
    [{ Approve: hash, proof }],
    [{ approve: hash, force: true, proof }],
    [{ approve: 'all', proof }],
    [{ approve: hash.toUpperCase(), proof }],
    [{ approve: `${hash}f`, proof }],
    [{ approve: [hash], proof }],
    [{ approve: `x${hash}`, proof }],
    [{ accept: 'all', proof }],
    [{ accept: 'table', approve: hash, proof }],
    [{ revoke: 'some', proof }],
    [{ resume: true, proof }],
    [{ source: 'eve' }],
    [{ forget: 'acme-old', proof }],
    [{ forget: { project: 'acme-old' }, proof }],
    [{ forget: { project: 'acme-old', listed: 'all' }, proof }],
    [{ forget: { project: 'acme-old', listed: 7 }, proof }],
    [{ forget: { project: 'acme-old', account: '444455556666', listed: hash }, proof }],
    [{ forget: { project: '../x', listed: hash }, proof }],
    [{ forget: { account: '4444', listed: hash }, proof }],
    [{ forget: { resource: 'projects/*', listed: hash }, proof }],
    [{ forget: { folder: 'x', listed: hash }, proof }],
    [{ forget: { project: 7, listed: hash }, proof }],
    [{ forget: { project: ['acme-old'], listed: hash }, proof }],
    [{ forget: { project: 'acme-old', listed: [hash] }, proof }],
    [{ forget: { project: 'Xacme-old', listed: hash }, proof }],
    [{ forget: { project: 'acme-old/x', listed: hash }, proof }],
    [{ forget: { account: 'x444455556666', listed: hash }, proof }],
    [{ forget: { account: '4444555566667', listed: hash }, proof }],
    [{ forget: { resource: `x/${resource}`, listed: hash }, proof }],
    [{ forget: { resource: `${resource}/keys`, listed: hash }, proof }],
    [{ forget: { listed: hash, more: 1 }, proof }],
    [{ adopt: 'all', proof }],
    ...[
      { verdict: 'drop' },
      { resource: 'folders/7' },
      { resource: reader },
      { resource: undefined },
      { googleRole: 'viewer' },
      { googleRole: 7 },
      { role: 'app-old' },
      { role: 'aws:111122223333:App-Old' },
      { role: 7 },
      { listed: 'all' },
      { listed: undefined },
      // One text in a list reads like the text.
      { resource: [adoption.resource] },
      { googleRole: [adoption.googleRole] },
      { role: [adoption.role] },
      { listed: [hash] },
      { more: true },
    ].map((change): [unknown] => [{ adopt: { ...adoption, listed: hash, ...change }, proof }]),
  ])('%j is an error: a mistyped answer must not pass for a plain sweep', (event) => {
    expect(() => parseSweepRequest(event)).toThrow('The sweep takes nothing');
  });

  it('no error repeats the proof, because everything that the function throws is logged', () => {
    for (const event of [
      { approve: 'x', proof: withToken },
      { approve: hash, proof: { ...withToken, date: '' } },
    ])
      try {
        parseSweepRequest(event);
        throw new Error('it was taken');
      } catch (thrown) {
        expect(String(thrown)).not.toMatch(/Signature|IQoJ/);
      }
  });
});

describe('a signed answer', () => {
  it('is one answer to one stage', () => {
    const digests = answers.flatMap(([answer]) =>
      ['prod', 'test'].map((stage) => answerDigest(stage, answer)),
    );
    expect(new Set(digests).size).toBe(2 * answers.length);
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, object]>([
    [
      'the answer is not among the signed headers',
      { authorization: authorization('content-type;host;x-amz-content-sha256;x-amz-date') },
    ],
    ['more is signed', { authorization: authorization(`amz-sdk-request;${signed}`) }],
    ['the token is not signed', { token: 'IQoJ' }],
    ['it is for another region', { authorization: authorization(signed, 'eu-west-1/sts') }],
    ['it is for another service', { authorization: authorization(signed, 'us-east-1/iam') }],
    ['it is of another kind', { authorization: `Bearer ${hash}` }],
    ['it has another line', { authorization: `${authorization()}\r\nhost: eve` }],
    ['its date is not a date', { date: 'today' }],
    ['its date has something before it', { date: `x${proof.date}` }],
    ['its date has something after it', { date: `${proof.date}x` }],
    ['its date is a list', { date: [proof.date] }],
    ['its date is missing', { date: undefined }],
    ['its signature is missing', { authorization: undefined }],
    ['its signature is a list', { authorization: [proof.authorization] }],
    ['it contains more', { url: 'https://eve.example.com' }],
    ['its token has spaces', { ...withToken, token: 'a b' }],
    ['its token is not a text', { ...withToken, token: 7 }],
  ])('a proof is not valid if %s', (_, change) => {
    expect(parseCallerProof({ ...proof, ...change })).toBeUndefined();
  });

  it('only an object can be a proof', () => {
    for (const value of [undefined, null, 'x', []]) expect(parseCallerProof(value)).toBeUndefined();
  });

  it.each([
    ['20261124T120000Z', true],
    ['20261124T114500Z', true],
    ['20261124T114459Z', false],
    ['20261124T121500Z', true],
    ['20261124T121501Z', false],
    ['20269924T120000Z', false],
    ['never', false],
  ])('signed at %s, it is valid at noon: %s', (date, isGood) => {
    expect(isFresh({ ...proof, date }, new Date('2026-11-24T12:00:00Z'))).toBe(isGood);
  });

  it('the caller is the one that STS names, in the home account', () => {
    const arn = `arn:aws:sts::${accountId}:assumed-role/Admin/alice@example.com`;
    expect(callerOf({ Arn: arn, Account: accountId }, accountId)).toBe(arn);
    expect(callerOf({ Arn: `arn:aws:iam::${accountId}:user/x/bob`, Account: accountId }, accountId)).toBe(
      `arn:aws:iam::${accountId}:user/x/bob`,
    );
    for (const answered of [
      {},
      { Arn: arn },
      { Arn: arn, Account: '444455556666' },
      { Arn: arn.replace(accountId, '444455556666'), Account: accountId },
      { Arn: `${arn}\nx`, Account: accountId },
      { Arn: `x${arn}`, Account: accountId },
      { Arn: arn.replace('aws', 'aws_'), Account: accountId },
      { Arn: `arn:aws:s3::${accountId}:x`, Account: accountId },
      { Arn: `${arn}${'x'.repeat(2048)}`, Account: accountId },
    ])
      expect(callerOf(answered, accountId)).toBeUndefined();
  });
});

describe('the item of an answer', () => {
  it('is read as it was written', () => {
    expect(readAnswer(writeAnswer('revoke', 'arn', now))).toEqual({
      answer: 'revoke',
      at: now.toISOString(),
      answeredBy: 'arn',
    });
    expect(readAnswer(writeAnswer('approve', 'arn', now))?.answer).toBe('approve');
    for (const kind of ['project', 'account', 'resource'] as const)
      expect(readAnswer(writeAnswer('forget', 'arn', now, { kind, name: 'x' }))).toMatchObject({
        thing: { kind, name: 'x' },
        kept: [],
      });
  });

  it.each([
    ['nothing', ''],
    ['another version', { version: 2 }],
    ['another answer', { answer: 'allow' }],
    ['an invalid date', { at: 'soon' }],
    ['no date', { at: 7 }],
    ['no person', { answeredBy: undefined }],
    ['forgets nothing', { answer: 'forget' }],
    ['forgets without a name', { answer: 'forget', kind: 'project', kept: [] }],
    ['forgets another kind of thing', { answer: 'forget', kind: 'role', name: 'x', kept: [] }],
    ['keeps no list', { answer: 'forget', kind: 'project', name: 'x', kept: 'e1' }],
    ['keeps something that has no name', { answer: 'forget', kind: 'project', name: 'x', kept: [7] }],
  ])('%s: it is unreadable, never empty', (_, change) => {
    const body =
      typeof change === 'string'
        ? change
        : JSON.stringify({ ...JSON.parse(writeAnswer('revoke', 'arn', now)), ...change });
    expect(readAnswer(body)).toBeUndefined();
  });

  it('approves the list that its key names, by a whole hash', () => {
    const body = writeAnswer('approve', 'arn', now);
    expect(readApproval({ ...approvalKey(hash), body })?.hash).toBe(hash);
    for (const other of [`x${hash}`, `${hash}0`])
      expect(readApproval({ ...approvalKey(other), body })).toBeUndefined();
    expect(readApproval({ ...approvalKey(hash), body: writeAnswer('revoke', 'arn', now) })).toBeUndefined();
  });

  it('a message may name an answer that something is gone, and no other item', () => {
    expect(isForgetSortKey('forget#project#acme-old')).toBe(true);
    for (const sk of [
      'revoke#all',
      'approve#x',
      'forget#role#x',
      'forget#project#',
      'forget#project#a b',
      'x#forget#project#a',
    ])
      expect(isForgetSortKey(sk)).toBe(false);
  });
});

it('each kind of thing is named in its own form; a service account also by its e-mail', () => {
  expect(forgettable('resource', reader)).toEqual({ kind: 'resource', name: resource });
  expect(forgettable('resource', resource)).toEqual({ kind: 'resource', name: resource });
  expect(forgettable('project', reader)).toBeUndefined();
  expect(forgettable('project', 'example.com:legacy')).toEqual({
    kind: 'project',
    name: 'example.com:legacy',
  });
  for (const [kind, name] of [
    ['project', ''],
    ['account', 'acme'],
    ['resource', 'buckets/b'],
  ] as const)
    expect(forgettable(kind, name)).toBeUndefined();
});

it('everything that is read as an answer is written back unchanged', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('approve', 'accept', 'forget', 'revoke', 'resume', 'x'),
        fc.oneof(
          fc.string(),
          fc.constantFrom('all', 'table', hash),
          fc.dictionary(
            fc.constantFrom('project', 'account', 'resource', 'listed'),
            fc.oneof(fc.string(), fc.constantFrom(hash, 'acme-old', '444455556666')),
          ),
        ),
        { maxKeys: 2 },
      ),
      (fields) => {
        const answer = parseAnswer({ ...fields });
        expect(answer === undefined || answerFields(answer)).toEqual(
          answer === undefined ? true : { ...fields },
        );
      },
    ),
  );
});
