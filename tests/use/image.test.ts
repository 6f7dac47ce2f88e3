import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, JSONInstruction } from 'dockerfile-ast';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type Container, startContainer } from '../support/container.ts';
import { buildImage, canBuildImages, type Image, lockedContainer, volumeOf } from '../support/image.ts';
import type { Environment } from '../support/instance.ts';
import { type Ended, runProgram } from '../support/run-program.ts';
import { expectNoSecretIn } from '../support/secrets.ts';
import { reader, settings } from '../support/settings.ts';

const entryPoint = ['/nodejs/bin/node', '/rolebridge.mjs'];

describe('the definition', () => {
  const dockerfile = DockerfileParser.parse(readFileSync('image/Dockerfile', 'utf8'));
  const [, finalFrom] = dockerfile.getFROMs();
  const final = dockerfile
    .getInstructions()
    .filter((one) => one.getRange().start.line > (finalFrom?.getRange().start.line ?? Infinity));
  const wordsOf = (keyword: string): readonly string[] =>
    final
      .filter((one) => one.getKeyword() === keyword)
      .flatMap((one) =>
        one instanceof JSONInstruction ? one.getJSONStrings().map((text) => text.getJSONValue()) : [],
      );

  it('is based on Node 24 without a shell', () => {
    expect(finalFrom?.getImage()).toBe('gcr.io/distroless/nodejs24-debian12:nonroot');
  });

  it('runs nothing in the final stage, so it can be built for another processor', () => {
    expect(final.map((one) => one.getKeyword())).toEqual([
      'COPY',
      'COPY',
      'VOLUME',
      'USER',
      'ENTRYPOINT',
      'CMD',
    ]);
    expect(dockerfile.getFROMs()[0]?.getPlatformFlag()?.getValue()).toBe('$BUILDPLATFORM');
  });

  it('starts "credentials serve" as a user with a number, which is not root', () => {
    expect(final.find((one) => one.getKeyword() === 'USER')?.getArgumentsContent()).toBe('65532:65532');
    expect([wordsOf('ENTRYPOINT'), wordsOf('CMD')]).toEqual([entryPoint, ['credentials', 'serve']]);
  });

  it('contains one file from the checkout or the installed package, which both have it', () => {
    const copied = dockerfile
      .getCOPYs()
      .filter((copy) => copy.getFlags().every((flag) => flag.getName() !== 'from'))
      .map((copy) => copy.getArguments().map((argument) => argument.getValue()));
    expect(copied).toEqual([['dist/rolebridge.mjs', '/rolebridge.mjs']]);
    expect(readFileSync('image/Dockerfile.dockerignore', 'utf8')).toBe('*\n!dist/rolebridge.mjs\n');
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      readonly files: readonly string[];
    };
    expect(files).toEqual(expect.arrayContaining(['image', 'dist/rolebridge.mjs']));
  });
});

(canBuildImages ? describe : describe.skip)('the built image (needs root, buildah and unshare)', () => {
  let image: Image;
  let volume: string;
  let cloud: Cloud;
  let platform: Container;
  beforeAll(async () => {
    image = buildImage();
    volume = volumeOf(image);
    cloud = await startCloud();
    cloud.addServiceAccount(reader);
    platform = await startContainer(cloud.aws.url);
    // The kubelet lets the pod's user read the token.
    chmodSync(platform.folder, 0o755);
    await cloud.createRole('reports', { 'google-access': reader });
    await cloud.settled();
    platform.give(cloud.aws.issueRoleCredentials('reports', 'task-1'));
  }, 180_000);
  afterAll(async () => {
    await Promise.all([platform.close(), cloud.close()]);
    rmSync(volume, { recursive: true });
    image.remove();
  });

  /** The platform's folder is at /tmp, as in `lockedContainer`. */
  const environment = (): Environment => ({
    ...platform.variables,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/tmp/token',
    HOME: '/nonexistent',
    PATH: process.env['PATH'] ?? '',
    GOOGLE_ACCESS_TRUSTED_ENDPOINTS: cloud.google.url,
    GOOGLE_ACCESS_POOLS: `${settings.google.projectNumber}/${settings.google.pool}`,
  });
  const locked = (program: readonly string[]) =>
    lockedContainer(image, { volume, token: platform.folder }, program);
  const start = (...args: readonly string[]): Promise<Ended> =>
    runProgram(locked([...image.settings.Entrypoint, ...args]), { env: environment() });

  it('has the settings of its definition', () => {
    expect(image.settings).toMatchObject({
      User: '65532:65532',
      Entrypoint: entryPoint,
      Cmd: ['credentials', 'serve'],
      Volumes: { '/google-access': {} },
    });
  });

  it('contains one program and an empty folder of its user besides the base image', () => {
    expect(readdirSync(image.root)).toEqual(expect.arrayContaining(['rolebridge.mjs', 'google-access']));
    expect(readdirSync(join(image.root, 'google-access'))).toEqual([]);
    expect(statSync(join(image.root, 'google-access'))).toMatchObject({ uid: 65_532, gid: 65_532 });
    expect(statSync(join(image.root, 'rolebridge.mjs'))).toMatchObject({ uid: 0, gid: 0 });
  });

  it('serves credentials, writes the config to its volume, and passes its health check, read-only and without rights', async () => {
    const serving = spawn(
      'env',
      locked([...image.settings.Entrypoint, ...image.settings.Cmd, '--port', '0']),
      {
        env: environment(),
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const closed = new Promise((resolve) => serving.on('close', resolve));
    let said = '';
    try {
      const url = await new Promise<string>((resolve, reject) => {
        serving.stderr.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          const [, address] = /serving on (http\S+) in/.exec(said) ?? [];
          if (address !== undefined) resolve(address);
        });
        serving.on('close', () => reject(new Error(`The image never served: ${said}`)));
      });
      expect(await start('credentials', 'check', '--endpoint', url)).toEqual({
        status: 0,
        output: 'Credentials of role reports.\n',
      });
      const output = '/google-access/default.json';
      const written = await start('credentials', 'config', '--endpoint', url, '--output', output);
      expect(written).toEqual({ status: 0, output: `rolebridge: wrote ${output}\n` });
      expect(readFileSync(join(volume, 'default.json'), 'utf8')).toContain(url);
      expect(statSync(join(volume, 'default.json'))).toMatchObject({ uid: 65_532, gid: 65_532 });
      // A container engine stops a container like this: by a signal to its first process. unshare itself ignores it.
      const first = readFileSync(`/proc/${serving.pid}/task/${serving.pid}/children`, 'utf8');
      process.kill(Number(first), 'SIGTERM');
      expect(await closed).toBe(0);
      expect(said).toMatch(/rolebridge: ended\n$/);
    } finally {
      serving.kill('SIGKILL');
      await closed;
    }
    expectNoSecretIn([said]);
  });

  it('cannot write outside of its volume', async () => {
    const { status, output } = await start('credentials', 'config', '--output', '/default.json');
    expect([status, output]).toEqual([1, expect.stringMatching(/\/default\.json.*(?:EROFS|read-only)/s)]);
  });

  it('has no privileges of its own', async () => {
    const print = "console.log(require('node:fs').readFileSync('/proc/self/status', 'utf8'))";
    const { output } = await runProgram(locked(['/nodejs/bin/node', '-e', print]), { env: environment() });
    expect(output).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(output).toMatch(/^Groups:\t\s*$/m);
    for (const name of ['CapPrm', 'CapEff']) expect(output).toMatch(new RegExp(`^${name}:\\t0{16}$`, 'm'));
  });
});
