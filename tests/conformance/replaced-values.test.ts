import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publicOrigins } from '../../shared/credentials/config-shapes.ts';
import { command } from '../support/command-line.ts';
import { ownEndpoints } from '../support/poisoned-configs.ts';
import { makeCertificates } from './real-names/certificates.ts';
import { clients } from './real-names/clients.ts';
import { enter } from './real-names/enter.ts';
import { bigQueryHost } from './real-names/hosts.ts';
import { missingFor, pythonPath } from './real-names/installed.ts';
import { missingForSealedNetwork } from './real-names/network.ts';
import type { Look, ReplacedSeen } from './real-names/replaced-seen.ts';
import { bootScriptIn } from './real-names/seen.ts';
import {
  evilAddress,
  evilHost,
  evilNames,
  foreignAddress,
  foreignHost,
  foreignUniverse,
} from './real-names/unchecked.ts';

/** One program for each library: the other programs of docs/use add none. */
const libraries = [
  { language: 'Node', need: 'nothing' },
  { language: 'Python', need: 'google-auth' },
  { language: 'Go', need: 'go' },
].flatMap(({ language, need }) => {
  const client = clients.find(({ needs }) => needs.kind === need);
  return client === undefined ? [] : [{ language, client, lacking: missingFor(client.needs) }];
});
const here = libraries.flatMap(({ client, lacking }) => (lacking === undefined ? [client] : []));

const prepare = async (folder: string): Promise<void> => {
  const addresses = Object.values(ownEndpoints).map((origin) => new URL(origin).hostname);
  const names = addresses.map((host) => `${/^[\d.]+$/.test(host) ? 'IP' : 'DNS'}:${host}`);
  makeCertificates(folder, [...names, ...evilNames]);
  const config = join(folder, 'rolebridge.yml');
  const example = readFileSync('rolebridge.example.yml', 'utf8');
  writeFileSync(config, example.replace('  endpoints: {}', `  endpoints: ${JSON.stringify(ownEndpoints)}`));
  const script = await command({ ROLEBRIDGE_CONFIG: config }, 'boot', '--print', 'script');
  if (script.status !== 0) throw new Error(script.stderr);
  writeFileSync(bootScriptIn(folder), script.stdout);
  for (const client of here) await client.prepare(folder);
};

/** The hosts of the table, the endpoints of rolebridge.yml, and the API that the programs themselves call. */
const allowedHosts: ReadonlySet<string> = new Set([
  ...[publicOrigins.sts, publicOrigins.iamcredentials, ownEndpoints.sts].map((url) => new URL(url).hostname),
  new URL(ownEndpoints.iamcredentials).host,
  `${new URL(publicOrigins.metadata).hostname}:80`,
  'sts.eu-west-1.amazonaws.com',
  bigQueryHost,
]);
const forbidden = ({ contacts }: Look): readonly string[] =>
  [...contacts.hosts, ...contacts.signedRequests].filter((host) => !allowedHosts.has(host));

const publishedHosts = [
  '169.254.169.254:80',
  bigQueryHost,
  'iamcredentials.googleapis.com',
  'sts.googleapis.com',
];

const missing = missingForSealedNetwork();
const title = 'each value of an accepted config replaced, where every name and address leads to a recorder';
const question = missing.length === 0 ? '' : `: is there ${missing.join(', ')}?`;
(missing.length === 0 ? describe : describe.skip)(`${title}${question}`, () => {
  let seen: ReplacedSeen;
  let folder: string;
  let inside: ChildProcess | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rolebridge-replaced-'));
    await prepare(folder);
    const task = { folder, names: here.map(({ name }) => name), pythonPath: pythonPath ?? '' };
    seen = (await enter('inside-replaced.ts', task, (child) => {
      inside = child;
    })) as ReplacedSeen;
  }, 600_000);
  afterAll(() => {
    // Its network, mounts and processes end with it.
    inside?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('both programs decide alike on every text, and write the same bytes', () => {
    expect(seen.texts).toBeGreaterThan(1500);
    expect(seen.boot).toMatchObject({ ok: false, status: 8 });
    expect(seen.disagreements).toEqual([]);
  });

  it('they accept another service account and another trusted endpoint, and little else', () => {
    const names = Object.keys(seen.accepted);
    const replaced =
      /^[^:]+: (?:as it is published|(?:token_url|token_info_url|service_account_impersonation_url) is )/;
    expect(names.filter((name) => !replaced.test(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(15);
    expect(names.length).toBeLessThan(40);
  });

  it('given what the programs accept, no client reaches a host that the table does not allow', () => {
    const reached = Object.entries(seen.accepted).map(([name, look]) => [name, forbidden(look)] as const);
    expect(reached.filter(([, hosts]) => hosts.length > 0)).toEqual([]);
    for (const { contacts } of Object.values(seen.accepted)) expect(contacts.hosts).toContain(bigQueryHost);
  });

  for (const { language, client, lacking } of libraries) {
    const given = lacking === undefined ? it : it.skip;
    const why = lacking === undefined ? '' : ` (${lacking})`;
    const uncheckedBy = (name: string): Look => {
      const look = seen.unchecked[name]?.[client.name];
      if (look === undefined) throw new Error(`${client.name} was not given: ${name}`);
      return look;
    };

    given(
      `${language}, given the published config, reaches EC2, Google's two APIs and BigQuery alone${why}`,
      () => {
        expect(seen.published[client.name]).toMatchObject({
          ran: { [client.name]: { ok: true } },
          contacts: { hosts: publishedHosts, signedRequests: ['sts.googleapis.com'] },
        });
      },
    );

    if (language === 'Go')
      given(`Go of 2022 refuses a foreign token_url by itself, and reaches no host${why}`, () => {
        for (const name of Object.keys(seen.unchecked))
          expect(uncheckedBy(name)).toEqual({
            ran: {
              [client.name]: expect.objectContaining({ output: expect.stringContaining('invalid TokenURL') }),
            },
            contacts: { hosts: [], signedRequests: [] },
          });
      });
    else
      given(
        `${language}, given an unchecked config, sends the signed request to the attacker's host${why}`,
        () => {
          expect(uncheckedBy(foreignHost).contacts.signedRequests).toEqual([evilHost]);
          expect(uncheckedBy(foreignAddress).contacts.signedRequests).toEqual([`${evilAddress}:8443`]);
          const toUniverse = uncheckedBy(foreignUniverse).contacts.signedRequests;
          expect(toUniverse).toEqual(language === 'Node' ? [evilHost] : []);
          expect(forbidden(uncheckedBy(foreignHost))).not.toEqual([]);
        },
      );
  }
});
