import { listerRole, setMember } from '../../local/google-side.ts';
import { signAnswer } from '../../shared/adapters/aws/caller.ts';
import { answerFields } from '../../shared/core/answer.ts';
import { deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { command, documentOf, variablesOf } from '../support/command-line.ts';
import { deployedLedger } from '../support/deployed-ledger.ts';
import { reader } from '../support/settings.ts';

/** People's answers, sent through the command line, the packaged functions and STS. */
const key = 'google-access';
const alice = 'arn:aws:sts::111122223333:assumed-role/Administrator/alice';
const old = 'acme-old';
const oldAccount = `reader@${old}.iam.gserviceaccount.com`;
let cloud: Cloud;
const rolebridge = (...args: readonly string[]) => command(variablesOf(cloud), ...args);

beforeEach(async () => {
  cloud = await startCloud();
  cloud.addServiceAccount(reader);
});
afterEach(async () => {
  await cloud.close();
  expect(deniedCalls).toEqual([]);
});

const bodyOf = (item: string): Promise<unknown> => deployedLedger(cloud).bodyOf(item);
const proofOf = (answer: Parameters<typeof signAnswer>[1]) =>
  signAnswer('prod', answer, { credentials: cloud.aws.admin, endpoint: cloud.aws.url });

describe('the person who answers', () => {
  it("is the identity that STS names, in the table, in the log and in the command's output", async () => {
    const said = await rolebridge('sweep', '--accept-table', '--json');
    expect(said.status).toBe(0);
    expect(documentOf(said)).toMatchObject({ answer: { text: 'accept the table', answeredBy: alice } });
    expect(await bodyOf('sweep table')).toMatchObject({ verdict: 'answered', answeredBy: alice });
    const logged = cloud.stack.logs.filter((line) => line.includes('A person answers.'));
    expect(logged).toEqual([expect.stringContaining(alice)]);
  });

  it('must be known: an answer without a proof does nothing, and a plain sweep needs none', async () => {
    expect(await cloud.stack.invoke('sweep', { revoke: 'all' })).toMatchObject({
      kind: 'threw',
      error: { errorMessage: expect.stringContaining('This answer has no proof of its caller') },
    });
    expect(await bodyOf('answer revoke#all')).toBeUndefined();
    expect(await cloud.stack.invoke('sweep', {})).toMatchObject({ kind: 'answered' });
  });

  it('must have signed this exact answer: the proof of another one does nothing', async () => {
    const proof = await proofOf({ kind: 'acceptTable' });
    for (const answer of [{ kind: 'revokeAll' }, { kind: 'resume' }] as const)
      expect(await cloud.stack.invoke('sweep', { ...answerFields(answer), proof })).toMatchObject({
        kind: 'threw',
        error: { errorMessage: expect.stringContaining('The answer is refused, and nothing was done') },
      });
    expect(await bodyOf('answer revoke#all')).toBeUndefined();
  });
});

describe('forget', () => {
  const reconfigure = (projects: readonly string[]): void =>
    cloud.reconfigure({
      google: { ...cloud.file().google, projects },
      allow: [{ to: `*@${old}.iam.gserviceaccount.com`, roles: ['app-*'] }].filter(() =>
        projects.includes(old),
      ),
    });

  it('a project that was deleted: lists what no one can prove, asks, and the functions drop it', async () => {
    const { projects } = cloud.file().google;
    cloud.google.addServiceAccount(oldAccount, old);
    cloud.optIn(oldAccount);
    reconfigure([...projects, old]);
    await cloud.createRole('app-1', { [key]: oldAccount });
    await cloud.settled();
    expect(cloud.boundTo(oldAccount)).toEqual(['app-1']);
    // Nothing is forgotten within 5 minutes of its announcement.
    await deployedLedger(cloud).age();

    reconfigure(projects);
    const release = cloud.google.intercept(({ resource }) =>
      resource.includes(old)
        ? {
            kind: 'error',
            code: 403,
            status: 'PERMISSION_DENIED',
            message: `Project ${old} has been deleted.`,
          }
        : undefined,
    );
    expect(await rolebridge('sweep')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(
        `If the project is gone permanently: rolebridge forget --project ${old}`,
      ),
    });
    await cloud.settled();
    const unasked = await rolebridge('forget', '--project', old);
    expect(unasked).toMatchObject({ status: 1, stderr: expect.stringContaining('Pass --yes to continue') });

    const said = await rolebridge('forget', '--project', old, '--yes');
    expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining('Forgotten: 1 binding') });
    expect(said.stdout).toContain(`Forgotten: the entry of project ${old}.`);
    expect(said.stdout).not.toContain('Not seen');
    expect(said.stderr).toContain(`role app-1 of account 111122223333 on ${oldAccount}, since 20`);
    await cloud.settled();
    expect(cloud.details('Forgotten')).toMatchObject([{ answeredBy: alice, target: { email: oldAccount } }]);
    expect(cloud.outcomeTypes()).not.toContain('Revoked');
    expect(await bodyOf('role#aws:111122223333:app-1 bindings')).toBeUndefined();
    expect(await bodyOf(`scope project#${old}`)).toBeUndefined();
    expect(await bodyOf(`answer forget#project#${old}`)).toMatchObject({ answeredBy: alice });
    expect(await rolebridge('forget', '--project', old, '--yes')).toMatchObject({
      status: 0,
      stdout: `The ledger lists nothing for project ${old}.\n`,
    });
    release();
  });

  it('refuses a project that can be listed, in one line', async () => {
    const { projects } = cloud.file().google;
    cloud.google.addServiceAccount(oldAccount, old);
    cloud.optIn(oldAccount);
    cloud.google.addCustomRole(listerRole(old), ['iam.serviceAccounts.list']);
    const { serviceAccount } = cloud.file().google;
    setMember(cloud.google.project(old).policy, listerRole(old), `serviceAccount:${serviceAccount}`);
    reconfigure([...projects, old]);
    await cloud.createRole('app-1', { [key]: oldAccount });
    await cloud.settled();
    reconfigure(projects);
    const said = await rolebridge('forget', '--project', old, '--yes');
    expect(said).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^Error: Nothing of project \S+ is forgotten: its service accounts can be listed completely/m,
      ),
    });
    // The answer is refused, but the function has not failed, so no alarm rings for it.
    const logs = cloud.stack.logs.join('\n');
    expect(logs).toContain("A person's answer is refused.");
    expect(logs).not.toContain('"level":"ERROR"');
  });

  it.each([
    [[], 'Pass exactly one of'],
    [['--project', 'a-b', '--account', '111122223333'], 'Pass exactly one of'],
    [['--account', 'acme'], 'an AWS account of 12 digits'],
  ])('%j is an error of one line', async (args, text) => {
    const said = await rolebridge('forget', ...args);
    expect(said).toMatchObject({ status: 1, stderr: expect.stringContaining(text) });
  });
});
