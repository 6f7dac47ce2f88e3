import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../support/command-line.ts';
import { reader } from '../support/settings.ts';
import { makeCertificates } from './real-names/certificates.ts';
import { clients } from './real-names/clients.ts';
import { enter } from './real-names/enter.ts';
import { awsHosts, bigQueryHost, googleHosts } from './real-names/hosts.ts';
import { missingFor, pythonPath } from './real-names/installed.ts';
import { missingForSealedNetwork } from './real-names/network.ts';
import { bootScriptIn, type Seen, type Task } from './real-names/seen.ts';

const missing = missingForSealedNetwork();
const here = clients.filter(({ needs }) => missingFor(needs) === undefined);
/** Everything that needs no network: certificates, the boot script, programs. */
const prepare = async (folder: string): Promise<void> => {
  makeCertificates(folder);
  const script = await command({}, 'boot', '--print', 'script');
  if (script.status !== 0) throw new Error(script.stderr);
  writeFileSync(bootScriptIn(folder), script.stdout);
  for (const client of here) await client.prepare(folder);
};

const title = "AWS's, Google's and EC2's own addresses, in a sealed network";
const question = missing.length === 0 ? '' : `: is there ${missing.join(', ')}?`;
(missing.length === 0 ? describe : describe.skip)(`${title}${question}`, () => {
  let seen: Seen;
  let folder: string;
  let inside: ChildProcess | undefined;
  // Go compiles its BigQuery package once for each machine, which takes half a minute.
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rolebridge-real-names-'));
    await prepare(folder);
    const task: Task = { folder, names: here.map(({ name }) => name), pythonPath: pythonPath ?? '' };
    seen = (await enter('inside.ts', task, (child) => {
      inside = child;
    })) as Seen;
  }, 600_000);
  afterAll(() => {
    // Its network, mounts and processes end with it.
    inside?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('the packaged functions bind, publish and revoke, and the sweep finds nothing to repair', () => {
    // A message that a busy machine delivers again gets a Confirmed, too.
    const changes = seen.outcomes.filter((one) => one !== 'Google Access Confirmed');
    expect(changes).toEqual(['Granted', 'Granted', 'Revoked'].map((one) => `Google Access ${one}`));
    const result = expect.objectContaining({ blindSpots: [], drifted: [], rolesSeen: 2, parametersSeen: 4 });
    expect(seen.sweep).toEqual({ kind: 'answered', result });
  });

  it('the published file contains no addresses except theirs, and is the same for every role of the account', () => {
    const hosts = [...seen.published.matchAll(/https?:\/\/([^/?"]+)/g)].map(([, host]) => host);
    const own = ['sts.googleapis.com', 'sts.{region}.amazonaws.com', 'iamcredentials.googleapis.com'];
    expect(new Set(hosts)).toEqual(new Set([...own, '169.254.169.254']));
    expect(seen.published).toBe(seen.othersConfig);
  });

  it('the printed boot script finds nothing, then fetches the published file, then finds nothing', () => {
    const nothing = { ok: false, status: 3, output: expect.stringContaining('nothing is granted') };
    expect(seen.before.boot).toMatchObject(nothing);
    expect(seen.during.boot).toMatchObject({ ok: true });
    expect(seen.after.boot).toMatchObject(nothing);
  });

  for (const { name, needs } of clients) {
    const lacking = missingFor(needs);
    (lacking === undefined ? it : it.skip)(
      `${name}: refused before the tag, granted while it is there, refused after it${lacking === undefined ? '' : ` (${lacking})`}`,
      () => {
        const refused = { ok: false, output: expect.stringContaining('iam.serviceAccounts.getAccessToken') };
        // gcloud prints its token. The others list what only the service account may list.
        const got = needs.kind === 'gcloud' ? 'local-google-access-token-' : `seen-by-${reader}`;
        expect(seen.before.clients[name]).toMatchObject(refused);
        expect(seen.during.clients[name]).toEqual({ ok: true, output: expect.stringContaining(got) });
        expect(seen.after.clients[name]).toMatchObject(refused);
      },
    );
  }

  const inGo = here.find(({ needs }) => needs.kind === 'go');
  (inGo === undefined ? it.skip : it)(
    'Go of 2022 refuses the file that names the credential server',
    async () => {
      const configPath = join(folder, 'served.json');
      writeFileSync(configPath, seen.published.replaceAll('http://169.254.169.254', 'http://127.0.0.1:1338'));
      const place = { folder, configPath, home: folder, caFile: '', pythonPath: '' };
      expect(await inGo?.ask(place)).toMatchObject({
        ok: false,
        output: expect.stringContaining('invalid hostname'),
      });
    },
  );

  it('every call to AWS arrives at the host of its service and region, and no request arrives anywhere else', () => {
    for (const { host, serverName, scope } of seen.arrivals) {
      expect(serverName).toBe(host);
      const [region, service] = scope?.split('/') ?? [];
      if (scope !== undefined)
        expect(host).toBe(service === 'iam' ? 'iam.amazonaws.com' : `${service}.${region}.amazonaws.com`);
    }
    // Google's stand-in calls STS by itself.
    const isSts = (text: string): boolean => text.startsWith('sts');
    const calls = seen.awsCalls.filter((action) => !isSts(action));
    const hosts = seen.arrivals.map(({ host }) => host);
    expect(hosts.filter((host) => awsHosts.includes(host) && !isSts(host))).toHaveLength(calls.length);
    const others = new Set(hosts.filter((host) => !awsHosts.includes(host)));
    expect(others).toEqual(new Set([...googleHosts, bigQueryHost]));
  });
});
