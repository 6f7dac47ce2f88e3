import fc from 'fast-check';
import { reconcile } from '../../shared/app/reconcile.ts';
import { requestOf } from '../../shared/app/role-run.ts';
import { parseSettings } from '../../shared/config/config.ts';
import { ConfigError } from '../../shared/config/error.ts';
import { readPublished, sameJson } from '../../shared/core/credential-config.ts';
import { PermanentError } from '../../shared/core/errors.ts';
import { decodeRoleName, encodeRoleName, roleNameOfParameter } from '../../shared/core/grant-parameters.ts';
import { desiredOf } from '../../shared/core/guardrail.ts';
import {
  type AllowPolicy,
  conditionsOf,
  editPolicy,
  hasEnded,
  isAllowPolicy,
  ourBindings,
  principalCount,
} from '../../shared/core/iam-policy.ts';
import { bindingsSortKey, readLedgerItem, writeLedgerItem } from '../../shared/core/ledger.ts';
import { memberOf } from '../../shared/core/member.ts';
import { parseMessage } from '../../shared/core/message.ts';
import { type Tag, targetText } from '../../shared/core/model.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import { readDropped, readScopeEntry, writeScopeEntry } from '../../shared/core/scope.ts';
import { isServiceAccountEmail, serviceAccountResource } from '../../shared/core/service-account.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { parseSweepRequest } from '../../shared/core/sweep-request.ts';
import { parseTags } from '../../shared/core/tags.ts';
import { trustedPoolsOf, trustedProviders } from '../../shared/core/trusted-pools.ts';
import { metadataToken, routeMetadata } from '../../shared/credentials/credential-server.ts';
import { rewriteConfig } from '../../shared/credentials/rewritten-config.ts';
import { busyPolicy, foreignRows, memberText, ownPolicy } from '../app/convergence/foreign.ts';
import { user } from '../app/convergence/targets.ts';
import { memoryPorts, setPolicy, setRole } from '../support/memory.ts';
import { accountId, email, now, reader, reports, roleRef, settings, writer } from '../support/settings.ts';
import { configOf } from '../support/snapshot.ts';
import { createWorld } from '../support/world.ts';
import { jsonText, mutated, mutatedText, rawText, strangeText } from './mutations.ts';
import * as samples from './samples.ts';

/** One parser of foreign bytes: its input, and the property that must hold for any input. */
export interface Fuzzed {
  readonly name: string;
  /**
   * Rejects if it does not hold. Resolves to the number of cases in which something was understood, so that no test
   * is idle.
   */
  readonly check: (runs: number, seed?: number) => Promise<number>;
}

/** `holds` throws if the property is broken. It returns whether the input was understood. */
const fuzzed = <T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  holds: (input: T) => boolean | Promise<boolean>,
  kept: readonly T[] = [],
): Fuzzed => ({
  name,
  check: async (runs, seed) => {
    let understood = 0;
    const property = fc.asyncProperty(inputs, async (input) => {
      if (await holds(input)) understood += 1;
    });
    await fc.assert(property, {
      numRuns: runs,
      ...(seed === undefined ? {} : { seed }),
      examples: kept.map((input) => [input]),
    });
    return understood;
  },
});

const must = (isSo: boolean, what: string, ...about: readonly unknown[]): void => {
  if (!isSo) throw new Error(`${what}: ${about.map((one) => JSON.stringify(one)).join(' ')}`);
};

const own = settings.google.serviceAccount;
/** The guardrail of tests/support/settings.ts, written again without its code. */
const mayHave = (roleName: string, account: string): boolean =>
  /^(app-.*|reports)$/s.test(roleName) &&
  /^[a-z0-9][a-z0-9.-]*@acme-data\.iam\.gserviceaccount\.com$/.test(account) &&
  account !== own;

/** A world with other people's rows everywhere, in which one role may have the reader, and another may not. */
const busyWorld = () => {
  const world = createWorld({ serviceAccounts: [] });
  const bound = {
    ...busyPolicy,
    bindings: [...(busyPolicy.bindings ?? []), { role: user, members: [memberText('app-1')] }],
  };
  setPolicy(world, serviceAccountResource(reader), busyPolicy);
  setPolicy(world, serviceAccountResource(writer), bound);
  setPolicy(world, serviceAccountResource(own), ownPolicy);
  setRole(world, reports, [{ key: 'google-access', value: reader }]);
  setRole(world, roleRef('intern'), [{ key: 'google-access', value: reader }]);
  setRole(world, roleRef('app-1'), [{ key: 'google-access', value: writer }]);
  return world;
};
type World = ReturnType<typeof busyWorld>;

const membersOf = (world: World, account: string): readonly string[] =>
  (world.policies.get(serviceAccountResource(account))?.policy.bindings ?? []).flatMap(({ role, members }) =>
    role === user ? members : [],
  );
const rowsOf = (world: World): string =>
  JSON.stringify(
    [...world.policies].map(([resource, { policy }]) => [resource, foreignRows(resource, policy)]),
  );
const foreignRowsBefore = rowsOf(busyWorld());

/** After any input: no foreign row is changed, and no one has access that the guardrail does not allow. */
const isSound = (world: World): void => {
  must(rowsOf(world) === foreignRowsBefore, 'a foreign row was changed', rowsOf(world));
  const ours = memberText('');
  for (const account of [reader, writer])
    for (const member of membersOf(world, account))
      if (member.startsWith(ours))
        must(mayHave(member.slice(ours.length), account), 'a grant outside the guardrail', member, account);
  must(!membersOf(world, reader).includes(memberText('intern')), 'the guardrail was passed by');
};

const message = async (body: string): Promise<boolean> => {
  const parsed = parseMessage(body, [accountId], settings.tagKey);
  if (parsed.kind === 'ignored') {
    must(parsed.reason !== '', 'ignored without a reason');
    return false;
  }
  const { ref } = parsed;
  must(/^[\w+=,.@-]{1,64}$/.test(ref.roleName), 'no role name', ref);
  must(parsed.kind === 'drift' || ref.accountId === accountId, 'an account that is not configured', ref);
  must(
    parsed.kind === 'drift' || parsed.kind === 'secondLook' || ref.partition === 'aws',
    'a partition',
    ref,
  );
  const world = busyWorld();
  world.parameters.set(`us-east-1 /other/secret`, { value: configOf(reader), description: '' });
  await reconcile(settings, memoryPorts(world), [requestOf(parsed, 'again')]);
  isSound(world);
  must(world.parameters.has('us-east-1 /other/secret'), 'a parameter outside the prefix was taken away');
  return true;
};

const rules: Settings = {
  ...settings,
  allow: [...settings.allow, { to: writer, roles: ['intern'], maxDays: 30 }],
};
const isTag = (value: unknown): value is Tag => {
  const { key, value: text } = Object(value) as { readonly key?: unknown; readonly value?: unknown };
  return typeof key === 'string' && typeof text === 'string';
};

const tags = (value: unknown, roleName: string): boolean => {
  // IAM returns texts, with any letters. Other values are for the parser of events.
  const list = (Array.isArray(value) ? value : []).filter(isTag);
  const { requests, refusals } = parseTags(list, rules.tagKey);
  const ours = list.filter(({ key }) => /^google-access($|\/)/.test(key.toLowerCase()));
  must(requests.length + refusals.length === ours.length, 'a tag was lost or made up', list);
  const role = { kind: 'present', ref: roleRef(roleName), roleId: 'AROAX', arn: 'arn', tags: list } as const;
  const { grants } = desiredOf(role, rules, now);
  for (const { name, target, expiresAt } of grants) {
    const asked = targetText(target);
    const byRule = mayHave(roleName, asked);
    const byDate = roleName === 'intern' && asked === writer && expiresAt !== undefined;
    must(byRule || byDate, 'a grant outside the guardrail', roleName, target);
    must(
      !byDate || Date.parse(expiresAt) <= Date.parse('2026-12-25T00:00:00Z'),
      'later than maxDays',
      expiresAt,
    );
    must(/^[a-z0-9][a-z0-9-]{0,31}$/.test(name), 'a grant name', name);
    must(expiresAt === undefined || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(expiresAt), 'a date', expiresAt);
    must(expiresAt === undefined || Date.parse(expiresAt) > now.getTime(), 'ended', expiresAt);
    must(
      list.some(({ value: text }) => text.includes(asked)),
      'an account that no tag names',
      target,
    );
  }
  return grants.length > 0;
};

const file = (text: string): boolean => {
  let parsed: Settings;
  try {
    parsed = parseSettings(text, 'rolebridge.yml', accountId);
  } catch (thrown) {
    must(thrown instanceof ConfigError, 'not a ConfigError', String(thrown));
    return false;
  }
  must(Object.isFrozen(parsed) && Object.isFrozen(parsed.allow), 'not frozen');
  must(
    parsed.accounts.some(({ id }) => id === accountId),
    'an account',
    parsed.accounts,
  );
  must(parsed.accounts.length === 1 || parsed.home === accountId, 'a home', parsed.home);
  // These are never granted, with any guardrail.
  for (const account of [parsed.google.serviceAccount, 'admin@not-listed-anywhere.iam.gserviceaccount.com']) {
    const tagged = [{ key: parsed.tagKey, value: account }];
    const role = { kind: 'present', ref: reports, roleId: 'AROAX', arn: 'arn', tags: tagged } as const;
    must(desiredOf(role, parsed, now).grants.length === 0, 'granted', account);
  }
  return true;
};

const edits = [
  { kind: 'add', role: user, member: memberOf(settings, roleRef('app-2')) },
  { kind: 'remove', role: user, member: memberOf(settings, reports) },
] as const;

const policy = (text: string): boolean => {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return false;
  }
  if (!isAllowPolicy(answer)) return false;
  const before = JSON.stringify(answer);
  const after: AllowPolicy = editPolicy(answer, edits);
  must(JSON.stringify(answer) === before, 'the policy that was read was changed');
  // Without the two members, and the rows that contained nothing else, everything is as it was: fields, order,
  // conditions.
  const rest = (one: AllowPolicy): string =>
    JSON.stringify({
      ...one,
      bindings: (one.bindings ?? []).flatMap((row) => {
        if (row.role !== user || row.condition !== undefined) return [row];
        const members = row.members.filter((member) => !edits.some((edit) => edit.member === member));
        // A row without members belongs to no one.
        return members.length === 0 ? [] : [{ ...row, members }];
      }),
    });
  must(rest(after) === rest(answer), 'a foreign row was changed', answer);
  must(after.bindings?.some(({ members }) => members.includes(edits[0].member)) === true, 'not bound', after);
  for (const { ref, member, condition } of ourBindings(settings, serviceAccountResource(reader), answer)) {
    must(memberOf(settings, ref) === member, 'a member that is not ours', member);
    hasEnded(condition, now);
  }
  return principalCount(answer) > 0 && conditionsOf(answer, user, edits[1].member).length > 0;
};

/** The sample event that tags the role reports. */
const tagRole = (() => {
  const body = JSON.stringify(samples.bodies.find((one) => JSON.stringify(one).includes('"TagRole"')));
  const parsed = parseMessage(body, [accountId], settings.tagKey);
  if (parsed.kind === 'ignored') throw new Error('the sample is ignored');
  return requestOf(parsed, 'first');
})();

const parameter = async (value: string): Promise<boolean> => {
  const published = readPublished(settings, value);
  if (published.kind === 'impersonates') must(isServiceAccountEmail(published.email), 'no e-mail', published);
  must(sameJson(value, configOf(reader)) === sameJson(configOf(reader), value), 'not symmetric', value);
  const world = busyWorld();
  for (const name of ['default', 'old'])
    for (const region of ['us-east-1', 'eu-west-1'])
      world.parameters.set(`${region} /google-access/reports/${name}`, { value, description: '' });
  await reconcile(settings, memoryPorts(world), [tagRole]);
  isSound(world);
  // The account that it names need not exist: a parameter never causes a lookup.
  must(
    world.calls.every((call) => !call.startsWith('getIamPolicy') || call.endsWith(reader)),
    'a parameter made us read a policy',
    world.calls,
  );
  must(membersOf(world, writer).includes(memberText('app-1')), 'another role lost its access', value);
  must(membersOf(world, reader).includes(memberText('reports')), 'the role did not get its access', value);
  const written = world.parameters.get('us-east-1 /google-access/reports/default')?.value ?? '';
  must(sameJson(written, configOf(reader)), 'the parameter was not put right', written);
  return published.kind !== 'foreign';
};

const sweepRequest = (event: unknown): boolean => {
  try {
    const request = parseSweepRequest(event);
    const approve = request.kind === 'answer' && request.answer.kind === 'approve' ? request.answer.hash : '';
    must(approve === '' || /^[0-9a-f]{16}$/.test(approve), 'an approval', approve);
    return true;
  } catch (thrown) {
    must(thrown instanceof PermanentError, 'not a PermanentError', String(thrown));
    return false;
  }
};

/**
 * A body that can be read is written back with the same meaning, and names only complete bindings. For any value at a
 * role's key: nothing of others is changed, and a body that cannot be read stays as it is, with nothing bound.
 */
const ledgerItem = async (text: string): Promise<boolean> => {
  const read = readLedgerItem(text);
  const world = busyWorld();
  const item = { pk: `role#${roleKey(reports)}`, sk: bindingsSortKey, revision: 'foreign', body: text };
  world.table.set(`${item.pk} ${item.sk}`, item);
  await reconcile(settings, memoryPorts(world), [tagRole]);
  isSound(world);
  must(membersOf(world, writer).includes(memberText('app-1')), 'another role lost its access', text);
  if (read === undefined || roleKey(read.role) !== roleKey(reports)) {
    must(world.table.get(`${item.pk} ${item.sk}`)?.body === text, 'an unreadable item was written', text);
    must(!membersOf(world, reader).includes(memberText('reports')), 'bound without a ledger', text);
  }
  if (read === undefined) return false;
  const again = readLedgerItem(writeLedgerItem(read));
  must(again !== undefined, 'what was written cannot be read', read);
  must(again?.entries.length === read.entries.length, 'an entry was lost', read);
  return true;
};

const scope = (text: string): boolean => {
  const dropped = readDropped(text);
  const read = readScopeEntry(text);
  if (read === undefined) return dropped !== undefined;
  must(readScopeEntry(writeScopeEntry(read, now)) !== undefined, 'what was written cannot be read', read);
  return true;
};

const allowedUrl =
  /^(http:\/\/127\.0\.0\.1:1338\/latest\/|https:\/\/(sts|iamcredentials)\.googleapis\.com\/|https:\/\/sts\.\{region\}\.amazonaws\.com\?)/;
const trust = {
  providers: trustedProviders(trustedPoolsOf(settings), accountId),
  origins: [],
  metadata: 'http://127.0.0.1:1338',
};
const config = (text: string): boolean => {
  const checked = rewriteConfig(text, trust);
  if (checked.kind === 'refused') {
    must(/^[ -~…]{1,600}$/.test(checked.reason), 'a reason that is not one line', checked.reason);
    return false;
  }
  // This covers only values: a library calls no name of a field.
  JSON.stringify(checked.config, (_, field: unknown) => {
    if (typeof field === 'string' && /^[a-z]+:\/\//.test(field))
      must(allowedUrl.test(field), 'a URL that is neither Google’s nor AWS’s', field);
    return field;
  });
  return true;
};

const key = Buffer.alloc(32, 7);
const gate = { key, nowMilliseconds: now.getTime(), hosts: ['127.0.0.1:1338'] };
const goodToken = metadataToken(key, gate.nowMilliseconds + 1000);
const oldToken = metadataToken(key, gate.nowMilliseconds - 1);
const roles = '/latest/meta-data/iam/security-credentials';
const metadata = ({ method, target, host, token, more }: MetadataInput): boolean => {
  const headers = { ...more, host, 'x-aws-ec2-metadata-token': token };
  const question = routeMetadata({ method, target, headers }, gate);
  if (question.kind === 'answered') return false;
  must(
    token === goodToken && host === '127.0.0.1:1338' && method === 'GET',
    'answered without a token',
    token,
  );
  must(!Object.hasOwn(more, 'x-forwarded-for'), 'answered what was forwarded', more);
  return true;
};
interface MetadataInput {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly token: string;
  readonly more: Readonly<Record<string, string>>;
}

const parameterName = (name: string): boolean => {
  const decoded = decodeRoleName(name);
  must(
    decoded === undefined || encodeRoleName(decoded) === name.toLowerCase(),
    'two names for one role',
    name,
  );
  const roleName = roleNameOfParameter('/google-access', `/google-access/${name}`);
  must(roleName === undefined || /^[\w+=,.@-]{1,64}$/.test(roleName), 'no role name', name);
  return decoded !== undefined || roleName !== undefined;
};

const deep = '['.repeat(4096) + ']'.repeat(4096);
const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...['ab', 'bc', 'cd'].map(([from = '', to = '']) => `${to}: &${to} [${`*${from}, `.repeat(10)}]`),
].join('\n');

const mostly = (right: string, wrong: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: wrong });

/** Every parser of foreign bytes. The examples are cases that once failed. They run first, each time. */
export const all: readonly Fuzzed[] = [
  fuzzed('queue message: CloudTrail event, drift, second look', jsonText(samples.bodies), message, [
    '',
    'null',
    deep,
  ]),
  fuzzed(
    'tag keys and values',
    fc.tuple(mutated(samples.tags, 3), fc.constantFrom('reports', 'app-1', 'intern')),
    ([value, roleName]) => tags(value, roleName),
  ),
  fuzzed(
    'rolebridge.yml',
    fc.oneof(
      { weight: 4, arbitrary: mutated(samples.parsedFiles, 2).map((value) => JSON.stringify(value) ?? '') },
      { weight: 3, arbitrary: mutatedText(samples.files, 3) },
      { weight: 1, arbitrary: rawText },
      { weight: 1, arbitrary: strangeText },
    ),
    file,
    // An alias without its anchor, and one that expands to more than fits: this once caused a ReferenceError.
    ['a: *x', bomb],
  ),
  fuzzed(
    'allow policy from Google',
    jsonText(samples.policies),
    policy,
    // No members, and a role that is not a text: this once caused a TypeError, and the message was redelivered
    // forever.
    ['{"bindings":[{"role":"roles/iam.workloadIdentityUser"}]}', '{"bindings":{}}', '[]', '""'],
  ),
  fuzzed(
    'parameter value',
    jsonText(samples.parameterValues),
    parameter,
    // Deeper than the stack: this once caused a RangeError, so that the role was never repaired.
    [deep],
  ),
  fuzzed('what the sweep is invoked with', mutated(samples.sweepEvents), sweepRequest),
  fuzzed('what was used', jsonText(samples.scopes), scope),
  fuzzed('a role’s item in the ledger', jsonText(samples.ledgerItems), ledgerItem),
  fuzzed('credential config, before a workload uses it', jsonText(samples.parameterValues), config, [deep]),
  fuzzed(
    'request to the credential bridge (as to IMDS)',
    fc.record({
      method: mostly('GET', fc.oneof(fc.constantFrom('PUT', 'POST'), strangeText)),
      target: mutatedText(
        [roles, `${roles}/reports`, '/latest/api/token', '/latest/meta-data/placement/region'],
        1,
      ),
      host: mostly('127.0.0.1:1338', fc.oneof(fc.constant('evil.example'), strangeText)),
      token: mostly(goodToken, fc.oneof(fc.constant(oldToken), mutatedText([goodToken], 2))),
      more: fc.oneof(
        fc.constant({}),
        fc.dictionary(
          fc.constantFrom('x-forwarded-for', 'x-aws-ec2-metadata-token-ttl-seconds'),
          strangeText,
        ),
      ),
    }),
    metadata,
  ),
  fuzzed(
    'parameter name',
    mutatedText(['reports/default', 'app..a/default', 'app.2b.3d.2c.40', 'reports', email('x')], 2),
    parameterName,
  ),
];
